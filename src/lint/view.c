/*
 * view.c - the same question to several resolvers or name servers: does the world see one set of records?
 */
#include "lint/host.h"

/* compare - do all views give the same answer to one question? */
static void compare(struct lint_run *run, const struct view_set *set, const char *name, uint16_t type)
{
    const struct vouch_answer *first = NULL;
    struct lint_draft draft;
    bool differ = false;

    lint_begin(&draft, run, set->word, name);
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
    lint_add(&draft.advice, "%s", set->advice);
    if (differ)
        lint_end(&draft);
    else
        lint_drop(&draft);
}

void view_compare(struct lint_run *run, const struct view_set *set, const char *name)
{
    char owner[VOUCH_NAME_TEXT_SIZE];

    if (set->count < 2)
        return;
    if (lint_join(owner, "_client._smtp", name))
        compare(run, set, owner, VOUCH_TYPE_SRV);
    compare(run, set, name, VOUCH_TYPE_A);
    compare(run, set, name, VOUCH_TYPE_AAAA);
    compare(run, set, name, VOUCH_TYPE_PTR);
}

void view_lint(struct lint_run *run, const char *name)
{
    struct view_set set = {.word = LINT_VIEWS_DIFFER,
                           .advice = "Caches may still hold what was; if that outlasts the TTL, one of them answers "
                                     "from a zone of its own."};

    for (size_t i = 0; i < run->world->views_count && i < LINT_SERVERS_MAX; i++)
        set.views[set.count++] = &run->world->views[i];
    view_compare(run, &set, name);
}
