/*
 * spf.h - what an SPF record lets send one by one: the hosts that Explicit must not forget. [RFC 7208 5]
 *
 * Only terms that pass. Networks are left out, since not every host in one sends; so are macros, exists: and ptr.
 */
#ifndef PUBLISH_SPF_H
#define PUBLISH_SPF_H

#include "publish/name_index.h"
#include "vouchsafe.h"

#define SPF_SIZE        4096 /* octets of a record that are looked at */
#define SPF_RECORDS_MAX 10   /* records that one record leads to: receivers follow no more [RFC 7208 4.6.4] */

enum spf_kind {
    SPF_HOST,       /* a, a:NAME */
    SPF_EXCHANGERS, /* mx, mx:NAME: who the MX records of the name lead to */
    SPF_ADDRESS,    /* ip4: or ip6: with one address */
    SPF_RECORD      /* include:NAME, redirect=NAME: what the SPF record of that name says */
};

struct spf_term {
    enum spf_kind kind;
    char name[VOUCH_NAME_TEXT_SIZE]; /* lower case, no final dot; empty: an address */
    struct vouch_address address;
};

/* One record that is read, term by term. */
struct spf {
    const char *owner;       /* what "a" and "mx" without a name mean */
    struct vouch_bytes rest; /* points into `text` */
    bool ends;               /* "all" stands in it: redirect= counts for nothing [RFC 7208 6.1] */
    char text[SPF_SIZE];
};

/* Opens the RDATA of a TXT record of `owner`, which must live as long; false: it is no SPF record. */
bool spf_open(struct spf *spf, const char *owner, struct vouch_bytes rdata);

/* The next term; false: no more. */
bool spf_next(struct spf *spf, struct spf_term *term);

/* Addresses that records list by themselves, each with a number. Zeroed it is empty; name_index_free frees it. */
struct spf_addresses {
    struct name_index index;
};

/* Keeps an address once, with its first number; false: out of memory. */
bool spf_addresses_add(struct spf_addresses *addresses, const struct vouch_address *address, size_t number);

/* Is this an A or AAAA record of one of them? Then its number is told. */
bool spf_addresses_find(const struct spf_addresses *addresses, const struct vouch_record *record, size_t *number);

#endif
