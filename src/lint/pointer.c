/*
 * pointer.c - rules about the listing pointers at a name. [DNA 3 to 7]
 */
#include "lint/host.h"

#include "base/text.h"
#include "publish/answer_size.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX       "_vouch._smtp."
#define POINTERS_MAX 6 /* what receivers use [DNA 3] */

/* is_reverse - do other PTR records than pointers belong here? */
static bool is_reverse(const char *name)
{
    return publish_name_is_within(name, "in-addr.arpa") || publish_name_is_within(name, "ip6.arpa");
}

/* service_of - the service that a well-formed pointer names; null: it is none, empty: none stands there */
static const char *service_of(const char *pointer)
{
    if (strcmp(pointer, "_vouch._smtp") == 0)
        return "";
    return strncmp(pointer, PREFIX, sizeof PREFIX - 1) == 0 ? pointer + sizeof PREFIX - 1 : NULL;
}

/* service_meant - what is left of a malformed pointer without its underscore labels and their like */
static const char *service_meant(const char *pointer)
{
    while (pointer[0] == '_' || strncmp(pointer, "vouch.", 6) == 0 || strncmp(pointer, "smtp.", 5) == 0) {
        const char *dot = strchr(pointer, '.');

        if (dot == NULL)
            return "";
        pointer = dot + 1;
    }
    return pointer;
}

/* has_word - was the record meant to be a pointer? One of its first labels says so. */
static bool has_word(const char *pointer)
{
    return service_meant(pointer) != pointer;
}

/* prefix_lint - a PTR record that receivers discard */
static void prefix_lint(struct host *host, const struct vouch_answer *ptr, size_t at, const char *pointer)
{
    const char *service = service_meant(pointer);
    bool nothing = service_of(pointer) != NULL;
    struct lint_draft draft;

    lint_begin(&draft, host->run, nothing ? LINT_POINTER_NO_SERVICE : LINT_POINTER_PREFIX, host->name);
    lint_add_rdata(&draft.evidence, &ptr->records[at], ptr->message);
    lint_delete(&draft, host->name, &ptr->records[at], ptr->message);
    if (!nothing && has_word(pointer) && publish_name_labels(service) >= 2)
        lint_add(&draft.mend, "%s. %u IN PTR " PREFIX "%s.\n", host->name, (unsigned)lint_ttl(host->run, ptr), service);
    lint_end(&draft);
}

/* One pointer and its place in the answer. */
struct pointer {
    char *name;
    const struct vouch_record *record;
};

/* pointer_order - byte order of the names */
static int pointer_order(const void *left, const void *right)
{
    return strcmp(((const struct pointer *)left)->name, ((const struct pointer *)right)->name);
}

/* pointers_free - give back what pointers_take gave */
static void pointers_free(struct pointer *pointers, size_t count)
{
    for (size_t i = 0; pointers != NULL && i < count; i++)
        free(pointers[i].name);
    free(pointers);
}

/* pointers_take - the well-formed pointers of the answer in byte order; null: out of memory */
static struct pointer *pointers_take(const struct vouch_answer *ptr, size_t *count)
{
    struct pointer *pointers = calloc(ptr->records_count + 1, sizeof *pointers);
    char name[VOUCH_NAME_TEXT_SIZE];

    *count = 0;
    for (size_t i = 0; pointers != NULL && i < ptr->records_count; i++) {
        const char *service = lint_read_name(name, &ptr->records[i], ptr->message, 0) ? service_of(name) : NULL;

        if (service == NULL || service[0] == '\0')
            continue;
        pointers[*count].record = &ptr->records[i];
        pointers[*count].name = strdup(name);
        if (pointers[*count].name == NULL) {
            pointers_free(pointers, *count);
            return NULL;
        }
        (*count)++;
    }
    if (pointers != NULL)
        qsort(pointers, *count, sizeof *pointers, pointer_order);
    return pointers;
}

/* pointers_size - octets of an answer with the first so many pointers; 0: cannot be told */
static size_t pointers_size(const struct host *host, const struct vouch_answer *ptr, const struct pointer *pointers,
                            size_t count)
{
    struct vouch_record records[POINTERS_MAX];
    struct vouch_answer answer = *ptr;

    for (size_t i = 0; i < count; i++)
        records[i] = *pointers[i].record;
    answer.records = records;
    answer.records_count = count;
    return answer_size(host->name, VOUCH_TYPE_PTR, &answer, NULL, 0);
}

/* drop_lint - the pointers behind the first `kept` in byte order go */
static void drop_lint(struct host *host, enum lint_word word, const struct vouch_answer *ptr,
                      const struct pointer *pointers, const size_t kept_count[2])
{
    struct lint_draft draft;

    lint_begin(&draft, host->run, word, host->name);
    if (word == LINT_POINTERS_SIZE)
        lint_add(&draft.evidence, "%zu octets", pointers_size(host, ptr, pointers, kept_count[1]));
    else
        lint_add(&draft.evidence, "%zu pointers", kept_count[1]);
    lint_add(&draft.evidence, ": ");
    lint_add_answer(&draft.evidence, ptr);
    for (size_t i = kept_count[0]; i < kept_count[1]; i++)
        lint_delete(&draft, host->name, pointers[i].record, ptr->message);
    lint_end(&draft);
}

