/*
 * recipient.h - the parts of a recipient that a decision needs.
 */
#ifndef POLICY_RECIPIENT_H
#define POLICY_RECIPIENT_H

#include "vouchsafe.h"

/* Views into the text that was parsed. */
struct recipient {
    struct vouch_bytes text;   /* as it came */
    struct vouch_bytes local;  /* without quotes around it; quoted pairs are left as they are */
    struct vouch_bytes domain; /* empty: none */
};

/*
 * Takes the argument of RCPT apart: with or without "<" and ">", a source route, comments; what is quoted is not looked
 * into. Never fails: what is no address gives parts that match nothing. [RFC 5321 4.1.2]
 */
void recipient_parse_path(struct recipient *recipient, struct vouch_bytes argument);

/* Takes an address apart as MTAs keep it inside, without quotes or brackets: the domain stands behind the last "@". */
void recipient_parse_address(struct recipient *recipient, struct vouch_bytes address);

#define RECIPIENT_SIZE 640 /* brackets, and more than the longest local part and domain together [RFC 5321 4.5.3.1] */

/* Copies an address; of one that is too long the middle is left out, so that its domain is still there. Its length. */
size_t recipient_keep(char buffer[RECIPIENT_SIZE], struct vouch_bytes argument);

/* `postmaster` in any case, with any domain or none: never refused. [RFC 5321 4.5.1] */
bool recipient_is_postmaster(const struct recipient *recipient);

#endif
