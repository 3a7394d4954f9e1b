/*
 * zone.c - the zone that holds a name, and its name servers: do they all serve it, and do they agree?
 */
#include "lint/host.h"

#include "base/text.h"

#include <string.h>

#define PARENTS_MAX 2 /* name servers of the parent zone that are asked */

/* take_domain - the owner of the SOA of a negative answer; false: there is none */
static bool take_domain(char domain[VOUCH_NAME_TEXT_SIZE], const struct vouch_answer *answer)
{
    struct name owner;
    struct cursor cursor;

    cursor_init(&cursor, answer->soa_owner);
    if (answer->soa_owner.length == 0 || !name_read(&owner, &cursor, answer->message) || name_is_root(&owner))
        return false;
    vouch_name_format(owner.wire, domain);
    return true;
}

/* find_root - climb from the name to the owner of a SOA record; empty: not found */
static void find_root(struct lint_run *run, const char *name, char domain[VOUCH_NAME_TEXT_SIZE])
{
    uint8_t wire[VOUCH_NAME_SIZE];
    struct text text;

    text_init(&text, domain, VOUCH_NAME_TEXT_SIZE);
    if (vouch_name_parse(wire, name, strlen(name)) == 0)
        return;
    for (size_t labels = publish_name_labels(name); labels > 0; labels--) {
        const char *suffix = lint_suffix(name, labels);
        const struct vouch_answer *soa = lint_ask(run, suffix, VOUCH_TYPE_SOA);
        bool alias = lint_is_found(soa) && lint_is_found(lint_ask(run, suffix, VOUCH_TYPE_CNAME));

        if (soa->status > VOUCH_NXDOMAIN)
            return;
        if (lint_is_outside(run, soa) && !lint_is_found(lint_ask(run, suffix, VOUCH_TYPE_CNAME)))
            return; /* so is what stands above it: a zone ends at its delegations */
        if (lint_is_found(soa) && !alias) {
            text_add(&text, suffix);
            return;
        }
        if (!lint_is_found(soa) && take_domain(domain, soa)) {
            if (publish_name_is_within(name, domain))
                return;
            domain[0] = '\0'; /* that of an alias: go on above */
        }
    }
}

void zone_find_root(struct lint_run *run, const char *name)
{
    static const char outside[] = "outside of the zone files";
    const struct lint_view *judged = &run->world->views[0];
    struct vouch_answer unknown = {.status = VOUCH_FAILED, .note = text_bytes(outside)};

    find_root(run, name, run->domain);
    if (judged->is_files && run->domain[0] == '\0' && (run->roles & LINT_ALONE) != 0)
        lint_trouble(run, judged, name, VOUCH_TYPE_SOA, &unknown);
}

/* is_lame - does the server itself say that the zone is not its own? Any other trouble may pass. */
static bool is_lame(const struct vouch_answer *answer)
{
    static const char *const words[] = {"REFUSED", "NOTAUTH", "not authoritative"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (answer->status == VOUCH_FAILED && text_is(answer->note, words[i]))
            return true;
    }
    return answer->status <= VOUCH_NXDOMAIN;
}

/* silent - one name server that gave no usable answer, or said that the zone is not its own */
static void silent(struct lint_run *run, const struct lint_view *server, const struct vouch_answer *answer)
{
    bool lame = is_lame(answer);
    struct lint_draft draft;

    lint_begin(&draft, run, lame ? LINT_SERVER_LAME : LINT_SERVER_SILENT, run->domain);
    lint_add(&draft.evidence, "%s: %s SOA: ", server->label, run->domain);
    lint_add_trouble(&draft.evidence, answer);
    lint_add(&draft.advice, lame ? "Let it serve the zone, or take it out of the NS records here and at the parent."
                                 : "If that lasts, mend the server or take it out of the NS records.");
    lint_end(&draft);
    if (!lame)
        lint_trouble(run, server, run->domain, VOUCH_TYPE_SOA, answer);
}

/* take_server - ask one address of a name server whether it serves the zone */
static void take_server(struct lint_run *run, const char *name, const struct vouch_record *record)
{
    const struct lint_world *world = run->world;
    const struct lint_view *server;
    const struct vouch_answer *soa;
    struct vouch_address address;

    if (run->servers_count == LINT_SERVERS_MAX || !lint_read_address(&address, record))
        return;
    server = world->server(world->owner, name, &address);
    if (server == NULL)
        return;
    soa = server->ask(server->owner, run->domain, VOUCH_TYPE_SOA);
    if (soa == NULL)
        run->pending = true;
    else if (lint_is_found(soa))
        run->servers[run->servers_count++] = server;
    else
        silent(run, server, soa);
}

/* has_server - does the set name this server? */
static bool has_server(const struct vouch_answer *ns, const char *name)
{
    char other[VOUCH_NAME_TEXT_SIZE];

    for (size_t i = 0; i < ns->records_count; i++) {
        if (lint_read_name(other, &ns->records[i], ns->message, 0) && strcmp(other, name) == 0)
            return true;
    }
    return false;
}

