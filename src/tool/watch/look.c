/*
 * look.c - one look at all subjects: names and zone files first, then descriptions, as one resolver is open at a time.
 */
#include "tool/watch/look.h"

#include "base/text.h"
#include "session/json_text.h"
#include "tool/tool.h"
#include "tool/watch/dns.h"

#include <errno.h>
#include <string.h>

#define NAME "watch"

/* look_take - compare a report with the state; the report is ours. False, after saying so: out of memory */
static bool look_take(struct watch_look *look, json_t *report)
{
    bool ok = report != NULL && watch_compare(look->root, report, look->rules, look->changes);

    if (!ok)
        tool_fail(NAME, "%s", strerror(ENOMEM));
    json_decref(report);
    return ok;
}

/* look_at_name - the report on a name or a zone file; what cannot be linted is in trouble. Null: out of memory */
static json_t *look_at_name(struct watch_look *look, struct lint_session *session, const char *subject)
{
    char error[LINT_ERROR_SIZE] = "";
    json_t *report = lint_session_judge(session, subject, error);

    if (report != NULL)
        return report;
    tool_fail(NAME, "%s", error);
    look->fault = true;
    return json_pack("{s:s,s:b,s:[],s:[o]}", "subject", subject, "complete", 0, "findings", "troubles",
                     json_text(text_bytes(error)));
}

/* look_at_names - lint names and zone files */
static bool look_at_names(struct watch_look *look)
{
    char notice[LINT_ERROR_SIZE] = "", error[LINT_ERROR_SIZE] = "";
    struct lint_session *session = lint_session_open(look->lint, notice, error);
    bool ok = session != NULL;

    if (notice[0] != '\0')
        tool_fail(NAME, "%s", notice);
    if (session == NULL)
        tool_fail(NAME, "%s", error);
    for (size_t i = 0; ok && i < look->list->count; i++) {
        const struct watch_subject *subject = &look->list->subjects[i];

        if (subject->path == NULL)
            ok = look_take(look, look_at_name(look, session, subject->text));
    }
    if (session != NULL)
        lint_session_close(session);
    return ok;
}

/* look_at_description - the report on a description. Null: out of memory */
static json_t *look_at_description(struct watch_look *look, struct watch_dns *dns, const struct watch_subject *subject)
{
    char error[WATCH_ERROR_SIZE];
    json_t *report = watch_description_judge(subject, &dns->source, error);

    watch_dns_forget(dns);
    if (error[0] != '\0') {
        tool_fail(NAME, "%s", error);
        look->fault = true;
    }
    return report;
}

/* look_at_descriptions - compare descriptions; `noticed`: what the DNS is worth was told already */
static bool look_at_descriptions(struct watch_look *look, bool noticed)
{
    char notice[LINT_ERROR_SIZE] = "", error[LINT_ERROR_SIZE] = "";
    struct watch_dns dns;
    bool ok = watch_dns_open(&dns, look->lint, notice, error);

    if (notice[0] != '\0' && !noticed)
        tool_fail(NAME, "%s", notice);
    if (!ok)
        tool_fail(NAME, "%s", error);
    for (size_t i = 0; ok && i < look->list->count; i++) {
        const struct watch_subject *subject = &look->list->subjects[i];

        if (subject->path != NULL)
            ok = look_take(look, look_at_description(look, &dns, subject));
    }
    watch_dns_close(&dns);
    return ok;
}

bool watch_look(struct watch_look *look)
{
    const struct watch_list *list = look->list;
    size_t files = 0, descriptions = 0;

    for (size_t i = 0; i < list->count; i++) {
        descriptions += list->subjects[i].path != NULL;
        files += list->subjects[i].path == NULL && lint_is_file(list->subjects[i].text);
    }
    look->lint->only_files = files + descriptions == list->count;
    return (descriptions == list->count || look_at_names(look)) &&
           (descriptions == 0 || look_at_descriptions(look, files + descriptions != list->count));
}
