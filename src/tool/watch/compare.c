/*
 * compare.c - what changed between two reports of lint. Pure.
 *
 * A finding is the same as before if its rule and its name are. Rules that one silent server or a change on its way can
 * break are patient: they are told when they last. Evidence that says how old an answer is never makes a change.
 */
#include "base/text.h"
#include "tool/watch/watch.h"

#include <stdlib.h>
#include <string.h>

enum temper {
    PATIENT = 1,  /* told only once it lasts */
    CHANGING = 2, /* its evidence differs from run to run */
    BLINDING = 4, /* it is why a report is incomplete: told in the place of trouble */
};

static const struct {
    const char *rule;
    unsigned temper;
} tempers[] = {
    {"server-silent", PATIENT | CHANGING},
    {"service-silent", PATIENT | CHANGING},
    {"serials-differ", PATIENT | CHANGING},
    {"ttl-differs", CHANGING},
    {"ttl-soa-default", CHANGING},
    {"ttl-short", CHANGING},
    {"ttl-long", CHANGING},
    {WATCH_UNREADABLE, BLINDING},
};

/* temper_of - how a rule behaves, 0: it is told at once, evidence and all */
static unsigned temper_of(const char *rule)
{
    for (size_t i = 0; i < sizeof tempers / sizeof tempers[0]; i++) {
        if (strcmp(tempers[i].rule, rule) == 0)
            return tempers[i].temper;
    }
    return 0;
}

/* runs_of - in how many runs in a row it was there */
static json_int_t runs_of(const json_t *object)
{
    return json_integer_value(json_object_get(object, "runs"));
}

/* is_told - does anybody know? */
static bool is_told(const json_t *object)
{
    return json_is_true(json_object_get(object, "told"));
}

/* strip_ttl - an evidence without its TTLs: numbers before " IN " and behind "TTL "; from malloc, null: no memory */
static char *strip_ttl(const char *evidence)
{
    char *copy = strdup(evidence);
    char *to = copy;

    for (const char *at = evidence; copy != NULL && *at != '\0';) {
        size_t digits = strspn(at, "0123456789");
        bool starts = at == evidence || !text_is_alnum(at[-1]);

        if (digits != 0 && starts &&
            (strncmp(at + digits, " IN ", 4) == 0 || (at - evidence >= 4 && strncmp(at - 4, "TTL ", 4) == 0)))
            at += digits;
        else
            *to++ = *at++;
    }
    if (copy != NULL)
        *to = '\0';
    return copy;
}

/* evidence_has - does the list hold this one, TTLs apart? */
static bool evidence_has(const json_t *list, const char *evidence)
{
    char *wanted = strip_ttl(evidence);
    bool has = false;
    size_t i;
    json_t *one;

    json_array_foreach(list, i, one)
    {
        char *stripped = strip_ttl(json_string_value(one));

        has = has || wanted == NULL || stripped == NULL || strcmp(wanted, stripped) == 0;
        free(stripped);
    }
    free(wanted);
    return has;
}

/* evidence_differs - does one of the lists hold what the other does not? */
static bool evidence_differs(const json_t *before, const json_t *now)
{
    size_t i;
    json_t *one;

    json_array_foreach(before, i, one)
    {
        if (!evidence_has(now, json_string_value(one)))
            return true;
    }
    json_array_foreach(now, i, one)
    {
        if (!evidence_has(before, json_string_value(one)))
            return true;
    }
    return false;
}

/* evidence_keep - what an incomplete report does not repeat is still so; false: out of memory */
static bool evidence_keep(json_t *now, const json_t *before)
{
    size_t i;
    json_t *one;

    json_array_foreach(before, i, one)
    {
        if (!evidence_has(now, json_string_value(one)) && json_array_append(now, one) != 0)
            return false;
    }
    return true;
}

/* mend_has - does a mend hold all these lines, behind each other? */
static bool mend_has(const char *mend, const char *lines)
{
    size_t length = strlen(lines);

    for (const char *at = strstr(mend, lines); at != NULL; at = strstr(at + 1, lines)) {
        if ((at == mend || at[-1] == '\n') && (at[length] == '\0' || at[length] == '\n'))
            return true;
    }
    return false;
}

/* finding_join - add what a second finding of the same rule and name says */
static bool finding_join(json_t *finding, const json_t *more)
{
    const char *mend = watch_text(finding, "mend"), *other = watch_text(more, "mend");
    json_t *joined;

    if (json_array_append_new(json_object_get(finding, "evidence"), json_string(watch_text(more, "evidence"))) != 0)
        return false;
    if (other[0] == '\0' || mend_has(mend, other))
        return true;
    joined = mend[0] == '\0' ? json_string(other) : json_sprintf("%s\n%s", mend, other);
    return json_object_set_new(finding, "mend", joined) == 0;
}

