/*
 * master.h - reads master files record by record: zones and trust anchors.
 *
 * Owners, origins, TTLs, classes and types are read here, RDATA by libldns or as RFC 3597 says. $ORIGIN and $TTL work
 * as usual, $INCLUDE and $GENERATE are refused. Without an origin the first record must be the SOA; its owner is then
 * the origin, as a name server takes it from its configuration. [RFC 1035 5, RFC 2308 4, RFC 3597 5]
 */
#ifndef DNS_MASTER_H
#define DNS_MASTER_H

#include "vouchsafe.h"

#include <stdio.h>

struct master;

/* Where complaints go: "LABEL:LINE: cause". */
struct master_error {
    const char *label;
    char *text;
    size_t size;
};

/* Writes a complaint, `what` quoted behind it if it is not empty. Always false. */
bool master_fail(const struct master_error *error, unsigned line, const char *cause, struct vouch_bytes what);

enum master_kind { MASTER_RECORD, MASTER_DIRECTIVE, MASTER_END, MASTER_ERROR };

struct master_item {
    enum master_kind kind;
    unsigned line; /* where it begins */
    struct vouch_record record;
    bool has_ttl;                 /* the record, a $TTL or a record before it says one; else ttl_s is 0 */
    struct vouch_bytes directive; /* what stands behind ";!" */
};

/*
 * `text` must live as long; a file is read as a stream from where it stands, in the same memory however long it is, and
 * the caller closes it. `origin` in wire form or null: the SOA's owner. Null: out of memory.
 */
struct master *master_open(struct vouch_bytes text, const uint8_t *origin, const struct master_error *error);
struct master *master_open_file(FILE *file, const uint8_t *origin, const struct master_error *error);
void master_close(struct master *master);

/* Reads the next item; its views live until the next call. After MASTER_END or MASTER_ERROR there is nothing more. */
void master_next(struct master *master, struct master_item *item);

/* Octets that have been taken in: how far a long file is. */
uint64_t master_position(const struct master *master);

/* Reads so many octets of a file at once, from 1 to MASTER_CHUNK: for tests of what stands across the borders. */
void master_set_chunk(struct master *master, size_t chunk);

#endif
