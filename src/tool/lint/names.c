/*
 * names.c - zone files for the rules: what is kept of them, and which of their names are judged.
 */
#include "tool/lint/names.h"

#include "base/text.h"
#include "core/name.h"
#include "dns/master.h"
#include "lint/record.h"
#include "publish/spf.h"
#include "tool/progress.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CSA_PREFIX "_client._smtp."

enum { TYPE_DNAME = 39 }; /* [RFC 6672 2.1] */

/* One file while it is read. */
struct reading {
    struct lint_names *names; /* or null */
    struct progress_bar bar;
    struct spf_addresses senders; /* that SPF records list by themselves */
    const char *cause;            /* null: nothing is out of place where nothing may be */
    unsigned line;
    char place[VOUCH_NAME_TEXT_SIZE];
};

/* names_add - note a name and what it is */
static void names_add(struct lint_names *names, const char *name, unsigned roles, bool reports)
{
    struct lint_named *last;

    if (names->count == names->size) {
        size_t size = names->size == 0 ? 64 : names->size * 2;
        struct lint_named *grown = reallocarray(names->names, size, sizeof *grown);

        if (grown == NULL) {
            names->failed = true;
            return;
        }
        names->names = grown;
        names->size = size;
    }
    last = &names->names[names->count];
    last->name = strdup(name);
    last->roles = roles;
    last->reports = reports;
    names->count += last->name != NULL;
    names->failed = names->failed || last->name == NULL;
}

/* find_host - the host that an SRV owner is about, behind all its labels that begin with "_" or "*" */
static const char *find_host(const char *owner)
{
    while (owner[0] == '_' || (owner[0] == '*' && owner[1] == '.') || strncmp(owner, "client._smtp.", 13) == 0) {
        owner = strchr(owner, '.');
        if (owner == NULL)
            return NULL;
        owner++;
    }
    return owner;
}

/* take_service - an SRV or TXT record: of CSA, or perhaps meant to be. The names of other services are no hosts, though
 * they begin with neither: "Office Printer._http._tcp" [RFC 6763 4.1]. */
static void take_service(struct lint_names *names, const char *owner)
{
    bool right = strncmp(owner, CSA_PREFIX, sizeof CSA_PREFIX - 1) == 0;
    const char *host = right ? owner + sizeof CSA_PREFIX - 1 : find_host(owner);
    char meant[VOUCH_NAME_TEXT_SIZE];
    bool twice;

    if (host == NULL || host[0] == '\0' || (!right && strstr(host, "._") != NULL))
        return;
    twice = lint_strip_double(meant, host, names->domain);
    names_add(names, twice ? meant : host, right && !twice ? LINT_RECORD : 0, false);
}

/* is_report - does the TXT record look like an accreditation report? */
static bool is_report(const struct vouch_record *record)
{
    struct vouch_bytes text = record->rdata;

    while (text.length != 0 && (text.data == record->rdata.data || text.data[0] == ' ')) {
        text.data++;
        text.length--;
    }
    text.length = text.length < 5 ? text.length : 5;
    return text_is_nocase(text, "MARID");
}

/* take_target - a name that the RDATA holds behind some octets */
static bool take_target(char name[VOUCH_NAME_TEXT_SIZE], const struct vouch_record *record, size_t skip)
{
    struct vouch_bytes view = {record->rdata.data + skip, record->rdata.length - skip};
    struct vouch_bytes empty = {NULL, 0};
    struct name target;

    if (record->rdata.length <= skip || !name_read_view(&target, view, empty))
        return false;
    vouch_name_format(target.wire, name);
    return true;
}

/* is_pointer - is the PTR record meant to name an accreditation service? */
static bool is_pointer(const struct vouch_record *record)
{
    char target[VOUCH_NAME_TEXT_SIZE];

    if (record->type != VOUCH_TYPE_PTR || !take_target(target, record, 0))
        return false;
    return strncmp(target, "_vouch", 6) == 0 || strstr(target, "._vouch") != NULL ||
           strncmp(target, "vouch.", 6) == 0 || strncmp(target, "_smtp.", 6) == 0;
}

/* is_ours - do rules judge the record for itself? */
static bool is_ours(const char *owner, const struct vouch_record *record)
{
    return is_pointer(record) || (record->type == VOUCH_TYPE_TXT && is_report(record)) ||
           (record->type == VOUCH_TYPE_SRV && strncmp(owner, CSA_PREFIX, sizeof CSA_PREFIX - 1) == 0);
}

