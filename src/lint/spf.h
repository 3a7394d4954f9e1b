/*
 * spf.h - the hosts that an SPF record lets send one by one: what Explicit must not forget. [RFC 7208 5]
 */
#ifndef LINT_SPF_H
#define LINT_SPF_H

#include "vouchsafe.h"

/* One mechanism: a:NAME, or ip4: or ip6: with one address. */
struct spf_sender {
    char name[VOUCH_NAME_TEXT_SIZE]; /* lower case, no final dot; empty: the address */
    struct vouch_address address;
};

#define SPF_SIZE 4096 /* octets of a record that are looked at */

/* Joins the strings of TXT RDATA; false: it is no SPF record. `rest` is what stands behind the version. */
bool spf_open(struct vouch_bytes rdata, char text[SPF_SIZE], struct vouch_bytes *rest);

/* The next such mechanism that passes; false: no more. */
bool spf_next(struct vouch_bytes *rest, struct spf_sender *sender);

#endif
