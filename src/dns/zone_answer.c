/*
 * zone_answer.c - looks one question up in the zones: wildcards, CNAMEs, faults, negative answers.
 *
 * Pure: no clock, no I/O. There are no referrals: the file whose SOA owner is the closest answers, and what it holds
 * below an NS record is served as its own data, or is outside if the zone was read with its cuts. Below a DNAME, too,
 * it is outside then, and else an alias. [RFC 1034 4.3.2, RFC 4592 3.3, RFC 2308 2, RFC 6672 3]
 */
#include "dns/zone_name.h"
#include "dns/zone_tree.h"

#include "base/text.h"

#include <string.h>

#define OUTSIDE_TTL_S     900 /* of names outside all files */
#define RECORD_LENGTH_MIN 11  /* octets of the shortest record in a message */
#define NAME_LENGTH_MAX   255 /* octets [RFC 1035 2.3.4] */

/* One question on its way along the CNAMEs. */
struct zone_look {
    const struct zones *zones;
    struct zone_scratch *scratch;
    struct vouch_answer *answer;
    const char *asked;
    enum vouch_type type;
    uint8_t name[VOUCH_NAME_SIZE]; /* where the CNAMEs have led to */
    uint64_t delay_ms;
};

/* look_trouble - make the answer one of trouble */
static void look_trouble(struct zone_look *look, enum vouch_status status, const char *note)
{
    memset(look->answer, 0, sizeof *look->answer);
    look->answer->status = status;
    look->answer->note = text_bytes(note);
}

/* look_take_ttl - lower the answer's TTL to this one */
static void look_take_ttl(struct zone_look *look, uint32_t ttl_s)
{
    struct vouch_answer *answer = look->answer;

    if (!answer->has_ttl || ttl_s < answer->ttl_s)
        answer->ttl_s = ttl_s;
    answer->has_ttl = true;
}

/* look_raw - answer with what the decoder makes of a given message */
static void look_raw(struct zone_look *look, struct vouch_bytes message)
{
    struct vouch_record empty = {0};
    struct zone_list *list = &look->scratch->records;
    bool secure = look->answer->secure;

    list->count = 0;
    while (list->count <= message.length / RECORD_LENGTH_MIN) {
        if (!zone_list_add(list, &empty)) {
            look_trouble(look, VOUCH_FAILED, "out of memory");
            return;
        }
    }
    vouch_answer_read(look->answer, look->asked, look->type, message, list->records, list->count);
    look->answer->secure = secure && look->answer->status <= VOUCH_NXDOMAIN;
}

/* look_fault - let one fault happen; true if the question ends with it */
static bool look_fault(struct zone_look *look, const struct zone_fault *fault)
{
    switch (fault->kind) {
    case ZONE_FAULT_TIMEOUT:
        look_trouble(look, VOUCH_TIMEOUT, "timeout");
        look->delay_ms = ZONE_NEVER;
        return true;
    case ZONE_FAULT_SERVFAIL:
        look_trouble(look, VOUCH_FAILED, "SERVFAIL");
        return true;
    case ZONE_FAULT_REFUSED:
        look_trouble(look, VOUCH_FAILED, "REFUSED");
        return true;
    case ZONE_FAULT_TRUNCATED:
        look_trouble(look, VOUCH_FAILED, "truncated");
        return true;
    case ZONE_FAULT_BOGUS:
        look_trouble(look, VOUCH_BOGUS, "bogus");
        return true;
    case ZONE_FAULT_RAW:
        look_raw(look, fault->message);
        return true;
    case ZONE_FAULT_DELAY:
        look->delay_ms += fault->delay_ms;
        return false;
    }
    return false;
}

/* look_strike - let the faults of this owner happen, delays before all else; true if the question ends with one */
static bool look_strike(struct zone_look *look, const uint8_t *owner)
{
    const struct zone_fault *last = NULL;

    for (size_t i = 0; i < look->zones->count; i++) {
        const struct zone *zone = look->zones->zones[i];

        for (size_t j = 0; j < zone->faults_count; j++) {
            const struct zone_fault *fault = &zone->faults[j];

            if ((fault->type != 0 && fault->type != look->type) || !zone_name_equals(fault->owner, owner))
                continue;
            if (fault->kind == ZONE_FAULT_DELAY)
                look_fault(look, fault);
            else if (last == NULL)
                last = fault;
        }
    }
    return last != NULL && look_fault(look, last);
}

