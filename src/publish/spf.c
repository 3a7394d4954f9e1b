/*
 * spf.c - reads SPF records, as far as they name hosts. [RFC 7208 4.6, 5, 6.1]
 */
#include "publish/spf.h"

#include "base/text.h"
#include "core/dna.h"

#include <string.h>

/* The terms that name hosts, and what stands between their word and their value. */
static const struct spf_word {
    const char *word;
    enum spf_kind kind;
    char mark;
} spf_words[] = {
    {"a", SPF_HOST, ':'},      {"mx", SPF_EXCHANGERS, ':'},  {"ip4", SPF_ADDRESS, ':'},
    {"ip6", SPF_ADDRESS, ':'}, {"include", SPF_RECORD, ':'}, {"redirect", SPF_RECORD, '='},
};

/* spf_cut - cut the part off that ends before the first of these characters */
static struct vouch_bytes spf_cut(struct vouch_bytes *rest, const char *characters)
{
    struct vouch_bytes part = *rest;

    while (rest->length != 0 && (rest->data[0] == '\0' || strchr(characters, rest->data[0]) == NULL)) {
        rest->data++;
        rest->length--;
    }
    part.length -= rest->length;
    return part;
}

/* spf_is_all - does this term end the mechanisms? */
static bool spf_is_all(struct vouch_bytes word)
{
    if (word.length != 0 && strchr("+-~?", word.data[0]) != NULL) {
        word.data++;
        word.length--;
    }
    return text_is_nocase(word, "all");
}

bool spf_open(struct spf *spf, const char *owner, struct vouch_bytes rdata)
{
    struct vouch_bytes all, word;

    spf->owner = owner;
    spf->ends = false;
    spf->rest.data = (const uint8_t *)spf->text;
    spf->rest.length = dna_join_text(spf->text, sizeof spf->text, rdata);
    word = text_take_word(&spf->rest, " \t");
    if (word.data != (const uint8_t *)spf->text || !text_is_nocase(word, "v=spf1"))
        return false;
    all = spf->rest;
    while ((word = text_take_word(&all, " \t")).length != 0)
        spf->ends = spf->ends || spf_is_all(word);
    return true;
}

/* spf_read_name - the value of a term that is a name; without one its record's owner, if it may lack */
static bool spf_read_name(struct spf_term *term, const struct spf *spf, struct vouch_bytes value)
{
    uint8_t wire[VOUCH_NAME_SIZE];
    struct text text;

    if (value.length == 0 && term->kind != SPF_RECORD) {
        text_init(&text, term->name, sizeof term->name);
        text_add(&text, spf->owner);
        return !text.cut;
    }
    if (value.length < 2 || memchr(value.data, '%', value.length) != NULL ||
        vouch_name_parse(wire, (const char *)value.data + 1, value.length - 1) == 0)
        return false;
    vouch_name_format(wire, term->name);
    for (char *at = term->name; *at != '\0'; at++)
        *at = text_lower(*at);
    return true;
}

/* spf_read_address - the value of a term that is an address, or a network of one */
static bool spf_read_address(struct spf_term *term, struct vouch_bytes value, struct vouch_bytes prefix)
{
    if (value.length < 2 || !vouch_address_parse(&term->address, (const char *)value.data + 1, value.length - 1))
        return false;
    return prefix.length == 0 || text_is(prefix, term->address.family == 4 ? "/32" : "/128");
}

/* spf_is_one - is the prefix of a name one that leaves no network? */
static bool spf_is_one(struct vouch_bytes prefix)
{
    return prefix.length == 0 || text_is(prefix, "/32") || text_is(prefix, "//128") || text_is(prefix, "/32//128");
}

/* spf_read - read a term; false: it names no host */
static bool spf_read(struct spf_term *term, const struct spf *spf, struct vouch_bytes word)
{
    struct vouch_bytes head, value, prefix = word;

    memset(term, 0, sizeof *term);
    head = spf_cut(&prefix, ":=/");
    value = spf_cut(&prefix, "/");
    for (size_t i = 0; i < sizeof spf_words / sizeof spf_words[0]; i++) {
        const struct spf_word *known = &spf_words[i];

        if (!text_is_nocase(head, known->word) || (value.length != 0 && value.data[0] != (uint8_t)known->mark))
            continue;
        term->kind = known->kind;
        if (known->kind == SPF_ADDRESS)
            return spf_read_address(term, value, prefix);
        if (known->kind == SPF_RECORD ? prefix.length != 0 || (known->mark == '=' && spf->ends) : !spf_is_one(prefix))
            return false;
        return spf_read_name(term, spf, value);
    }
    return false;
}

bool spf_next(struct spf *spf, struct spf_term *term)
{
    struct vouch_bytes word;

    while ((word = text_take_word(&spf->rest, " \t")).length != 0 && !spf_is_all(word)) {
        if (word.data[0] == '+') {
            word.data++;
            word.length--;
        }
        if (spf_read(term, spf, word))
            return true;
    }
    return false;
}

bool spf_addresses_add(struct spf_addresses *addresses, const struct vouch_address *address, size_t number)
{
    char text[VOUCH_ADDRESS_SIZE];
    size_t before;

    vouch_address_format(address, text);
    return name_index_find(&addresses->index, text, &before) || name_index_add(&addresses->index, text, number);
}

bool spf_addresses_find(const struct spf_addresses *addresses, const struct vouch_record *record, size_t *number)
{
    struct vouch_address address = {.family = record->type == VOUCH_TYPE_A ? 4 : 6};
    char text[VOUCH_ADDRESS_SIZE];

    if ((record->type != VOUCH_TYPE_A && record->type != VOUCH_TYPE_AAAA) || addresses->index.root == NULL ||
        record->rdata.length != (address.family == 4 ? 4 : 16))
        return false;
    memcpy(address.octets, record->rdata.data, record->rdata.length);
    vouch_address_format(&address, text);
    return name_index_find(&addresses->index, text, number);
}
