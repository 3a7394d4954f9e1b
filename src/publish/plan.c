/*
 * plan.c - makes the records of a description.
 */
#include "publish/plan.h"

#include "base/text.h"
#include "publish/grow.h"
#include "publish/hoster.h"
#include "publish/name.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { WEIGHT_NEVER = 1, WEIGHT_SENDS = 2, WEIGHT_ELSEWHERE = 3 };

const char *const plan_severities[] = {[PLAN_NOTE] = "note", [PLAN_WARNING] = "warning"};

/* plan_set - copy a text that fits */
static void plan_set(char *data, size_t size, const char *string)
{
    struct text text;

    text_init(&text, data, size);
    text_add(&text, string);
}

/* plan_add - append a zeroed record of a host; null: out of memory */
static struct plan_record *plan_add(struct plan *plan, const char *host, uint16_t type)
{
    struct plan_record *records = grow_one(plan->records, plan->records_count, sizeof *records);
    struct text text;

    if (records == NULL) {
        plan->failed = true;
        return NULL;
    }
    plan->records = records;
    if (type == VOUCH_TYPE_SRV && !name_index_add(&plan->index, host, plan->records_count)) {
        plan->failed = true;
        return NULL;
    }
    records += plan->records_count++;
    memset(records, 0, sizeof *records);
    records->type = type;
    records->ttl_s = plan->ttl_s;
    records->outside = !publish_name_is_within(host, plan->description->domain);
    plan_set(records->host, sizeof records->host, host);
    text_init(&text, records->owner, sizeof records->owner);
    text_add(&text, type == VOUCH_TYPE_SRV ? "_client._smtp." : "");
    text_add(&text, host);
    return records;
}

void plan_remove(struct plan *plan, const struct plan_removal *removal)
{
    struct plan_removal *removals = grow_one(plan->removals, plan->removals_count, sizeof *removals);

    if (removals == NULL) {
        plan->failed = true;
        return;
    }
    plan->removals = removals;
    if (!name_index_add(&plan->removed, removal->host, plan->removals_count)) {
        plan->failed = true;
        return;
    }
    removals[plan->removals_count++] = *removal;
}

void plan_remark(struct plan *plan, enum plan_severity severity, const char *format, ...)
{
    struct plan_remark *remarks = grow_one(plan->remarks, plan->remarks_count, sizeof *remarks);
    char message[PLAN_ERROR_SIZE];
    struct text text;
    va_list arguments;

    if (remarks == NULL) {
        plan->failed = true;
        return;
    }
    plan->remarks = remarks;
    remarks += plan->remarks_count++;
    remarks->severity = severity;
    va_start(arguments, format);
    if (vsnprintf(message, sizeof message, format, arguments) < 0)
        message[0] = '\0';
    va_end(arguments);
    text_init(&text, remarks->text, sizeof remarks->text);
    text_add_printable(&text, text_bytes(message));
}

struct plan_record *plan_find(const struct plan *plan, const char *host)
{
    size_t number;

    return name_index_find(&plan->index, host, &number) ? &plan->records[number] : NULL;
}

size_t plan_span(const struct plan *plan, size_t first)
{
    size_t next = first;

    while (next < plan->records_count && strcmp(plan->records[next].host, plan->records[first].host) == 0)
        next++;
    return next - first;
}

void plan_rdata_format(const struct plan_record *record, char rdata[PLAN_RDATA_SIZE])
{
    char address[VOUCH_ADDRESS_SIZE];
    struct text text;

    text_init(&text, rdata, PLAN_RDATA_SIZE);
    if (record->type == VOUCH_TYPE_A || record->type == VOUCH_TYPE_AAAA) {
        vouch_address_format(&record->address, address);
        text_add(&text, address);
        return;
    }
    if (record->type == VOUCH_TYPE_SRV) {
        const uint16_t numbers[] = {record->priority, record->weight, record->port};

        for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
            text_add_unsigned(&text, numbers[i]);
            text_add_char(&text, ' ');
        }
    }
    text_add(&text, record->target);
    text_add_char(&text, '.');
}

/* plan_csa - the SRV record of a host */
static struct plan_record *plan_csa(struct plan *plan, const char *host, enum host_kind kind)
{
    static const struct {
        uint16_t weight;
        const char *why;
    } kinds[] = {
        [HOST_SENDS] = {WEIGHT_SENDS, "sends mail, from its addresses only"},
        [HOST_ELSEWHERE] = {WEIGHT_ELSEWHERE, "sends mail, its addresses cannot be told"},
        [HOST_NEVER] = {WEIGHT_NEVER, "never sends mail"},
    };
    struct plan_record *record = plan_add(plan, host, VOUCH_TYPE_SRV);

    if (record == NULL)
        return NULL;
    record->priority = PLAN_PRIORITY;
    record->weight = kinds[kind].weight;
    plan_set(record->target, sizeof record->target, host);
    plan_set(record->why, sizeof record->why, kinds[kind].why);
    return record;
}

/* plan_addresses - the addresses that a host sends from */
static void plan_addresses(struct plan *plan, const struct description_host *host)
{
    for (size_t i = 0; i < host->addresses_count; i++) {
        bool four = host->addresses[i].family == 4;
        struct plan_record *record = plan_add(plan, host->name, four ? VOUCH_TYPE_A : VOUCH_TYPE_AAAA);

        if (record == NULL)
            return;
        record->address = host->addresses[i];
        plan_set(record->why, sizeof record->why, "sends from here");
    }
}

