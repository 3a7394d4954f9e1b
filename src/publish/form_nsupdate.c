/*
 * form_nsupdate.c - a plan as a script for nsupdate(1). [RFC 2136]
 *
 * What changes of one host goes into one transaction. One update message holds 64 KiB at most, so there are several.
 *
 * A server takes no record beside a CNAME, and says nothing of it [RFC 2136 3.4.2.2]. Unseen, an alias of a CSA
 * record's name goes, which serves nothing else. That of a host stays, since others may use it: a prerequisite has the
 * server refuse the host's records then, all of them, so that no SRV record stands there without its addresses.
 */
#include "publish/form.h"

#include <stdio.h>
#include <string.h>

#define SEND_OCTETS                                                                                                    \
    16384 /* of text since the last `send`; a host adds some ten thousand at most, names are compressed */

/* A script as it grows. */
struct script {
    const struct plan *plan;
    FILE *file;
    size_t octets;    /* since the last `send` */
    const char *mark; /* before each line: a comment that can be taken out, or nothing */
};

/* script_add - count what a line has */
static void script_add(struct script *script, int length)
{
    script->octets += length > 0 ? (size_t)length : 0;
}

/* script_send - end the transaction, if it holds anything */
static void script_send(struct script *script)
{
    if (script->octets != 0)
        fprintf(script->file, "%ssend\n", script->mark);
    script->octets = 0;
}

/* script_remove - delete what contradicts, of one host */
static void script_remove(struct script *script, const char *host)
{
    const struct plan *plan = script->plan;
    size_t i;

    if (!name_index_find(&plan->removed, host, &i))
        return;
    for (; i < plan->removals_count && strcmp(plan->removals[i].host, host) == 0; i++) {
        const struct plan_removal *removal = &plan->removals[i];

        script_add(script, fprintf(script->file, "; %s\n%supdate delete %s. %s %s\n", removal->why, script->mark,
                                   removal->owner, vouch_type_word(removal->type), removal->rdata));
    }
}

/* script_has_addresses - are addresses of the host to be entered, whose records begin at number `index`? */
static bool script_has_addresses(const struct plan *plan, size_t index)
{
    for (size_t i = plan_span(plan, index); i > 0; i--) {
        const struct plan_record *record = &plan->records[index + i - 1];

        if ((record->type == VOUCH_TYPE_A || record->type == VOUCH_TYPE_AAAA) && form_has(plan, record))
            return true;
    }
    return false;
}

/* script_replace - what stands at the name of a CSA record goes, unseen */
static void script_replace(struct script *script, const struct plan_record *record)
{
    static const enum vouch_type types[] = {VOUCH_TYPE_CNAME, VOUCH_TYPE_SRV};

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        script_add(script, fprintf(script->file, "%supdate delete %s. %s\n", script->mark, record->owner,
                                   vouch_type_word(types[i])));
}

/* script_host - what changes of a host; its SRV record is number `index`, the others stand behind it */
static void script_host(struct script *script, size_t index)
{
    const struct plan *plan = script->plan;
    const char *host = plan->records[index].host;
    size_t end = index + plan_span(plan, index);
    bool alone = !plan->compared && script_has_addresses(plan, index); /* a prerequisite is one of the transaction */

    if (alone) {
        script_send(script);
        script_add(script, fprintf(script->file, "%sprereq nxrrset %s. CNAME\n", script->mark, host));
    }
    script_remove(script, host);
    if (!plan->compared && form_has(plan, &plan->records[index]))
        script_replace(script, &plan->records[index]);
    for (size_t i = index; i < end; i++) {
        const struct plan_record *record = &plan->records[i];
        char rdata[PLAN_RDATA_SIZE];

        plan_rdata_format(record, rdata);
        if (form_has(plan, record))
            script_add(script, fprintf(script->file, "%supdate add %s. %u %s %s\n", script->mark, record->owner,
                                       record->ttl_s, vouch_type_word(record->type), rdata));
    }
    if (alone || script->octets > SEND_OCTETS)
        script_send(script);
}

/* script_hosts - the hosts whose record is Explicit, and missing, or all others */
static void script_hosts(struct script *script, bool explicit)
{
    const struct plan *plan = script->plan;

    for (size_t i = 0; i < plan->records_count; i++) {
        const struct plan_record *record = &plan->records[i];
        bool waits = plan_waits(plan, record) && form_has(plan, record);

        if (record->type != VOUCH_TYPE_SRV || (record->port == PLAN_EXPLICIT && form_has(plan, record)) != explicit)
            continue;
        if (waits)
            fprintf(script->file,
                    "; not yet: once all above is there and the zone's negative TTL has passed, take \"; # \" "
                    "out of these lines, or compare (--resolver)\n");
        script->mark = waits ? "; # " : "";
        script_host(script, i);
        if (explicit)
            script_send(script);
        script->mark = "";
    }
    script_send(script);
}

void form_nsupdate_write(const struct plan *plan, const char *server, FILE *file)
{
    struct script script = {plan, file, 0, ""};
    bool begun = plan->removals_count != 0;

    fprintf(file, "; who sends mail as %s: Certified Server Validation\n", plan->description->domain);
    form_remarks_write(plan, file);
    for (size_t i = 0; i < plan->records_count; i++)
        begun = begun || form_has(plan, &plan->records[i]);
    if (!begun) {
        fputs("; nothing is missing\n", file);
        return;
    }
    if (!plan->compared)
        fputs("; not compared (--resolver): the server answers YXRRSET, and takes nothing of a host that is an alias "
              "(CNAME)\n",
              file);
    if (server != NULL)
        fprintf(file, "server %s\n", server);
    script_hosts(&script, false);
    script_hosts(&script, true);
}
