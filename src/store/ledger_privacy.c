/*
 * ledger_privacy.c - hashed names and shortened addresses, also where a name spells one.
 *
 * A hash is 128 bits of SipHash under two keys that were made with the file. It keeps names from who sees rows, not
 * from who has the whole file and guesses names.
 */
#include "store/ledger_privacy.h"
#include "base/address.h"
#include "base/siphash.h"
#include "base/text.h"
#include "store/column.h"
#include "store/database.h"

#include <sqlite3.h>
#include <string.h>

#define KEYS 2

/* read_keys - the secret of this file; false: trouble, or the file has none */
static bool read_keys(struct database *database, struct siphash_key keys[KEYS])
{
    sqlite3_stmt *statement = database_prepare(database, "SELECT value FROM meta WHERE key = 'name_key'", false);
    const void *secret = NULL;
    bool row = false;

    if (statement == NULL)
        return false;
    if (database_step(database, statement, &row) && row)
        secret = sqlite3_column_blob(statement, 0);
    if (secret != NULL && sqlite3_column_bytes(statement, 0) == KEYS * (int)sizeof *keys) {
        memcpy(keys, secret, KEYS * sizeof *keys);
    } else {
        secret = NULL;
    }
    database_done(statement);
    return secret != NULL;
}

/* write_base32 - 128 bits as 26 letters and digits */
static void write_base32(const uint64_t words[KEYS], char *out)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
    uint64_t high = words[0], low = words[1];

    for (int i = 25; i >= 0; i--) {
        out[i] = digits[low & 31];
        low = low >> 5 | high << 59;
        high >>= 5;
    }
    out[26] = '\0';
}

bool ledger_privacy_hash(struct database *database, const char *text, char hashed[LEDGER_HASH_SIZE])
{
    struct siphash_key keys[KEYS];
    uint64_t words[KEYS];

    if (!read_keys(database, keys))
        return false;
    for (int i = 0; i < KEYS; i++)
        words[i] = siphash(&keys[i], text, strlen(text));
    memcpy(hashed, "h:", 2);
    write_base32(words, hashed + 2);
    return true;
}

struct vouch_address ledger_privacy_address(const struct ledger_rules *rules, const struct vouch_address *address)
{
    struct vouch_address kept = *address;
    size_t bits;

    address_unmap(&kept);
    bits = kept.family == 4 ? rules->address_bits_4 : rules->address_bits_6;
    for (size_t i = 0; i < address_length(&kept); i++) {
        size_t left = bits > 8 * i ? bits - 8 * i : 0;

        if (left < 8)
            kept.octets[i] &= (uint8_t)(0xff00 >> left);
    }
    return kept;
}

/* cut_literal - an address, in brackets or bare, without the bits that are not kept; false: it is none */
static bool cut_literal(const struct ledger_rules *rules, const char *name, char stored[LEDGER_STORED_SIZE])
{
    static const char tag[] = "[ipv6:";
    size_t length = strlen(name), from = 0;
    bool bracket = name[0] == '[', tagged = true;
    char digits[VOUCH_ADDRESS_SIZE];
    struct vouch_address address;
    struct text text;

    length -= length > 0 && name[length - 1] == '.';
    if (bracket && (length < 2 || name[length - 1] != ']'))
        return false;
    for (size_t i = 0; i < sizeof tag - 1; i++)
        tagged = tagged && text_lower(name[i]) == tag[i]; /* up to the first that differs, the NUL at the latest */
    from = tagged ? sizeof tag - 1 : bracket;
    if (!vouch_address_parse(&address, name + from, length - bracket - from))
        return false;
    address = ledger_privacy_address(rules, &address);
    vouch_address_format(&address, digits);
    text_init(&text, stored, LEDGER_STORED_SIZE);
    text_add(&text, !bracket ? "" : address.family == 6 ? "[IPv6:" : "[");
    text_add(&text, digits);
    text_add(&text, bracket ? "]" : "");
    return true;
}

/* reverse_labels - how many labels stand before in-addr.arpa or ip6.arpa, each of so many `bits`; 0: no reverse name */
static size_t reverse_labels(const char *name, unsigned *bits)
{
    static const struct {
        const char *suffix;
        unsigned bits;
    } trees[] = {{".in-addr.arpa", 8}, {".ip6.arpa", 4}};
    size_t length = strlen(name), labels = 1;

    for (size_t i = 0; i < sizeof trees / sizeof trees[0]; i++) {
        size_t end = strlen(trees[i].suffix);

        if (length <= end || !text_is_nocase(text_bytes(name + length - end), trees[i].suffix))
            continue;
        *bits = trees[i].bits;
        for (size_t at = 0; at < length - end; at++)
            labels += name[at] == '.';
        return labels;
    }
    return 0;
}