/* finding_copy - what a finding says, evidence apart; false: out of memory */
static bool finding_copy(json_t *to, const json_t *from)
{
    static const char *const keys[] = {"severity", "rule", "clause", "title", "name", "mend", "advice"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (json_object_set_new(to, keys[i], json_string(watch_text(from, keys[i]))) != 0)
            return false;
    }
    return true;
}

/* findings_add - add a finding of a report to those of its rule and name; false: out of memory */
static bool findings_add(json_t *merged, const json_t *finding)
{
    json_t *key = json_sprintf("%s %s", watch_text(finding, "rule"), watch_text(finding, "name"));
    json_t *entry = json_object_get(merged, json_string_value(key));
    bool ok = key != NULL;

    if (ok && entry != NULL) {
        ok = finding_join(entry, finding);
    } else if (ok) {
        entry = json_pack("{s:[s],s:i,s:b}", "evidence", watch_text(finding, "evidence"), "runs", 1, "told", 0);
        ok = json_object_set_new(merged, json_string_value(key), entry) == 0 && finding_copy(entry, finding);
    }
    json_decref(key);
    return ok;
}

/* findings_merge - the findings of a report by rule and name; null: out of memory */
static json_t *findings_merge(const json_t *report)
{
    json_t *merged = json_object();
    bool ok = merged != NULL;
    size_t i;
    json_t *finding;

    json_array_foreach(json_object_get(report, "findings"), i, finding)
    {
        ok = ok && findings_add(merged, finding);
    }
    if (ok)
        return merged;
    json_decref(merged);
    return NULL;
}

/* is_blinded - does a finding say why the report is incomplete? */
static bool is_blinded(const json_t *findings)
{
    const char *key;
    json_t *finding;

    json_object_foreach((json_t *)(uintptr_t)findings, key, finding)
    {
        if ((temper_of(watch_text(finding, "rule")) & BLINDING) != 0)
            return true;
    }
    return false;
}

/* What one comparison works with. */
struct comparison {
    const struct watch_rules *rules;
    const char *subject;
    bool silent; /* nothing is told, only recorded */
    json_t *changes;
    bool failed;
};

/* tell_finding - append a change of a finding */
static void tell_finding(struct comparison *comparison, const char *change, const json_t *finding, const json_t *was)
{
    json_t *row;

    if (comparison->silent)
        return;
    row = json_pack("{s:s,s:s,s:s,s:O}", "time", comparison->rules->now, "subject", comparison->subject, "change",
                    change, "evidence", json_object_get(finding, "evidence"));
    if (row != NULL && !finding_copy(row, finding))
        comparison->failed = true;
    if (row != NULL && was != NULL &&
        (json_object_set(row, "was", json_object_get(was, "evidence")) != 0 ||
         json_object_set_new(row, "was_severity", json_string(watch_text(was, "severity"))) != 0))
        comparison->failed = true;
    if (json_array_append_new(comparison->changes, row) != 0)
        comparison->failed = true;
}

/* compare_finding - a finding that is there now, with what was known of it, or null */
static void compare_finding(struct comparison *comparison, json_t *now, const json_t *before)
{
    unsigned temper = temper_of(watch_text(now, "rule"));
    json_int_t runs = before == NULL ? 1 : runs_of(before) + 1;
    bool known = before != NULL && is_told(before);
    bool told = known || comparison->silent || (temper & PATIENT) == 0 || runs > comparison->rules->patience;

    if (json_object_set_new(now, "runs", json_integer(runs)) != 0 ||
        json_object_set_new(now, "told", json_boolean(told)) != 0)
        comparison->failed = true;
    if (told && !known)
        tell_finding(comparison, "new", now, NULL);
    else if (known && (strcmp(watch_text(before, "severity"), watch_text(now, "severity")) != 0 ||
                       ((temper & CHANGING) == 0 &&
                        evidence_differs(json_object_get(before, "evidence"), json_object_get(now, "evidence")))))
        tell_finding(comparison, "changed", now, before);
}

/* is_sure - does the report know all about the name of this finding, and whether it is there? */
static bool is_sure(const json_t *report, const json_t *finding)
{
    return json_is_true(json_object_get(report, "complete")) ||
           json_object_get(json_object_get(report, "known"), watch_text(finding, "name")) != NULL ||
           (temper_of(watch_text(finding, "rule")) & BLINDING) != 0;
}

