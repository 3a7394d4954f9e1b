/*
 * compare.c - compares a plan with what answers say. Only definite answers count: trouble ends the comparison.
 */
#include "publish/compare.h"

#include "base/address.h"
#include "base/text.h"

#include <ldns/ldns.h>
#include <string.h>

#define POINTER "_vouch._smtp."

/* One question of the comparison. */
struct comparison {
    struct plan *plan;
    const struct plan_source *source;
    char host[VOUCH_NAME_SIZE];
    enum host_kind kind;
    enum vouch_type type;
    bool trouble;
};

/* compare_name - the name at `offset` of the RDATA, lower case, no final dot; false: malformed */
static bool compare_name(const struct vouch_answer *answer, const struct vouch_record *record, size_t offset,
                         char name[VOUCH_NAME_TEXT_SIZE])
{
    struct vouch_bytes within = answer->message.length != 0 ? answer->message : record->rdata;
    size_t at = offset + (answer->message.length != 0 ? (size_t)(record->rdata.data - answer->message.data) : 0);
    ldns_rdf *dname = NULL;

    if (offset >= record->rdata.length || ldns_wire2dname(&dname, within.data, within.length, &at) != LDNS_STATUS_OK)
        return false;
    vouch_name_format(ldns_rdf_data(dname), name);
    ldns_rdf_deep_free(dname);
    for (char *letter = name; *letter != '\0'; letter++)
        *letter = text_lower(*letter);
    return true;
}

/* compare_rdata - the RDATA as a plan record has it, and as text; false: malformed */
static bool compare_rdata(const struct vouch_answer *answer, const struct vouch_record *record,
                          char rdata[PLAN_RDATA_SIZE])
{
    char name[VOUCH_NAME_TEXT_SIZE] = "";
    const uint8_t *octets = record->rdata.data;
    bool srv = record->type == VOUCH_TYPE_SRV;
    struct text text;

    text_init(&text, rdata, PLAN_RDATA_SIZE);
    if (!compare_name(answer, record, srv ? 6 : 0, name))
        return false;
    for (size_t i = 0; srv && i < 3; i++) {
        text_add_unsigned(&text, (uint64_t)octets[2 * i] << 8 | octets[2 * i + 1]);
        text_add_char(&text, ' ');
    }
    text_add(&text, name);
    text_add(&text, strcmp(name, ".") == 0 ? "" : ".");
    return !text.cut;
}

/* compare_remove - a published record must go */
static void compare_remove(struct comparison *comparison, const char *rdata, const char *why)
{
    struct plan_removal removal = {.type = comparison->type};
    struct text text;

    text_init(&text, removal.owner, sizeof removal.owner);
    text_add(&text, comparison->type == VOUCH_TYPE_SRV ? "_client._smtp." : "");
    text_add(&text, comparison->host);
    text_init(&text, removal.rdata, sizeof removal.rdata);
    text_add(&text, rdata);
    text_init(&text, removal.why, sizeof removal.why);
    text_add(&text, why);
    plan_remove(comparison->plan, &removal);
}

/* compare_mark - the plan's record of this RDATA is there; false: the plan has none */
static bool compare_mark(struct comparison *comparison, const char *rdata)
{
    struct plan *plan = comparison->plan;

    for (size_t i = 0; i < plan->records_count; i++) {
        char wanted[PLAN_RDATA_SIZE];

        plan_rdata_format(&plan->records[i], wanted);
        if (plan->records[i].type != comparison->type || strcmp(plan->records[i].host, comparison->host) != 0 ||
            strcmp(wanted, rdata) != 0)
            continue;
        plan->records[i].there = true;
        return true;
    }
    return false;
}

/* compare_pointer - a PTR record that is not in the plan */
static void compare_pointer(struct comparison *comparison, const char *rdata)
{
    if (strncmp(rdata, POINTER, strlen(POINTER)) == 0)
        plan_remark(comparison->plan, PLAN_NOTE,
                    "%s: also points to the service %s which the description does not name", comparison->host,
                    rdata + strlen(POINTER));
}

/* compare_address - an address that is not in the plan */
static void compare_address(struct comparison *comparison, const char *address)
{
    if (comparison->kind == HOST_SENDS)
        plan_remark(
            comparison->plan, PLAN_WARNING,
            "%s: also has the address %s: receivers will take mail from there as proven. Remove it there, or name "
            "it in the description",
            comparison->host, address);
}

/* compare_drop_pointers - an alias can hold no pointers, and is no harm to a host whose addresses do not matter */
static void compare_drop_pointers(struct comparison *comparison)
{
    struct plan *plan = comparison->plan;
    size_t kept = 0;

    for (size_t i = 0; i < plan->records_count; i++) {
        if (plan->records[i].type != VOUCH_TYPE_PTR || strcmp(plan->records[i].owner, comparison->host) != 0)
            plan->records[kept++] = plan->records[i];
    }
    if (kept != plan->records_count)
        plan_remark(
            plan, PLAN_WARNING,
            "%s: is an alias (CNAME), which can hold no pointers to services: they are left out. Receivers that "
            "always ask a service need none [DNA 5]",
            comparison->host);
    plan->records_count = kept;
}