/* serials_lint - are all at the same version of the zone? */
static void serials_lint(struct lint_run *run)
{
    struct lint_draft draft;
    uint32_t first = 0, minimum;
    bool differ = false;

    lint_begin(&draft, run, LINT_SERIALS_DIFFER, run->domain);
    for (size_t i = 0; i < run->servers_count; i++) {
        const struct lint_view *server = run->servers[i];
        const struct vouch_answer *soa = lint_ask_view(run, server, run->domain, VOUCH_TYPE_SOA);
        uint32_t serial;

        if (!lint_is_found(soa) || !lint_read_soa(&soa->records[0], soa->message, &serial, &minimum))
            continue;
        lint_add(&draft.evidence, "%s%s: %u", i == 0 ? "" : ", ", server->label, (unsigned)serial);
        first = i == 0 ? serial : first;
        differ = differ || serial != first;
    }
    if (differ)
        lint_end(&draft);
    else
        lint_drop(&draft);
}

/* take_servers - ask the name servers of a set, but for those that another set has; the zone's own lack no address */
static void take_servers(struct lint_run *run, const struct vouch_answer *ns, const struct vouch_answer *asked)
{
    for (size_t i = 0; i < ns->records_count; i++) {
        struct host_addresses addresses;
        char name[VOUCH_NAME_TEXT_SIZE];
        struct lint_draft draft;

        if (!lint_read_name(name, &ns->records[i], ns->message, 0) || (asked != NULL && has_server(asked, name)))
            continue;
        host_ask_addresses(run, name, &addresses);
        for (size_t j = 0; j < addresses.a->records_count; j++)
            take_server(run, name, &addresses.a->records[j]);
        for (size_t j = 0; j < addresses.aaaa->records_count; j++)
            take_server(run, name, &addresses.aaaa->records[j]);
        if (!host_lacks_addresses(run, &addresses))
            continue;
        lint_begin(&draft, run, LINT_SERVER_NO_ADDRESS, run->domain);
        lint_add_rdata(&draft.evidence, &ns->records[i], ns->message);
        lint_add(&draft.evidence, "%s", asked == NULL ? "" : ", at the parent");
        if (ns->records_count > 1 && asked == NULL)
            lint_delete(&draft, run->domain, &ns->records[i], ns->message);
        lint_end(&draft);
    }
}

/* ask_parent - what the first name server of the parent zone that can tell says about the zone's; null: none does. All
 * are asked at the same time: some may be silent. */
static const struct vouch_answer *ask_parent(struct lint_run *run, const char *parent, const char **label)
{
    const struct vouch_answer *ns = lint_ask(run, parent, LINT_TYPE_NS), *said = NULL;
    unsigned asked = 0;

    for (size_t i = 0; i < ns->records_count && asked < PARENTS_MAX; i++) {
        char name[VOUCH_NAME_TEXT_SIZE];
        struct vouch_address address;
        const struct vouch_answer *a, *answer;
        const struct lint_view *server;

        if (!lint_read_name(name, &ns->records[i], ns->message, 0))
            continue;
        a = lint_ask(run, name, VOUCH_TYPE_A);
        if (!lint_is_found(a) || !lint_read_address(&address, &a->records[0]))
            continue;
        server = run->world->server(run->world->owner, name, &address);
        if (server == NULL)
            continue;
        asked++;
        answer = server->ask(server->owner, run->domain, LINT_TYPE_NS);
        run->pending = run->pending || answer == NULL;
        if (said != NULL || answer == NULL || !lint_is_found(answer))
            continue;
        *label = server->label;
        said = answer;
    }
    return said;
}

/* delegation_lint - does the parent zone name the same servers? Those that it alone names are asked, too. */
static void delegation_lint(struct lint_run *run, const struct vouch_answer *ns)
{
    const char *above = strchr(run->domain, '.'), *label = "";
    char parent[VOUCH_NAME_TEXT_SIZE];
    const struct vouch_answer *delegation;
    struct lint_draft draft;

    if (above == NULL || !lint_is_found(ns))
        return;
    find_root(run, above + 1, parent);
    delegation = parent[0] == '\0' ? NULL : ask_parent(run, parent, &label);
    if (delegation == NULL || lint_equal(delegation, ns))
        return;
    lint_begin(&draft, run, LINT_DELEGATION_DIFFERS, run->domain);
    lint_add(&draft.evidence, "%s: ", label);
    lint_add_answer(&draft.evidence, delegation);
    lint_add(&draft.evidence, "; the zone: ");
    lint_add_answer(&draft.evidence, ns);
    lint_add(&draft.advice, "Have the parent zone name the same servers, mostly through the registrar.");
    lint_end(&draft);
    take_servers(run, delegation, ns);
}

void zone_find_servers(struct lint_run *run)
{
    const struct vouch_answer *ns;

    if (run->world->server == NULL || run->domain[0] == '\0')
        return;
    ns = lint_ask(run, run->domain, LINT_TYPE_NS);
    take_servers(run, ns, NULL);
    delegation_lint(run, ns);
    serials_lint(run);
}

void server_lint(struct host *host)
{
    struct lint_run *run = host->run;
    struct view_set set = {.word = LINT_SERVERS_DISAGREE,
                           .domain = run->domain,
                           .advice = "Let the secondaries fetch the zone again: compare serials, allow transfers, look "
                                     "at their logs."};

    if ((run->roles & LINT_ALONE) == 0 || !publish_name_is_within(host->name, run->domain))
        return;
    for (size_t i = 0; i < run->servers_count; i++)
        set.views[set.count++] = run->servers[i];
    view_compare(host, &set);
}
