/*
 * records.c - the record sets that decide about mail of a name, as a report of lint shows them.
 */
#include "tool/lint/records.h"

#include "base/text.h"
#include "lint/record.h"

#include <stdlib.h>
#include <string.h>

/* One name under way. */
struct collector {
    json_t *records;
    const struct lint_view *view;
    bool pending, failed;
};

/* compare_texts - byte order, for qsort */
static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* rdata_text - the RDATA of a record in lower case, from malloc; null: out of memory */
static char *rdata_text(const struct vouch_record *record, struct vouch_bytes message)
{
    struct lint_text text = {NULL, 0, 0, false};
    const char *blank;
    char *rdata;

    lint_add_rdata(&text, record, message);
    blank = text.failed || text.data == NULL ? NULL : strchr(text.data, ' ');
    rdata = blank == NULL ? NULL : strdup(blank + 1);
    for (char *at = rdata; at != NULL && *at != '\0'; at++)
        *at = text_lower(*at);
    free(text.data);
    return rdata;
}

/* rdata_list - the sorted RDATA of all records of an answer; null: out of memory */
static json_t *rdata_list(const struct vouch_answer *answer)
{
    char **texts = calloc(answer->records_count + 1, sizeof *texts);
    json_t *list = json_array();
    bool fine = texts != NULL && list != NULL;

    for (size_t i = 0; fine && i < answer->records_count; i++) {
        texts[i] = rdata_text(&answer->records[i], answer->message);
        fine = texts[i] != NULL;
    }
    if (fine)
        qsort(texts, answer->records_count, sizeof *texts, compare_texts);
    for (size_t i = 0; texts != NULL && i < answer->records_count; i++) {
        fine = fine && json_array_append_new(list, json_string(texts[i])) == 0;
        free(texts[i]);
    }
    free(texts);
    if (fine)
        return list;
    json_decref(list);
    return NULL;
}

/* add_set - ask for a set and keep it; null: its answer is missing */
static const struct vouch_answer *add_set(struct collector *collector, const char *owner, uint16_t type,
                                          const char *word)
{
    const struct vouch_answer *answer = collector->view->ask(collector->view->owner, owner, type);
    json_t *sets = json_object_get(collector->records, owner);
    json_t *list;

    if (answer == NULL) {
        collector->pending = true;
        return NULL;
    }
    if (sets == NULL) {
        sets = json_object();
        if (json_object_set_new(collector->records, owner, sets) != 0)
            collector->failed = true;
    }
    list = answer->status <= VOUCH_NXDOMAIN && !answer->cut ? rdata_list(answer) : json_null();
    if (collector->failed || json_object_set_new(sets, word, list) != 0)
        collector->failed = true;
    return answer;
}

/* add_host - the sets of one name */
static void add_host(struct collector *collector, const char *name)
{
    char owner[VOUCH_NAME_TEXT_SIZE], target[VOUCH_NAME_TEXT_SIZE];
    const struct vouch_answer *answer;
    struct csa_record csa;

    if (!lint_join(owner, "_client._smtp", name))
        return;
    answer = add_set(collector, owner, VOUCH_TYPE_SRV, "SRV");
    for (size_t i = 0; answer != NULL && i < answer->records_count; i++) {
        csa_judge_record(&csa, answer->records[i].rdata, answer->message);
        if (csa.kind != CSA_ALLOW || csa.target.wire[0] == 0)
            continue;
        vouch_name_format(csa.target.wire, target);
        add_set(collector, target, VOUCH_TYPE_A, "A");
        add_set(collector, target, VOUCH_TYPE_AAAA, "AAAA");
    }
    add_set(collector, name, VOUCH_TYPE_PTR, "PTR");
}

bool lint_records_add(json_t *records, const struct lint_view *view, const char *name, bool exchangers, bool *failed)
{
    struct collector collector = {records, view, false, records == NULL};
    const struct vouch_answer *answer = NULL;
    char exchanger[VOUCH_NAME_TEXT_SIZE];

    if (collector.failed) {
        *failed = true;
        return true;
    }
    add_host(&collector, name);
    if (exchangers)
        answer = view->ask(view->owner, name, LINT_TYPE_MX);
    collector.pending = collector.pending || (exchangers && answer == NULL);
    for (size_t i = 0; answer != NULL && i < answer->records_count; i++) {
        if (lint_read_name(exchanger, &answer->records[i], answer->message, 2) &&
            publish_name_is_within(exchanger, name))
            add_host(&collector, exchanger);
    }
    *failed = *failed || collector.failed;
    return !collector.pending;
}
