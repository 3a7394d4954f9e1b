/*
 * form_fields.c - a plan as the fields of a DNS hoster's web form, named as it names them, or as most forms do.
 */
#include "publish/form.h"

#include "publish/hoster.h"

#include <string.h>

/* fields_name - a name as forms ask for it: relative to the zone */
static void fields_name(const char *zone, const char *name, char relative[PLAN_NAME_SIZE])
{
    size_t length = strlen(name), tail = strlen(zone);
    size_t keep = length > tail ? length - tail - 1 : 0;

    memcpy(relative, name, keep);
    relative[keep] = '\0';
    if (keep == 0)
        memcpy(relative, "@", 2);
}

/* fields_write_srv - the fields of an SRV record */
static void fields_write_srv(const char *zone, const struct plan_record *record, FILE *file)
{
    char name[PLAN_NAME_SIZE], owner[PLAN_NAME_SIZE];

    fields_name(zone, record->host, name);
    fields_name(zone, record->owner, owner);
    fprintf(file, "  Service    _client        (a form that adds the underscore itself: client)\n");
    fprintf(file, "  Protocol   _smtp          (likewise: smtp)\n");
    fprintf(file, "  Name       %-14s (one field for all three: %s)\n", name, owner);
    fprintf(file, "  Priority   %u\n  Weight     %u\n  Port       %u\n", record->priority, record->weight,
            record->port);
    fprintf(file, "  Target     %-14s (with or without a final dot, as the form wants it)\n", record->target);
}

/* fields_write_value - what goes into a field of a hoster's form */
static void fields_write_value(const char *value, size_t length, const char *zone, const struct plan_record *record,
                               FILE *file)
{
    char name[PLAN_NAME_SIZE], owner[PLAN_NAME_SIZE];

    fields_name(zone, record->host, name);
    fields_name(zone, record->owner, owner);
    for (size_t i = 0; i < length; i++) {
        if (value[i] != '%') {
            fputc(value[i], file);
            continue;
        }
        switch (value[++i]) {
        case 'o':
            fputs(owner, file);
            break;
        case 'f':
            fputs(record->owner, file);
            break;
        case 'h':
            fputs(name, file);
            break;
        case 'b':
            fputs(strcmp(name, "@") == 0 ? "(empty)" : name, file);
            break;
        case 'p':
            fprintf(file, "%u", record->priority);
            break;
        case 'w':
            fprintf(file, "%u", record->weight);
            break;
        case 'n':
            fprintf(file, "%u", record->port);
            break;
        case 't':
            fputs(record->target, file);
            break;
        case 's':
            fprintf(file, "%u", record->ttl_s);
            break;
        }
    }
}

/* fields_write_known - the fields of an SRV record as this hoster's form has them */
static void fields_write_known(const struct hoster_form *form, const char *zone, const struct plan_record *record,
                               FILE *file)
{
    char name[PLAN_NAME_SIZE];

    for (const char *field = form->fields, *next; field != NULL; field = next) {
        size_t length = strcspn(field, "|"), label = strcspn(field, "=");

        next = field[length] == '|' ? field + length + 1 : NULL;
        fprintf(file, "  %-10.*s%s", (int)label, field, label > 10 ? "  " : " ");
        fields_write_value(field + label + 1, length - label - 1, zone, record, file);
        fputc('\n', file);
    }
    fields_name(zone, record->host, name);
    if (form->picture == HOSTER_PICTURE_ZONE && strcmp(name, "@") != 0)
        fprintf(file,
                "  (its guide shows no field for the name, which is %s: without one, make %s a zone of its own)\n",
                name, record->host);
}

/* fields_write_form - who says that the hoster's form looks like this, and where a master file goes */
static void fields_write_form(const char *hoster, FILE *file)
{
    const struct hoster_form *form = hoster_form_find(hoster), *import = hoster_form_find_file(hoster);

    if (form != NULL)
        fprintf(file, "Form of %s: picture %c of doc/publishing.md (%s: %s)\n", hoster,
                hoster_picture_letter(form->picture), hoster_source_text(form->source), form->where);
    else if (hoster[0] != '\0')
        fprintf(file, "Form of %s: not known, these are the fields that most forms have\n", hoster);
    if (import != NULL)
        fprintf(file, "Or all at once: what --form master prints goes into \"%s\" (%s: %s)\n", import->fields,
                hoster_source_text(import->source), import->where);
}

