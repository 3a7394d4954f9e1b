/*
 * run.c - one judgement under way: questions to the views, findings and troubles into the result.
 */
#include "lint/run.h"

#include "base/text.h"
#include "lint/record.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOUBLES_MAX 64 /* so many of the last entries are looked at for one that says the same */

void lint_run_init(struct lint_run *run, struct lint_result *result, const struct lint_world *world, unsigned roles)
{
    memset(run, 0, sizeof *run);
    run->world = world;
    run->result = result;
    run->roles = roles;
}

void lint_add(struct lint_text *text, const char *format, ...)
{
    va_list values;
    int length;

    va_start(values, format);
    length = vsnprintf(NULL, 0, format, values);
    va_end(values);
    if (length < 0 || text->failed) {
        text->failed = true;
        return;
    }
    if (text->length + (size_t)length >= text->size) {
        size_t size = (text->length + (size_t)length + 1) * 2;
        char *grown = realloc(text->data, size);

        if (grown == NULL) {
            text->failed = true;
            return;
        }
        text->data = grown;
        text->size = size;
    }
    va_start(values, format);
    length = vsnprintf(text->data + text->length, text->size - text->length, format, values);
    va_end(values);
    text->length += length > 0 ? (size_t)length : 0;
}

void lint_clear(struct lint_text *text)
{
    if (text->data != NULL)
        text->data[text->length = 0] = '\0';
}

void lint_add_octets(struct lint_text *text, struct vouch_bytes octets)
{
    char piece[5];
    struct text safe;

    for (size_t i = 0; i < octets.length; i++) {
        struct vouch_bytes octet = {octets.data + i, 1};

        text_init(&safe, piece, sizeof piece);
        text_add_printable(&safe, octet);
        lint_add(text, "%s", piece);
    }
}

bool lint_is_found(const struct vouch_answer *answer)
{
    return answer->status == VOUCH_FOUND && answer->records_count != 0;
}

bool lint_is_outside(const struct lint_run *run, const struct vouch_answer *answer)
{
    return run->world->views[0].is_files && answer->status == VOUCH_NXDOMAIN && answer->soa_owner.length == 1;
}

bool lint_is_absent(const struct lint_run *run, const struct vouch_answer *answer)
{
    return (answer->status == VOUCH_NODATA || answer->status == VOUCH_NXDOMAIN) && !lint_is_outside(run, answer);
}

void lint_add_trouble(struct lint_text *text, const struct vouch_answer *answer)
{
    lint_add(text, "%s", vouch_status_word(answer->status));
    if (answer->note.length == 0 || text_is(answer->note, vouch_status_word(answer->status)))
        return;
    lint_add(text, ", ");
    lint_add_octets(text, answer->note);
}

/* has_trouble - is this among the last troubles? */
static bool has_trouble(const struct lint_result *result, const char *trouble)
{
    size_t first = result->troubles_count > DOUBLES_MAX ? result->troubles_count - DOUBLES_MAX : 0;

    for (size_t i = first; i < result->troubles_count; i++) {
        if (strcmp(result->troubles[i], trouble) == 0)
            return true;
    }
    return false;
}

void lint_trouble(struct lint_run *run, const struct lint_view *view, const char *name, uint16_t type,
                  const struct vouch_answer *answer)
{
    struct lint_result *result = run->result;
    struct lint_text text = {NULL, 0, 0, false};
    char **grown;

    result->complete = false;
    lint_add(&text, "%s ", name);
    lint_add_type(&text, type);
    lint_add(&text, ": ");
    lint_add_trouble(&text, answer);
    lint_add(&text, " (%s)", view->label);
    if (text.failed || has_trouble(result, text.data)) {
        result->failed = result->failed || text.failed;
        free(text.data);
        return;
    }
    grown = reallocarray(result->troubles, result->troubles_count + 1, sizeof *grown);
    if (grown == NULL) {
        result->failed = true;
        free(text.data);
        return;
    }
    result->troubles = grown;
    grown[result->troubles_count++] = text.data;
}

/* ask - the view's answer, or one that says that it is missing */
static const struct vouch_answer *ask(struct lint_run *run, const struct lint_view *view, const char *name,
                                      uint16_t type)
{
    static const struct vouch_answer missing = {.status = VOUCH_TIMEOUT};
    const struct vouch_answer *answer = view->ask(view->owner, name, type);

    run->pending = run->pending || answer == NULL;
    return answer == NULL ? &missing : answer;
}

