/*
 * view.c - the same question to several resolvers or name servers: does the world see one set of records?
 */
#include "lint/host.h"

#include <string.h>

/* compare - do all views give the same answer to one question? */
static void compare(struct lint_run *run, const struct view_set *set, enum lint_word word, const char *name,
                    uint16_t type)
{
    const struct vouch_answer *first = NULL;
    struct lint_draft draft;
    bool differ = false;

    lint_begin(&draft, run, word, name);
    lint_add_type(&draft.evidence, type);
    for (size_t i = 0; i < set->count; i++) {
        const struct vouch_answer *answer = lint_ask_view(run, set->views[i], name, type);

        if (answer->status > VOUCH_CHAIN)
            continue;
        first = first == NULL ? answer : first;
        differ = differ || !lint_equal(first, answer);
        lint_add(&draft.evidence, "; %s: ", set->views[i]->label);
        lint_add_answer(&draft.evidence, answer);
    }
    lint_add(&draft.advice, "%s", word == LINT_ADDRESSES_VARY ? "" : set->advice);
    if (differ)
        lint_end(&draft);
    else
        lint_drop(&draft);
}

/* is_alias - does any view say that the name is an alias? Then tells whether they agree on that. */
static bool is_alias(struct lint_run *run, const struct view_set *set, const char *name)
{
    bool found = false;

    for (size_t i = 0; i < set->count; i++)
        found = lint_is_found(lint_ask_view(run, set->views[i], name, VOUCH_TYPE_CNAME)) || found;
    if (found)
        compare(run, set, set->word, name, VOUCH_TYPE_CNAME);
    return found;
}

/* compare_types - some types of one name; of a name server only the first link counts: what it knows of the zones of
 * others is chance */
static void compare_types(struct lint_run *run, const struct view_set *set, enum lint_word word, const char *name,
                          const uint16_t types[2])
{
    if (set->domain != NULL && (!publish_name_is_within(name, set->domain) || is_alias(run, set, name)))
        return;
    for (size_t i = 0; i < 2 && types[i] != 0; i++)
        compare(run, set, word, name, types[i]);
}

/* is_used - is the name the target of a record whose addresses count? */
static bool is_used(const struct host *host, const char *name)
{
    for (size_t i = 0; i < host->records_count; i++) {
        if (host->records[i].csa.kind == CSA_ALLOW && strcmp(host->records[i].target, name) == 0)
            return true;
    }
    return false;
}

void view_compare(struct host *host, const struct view_set *set)
{
    static const uint16_t srv[2] = {VOUCH_TYPE_SRV}, ptr[2] = {VOUCH_TYPE_PTR};
    static const uint16_t addresses[2] = {VOUCH_TYPE_A, VOUCH_TYPE_AAAA};
    const char *name = host->name;

    if (set->count < 2)
        return;
    compare_types(host->run, set, set->word, host->owner, srv);
    compare_types(host->run, set, set->word, name, ptr);
    compare_types(host->run, set, is_used(host, name) ? set->word : LINT_ADDRESSES_VARY, name, addresses);
    for (size_t i = 0; i < host->records_count; i++) {
        const struct host_record *record = &host->records[i];

        if (record->csa.kind == CSA_ALLOW && strcmp(record->target, name) != 0)
            compare_types(host->run, set, set->word, record->target, addresses);
    }
}

void view_lint(struct host *host)
{
    const struct lint_world *world = host->run->world;
    struct view_set set = {.word = LINT_VIEWS_DIFFER,
                           .advice = "Caches may still hold what was; if that outlasts the TTL, one of them answers "
                                     "from a zone of its own."};

    for (size_t i = 0; i < world->views_count && i < LINT_SERVERS_MAX; i++)
        set.views[set.count++] = &world->views[i];
    view_compare(host, &set);
}
