/*
 * milter_frame.h - frames of the milter protocol, taken apart and put together; what the two sides share.
 */
#ifndef PROTO_MILTER_FRAME_H
#define PROTO_MILTER_FRAME_H

#include "base/cursor.h"
#include "base/text.h"
#include "proto/milter.h"

struct milter_frame {
    uint8_t command;
    size_t size; /* data octets that the frame says it has */
    size_t used; /* octets of length, command and `data` */
    size_t skip; /* data octets behind `data` */
    struct vouch_bytes data;
};

/* Reads length and command; the rest may still be on its way. A bad length is MILTER_BAD as soon as it is there. */
enum milter_read milter_frame_head(struct vouch_bytes bytes, struct milter_frame *frame);

/* Takes the data, at most MILTER_FRAME_MAX octets, of a frame whose head was read; false if they are not all there. */
bool milter_frame_data(struct vouch_bytes bytes, struct milter_frame *frame);

/* Takes a string and its NUL; false, and nothing taken, if there is no NUL. */
bool milter_take_string(struct cursor *cursor, struct vouch_bytes *string);

/* Begins a frame; hand what it returns to milter_frame_close. */
size_t milter_frame_open(struct text *out, uint8_t command);

/* Ends a frame: fills in its length, or takes the whole frame back if `out` is cut. */
void milter_frame_close(struct text *out, size_t start);

void milter_put_number(struct text *out, uint32_t number);

/* Adds a string and its NUL as it is. */
void milter_put_string(struct text *out, const char *string);

#endif
