/*
 * frames.h - what the tests of the milter protocol share: vectors, and words for what is in a frame.
 */
#ifndef UNIT_FRAMES_H
#define UNIT_FRAMES_H

#include "base/text.h"

#define FRAME(literal)                                                                                                 \
    {                                                                                                                  \
        (const uint8_t *)(literal), sizeof(literal) - 1                                                                \
    }
#define FRAME_HEAD_SIZE 5
#define FRAME_LINE_SIZE 1024

/* A frame, and what it says, in words. */
struct frame_vector {
    struct vouch_bytes frame;
    const char *expected;
};

/* Adds " key=octets" unless there are none. */
void frames_add_octets(struct text *line, const char *key, struct vouch_bytes octets);

/* Adds " key=number" unless it is 0. */
void frames_add_number(struct text *line, const char *key, uint64_t number);

/* The first octets in a block of their own, so that a sanitizer sees each read behind them; the caller frees it. */
struct vouch_bytes frames_copy(struct vouch_bytes bytes, size_t length);

/* The length that a frame says is its own, or the vector would test something else than it shows. */
void frames_check_length(const struct vouch_bytes *frame);

#endif