/* room_lint - more pointers than receivers use, or than one packet holds */
static void room_lint(struct host *host, const struct vouch_answer *ptr)
{
    size_t count, few, fitting;
    struct pointer *pointers = pointers_take(ptr, &count);

    if (pointers == NULL) {
        host->run->result->failed = true;
        return;
    }
    few = fitting = count < POINTERS_MAX ? count : POINTERS_MAX;
    if (count > few)
        drop_lint(host, LINT_POINTERS_MANY, ptr, pointers, (const size_t[2]){few, count});
    while (fitting > 1 && pointers_size(host, ptr, pointers, fitting) > ANSWER_SIZE_MAX)
        fitting--;
    if (fitting < few)
        drop_lint(host, LINT_POINTERS_SIZE, ptr, pointers, (const size_t[2]){fitting, few});
    pointers_free(pointers, count);
}

/* unproven_lint - pointers beside a record that no client can pass, or beside none */
static void unproven_lint(struct host *host, const struct vouch_answer *ptr)
{
    bool missing = lint_is_absent(host->run, host->srv);
    bool refuses = host->settled ? host->will_refuse : host->prohibits;
    struct lint_draft draft;
    struct lint_srv srv;

    /* Weight 3 may be proven by a certificate; no valid record is an error of its own. */
    if (host->synthesized || (!missing && !refuses))
        return;
    lint_begin(&draft, host->run, LINT_POINTER_UNPROVEN, host->name);
    lint_add_answer(&draft.evidence, ptr);
    lint_add(&draft.evidence, "; %s SRV: ", host->owner);
    lint_add_answer(&draft.evidence, host->srv);
    host_default(host, &srv);
    if (missing && host->settled && !refuses) { /* the record was meant, and its mend publishes it */
        csa_mend_add(&draft, host);
    } else if (missing && !host->settled && srv.weight == 2) {
        host_delete_alias(&draft, host);
        lint_publish_srv(&draft, host->name, host->ttl_s, &srv);
    } else {
        lint_delete_all(&draft, host->name, ptr);
    }
    lint_end(&draft);
}

/* inherited_lint - a name that sends, without pointers, below a domain that has some */
static void inherited_lint(struct host *host)
{
    const char *domain = host->run->domain;
    const struct vouch_answer *above;
    struct lint_draft draft;
    bool pointers = false;

    if (domain[0] == '\0' || strcmp(domain, host->name) == 0 || host->records_count == 0 || !host_may_send(host))
        return;
    above = lint_ask(host->run, domain, VOUCH_TYPE_PTR);
    lint_begin(&draft, host->run, LINT_POINTER_NOT_INHERITED, host->name);
    for (size_t i = 0; i < above->records_count; i++) {
        char pointer[VOUCH_NAME_TEXT_SIZE];

        if (!lint_read_name(pointer, &above->records[i], above->message, 0) || service_of(pointer) == NULL)
            continue;
        lint_add(&draft.evidence, "%s%s ", pointers ? ", " : "", domain);
        lint_add_rdata(&draft.evidence, &above->records[i], above->message);
        lint_add(&draft.mend, "%s. %u IN ", host->name, (unsigned)lint_ttl(host->run, above));
        lint_add_rdata(&draft.mend, &above->records[i], above->message);
        lint_add(&draft.mend, "\n");
        pointers = true;
    }
    if (pointers)
        lint_end(&draft);
    else
        lint_drop(&draft);
}

/* single_lint - all hopes on one service */
static void single_lint(struct host *host, const struct vouch_answer *ptr)
{
    struct lint_draft draft;

    lint_begin(&draft, host->run, LINT_POINTER_SINGLE, host->name);
    lint_add_answer(&draft.evidence, ptr);
    lint_end(&draft);
}

void pointer_lint(struct host *host)
{
    const struct vouch_answer *ptr = lint_ask(host->run, host->name, VOUCH_TYPE_PTR);
    bool wildcard = (host->run->roles & LINT_WILDCARD) != 0;
    size_t pointers = 0;

    if (is_reverse(host->name) || lint_is_found(lint_ask(host->run, host->name, VOUCH_TYPE_CNAME)))
        return; /* behind an alias stand the pointers of another name */
    if (lint_is_absent(host->run, ptr) && !wildcard)
        inherited_lint(host);
    for (size_t i = 0; i < ptr->records_count; i++) {
        char pointer[VOUCH_NAME_TEXT_SIZE];
        const char *service;

        if (!lint_read_name(pointer, &ptr->records[i], ptr->message, 0))
            continue;
        service = service_of(pointer);
        if (service == NULL || service[0] == '\0') {
            prefix_lint(host, ptr, i, pointer);
            continue;
        }
        pointers++;
        service_lint(host, ptr, i, service);
    }
    if (pointers > 1)
        room_lint(host, ptr);
    else if (pointers == 1)
        single_lint(host, ptr);
    if (pointers != 0 && !wildcard)
        unproven_lint(host, ptr);
}
