/*
 * zone_tree.h - the records of zones in canonical order, and how names exist in them.
 *
 * A zone's records are one array, sorted by owner (what stands below a name follows right behind it) and type. So a
 * name exists, empty non-terminals included, if the first record at or behind it stands at or below it. [RFC 4592 2]
 */
#ifndef DNS_ZONE_TREE_H
#define DNS_ZONE_TREE_H

#include "dns/zone.h"

enum zone_fault_kind {
    ZONE_FAULT_TIMEOUT,
    ZONE_FAULT_SERVFAIL,
    ZONE_FAULT_REFUSED,
    ZONE_FAULT_TRUNCATED,
    ZONE_FAULT_BOGUS,
    ZONE_FAULT_DELAY,
    ZONE_FAULT_RAW
};

struct zone_fault {
    const uint8_t *owner;
    uint16_t type; /* 0: every type */
    enum zone_fault_kind kind;
    uint32_t delay_ms;          /* ZONE_FAULT_DELAY */
    struct vouch_bytes message; /* ZONE_FAULT_RAW */
};

enum { ZONE_TYPE_NS = 2, ZONE_TYPE_DNAME = 39 };

struct zone_block;

struct zone {
    const uint8_t *apex;
    uint32_t negative_ttl_s; /* [RFC 2308 5] */
    bool secure, additional_a, additional_aaaa;
    bool has_cuts;   /* names at or below a cut are outside */
    bool has_dnames; /* and names below them are answered */
    struct vouch_record *records;
    size_t records_count;
    struct zone_fault *faults;
    size_t faults_count;
    struct zone_block *blocks; /* memory of everything that the zone's views point to */
};

/* Arrays that grow, for the views of one answer. Zero it before use. */
struct zone_list {
    struct vouch_record *records;
    size_t count, size;
};

struct zone_scratch {
    struct zone_list records, additional;
    uint8_t name[VOUCH_NAME_SIZE];   /* owner of synthesized records */
    uint8_t target[VOUCH_NAME_SIZE]; /* of a synthesized CNAME */
    struct vouch_record cname;
};

struct zones {
    struct zone **zones;
    size_t count;
    struct zone_scratch scratch; /* of zones_answer */
};

struct zone *zone_new(void);
void zone_free(struct zone *zone);

/* Copies octets into the zone's memory; null: out of memory. */
const uint8_t *zone_keep(struct zone *zone, const uint8_t *octets, size_t length);

/* A view into the zone's records. */
struct zone_slice {
    const struct vouch_record *records;
    size_t count;
};

/* The records of one owner and type; count 0 if there are none. */
struct zone_slice zone_find(const struct zone *zone, const uint8_t *owner, uint16_t type);

/* The name has records or something stands below it. */
bool zone_has(const struct zone *zone, const uint8_t *name);

/* Others answer for the name: it stands at or below an NS record that is not the zone's own, or below a DNAME. */
bool zone_is_cut(const struct zone *zone, const uint8_t *name);

/* The zone whose apex is the closest to the name, or null. */
const struct zone *zones_find(const struct zones *zones, const uint8_t *name);

/* False: out of memory. */
bool zone_list_add(struct zone_list *list, const struct vouch_record *record);
void zone_scratch_reset(struct zone_scratch *scratch);

/* zones_answer with the caller's scratch memory, which the answer's views then point into. */
uint32_t zones_look_up(const struct zones *zones, struct zone_scratch *scratch, const char *name, enum vouch_type type,
                       struct vouch_answer *answer);

#endif
