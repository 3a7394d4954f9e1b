/*
 * text.h - builds text in a buffer of fixed size.
 *
 * The buffer always ends in NUL. What does not fit is left out, and `cut` says so. Octets that came from a peer or
 * from the DNS go through text_add_printable, so that no control character gets out.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "vouchsafe.h"

struct text {
    char *data;
    size_t size;
    size_t length;
    bool cut;
};

/* `size` is that of the buffer, the final NUL included; at least 1. */
void text_init(struct text *text, char *data, size_t size);
void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const void *bytes, size_t length);
void text_add_char(struct text *text, char character);
void text_add_signed(struct text *text, int64_t number);
void text_add_unsigned(struct text *text, uint64_t number);

/* Adds octets; what is not printable ASCII reads \xNN. */
void text_add_printable(struct text *text, struct vouch_bytes bytes);

/* ASCII only, whatever the locale. */
char text_lower(char character);
bool text_is_digit(char character);
bool text_is_alnum(char character);
bool text_is_printable(char character);

/* A view of a NUL-terminated string, the NUL left out; null is empty. */
struct vouch_bytes text_bytes(const char *string);

/* Takes the next word off, any of `blanks` before and behind it; empty: there are no more. */
struct vouch_bytes text_take_word(struct vouch_bytes *rest, const char *blanks);

/* Are these octets this word, all of it and no more? A view that holds a NUL is no word. */
bool text_is(struct vouch_bytes bytes, const char *word);

/* The same, but for the case of ASCII letters on both sides. */
bool text_is_nocase(struct vouch_bytes bytes, const char *word);

#endif
