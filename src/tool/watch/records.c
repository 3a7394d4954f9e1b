/*
 * records.c - which of the record sets that decide about mail changed between two reports of lint. Pure.
 *
 * A set that could not be asked for is as it was. What an incomplete report does not name is as it was, too; what a
 * complete one does not name is not looked at any more: addresses of a target that no record names are forgotten, CSA
 * records and pointers are told once, since their name went.
 */
#include "tool/watch/watch.h"

#include <string.h>

/* One comparison of one subject. */
struct comparison {
    const struct watch_rules *rules;
    const char *subject;
    json_t *kept, *changes;
    bool failed;
};

/* set_of - a set of an owner, or null */
static json_t *set_of(const json_t *records, const char *owner, const char *type)
{
    return json_object_get(json_object_get(records, owner), type);
}

/* keep - put a set into the state */
static void keep(struct comparison *comparison, const char *owner, const char *type, json_t *set)
{
    json_t *sets = json_object_get(comparison->kept, owner);

    if (sets == NULL) {
        sets = json_object();
        if (json_object_set_new(comparison->kept, owner, sets) != 0) {
            comparison->failed = true;
            return;
        }
    }
    if (json_object_set(sets, type, set) != 0)
        comparison->failed = true;
}

/* tell - append a change; `now` null: nobody looks any more */
static void tell(struct comparison *comparison, const char *const place[2], json_t *was, json_t *now)
{
    json_t *row = json_pack("{s:s,s:s,s:s,s:s,s:s,s:O,s:O?}", "time", comparison->rules->now, "subject",
                            comparison->subject, "change", "records", "name", place[0], "type", place[1], "was", was,
                            "evidence", now);

    if (json_array_append_new(comparison->changes, row) != 0)
        comparison->failed = true;
}

/* compare_now - the sets of one owner of the report */
static void compare_now(struct comparison *comparison, const char *owner, json_t *sets, const json_t *before)
{
    const char *type;
    json_t *now;

    json_object_foreach(sets, type, now)
    {
        json_t *was = set_of(before, owner, type);
        bool known = json_is_array(now);

        if (known && was != NULL && !json_equal(was, now))
            tell(comparison, (const char *const[2]){owner, type}, was, now);
        if (known || was != NULL)
            keep(comparison, owner, type, known ? now : was);
    }
}

/* compare_gone - the sets of one owner of the state that the report does not name */
static void compare_gone(struct comparison *comparison, const char *owner, json_t *sets, const json_t *report)
{
    const json_t *now = json_object_get(report, "records");
    bool complete = json_is_true(json_object_get(report, "complete"));
    const char *type;
    json_t *was;

    json_object_foreach(sets, type, was)
    {
        if (set_of(now, owner, type) != NULL)
            continue;
        if (!complete)
            keep(comparison, owner, type, was);
        else if (json_array_size(was) != 0 && strcmp(type, "A") != 0 && strcmp(type, "AAAA") != 0)
            tell(comparison, (const char *const[2]){owner, type}, was, NULL);
    }
}

bool watch_compare_records(json_t *state, const json_t *report, const struct watch_rules *rules, json_t *changes)
{
    struct comparison comparison = {rules, watch_text(report, "subject"), json_object(), changes, false};
    json_t *before = json_object_get(state, "records");
    const char *owner;
    json_t *sets;

    if (comparison.kept == NULL)
        return false;
    json_object_foreach(json_object_get(report, "records"), owner, sets)
    {
        compare_now(&comparison, owner, sets, before);
    }
    json_object_foreach(before, owner, sets)
    {
        compare_gone(&comparison, owner, sets, report);
    }
    return json_object_set_new(state, "records", comparison.kept) == 0 && !comparison.failed;
}