/* fields_write_record - the fields of one record */
static void fields_write_record(const struct hoster_form *form, const char *zone, const struct plan_record *record,
                                unsigned number, FILE *file)
{
    char name[PLAN_NAME_SIZE], rdata[PLAN_RDATA_SIZE];

    fprintf(file, "\nRecord %u: %s %s\n", number, record->host, record->why);
    fprintf(file, "  Type       %s\n", vouch_type_word(record->type));
    if (record->type == VOUCH_TYPE_SRV && form != NULL) {
        fields_write_known(form, zone, record, file);
    } else if (record->type == VOUCH_TYPE_SRV) {
        fields_write_srv(zone, record, file);
    } else {
        fields_name(zone, record->owner, name);
        plan_rdata_format(record, rdata);
        fprintf(file, "  Name       %s\n", name);
        fprintf(file, "  %s %s\n", record->type == VOUCH_TYPE_PTR ? "Target    " : "Address   ", rdata);
    }
    if (record->type != VOUCH_TYPE_SRV || form == NULL)
        fprintf(file, "  TTL        %u\n", record->ttl_s);
}

/* fields_write_delegation - how a host gets a zone of its own, at a server that takes SRV records */
static void fields_write_delegation(const struct plan *plan, const char *host, FILE *file)
{
    char name[PLAN_NAME_SIZE];

    if (strcmp(host, plan->description->domain) == 0) {
        fprintf(file, "\n%s itself cannot be delegated from here: its record needs another hoster for the whole zone\n",
                host);
        return;
    }
    fields_name(plan->description->domain, host, name);
    fprintf(file,
            "\nDelegate %s\n  Type       NS\n  Name       %-14s (two such records are usual)\n"
            "  Target     (the name of a name server that takes SRV records)\n"
            "and make that server hold\n",
            host, name);
}

/* fields_zone - the zone that the records of a host go into; says so where it is another than the last one's */
static const char *fields_zone(const struct plan *plan, const char *host, const char *last, FILE *file)
{
    const char *hoster = plan->description->hoster;
    bool refused = hoster_find(hoster, HOSTER_NO_SRV) != NULL;

    if (!refused && hoster_find(hoster, HOSTER_SRV_APEX) == NULL)
        return plan->description->domain;
    if (strcmp(host, last) == 0)
        return last;
    if (refused)
        fields_write_delegation(plan, host, file);
    if (strcmp(host, plan->description->domain) != 0 || !refused)
        fprintf(file, "\nZone %s\n", host);
    if (strcmp(host, plan->description->domain) != 0)
        fprintf(file,
                "  (from then on all that %s has of %s counts no more: enter its other records here as well,\n"
                "  A, AAAA, MX, TXT and the rest, and those of names below it, before this zone is used)\n",
                plan->description->domain, host);
    return host;
}

void form_fields_write(const struct plan *plan, FILE *file)
{
    const char *zone = "";
    unsigned number = 0;

    fprintf(file, "Zone %s\n", plan->description->domain);
    fields_write_form(plan->description->hoster, file);
    for (size_t i = 0; i < plan->remarks_count; i++)
        fprintf(file, "%s: %s\n", plan_severities[plan->remarks[i].severity], plan->remarks[i].text);
    for (size_t i = 0; i < plan->removals_count; i++)
        fprintf(file, "Delete: %s %s %s (%s)\n", plan->removals[i].owner, vouch_type_word(plan->removals[i].type),
                plan->removals[i].rdata, plan->removals[i].why);
    for (size_t i = 0; i < plan->records_count; i++) {
        if (!form_has(plan, &plan->records[i]))
            continue;
        zone = fields_zone(plan, plan->records[i].host, zone, file);
        if (plan->records[i].type == VOUCH_TYPE_SRV && strcmp(zone, plan->description->domain) == 0 &&
            hoster_find(plan->description->hoster, HOSTER_NO_SRV) != NULL)
            continue;
        fields_write_record(hoster_form_find(plan->description->hoster), zone, &plan->records[i], ++number, file);
    }
    if (number == 0)
        fputs("\nNo record is missing.\n", file);
}