/* plan_pointer - one pointer to an accreditation service */
static void plan_pointer(struct plan *plan, const char *host, const char *service)
{
    char report[2 * PLAN_NAME_SIZE];
    uint8_t wire[VOUCH_NAME_SIZE];
    struct plan_record *record;
    struct text text;

    text_init(&text, report, sizeof report);
    text_add(&text, host);
    text_add_char(&text, '.');
    text_add(&text, service);
    if (vouch_name_parse(wire, report, text.length) == 0) {
        plan_remark(plan, PLAN_WARNING, "%s: no pointer to %s: the name of its report would be too long", host,
                    service);
        return;
    }
    text_init(&text, report, sizeof report);
    text_add(&text, PUBLISH_POINTER);
    text_add(&text, service);
    record = plan_add(plan, host, VOUCH_TYPE_PTR);
    if (record == NULL)
        return;
    plan_set(record->target, sizeof record->target, report);
    plan_set(record->why, sizeof record->why, "this service vouches for it");
}

/* plan_host - all records of a host */
static void plan_host(struct plan *plan, const struct description_host *host)
{
    const struct description *description = plan->description;

    plan_csa(plan, host->name, host->kind);
    if (host->kind == HOST_SENDS)
        plan_addresses(plan, host);
    if (host->kind == HOST_NEVER || hoster_find(description->hoster, HOSTER_NO_PTR) != NULL)
        return;
    for (size_t i = 0; i < description->accreditors_count; i++)
        plan_pointer(plan, host->name, description->accreditors[i]);
}

/* plan_disown - have every name below disowned that has no record of its own; false with `error` */
static bool plan_disown(struct plan *plan, const char *name, char error[PLAN_ERROR_SIZE])
{
    struct plan_record *record = plan_find(plan, name);
    const char *cause = NULL;
    char why[PLAN_WHY_SIZE];
    struct text text;

    if (!publish_name_is_within(name, plan->description->domain))
        cause = "is not within the domain: its owner must say that";
    else if (publish_name_labels(name) > PLAN_LEVEL_MAX)
        cause = "has more than six labels: receivers look no deeper for it [CSA 6]; disown a name above it";
    if (cause != NULL) {
        if (snprintf(error, PLAN_ERROR_SIZE, "disown: %s %s", name, cause) < 0)
            error[0] = '\0';
        return false;
    }
    if (record == NULL)
        record = plan_csa(plan, name, HOST_NEVER);
    if (record == NULL)
        return true;
    record->port |= PLAN_EXPLICIT;
    text_init(&text, why, sizeof why);
    text_add(&text, record->why);
    text_add(&text, "; nor do the names below it that have no record");
    plan_set(record->why, sizeof record->why, why);
    return true;
}

/* plan_disown_all - the names that the description disowns, if it may */
static bool plan_disown_all(struct plan *plan, char error[PLAN_ERROR_SIZE])
{
    const struct description *description = plan->description;

    if (!description->complete && description->disowned_count != 0) {
        plan_remark(plan, PLAN_WARNING,
                    "nothing is disowned: that would refuse the mail of every sender below that is not named here. Say "
                    "complete = yes (--complete) once all of them are");
        return true;
    }
    for (size_t i = 0; i < description->disowned_count; i++) {
        if (!plan_disown(plan, description->disowned[i], error))
            return false;
    }
    return true;
}

/* plan_suit - what the hoster takes instead of what it refuses */
static void plan_suit(struct plan *plan)
{
    const char *hoster = plan->description->hoster;
    const struct hoster_row *lowest = hoster_find(hoster, HOSTER_TTL_LOWEST);

    if (lowest != NULL && plan->ttl_s < lowest->value) {
        plan->ttl_s = lowest->value;
        for (size_t i = 0; i < plan->records_count; i++)
            plan->records[i].ttl_s = plan->ttl_s;
    }
    if (hoster_find(hoster, HOSTER_PORT_ZERO) == NULL)
        return;
    for (size_t i = 0; i < plan->records_count; i++) {
        struct plan_record *record = &plan->records[i];

        if (record->type == VOUCH_TYPE_SRV && !record->outside && record->port == 0)
            record->port = PLAN_UNKNOWN;
    }
}

bool plan_make(struct plan *plan, const struct description *description, char error[PLAN_ERROR_SIZE])
{
    memset(plan, 0, sizeof *plan);
    plan->description = description;
    plan->ttl_s = description->ttl_s;
    if (description->hoster[0] != '\0' && !hoster_is_known(description->hoster)) {
        if (snprintf(error, PLAN_ERROR_SIZE, "hoster %s is not in the table: vouchsafe publish --hoster list prints it",
                     description->hoster) < 0)
            error[0] = '\0';
        return false;
    }
    for (size_t i = 0; i < description->hosts_count; i++)
        plan_host(plan, &description->hosts[i]);
    if (!plan_disown_all(plan, error)) {
        plan_free(plan);
        return false;
    }
    plan_suit(plan);
    plan_inspect(plan);
    return true;
}

void plan_free(struct plan *plan)
{
    free(plan->records);
    free(plan->removals);
    free(plan->remarks);
    name_index_free(&plan->index);
    name_index_free(&plan->removed);
    memset(plan, 0, sizeof *plan);
}