/* take - note the name that a record makes one to be judged */
static void take(struct lint_names *names, const char *owner, const struct vouch_record *record)
{

    switch ((unsigned)record->type) {
    case VOUCH_TYPE_SOA:
        memcpy(names->domain, owner, strlen(owner) + 1);
        break;
    case VOUCH_TYPE_SRV:
        take_service(names, owner);
        break;
    case VOUCH_TYPE_CNAME:
        if (strncmp(owner, CSA_PREFIX, sizeof CSA_PREFIX - 1) == 0)
            take_service(names, owner);
        break;
    case VOUCH_TYPE_TXT:
        if (is_report(record))
            names_add(names, owner, 0, true);
        else if (strncmp(owner, CSA_PREFIX, sizeof CSA_PREFIX - 1) == 0)
            take_service(names, owner);
        break;
    case VOUCH_TYPE_PTR:
        if (is_pointer(record))
            names_add(names, owner, LINT_POINTERS | (strncmp(owner, "*.", 2) == 0 ? LINT_WILDCARD : 0U), false);
        break;
    default:
        break;
    }
}

/* keep - does any rule look at this record? */
static bool keep(void *owner, const struct vouch_record *record, uint64_t position)
{
    struct reading *reading = owner;
    char name[VOUCH_NAME_TEXT_SIZE];

    progress_step(&reading->bar, position);
    if (reading->names != NULL) {
        struct name lower;

        if (name_read_view(&lower, record->owner, record->owner)) {
            vouch_name_format(lower.wire, name);
            take(reading->names, name, record);
        }
    }
    switch ((unsigned)record->type) {
    case VOUCH_TYPE_A:
    case VOUCH_TYPE_AAAA:
    case VOUCH_TYPE_CNAME:
    case VOUCH_TYPE_SOA:
    case VOUCH_TYPE_PTR:
    case VOUCH_TYPE_SRV:
    case VOUCH_TYPE_TXT:
    case LINT_TYPE_NS:
    case LINT_TYPE_MX:
    case TYPE_DNAME:
        return true;
    default:
        return false;
    }
}

/* named_order - byte order */
static int named_order(const void *left, const void *right)
{
    return strcmp(((const struct lint_named *)left)->name, ((const struct lint_named *)right)->name);
}

/* names_settle - each name of the zone once, in order, with all its roles */
static void names_settle(struct lint_names *names)
{
    size_t kept = 0;

    if (names->count != 0)
        qsort(names->names, names->count, sizeof *names->names, named_order);
    for (size_t i = 0; i < names->count; i++) {
        struct lint_named *last = kept == 0 ? NULL : &names->names[kept - 1];

        if (!publish_name_is_within(names->names[i].name, names->domain)) {
            free(names->names[i].name);
        } else if (last != NULL && strcmp(last->name, names->names[i].name) == 0) {
            last->roles |= names->names[i].roles;
            last->reports = last->reports || names->names[i].reports;
            free(names->names[i].name);
        } else {
            names->names[kept++] = names->names[i];
        }
    }
    names->count = kept;
}

/* stray_add - keep a record out of place */
static bool stray_add(struct lint_names *names, const struct lint_stray *stray)
{
    if (names->strays_count == names->strays_size) {
        size_t size = names->strays_size == 0 ? 16 : names->strays_size * 2;
        struct lint_stray *grown = reallocarray(names->strays, size, sizeof *grown);

        if (grown == NULL)
            return false;
        names->strays = grown;
        names->strays_size = size;
    }
    names->strays[names->strays_count++] = *stray;
    return true;
}

/* misplaced - a record out of place: note it, or remember that there was one */
static void misplaced(void *owner, enum zone_misplaced how, unsigned line, const struct vouch_record *record)
{
    static const char *const causes[] = {
        [ZONE_OUTSIDE] = "a record outside the zone", [ZONE_BESIDE_ALIAS] = "a CNAME beside other data"};
    struct reading *reading = owner;
    struct lint_stray stray = {.how = how, .line = line, .record = *record};
    char name[VOUCH_NAME_TEXT_SIZE];
    struct name lower;
    uint8_t *rdata;

    if (!name_read_view(&lower, record->owner, record->owner))
        return;
    vouch_name_format(lower.wire, name);
    if (how == ZONE_BELOW_CUT && (reading->names == NULL || !is_ours(name, record)))
        return;
    if (reading->names == NULL) {
        if (reading->cause == NULL) {
            reading->cause = causes[how];
            reading->line = line;
            memcpy(reading->place, name, sizeof name);
        }
        return;
    }
    stray.owner = strdup(name);
    rdata = malloc(record->rdata.length + 1);
    if (stray.owner != NULL && rdata != NULL && stray_add(reading->names, &stray)) {
        memcpy(rdata, record->rdata.data, record->rdata.length);
        reading->names->strays[reading->names->strays_count - 1].record.rdata.data = rdata;
        return;
    }
    reading->names->failed = true;
    free(stray.owner);
    free(rdata);
}

