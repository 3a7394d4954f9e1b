/*
 * pointer.c - rules about the listing pointers at a name. [DNA 3 to 7]
 */
#include "lint/host.h"

#include "base/text.h"

#include <string.h>

#define PREFIX       "_vouch._smtp."
#define POINTERS_MAX 6 /* what receivers use [DNA 3] */

/* is_reverse - do other PTR records than pointers belong here? */
static bool is_reverse(const char *name)
{
    return lint_is_within(name, "in-addr.arpa") || lint_is_within(name, "ip6.arpa");
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

/* prefix_lint - a PTR record that receivers discard */
static void prefix_lint(struct host *host, const struct vouch_answer *ptr, size_t at, const char *pointer)
{
    const char *service = service_meant(pointer);
    bool nothing = service_of(pointer) != NULL;
    struct lint_draft draft;

    lint_begin(&draft, host->run, nothing ? LINT_POINTER_NO_SERVICE : LINT_POINTER_PREFIX, host->name);
    lint_add_rdata(&draft.evidence, &ptr->records[at], ptr->message);
    lint_delete(&draft, host->name, &ptr->records[at], ptr->message);
    if (!nothing && lint_labels(service) >= 2)
        lint_add(&draft.mend, "%s. %u IN PTR " PREFIX "%s.\n", host->name, (unsigned)lint_ttl(host->run, ptr), service);
    lint_end(&draft);
}

/* many_lint - more pointers than receivers use: the last in byte order go */
static void many_lint(struct host *host, const struct vouch_answer *ptr)
{
    struct lint_draft draft;

    lint_begin(&draft, host->run, LINT_POINTERS_MANY, host->name);
    lint_add(&draft.evidence, "%zu pointers: ", ptr->records_count);
    lint_add_answer(&draft.evidence, ptr);
    for (size_t i = 0; i < ptr->records_count; i++) {
        char mine[VOUCH_NAME_TEXT_SIZE], other[VOUCH_NAME_TEXT_SIZE];
        size_t before = 0;

        if (!lint_read_name(mine, &ptr->records[i], ptr->message, 0))
            continue;
        for (size_t j = 0; j < ptr->records_count; j++)
            before += lint_read_name(other, &ptr->records[j], ptr->message, 0) && strcmp(other, mine) < 0;
        if (before >= POINTERS_MAX)
            lint_delete(&draft, host->name, &ptr->records[i], ptr->message);
    }
    lint_end(&draft);
}

/* unproven_lint - pointers beside a record that no client can pass, or beside none */
static void unproven_lint(struct host *host, const struct vouch_answer *ptr)
{
    bool missing = lint_is_absent(host->run, host->srv);
    struct lint_draft draft;
    struct lint_srv srv;

    if (host->synthesized || (host_may_send(host) && host->records_count != 0))
        return;
    if (!missing &&
        !host->prohibits) /* Weight 3 may be proven by a certificate; no valid record is an error of its own */
        return;
    lint_begin(&draft, host->run, LINT_POINTER_UNPROVEN, host->name);
    lint_add_answer(&draft.evidence, ptr);
    lint_add(&draft.evidence, "; %s SRV: ", host->owner);
    lint_add_answer(&draft.evidence, host->srv);
    host_default(host, &srv);
    if (missing && srv.weight == 2)
        lint_publish_srv(&draft, host->name, host->ttl_s, &srv);
    else
        lint_delete_all(&draft, host->name, ptr);
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
    size_t pointers = 0;

    if (is_reverse(host->name) || lint_is_found(lint_ask(host->run, host->name, VOUCH_TYPE_CNAME)))
        return; /* behind an alias stand the pointers of another name */
    if (lint_is_absent(host->run, ptr))
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
    if (pointers > POINTERS_MAX)
        many_lint(host, ptr);
    else if (pointers == 1)
        single_lint(host, ptr);
    if (pointers != 0)
        unproven_lint(host, ptr);
}