/* look_source - the owner whose records answer for the name: itself, a wildcard, or null if there is no such name */
static const uint8_t *look_source(const struct zone *zone, const uint8_t *name, uint8_t wildcard[VOUCH_NAME_SIZE])
{
    const uint8_t *encloser = name;

    if (zone_has(zone, name))
        return name;
    while (!zone_has(zone, encloser)) /* ends at the apex, which has the SOA [RFC 4592 3.3.1] */
        encloser = zone_name_parent(encloser);
    wildcard[0] = 1;
    wildcard[1] = '*';
    memcpy(wildcard + 2, encloser, zone_name_length(encloser));
    return zone_has(zone, wildcard) ? wildcard : NULL;
}

/* look_negative - say that there are no such records */
static void look_negative(struct zone_look *look, const struct zone *zone, enum vouch_status status)
{
    static const uint8_t root[1] = {0};
    const uint8_t *owner = zone == NULL ? root : zone->apex;

    look->answer->status = status;
    look->answer->soa_owner.data = owner;
    look->answer->soa_owner.length = zone_name_length(owner);
    look_take_ttl(look, zone == NULL ? OUTSIDE_TTL_S : zone->negative_ttl_s);
}

/* look_target - the target of a well-formed SRV record, or null */
static const uint8_t *look_target(const struct vouch_record *srv)
{
    struct vouch_bytes target = {srv->rdata.data + 6, srv->rdata.length - 6};

    return srv->rdata.length > 6 && zone_name_is_whole(target) ? target.data : NULL;
}

/* look_add_addresses - put the addresses of one type of an SRV target into the Additional section */
static bool look_add_addresses(struct zone_look *look, const uint8_t *target, uint16_t type)
{
    const struct zone *zone = zones_find(look->zones, target);
    uint8_t wildcard[VOUCH_NAME_SIZE];
    const uint8_t *source = zone == NULL ? NULL : look_source(zone, target, wildcard);
    struct zone_slice slice = {NULL, 0};

    /* A validating resolver leaves out of a secure answer what is not secure itself. */
    if (source != NULL && (zone->secure || !look->answer->secure))
        slice = zone_find(zone, source, type);
    for (size_t i = 0; i < slice.count; i++) {
        struct vouch_record record = slice.records[i];

        record.owner.data = target;
        record.owner.length = zone_name_length(target);
        if (!zone_list_add(&look->scratch->additional, &record))
            return false;
    }
    return true;
}

/* look_additional - add the addresses of the targets, once each, if the zone wants it; false: out of memory */
static bool look_additional(struct zone_look *look, const struct zone *zone, const struct zone_slice *found)
{
    bool ok = true;

    for (size_t i = 0; i < found->count && ok; i++) {
        const uint8_t *target = look_target(&found->records[i]);
        bool again = target == NULL;

        for (size_t j = 0; j < i && !again; j++) {
            const uint8_t *earlier = look_target(&found->records[j]);

            again = earlier != NULL && zone_name_equals(earlier, target);
        }
        if (!again && zone->additional_a)
            ok = look_add_addresses(look, target, VOUCH_TYPE_A);
        if (!again && zone->additional_aaaa && ok)
            ok = look_add_addresses(look, target, VOUCH_TYPE_AAAA);
    }
    look->answer->additional = look->scratch->additional.records;
    look->answer->additional_count = look->scratch->additional.count;
    return ok;
}

/* look_found - answer with records; those of a wildcard get the name asked as owner; false: out of memory */
static bool look_found(struct zone_look *look, const struct zone *zone, struct zone_slice found, bool synthesized)
{
    struct zone_list *list = &look->scratch->records;

    for (size_t i = 0; i < found.count; i++) {
        struct vouch_record record = found.records[i];

        look_take_ttl(look, record.ttl_s);
        record.owner.data = look->scratch->name;
        record.owner.length = zone_name_length(look->scratch->name);
        if (synthesized && !zone_list_add(list, &record))
            return false;
    }
    look->answer->status = VOUCH_FOUND;
    look->answer->records = synthesized ? list->records : found.records;
    look->answer->records_count = found.count;
    return look->type != VOUCH_TYPE_SRV || look_additional(look, zone, &found);
}

/* look_follow - go on to the target of a CNAME; false if its RDATA is no name */
static bool look_follow(struct zone_look *look, const struct vouch_record *cname)
{
    if (!zone_name_is_whole(cname->rdata)) {
        look_trouble(look, VOUCH_FAILED, "a CNAME with malformed RDATA");
        return false;
    }
    look_take_ttl(look, cname->ttl_s);
    memcpy(look->name, cname->rdata.data, cname->rdata.length);
    return true;
}