/* cut_reverse - a reverse name with a star for the labels that hold bits that are not kept; false: it has none */
static bool cut_reverse(const struct ledger_rules *rules, const char *name, char stored[LEDGER_STORED_SIZE])
{
    unsigned bits = 8;
    size_t labels = reverse_labels(name, &bits);
    size_t kept = (bits == 8 ? rules->address_bits_4 : rules->address_bits_6) / bits;
    struct text text;

    if (labels <= kept || kept >= (bits == 8 ? 4U : 32U))
        return false;
    for (; labels > kept; labels--)
        name = strchr(name, '.') + 1;
    text_init(&text, stored, LEDGER_STORED_SIZE);
    text_add(&text, "*.");
    text_add(&text, name);
    return true;
}

/* cut_word - the address that a word is, has before its port or behind a colon, or the reverse name that it is */
static bool cut_word(const struct ledger_rules *rules, const char *word, size_t length, char stored[LEDGER_STORED_SIZE])
{
    char name[LEDGER_STORED_SIZE];
    char *port;

    if (length >= sizeof name)
        return false;
    memcpy(name, word, length);
    name[length] = '\0';
    for (bool whole = true;; whole = false) {
        for (const char *at = name; at != NULL; at = strchr(at, ':') == NULL ? NULL : strchr(at, ':') + 1)
            if (cut_literal(rules, at, stored) || cut_reverse(rules, at, stored))
                return true;
        port = strrchr(name, ':');
        if (!whole || port == NULL)
            return false;
        *port = '\0';
    }
}

/* odd_length - how many characters, from here on, are none of a name or an address: "\xff" is four */
static size_t odd_length(const char *at)
{
    size_t length = 0;

    while (at[length] != '\0' && !text_is_alnum(at[length]) && at[length] != ':')
        length += strncmp(at + length, "\\x", 2) == 0 && strlen(at + length) >= 4 ? 4 : 1;
    return length;
}

/* word_length - of what stands between two odd characters, without a dot or a dash at its end */
static size_t word_length(const char *at)
{
    size_t length = 0;

    while (text_is_alnum(at[length]) || (at[length] != '\0' && strchr(".:-_", at[length]) != NULL))
        length++;
    while (length > 1 && strchr(".-_", at[length - 1]) != NULL)
        length--;
    return length;
}

/* cut_inside - a text with the addresses and reverse names between odd characters cut; false: it has none */
static bool cut_inside(const struct ledger_rules *rules, const char *name, char stored[LEDGER_STORED_SIZE])
{
    char word[LEDGER_STORED_SIZE];
    bool found = false;
    struct text text;

    text_init(&text, stored, LEDGER_STORED_SIZE);
    while (*name != '\0') {
        size_t odd = odd_length(name), length = word_length(name + odd);
        bool cut = length != 0 && cut_word(rules, name + odd, length, word);

        text_add_bytes(&text, name, odd);
        if (cut)
            text_add(&text, word);
        else
            text_add_bytes(&text, name + odd, length);
        found |= cut;
        name += odd + length;
    }
    return found;
}

bool ledger_privacy_cuts(const struct ledger_rules *rules)
{
    return rules->address_bits_4 < 32 || rules->address_bits_6 < 128;
}

bool ledger_is_cut(const char *stored)
{
    unsigned bits;

    return strncmp(stored, "*.", 2) == 0 && reverse_labels(stored, &bits) != 0;
}

const char *ledger_privacy_name(struct ledger *ledger, const char *name, char stored[LEDGER_STORED_SIZE])
{
    const struct ledger_rules *rules = &ledger->rules;
    char hashed[LEDGER_HASH_SIZE];

    if (name == NULL || name[0] == '\0')
        return "";
    if (ledger_privacy_cuts(rules) &&
        (cut_literal(rules, name, stored) || cut_reverse(rules, name, stored) || cut_inside(rules, name, stored)))
        name = stored;
    if (!rules->hash_names)
        return name;
    if (!ledger_privacy_hash(ledger->database, name, hashed))
        return NULL;
    memcpy(stored, hashed, sizeof hashed);
    return stored;
}
