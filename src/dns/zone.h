/*
 * zone.h - master files as a DNS: for `--zone`, the conformance suite and tests. No packet leaves.
 *
 * Each file is authoritative for the owner of its SOA and everything below; the longest match answers. Wildcards and
 * empty non-terminals follow RFC 4592, CNAMEs are followed across files, negative answers carry the file's SOA.
 * Outside all files every name is NXDOMAIN with SOA owner ".", TTL 900. There are no referrals: what a file holds below
 * an NS record is served as its own data, unless another file begins there; zones_read_some can tell it apart. Names
 * below a DNAME are aliases [RFC 6672]. No $INCLUDE or $GENERATE.
 *
 * Without $ORIGIN the SOA must come first, its owner is the origin. A record without TTL has that of $TTL, else that of
 * the last record that stated one, else the SOA's minimum. RDATA in the form \# LENGTH HEX is kept for every type, also
 * if it is malformed for it. [RFC 3597 5]
 *
 * Comment lines that begin with ";!" say what a master file cannot (owner names are absolute or relative to the SOA's
 * owner, "@" is that owner; TYPE may be "*"):
 *
 *     ;! fault OWNER TYPE timeout|servfail|refused|truncated|bogus
 *     ;! fault OWNER TYPE delay MILLISECONDS
 *     ;! fault OWNER TYPE raw HEX        a whole response message in hexadecimal
 *     ;! secure                          answers from this file count as validated by DNSSEC
 *     ;! additional [A|AAAA]             SRV answers carry the addresses of their targets that the files hold
 *
 * A fault strikes a question that reaches its owner, also through a CNAME or because a wildcard with this owner would
 * answer it. Delays add up, and other faults of the same owner strike after them. Addresses in the Additional section
 * of a secure answer are secure themselves, as a validating resolver leaves out the others. Two halves: zones_answer is
 * a pure look-up (no clock), zone_open puts it on an event loop, where delay and timeout take their time.
 */
#ifndef DNS_ZONE_H
#define DNS_ZONE_H

#include "dns/dns.h"

#include <stdio.h>

struct event_base;
struct zones;

#define ZONE_ERROR_SIZE 512

/* An empty world, or null: out of memory. */
struct zones *zones_new(void);
void zones_free(struct zones *zones);

/*
 * Adds one master file. `label` names it in messages. False with `error` = "LABEL:LINE: cause" for a file that is
 * malformed, has no SOA, a record outside its zone or below a DNAME, a CNAME beside other data or a second DNAME, or a
 * directive that is none.
 */
bool zones_read(struct zones *zones, FILE *file, const char *label, char error[ZONE_ERROR_SIZE]);
bool zones_read_text(struct zones *zones, const char *text, size_t length, const char *label,
                     char error[ZONE_ERROR_SIZE]);

/* Why a record of a file is no part of what the zone's name servers answer. */
enum zone_misplaced {
    ZONE_OUTSIDE,      /* its owner is not in the zone */
    ZONE_BESIDE_ALIAS, /* a CNAME beside other data, or the second of a name */
    ZONE_BELOW_CUT     /* below an NS record that is not the zone's own, or below a DNAME: others answer there */
};

/*
 * `keep` sees every record and how far the file is read; false: the record is left out. The SOA is always kept.
 *
 * With `misplaced` a file is not refused for records out of place: each is told once the file is read, its line and
 * itself, and left out. Names at or below a cut are then outside, as those of no file are; a DNAME is a cut, too.
 */
struct zones_filter {
    void *owner;
    bool (*keep)(void *owner, const struct vouch_record *record, uint64_t position);
    void (*misplaced)(void *owner, enum zone_misplaced how, unsigned line, const struct vouch_record *record);
};

/* The same as zones_read, keeping a part of the file: a long one then takes no more memory than that part. */
bool zones_read_some(struct zones *zones, FILE *file, const char *label, const struct zones_filter *filter,
                     char error[ZONE_ERROR_SIZE]);

/* Shows all records, those of a file in canonical order. */
void zones_each(const struct zones *zones, void *owner, void (*see)(void *owner, const struct vouch_record *record));

#define ZONE_NEVER UINT32_MAX

/*
 * Looks up one question. The answer's views live until the next call on these zones. Returns after how many
 * milliseconds it is to be delivered: 0 usually, ZONE_NEVER for a question that is never answered.
 */
uint32_t zones_answer(struct zones *zones, const char *name, enum vouch_type type, struct vouch_answer *answer);

/* Puts the zones on a loop as a source; owns them from then on (also on failure: null, out of memory). */
struct dns_source *zone_open(struct event_base *base, struct zones *zones);

#endif
