/*
 * helo.h - the HELO argument: a domain name that can be looked up, or the reason why it is none. [RFC 5321 4.1.1.1]
 */
#ifndef CORE_HELO_H
#define CORE_HELO_H

#include "vouchsafe.h"

enum helo_form { HELO_NAME, HELO_ABSENT, HELO_LITERAL, HELO_BAD };

struct helo {
    enum helo_form form;
    uint8_t length;             /* of name */
    uint8_t labels;             /* of name */
    uint8_t reverse;            /* 4 or 6: name was made from an address literal; else 0 */
    char name[VOUCH_NAME_SIZE]; /* lower case, no final dot; empty unless HELO_NAME */
};

/* Judges the argument as it came. `settings` says whether "_" and reverse names are wanted. Never fails. */
void helo_judge(struct helo *helo, struct vouch_bytes argument, const struct vouch_settings *settings);

/* The part of the name that has `labels` labels: 1 is the top-level domain. Points into helo->name. */
const char *helo_suffix(const struct helo *helo, size_t labels);

/*
 * Labels of the ancestor number `index` (from 0, top-most first) that the parent search asks for, 0 past the last:
 * levels 2 to min(n-1, 6) [CSA 6]; of reverse names the address blocks above them.
 */
size_t helo_ancestor(const struct helo *helo, size_t index);

#endif
