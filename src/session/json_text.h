/*
 * json_text.h - texts of peers in JSON objects, and objects as text, without a control character in either.
 */
#ifndef SESSION_JSON_TEXT_H
#define SESSION_JSON_TEXT_H

#include "vouchsafe.h"

#include <jansson.h>

/* A string from octets of any kind; what is not UTF-8 reads \xNN. Null: out of memory. */
json_t *json_text(struct vouch_bytes bytes);

/* The same from a NUL-terminated string; null for an empty one. */
json_t *json_text_or_null(const char *string);

/* The value in ASCII, indented or on one line; from malloc. Null: it is null, or out of memory. */
char *json_text_dump(const json_t *value, bool indent);

#endif
