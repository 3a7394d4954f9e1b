/*
 * spf.c - the hosts that an SPF record lets send one by one: what Explicit must not forget. [RFC 7208 5]
 *
 * Networks are left out: not every host in one sends. So is what other domains say (include, redirect), and macros.
 */
#include "lint/spf.h"

#include "base/text.h"
#include "core/dna.h"
#include "lint/host.h"

#include <string.h>

/* begins - does the text begin so, in any case? */
static bool begins(struct vouch_bytes text, const char *word)
{
    struct vouch_bytes head = {text.data, strlen(word)};

    return text.length >= head.length && text_is_nocase(head, word);
}

bool spf_open(struct vouch_bytes rdata, char text[SPF_SIZE], struct vouch_bytes *rest)
{
    static const char version[] = "v=spf1";

    rest->data = (const uint8_t *)text;
    rest->length = dna_join_text(text, SPF_SIZE, rdata);
    if (!begins(*rest, version) || (rest->length > sizeof version - 1 && text[sizeof version - 1] != ' '))
        return false;
    rest->data += sizeof version - 1;
    rest->length -= sizeof version - 1;
    return true;
}

/* spf_word - take the next word; empty: no more */
static struct vouch_bytes spf_word(struct vouch_bytes *rest)
{
    struct vouch_bytes word;

    while (rest->length != 0 && rest->data[0] == ' ') {
        rest->data++;
        rest->length--;
    }
    word = *rest;
    while (rest->length != 0 && rest->data[0] != ' ') {
        rest->data++;
        rest->length--;
    }
    word.length -= rest->length;
    return word;
}

/* spf_name - a:NAME, without a prefix length */
static bool spf_name(struct spf_sender *sender, struct vouch_bytes text)
{
    uint8_t wire[VOUCH_NAME_SIZE];

    if (memchr(text.data, '/', text.length) != NULL || memchr(text.data, '%', text.length) != NULL ||
        vouch_name_parse(wire, (const char *)text.data, text.length) == 0)
        return false;
    vouch_name_format(wire, sender->name);
    for (char *at = sender->name; *at != '\0'; at++)
        *at = text_lower(*at);
    return true;
}

/* spf_address - one address, or a network of one */
static bool spf_address(struct spf_sender *sender, struct vouch_bytes text)
{
    const uint8_t *slash = memchr(text.data, '/', text.length);
    size_t length = slash == NULL ? text.length : (size_t)(slash - text.data);
    struct vouch_bytes prefix = {text.data + length, text.length - length};

    if (!vouch_address_parse(&sender->address, (const char *)text.data, length))
        return false;
    return slash == NULL || text_is(prefix, sender->address.family == 4 ? "/32" : "/128");
}

bool spf_next(struct vouch_bytes *rest, struct spf_sender *sender)
{
    for (;;) {
        struct vouch_bytes word = spf_word(rest);
        bool is_name, is_address;

        memset(sender, 0, sizeof *sender);
        if (word.length == 0)
            return false;
        if (word.data[0] == '+') {
            word.data++;
            word.length--;
        }
        is_name = begins(word, "a:");
        is_address = begins(word, "ip4:") || begins(word, "ip6:");
        if (!is_name && !is_address)
            continue;
        word.data += is_name ? 2 : 4;
        word.length -= is_name ? 2 : 4;
        if (is_name ? spf_name(sender, word) : spf_address(sender, word))
            return true;
    }
}

/* spf_judge - judge the names of one SPF record */
static void spf_judge(struct lint_run *run, const char *name, struct vouch_bytes rdata)
{
    unsigned roles = run->roles;
    char text[SPF_SIZE];
    struct spf_sender sender;
    struct vouch_bytes rest;

    if (!spf_open(rdata, text, &rest))
        return;
    while (spf_next(&rest, &sender)) {
        if (sender.name[0] == '\0' || !publish_name_is_within(sender.name, name) || strcmp(sender.name, name) == 0)
            continue;
        run->roles = (roles & LINT_ALONE) | LINT_SPF;
        if (name_lint(run, sender.name))
            host_judge(run, sender.name);
        run->roles = roles;
    }
}

void spf_lint(struct lint_run *run, const char *name)
{
    const struct vouch_answer *txt = lint_ask(run, name, VOUCH_TYPE_TXT);

    for (size_t i = 0; i < txt->records_count; i++)
        spf_judge(run, name, txt->records[i].rdata);
}