/* compare_findings - all findings of a subject; the state's are replaced */
static void compare_findings(struct comparison *comparison, json_t *state, json_t *now, const json_t *report)
{
    json_t *before = json_object_get(state, "findings");
    const char *key;
    json_t *finding;

    json_object_foreach(now, key, finding)
    {
        const json_t *known = json_object_get(before, key);

        if (!is_sure(report, finding) &&
            !evidence_keep(json_object_get(finding, "evidence"), json_object_get(known, "evidence")))
            comparison->failed = true;
        compare_finding(comparison, finding, known);
    }
    json_object_foreach(before, key, finding)
    {
        bool is_gone = is_sure(report, finding);

        if (json_object_get(now, key) != NULL)
            continue;
        if (!is_gone && json_object_set(now, key, finding) != 0)
            comparison->failed = true;
        if (is_gone && is_told(finding))
            tell_finding(comparison, "gone", finding, NULL);
    }
    if (json_object_set(state, "findings", now) != 0)
        comparison->failed = true;
}

/* compare_trouble - trouble that lasts, and its end; never one that comes and goes */
static void compare_trouble(struct comparison *comparison, json_t *state, const json_t *report)
{
    bool complete = json_is_true(json_object_get(report, "complete"));
    json_t *before = json_object_get(state, "trouble");
    json_int_t runs = complete ? 0 : runs_of(before) + 1;
    bool known = is_told(before);
    bool told = !complete && (known || runs > comparison->rules->patience);
    json_t *texts = json_object_get(complete && known ? before : report, complete && known ? "texts" : "troubles");
    json_t *row;

    if (told != known) {
        row = json_pack("{s:s,s:s,s:s,s:I,s:O}", "time", comparison->rules->now, "subject", comparison->subject,
                        "change", told ? "trouble" : "trouble-over", "runs", told ? runs : runs_of(before), "texts",
                        texts);
        if (json_array_append_new(comparison->changes, row) != 0)
            comparison->failed = true;
    }
    if (json_object_set_new(
            state, "trouble",
            json_pack("{s:I,s:b,s:O}", "runs", runs, "told", told, "texts", json_object_get(report, "troubles"))) != 0)
        comparison->failed = true;
}

bool watch_compare(json_t *root, const json_t *report, const struct watch_rules *rules, json_t *changes)
{
    struct comparison comparison = {rules, watch_text(report, "subject"), false, changes, false};
    json_t *subjects = json_object_get(root, "subjects");
    json_t *state = json_object_get(subjects, comparison.subject);
    json_t *now = findings_merge(report);

    if (state == NULL) {
        comparison.silent = rules->quiet_start;
        state = json_pack("{s:{},s:{s:i,s:b,s:[]}}", "findings", "trouble", "runs", 0, "told", 0, "texts");
        if (json_object_set_new(subjects, comparison.subject, state) != 0)
            comparison.failed = true;
    }
    if (now == NULL || comparison.failed) {
        json_decref(now);
        return false;
    }
    compare_findings(&comparison, state, now, report);
    if (!is_blinded(now))
        compare_trouble(&comparison, state, report);
    json_decref(now);
    return watch_compare_records(state, report, rules, changes) && !comparison.failed;
}

/* severity_of - how bad a word of severity is; one that is not known is none */
static int severity_of(const char *word)
{
    static const char *const words[] = {"note", "warning", "error"};

    for (int i = 0; i < 3; i++) {
        if (strcmp(words[i], word) == 0)
            return i;
    }
    return -1;
}

bool watch_is_worse(const json_t *changes)
{
    size_t i;
    json_t *change;

    json_array_foreach(changes, i, change)
    {
        const char *word = watch_text(change, "change");
        int severity = severity_of(watch_text(change, "severity"));

        if (strcmp(word, "trouble") == 0 || strcmp(word, "records") == 0)
            return true;
        if ((strcmp(word, "new") == 0 || strcmp(word, "changed") == 0) && severity > 0 &&
            severity >= severity_of(watch_text(change, "was_severity")))
            return true;
    }
    return false;
}

bool watch_forget(json_t *root, const struct watch_list *list)
{
    json_t *subjects = json_object_get(root, "subjects");
    json_t *kept = json_object();
    bool ok = kept != NULL;

    for (size_t i = 0; i < list->count; i++) {
        const char *text = list->subjects[i].text;
        json_t *subject = json_object_get(subjects, text);

        if (subject != NULL && json_object_set(kept, text, subject) != 0)
            ok = false;
    }
    return json_object_set_new(root, "subjects", kept) == 0 && ok;
}