/* compare_record - one published record */
static void compare_record(struct comparison *comparison, const struct vouch_answer *answer,
                           const struct vouch_record *record)
{
    bool is_address = comparison->type == VOUCH_TYPE_A || comparison->type == VOUCH_TYPE_AAAA;
    struct vouch_address address = {.family = comparison->type == VOUCH_TYPE_A ? 4 : 6};
    char rdata[PLAN_RDATA_SIZE];

    if (is_address) {
        if (record->rdata.length != address_length(&address)) {
            comparison->trouble = true;
            return;
        }
        memcpy(address.octets, record->rdata.data, record->rdata.length);
        vouch_address_format(&address, rdata);
    } else if (!compare_rdata(answer, record, rdata)) {
        if (comparison->type == VOUCH_TYPE_SRV)
            comparison->trouble = true;
        return;
    }
    if (compare_mark(comparison, rdata))
        return;
    if (is_address)
        compare_address(comparison, rdata);
    else if (comparison->type == VOUCH_TYPE_PTR)
        compare_pointer(comparison, rdata);
    else if (comparison->type == VOUCH_TYPE_CNAME && comparison->kind == HOST_ELSEWHERE)
        compare_drop_pointers(comparison);
    else if (comparison->type == VOUCH_TYPE_CNAME)
        compare_remove(comparison, rdata,
                       "an alias can have no records of its own, nor be the target of an SRV record "
                       "[RFC 1034 3.6.2, RFC 2782]");
    else
        compare_remove(comparison, rdata, "says something else than the description, and receivers heed both");
}

/* compare_take - the answer to one question */
static void compare_take(void *self, const struct vouch_answer *answer)
{
    struct comparison *comparison = self;
    char owner[PLAN_NAME_SIZE];
    struct text text;

    text_init(&text, owner, sizeof owner);
    text_add(&text, comparison->type == VOUCH_TYPE_SRV ? "_client._smtp." : "");
    text_add(&text, comparison->host);
    if (answer->status == VOUCH_FOUND) {
        for (size_t i = 0; i < answer->records_count; i++)
            compare_record(comparison, answer, &answer->records[i]);
    }
    if (answer->cut ||
        (answer->status != VOUCH_FOUND && answer->status != VOUCH_NODATA && answer->status != VOUCH_NXDOMAIN))
        comparison->trouble = true;
    if (comparison->trouble)
        plan_remark(comparison->plan, PLAN_WARNING,
                    "what is published could not be seen (%s %s: %s), so all records stand here", owner,
                    vouch_type_word(comparison->type),
                    answer->cut ? "too many records" : vouch_status_word(answer->status));
}

/* compare_is_alias - did the plan have to remove a CNAME of this host? */
static bool compare_is_alias(const struct comparison *comparison)
{
    const struct plan *plan = comparison->plan;

    for (size_t i = 0; i < plan->removals_count; i++) {
        if (plan->removals[i].type == VOUCH_TYPE_CNAME && strcmp(plan->removals[i].owner, comparison->host) == 0)
            return true;
    }
    return false;
}

/* compare_host - all that is published of one host; false: trouble */
static bool compare_host(struct comparison *comparison)
{
    static const enum vouch_type types[] = {VOUCH_TYPE_SRV, VOUCH_TYPE_CNAME, VOUCH_TYPE_A, VOUCH_TYPE_AAAA,
                                            VOUCH_TYPE_PTR};

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        char owner[PLAN_NAME_SIZE];
        struct text text;

        if (types[i] != VOUCH_TYPE_SRV && (comparison->kind == HOST_NEVER || compare_is_alias(comparison)))
            continue;
        comparison->type = types[i];
        text_init(&text, owner, sizeof owner);
        text_add(&text, types[i] == VOUCH_TYPE_SRV ? "_client._smtp." : "");
        text_add(&text, comparison->host);
        comparison->source->ask(comparison->source->owner, owner, types[i], compare_take, comparison);
        if (comparison->trouble)
            return false;
    }
    return true;
}

/* compare_forget - as if nothing had been compared */
static void compare_forget(struct plan *plan)
{
    plan->removals_count = 0;
    for (size_t i = 0; i < plan->records_count; i++)
        plan->records[i].there = false;
}

void plan_compare(struct plan *plan, const struct plan_source *source)
{
    for (size_t i = 0; i < plan->records_count; i++) {
        static const enum host_kind kinds[] = {HOST_NEVER, HOST_NEVER, HOST_SENDS, HOST_ELSEWHERE};
        const struct plan_record *record = &plan->records[i];
        struct comparison comparison = {.plan = plan, .source = source};

        if (record->type != VOUCH_TYPE_SRV)
            continue;
        memcpy(comparison.host, record->host, sizeof comparison.host);
        comparison.kind = kinds[record->weight & 3];
        if (!compare_host(&comparison)) {
            compare_forget(plan);
            return;
        }
    }
    plan->compared = true;
}