/* look_dname - the DNAME above the name, or null: there is none */
static const struct vouch_record *look_dname(const struct zone *zone, const uint8_t *name)
{
    if (!zone->has_dnames)
        return NULL;
    while (!zone_name_equals(name, zone->apex)) {
        struct zone_slice found;

        name = zone_name_parent(name);
        found = zone_find(zone, name, ZONE_TYPE_DNAME);
        if (found.count != 0)
            return &found.records[0];
    }
    return NULL;
}

/* look_redirect - make the CNAME that a DNAME makes of the name, and answer with it or follow it; true if it led on */
static bool look_redirect(struct zone_look *look, const struct vouch_record *dname)
{
    struct zone_scratch *scratch = look->scratch;
    size_t length = zone_name_length(look->name), head = length - dname->owner.length;

    if (!zone_name_is_whole(dname->rdata)) {
        look_trouble(look, VOUCH_FAILED, "a DNAME with malformed RDATA");
        return false;
    }
    if (head + dname->rdata.length > NAME_LENGTH_MAX) {
        look_trouble(look, VOUCH_FAILED, "YXDOMAIN");
        return false;
    }
    memcpy(scratch->name, look->name, length);
    memcpy(scratch->target, look->name, head);
    memcpy(scratch->target + head, dname->rdata.data, dname->rdata.length);
    scratch->cname = *dname;
    scratch->cname.type = VOUCH_TYPE_CNAME;
    scratch->cname.owner = (struct vouch_bytes){scratch->name, length};
    scratch->cname.rdata = (struct vouch_bytes){scratch->target, head + dname->rdata.length};
    if (look->type != VOUCH_TYPE_CNAME)
        return look_follow(look, &scratch->cname);
    look_take_ttl(look, dname->ttl_s);
    look->answer->status = VOUCH_FOUND;
    look->answer->records = &scratch->cname;
    look->answer->records_count = 1;
    return false;
}

/* look_step - look at the name that the CNAMEs have led to; true if another CNAME led on */
static bool look_step(struct zone_look *look)
{
    const struct zone *zone = zones_find(look->zones, look->name);
    uint8_t wildcard[VOUCH_NAME_SIZE];
    const struct vouch_record *dname;
    struct zone_slice found;
    const uint8_t *source;

    if (zone != NULL && zone_is_cut(zone, look->name))
        zone = NULL;
    look->answer->secure = look->answer->secure && zone != NULL && zone->secure;
    if (look_strike(look, look->name))
        return false;
    dname = zone == NULL ? NULL : look_dname(zone, look->name);
    if (dname != NULL)
        return look_redirect(look, dname);
    source = zone == NULL ? NULL : look_source(zone, look->name, wildcard);
    if (source == wildcard && look_strike(look, wildcard))
        return false;
    if (source == NULL) {
        look_negative(look, zone, VOUCH_NXDOMAIN);
        return false;
    }
    found = zone_find(zone, source, (uint16_t)look->type);
    if (found.count != 0) {
        memcpy(look->scratch->name, look->name, sizeof look->name);
        if (!look_found(look, zone, found, source == wildcard))
            look_trouble(look, VOUCH_FAILED, "out of memory");
        return false;
    }
    found = zone_find(zone, source, VOUCH_TYPE_CNAME);
    if (found.count == 0)
        look_negative(look, zone, VOUCH_NODATA);
    return found.count != 0 && look_follow(look, &found.records[0]);
}

uint32_t zones_look_up(const struct zones *zones, struct zone_scratch *scratch, const char *name, enum vouch_type type,
                       struct vouch_answer *answer)
{
    struct zone_look look = {.zones = zones, .scratch = scratch, .answer = answer, .asked = name, .type = type};
    unsigned links = 0;

    memset(answer, 0, sizeof *answer);
    scratch->records.count = 0;
    scratch->additional.count = 0;
    if (vouch_name_parse(look.name, name, strlen(name)) == 0) {
        look_trouble(&look, VOUCH_FAILED, "no domain name");
        return 0;
    }
    answer->secure = true;
    while (look_step(&look)) {
        if (links++ < VOUCH_CNAMES_MAX)
            continue;
        answer->status = VOUCH_CHAIN;
        answer->secure = false;
        break;
    }
    if (look.delay_ms >= ZONE_NEVER)
        return answer->status == VOUCH_TIMEOUT ? ZONE_NEVER : ZONE_NEVER - 1;
    return (uint32_t)look.delay_ms;
}

uint32_t zones_answer(struct zones *zones, const char *name, enum vouch_type type, struct vouch_answer *answer)
{
    return zones_look_up(zones, &zones->scratch, name, type, answer);
}
