/*
 * master_word.h - words and numbers of master files.
 */
#ifndef DNS_MASTER_WORD_H
#define DNS_MASTER_WORD_H

#include "vouchsafe.h"

/* Takes the number behind a word, as in TYPE33 or CLASS1; false if the field is something else. */
bool master_word_number(struct vouch_bytes field, const char *word, uint32_t *number);

/* A type's number from its name or TYPEnnn; 0 if it is none or not one of data, as ANY or OPT. */
uint16_t master_type_parse(struct vouch_bytes text);

/* Seconds with the units w d h m s, as "1h30m"; false if malformed or above UINT32_MAX. */
bool master_period_parse(struct vouch_bytes text, uint32_t *seconds);

/* A plain number up to `max`. */
bool master_number_parse(struct vouch_bytes text, uint32_t max, uint32_t *number);

#endif