/* add_sender - note a name within the zone that may send, and can say so */
static void add_sender(struct lint_names *names, const char *name, unsigned role)
{
    bool is_host = role == LINT_MX || (name[0] != '*' && name[0] != '_');

    if (is_host && publish_name_is_within(name, names->domain) && strcmp(name, names->domain) != 0)
        names_add(names, name, role, false);
}

/* take_spf - note the hosts that an SPF record lets send; the whole file is read, and what others say in it, too */
static void take_spf(struct reading *reading, const char *owner, const struct vouch_record *record)
{
    struct spf_term term;
    struct spf spf;

    if (!spf_open(&spf, owner, record->rdata))
        return;
    while (spf_next(&spf, &term)) {
        if (term.kind == SPF_HOST)
            add_sender(reading->names, term.name, LINT_SPF);
        else if (term.kind == SPF_ADDRESS && !spf_addresses_add(&reading->senders, &term.address, 0))
            reading->names->failed = true;
    }
}

/* take_sender - note whom an MX or SPF record of the zone lets send, once it is known what belongs to the zone */
static void take_sender(void *owner, const struct vouch_record *record)
{
    struct reading *reading = owner;
    char name[VOUCH_NAME_TEXT_SIZE];
    struct name lower;

    if (((unsigned)record->type != LINT_TYPE_MX && record->type != VOUCH_TYPE_TXT) ||
        !name_read_view(&lower, record->owner, record->owner))
        return;
    vouch_name_format(lower.wire, name);
    if (!publish_name_is_within(name, reading->names->domain))
        return;
    if (record->type == VOUCH_TYPE_TXT)
        take_spf(reading, name, record);
    else if (take_target(name, record, 2) && strcmp(name, ".") != 0)
        add_sender(reading->names, name, LINT_MX);
}

/* take_address - note the names that have an address of an SPF record */
static void take_address(void *owner, const struct vouch_record *record)
{
    struct reading *reading = owner;
    char name[VOUCH_NAME_TEXT_SIZE];
    struct name lower;
    size_t number;

    if (!spf_addresses_find(&reading->senders, record, &number) ||
        !name_read_view(&lower, record->owner, record->owner))
        return;
    vouch_name_format(lower.wire, name);
    add_sender(reading->names, name, LINT_SPF);
}

bool lint_fail(char error[ZONE_ERROR_SIZE], const char *place, const char *cause)
{
    struct text text;

    text_init(&text, error, ZONE_ERROR_SIZE);
    text_add(&text, place);
    text_add(&text, place[0] == '\0' ? "" : ": ");
    text_add(&text, cause);
    return false;
}

bool lint_names_read(struct zones *zones, const char *path, struct lint_names *names, char error[ZONE_ERROR_SIZE])
{
    bool standard = strcmp(path, "-") == 0;
    const char *label = standard ? "standard input" : path;
    struct reading reading = {.names = names};
    struct zones_filter filter = {&reading, keep, misplaced};
    struct master_error complaint = {label, error, ZONE_ERROR_SIZE};
    FILE *file = standard ? stdin : fopen(path, "re");
    struct stat status;
    bool fine;

    if (names != NULL)
        memset(names, 0, sizeof *names);
    if (file == NULL)
        return lint_fail(error, label, strerror(errno));
    progress_begin(&reading.bar, label,
                   fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode) ? (uint64_t)status.st_size : 0);
    fine = zones_read_some(zones, file, label, &filter, error);
    progress_end(&reading.bar);
    if (!standard)
        fclose(file);
    if (fine && reading.cause != NULL)
        fine = master_fail(&complaint, reading.line, reading.cause, text_bytes(reading.place));
    if (fine && names != NULL) {
        zones_each(zones, &reading, take_sender);
        zones_each(zones, &reading, take_address);
    }
    name_index_free(&reading.senders.index);
    if (names != NULL)
        names_settle(names);
    if (fine && names != NULL && names->failed)
        fine = lint_fail(error, label, "out of memory");
    return fine;
}

void lint_names_free(struct lint_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->names[i].name);
    free(names->names);
    for (size_t i = 0; i < names->strays_count; i++) {
        free(names->strays[i].owner);
        free((void *)(uintptr_t)names->strays[i].record.rdata.data);
    }
    free(names->strays);
    memset(names, 0, sizeof *names);
}
