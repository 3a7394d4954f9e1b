/*
 * name.c - rules about the HELO name itself. [RFC 5321 4.1]
 */
#include "lint/host.h"

#include "base/text.h"
#include "core/helo.h"

#include <string.h>

/* is_high_escape - \DDD or \xNN of an octet that is not ASCII? */
static bool is_high_escape(const char *at)
{
    if (at[0] != '\\')
        return false;
    if (at[1] == 'x')
        return at[2] != '\0' && strchr("89abcdefABCDEF", at[2]) != NULL;
    return text_is_digit(at[1]) && strncmp(at + 1, "128", 3) >= 0;
}

/* name_word - what is wrong with a name that is none */
static enum lint_word name_word(const char *name, enum helo_form form)
{
    static const struct vouch_settings lenient = {.allow_underscore = true};
    struct helo helo;

    if (form == HELO_LITERAL)
        return LINT_NAME_LITERAL;
    for (const char *at = name; *at != '\0'; at++) {
        if ((unsigned char)*at >= 0x80 || is_high_escape(at))
            return LINT_NAME_NOT_ASCII;
    }
    if (strlen(name) > VOUCH_HELO_MAX)
        return LINT_NAME_TOO_LONG;
    helo_judge(&helo, text_bytes(name), &lenient);
    if (helo.form == HELO_NAME)
        return LINT_NAME_UNDERSCORE;
    return publish_name_labels(name) < 2 ? LINT_NAME_SINGLE_LABEL : LINT_NAME_SYNTAX;
}

/* name_hyphens - the name with hyphens for what must not stand in it; false: that is no name either */
static bool name_hyphens(const char *name, char better[VOUCH_NAME_TEXT_SIZE])
{
    static const struct vouch_settings strict = {.allow_underscore = false};
    struct helo helo;
    struct text text;

    text_init(&text, better, VOUCH_NAME_TEXT_SIZE);
    for (const char *at = name; *at != '\0'; at++) {
        bool edge = text.length == 0 || better[text.length - 1] == '.' || at[1] == '.' || at[1] == '\0';

        if (*at != '_')
            text_add_char(&text, *at);
        else if (!edge)
            text_add_char(&text, '-');
    }
    helo_judge(&helo, text_bytes(better), &strict);
    return helo.form == HELO_NAME;
}

/* name_record - what the CSA record of the name says for its successor: it sends unless the record says otherwise;
 * false: that cannot be told */
static bool name_record(struct lint_run *run, const char *name, const char *better, struct lint_srv *srv)
{
    char owner[VOUCH_NAME_TEXT_SIZE], target[VOUCH_NAME_TEXT_SIZE];
    const struct vouch_answer *answer;

    *srv = (struct lint_srv){2, 0, ""};
    memcpy(srv->target, better, strlen(better) + 1);
    if (!lint_join(owner, "_client._smtp", name))
        return false;
    answer = lint_ask(run, owner, VOUCH_TYPE_SRV);
    for (size_t i = 0; i < answer->records_count; i++) {
        struct csa_record csa;

        csa_judge_record(&csa, answer->records[i].rdata, answer->message);
        if (csa.kind != CSA_ALLOW && csa.kind != CSA_IGNORE_TARGET)
            return false;
        vouch_name_format(csa.target.wire, target);
        srv->weight = csa.weight;
        if (csa.kind == CSA_ALLOW && strcmp(target, name) != 0)
            memcpy(srv->target, target, sizeof target);
    }
    return answer->records_count == 1 || lint_is_absent(run, answer);
}

/* name_copy - lines that give the records of a name to another one as well: others may still use the old one */
static void name_copy(struct lint_draft *draft, const char *name, const char *better)
{
    static const uint16_t types[] = {VOUCH_TYPE_A, VOUCH_TYPE_AAAA, VOUCH_TYPE_PTR};
    const struct vouch_answer *answers[sizeof types / sizeof types[0]];
    struct host_addresses addresses;
    struct lint_srv srv;

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        answers[i] = lint_ask(draft->run, name, types[i]);
    addresses = (struct host_addresses){answers[0], answers[1]};
    if (host_misses_addresses(draft->run, &addresses) || !host_has_addresses(&addresses) ||
        !host_is_free(draft->run, better) || !name_record(draft->run, name, better, &srv))
        return;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        lint_publish_all(draft, better, lint_ttl(draft->run, answers[i]), answers[i]);
    lint_publish_srv(draft, better, lint_ttl(draft->run, answers[0]), &srv);
}

