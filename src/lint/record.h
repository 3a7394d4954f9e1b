/*
 * record.h - records as text of a master file, and what the rules read out of them.
 */
#ifndef LINT_RECORD_H
#define LINT_RECORD_H

#include "core/csa.h"
#include "lint/run.h"
#include "publish/name.h"

/* "SRV", "NS", "TYPE99". */
void lint_add_type(struct lint_text *text, uint16_t type);

/* "SRV 1 2 0 mail.example.org."; malformed RDATA as "SRV \# 3 000102". */
void lint_add_rdata(struct lint_text *text, const struct vouch_record *record, struct vouch_bytes message);

/* All records of an answer in byte order of their text, parted by ", "; what kind of negative answer it is otherwise.
 */
void lint_add_answer(struct lint_text *text, const struct vouch_answer *answer);

/* ---- lines of a mend ---- */

/* "; delete: OWNER. IN TYPE RDATA" of one record, or of all records of an answer. */
void lint_delete(struct lint_draft *draft, const char *owner, const struct vouch_record *record,
                 struct vouch_bytes message);
void lint_delete_all(struct lint_draft *draft, const char *owner, const struct vouch_answer *answer);

/* "OWNER. TTL IN TYPE RDATA" of one record, or of all records of an answer. */
void lint_publish(struct lint_draft *draft, const char *owner, uint32_t ttl_s, const struct vouch_record *record,
                  struct vouch_bytes message);
void lint_publish_all(struct lint_draft *draft, const char *owner, uint32_t ttl_s, const struct vouch_answer *answer);

/* "_client._smtp.NAME. TTL IN SRV 1 WEIGHT PORT TARGET." */
struct lint_srv {
    uint16_t weight, port;
    char target[VOUCH_NAME_TEXT_SIZE]; /* no final dot */
};

void lint_publish_srv(struct lint_draft *draft, const char *name, uint32_t ttl_s, const struct lint_srv *srv);

/* TTL of the first record where it is as published, else LINT_TTL_S. */
uint32_t lint_ttl(const struct lint_run *run, const struct vouch_answer *answer);

/* ---- names and RDATA ---- */

/* The name in a record's RDATA behind `skip` octets (PTR, NS, CNAME 0, MX 2), lower case, no final dot; false: none. */
bool lint_read_name(char name[VOUCH_NAME_TEXT_SIZE], const struct vouch_record *record, struct vouch_bytes message,
                    size_t skip);

/* The address of an A or AAAA record; false: malformed. */
bool lint_read_address(struct vouch_address *address, const struct vouch_record *record);

/* Serial and minimum of a SOA record; false: malformed. */
bool lint_read_soa(const struct vouch_record *record, struct vouch_bytes message, uint32_t *serial, uint32_t *minimum);

/* The part of the name with so many labels; points into it. */
const char *lint_suffix(const char *name, size_t labels);

/* The name without the domain that stands in it twice, as in names that lack their final dot; false: it does not. */
bool lint_strip_double(char meant[VOUCH_NAME_TEXT_SIZE], const char *name, const char *domain);

/* PREFIX.NAME; false and empty if that is no name. */
bool lint_join(char joined[VOUCH_NAME_TEXT_SIZE], const char *prefix, const char *name);

/* The name of the address's PTR records. */
void lint_reverse(char name[VOUCH_NAME_TEXT_SIZE], const struct vouch_address *address);

/* Same records, but for their order and TTLs. */
bool lint_equal(const struct vouch_answer *a, const struct vouch_answer *b);

/* Is this address among the records of the answer? */
bool lint_holds(const struct vouch_answer *answer, const struct vouch_record *record);

#endif