const struct vouch_answer *lint_ask_view(struct lint_run *run, const struct lint_view *view, const char *name,
                                         uint16_t type)
{
    const struct vouch_answer *answer = ask(run, view, name, type);

    if (answer->status > VOUCH_CHAIN || answer->cut)
        lint_trouble(run, view, name, type, answer);
    return answer;
}

const struct vouch_answer *lint_ask(struct lint_run *run, const char *name, uint16_t type)
{
    return lint_ask_view(run, &run->world->views[0], name, type);
}

const struct vouch_answer *lint_ask_published(struct lint_run *run, const char *name, uint16_t type)
{
    if (run->world->views[0].is_files)
        return lint_ask(run, name, type);
    for (size_t i = 0; i < run->servers_count; i++) {
        const struct vouch_answer *answer = ask(run, run->servers[i], name, type);

        if (answer->status <= VOUCH_NXDOMAIN)
            return answer;
    }
    return NULL;
}

void lint_begin(struct lint_draft *draft, struct lint_run *run, enum lint_word word, const char *name)
{
    memset(draft, 0, sizeof *draft);
    draft->run = run;
    draft->word = word;
    draft->name = name;
    lint_add(&draft->evidence, "%s", "");
    lint_add(&draft->mend, "%s", "");
    lint_add(&draft->advice, "%s", "");
}

/* draft_is_new - nothing of the last findings says the same */
static bool draft_is_new(const struct lint_draft *draft)
{
    const struct lint_result *result = draft->run->result;
    size_t first = result->findings_count > DOUBLES_MAX ? result->findings_count - DOUBLES_MAX : 0;

    for (size_t i = first; i < result->findings_count; i++) {
        const struct lint_finding *finding = &result->findings[i];

        if (finding->rule == &lint_rules[draft->word] && strcmp(finding->name, draft->name) == 0 &&
            strcmp(finding->evidence, draft->evidence.data) == 0)
            return false;
    }
    return true;
}

void lint_drop(struct lint_draft *draft)
{
    free(draft->evidence.data);
    free(draft->mend.data);
    free(draft->advice.data);
}

void lint_end(struct lint_draft *draft)
{
    struct lint_result *result = draft->run->result;
    bool failed = draft->evidence.failed || draft->mend.failed || draft->advice.failed;
    struct lint_finding *grown = NULL;
    char *name = NULL;

    if (!failed && draft_is_new(draft)) {
        name = strdup(draft->name);
        grown = reallocarray(result->findings, result->findings_count + 1, sizeof *grown);
        failed = name == NULL || grown == NULL;
        result->findings = grown == NULL ? result->findings : grown;
    }
    result->failed = result->failed || failed;
    if (failed || name == NULL) {
        free(name);
        lint_drop(draft);
        return;
    }
    grown[result->findings_count++] = (struct lint_finding){&lint_rules[draft->word], name, draft->evidence.data,
                                                            draft->mend.data, draft->advice.data};
}

void lint_result_init(struct lint_result *result)
{
    memset(result, 0, sizeof *result);
    result->complete = true;
}

void lint_result_cut(struct lint_result *result, size_t count)
{
    while (result->findings_count > count) {
        struct lint_finding *last = &result->findings[--result->findings_count];

        free(last->name);
        free(last->evidence);
        free(last->mend);
        free(last->advice);
    }
}

void lint_result_clear(struct lint_result *result)
{
    lint_result_cut(result, 0);
    for (size_t i = 0; i < result->troubles_count; i++)
        free(result->troubles[i]);
    free(result->findings);
    free(result->troubles);
    lint_result_init(result);
}

/* finding_order - names, then errors first, then the order of the table, then the evidence */
static int finding_order(const void *left, const void *right)
{
    const struct lint_finding *a = left, *b = right;
    int names = strcmp(a->name, b->name);

    if (names != 0)
        return names;
    if (a->rule->severity != b->rule->severity)
        return (int)b->rule->severity - (int)a->rule->severity;
    if (a->rule != b->rule)
        return a->rule < b->rule ? -1 : 1;
    return strcmp(a->evidence, b->evidence);
}

void lint_result_sort(struct lint_result *result)
{
    if (result->findings_count != 0)
        qsort(result->findings, result->findings_count, sizeof *result->findings, finding_order);
}