/* name_is_kept - is the name no HELO name, as far as one can see: a mail exchanger only, or one with a successor? */
static bool name_is_kept(struct lint_run *run, const char *name, const char *better)
{
    char owner[VOUCH_NAME_TEXT_SIZE];
    struct host_addresses addresses, successor;

    if ((run->roles & (LINT_HELO | LINT_DOMAIN)) != 0)
        return false;
    if ((run->roles & (LINT_POINTERS | LINT_RECORD)) == 0)
        return (run->roles & LINT_MX) != 0;
    host_ask_addresses(run, name, &addresses);
    host_ask_addresses(run, better, &successor);
    return lint_join(owner, "_client._smtp", better) && lint_is_found(lint_ask(run, owner, VOUCH_TYPE_SRV)) &&
           lint_equal(addresses.a, successor.a) && lint_equal(addresses.aaaa, successor.aaaa);
}

/* name_safe - the name, printable whatever it holds */
static const char *name_safe(const char *name, char safe[VOUCH_NAME_TEXT_SIZE])
{
    struct text text;

    text_init(&text, safe, VOUCH_NAME_TEXT_SIZE);
    text_add_printable(&text, text_bytes(name));
    return safe;
}

/* name_labels_lint - labels that claim to be international and are not [RFC 5890 2.3.2.1] */
static void name_labels_lint(struct lint_run *run, const char *name)
{
    for (const char *label = name; label != NULL; label = strchr(label, '.')) {
        struct vouch_bytes bytes;
        struct lint_draft draft;

        label += *label == '.';
        bytes.data = (const uint8_t *)label;
        bytes.length = strcspn(label, ".");
        if (bytes.length < 4 || strncmp(label, "xn--", 4) != 0 || alabel_is_valid(bytes))
            continue;
        lint_begin(&draft, run, LINT_NAME_BAD_ALABEL, name);
        lint_add(&draft.evidence, "%.*s", (int)bytes.length, label);
        lint_end(&draft);
    }
}

bool name_lint(struct lint_run *run, const char *name)
{
    static const struct vouch_settings strict = {.allow_underscore = false};
    char safe[VOUCH_NAME_TEXT_SIZE], better[VOUCH_NAME_TEXT_SIZE];
    struct lint_draft draft;
    struct helo helo;

    helo_judge(&helo, text_bytes(name), &strict);
    if (helo.form == HELO_NAME) {
        name_labels_lint(run, name);
        return true;
    }
    if (publish_name_labels(name) == 1 && (run->roles & (LINT_HELO | LINT_MX | LINT_POINTERS)) == 0 &&
        strpbrk(name, "\\_") == NULL)
        return true; /* a top-level domain, which is nobody's HELO name */
    lint_begin(&draft, run, name_word(name, helo.form), name_safe(name, safe));
    lint_add(&draft.evidence, "%s", safe);
    if (draft.word == LINT_NAME_UNDERSCORE && name_hyphens(name, better)) {
        if (name_is_kept(run, name, better))
            draft.word = LINT_UNDERSCORE_KEPT;
        else
            name_copy(&draft, name, better);
        lint_add(&draft.advice, "%set the server say %s in HELO%s.",
                 draft.word == LINT_UNDERSCORE_KEPT ? "If it sends mail, l" : "L", better,
                 draft.word == LINT_NAME_UNDERSCORE && draft.mend.length == 0 ? ", or another name that is free" : "");
    } else if (draft.word == LINT_NAME_LITERAL) {
        lint_add(&draft.advice, "Give the server a name, with addresses and a record, and let it say it in HELO.");
    } else if (draft.word == LINT_NAME_SINGLE_LABEL) {
        lint_add(&draft.advice, "Let the server say its whole name, such as %s.example.org.", safe);
    }
    lint_end(&draft);
    return false;
}
