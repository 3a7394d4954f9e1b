/*
 * ledger_privacy.c - hashed names and shortened addresses.
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

const char *ledger_privacy_name(struct ledger *ledger, const char *name, char hashed[LEDGER_HASH_SIZE])
{
    struct siphash_key keys[KEYS];
    uint64_t words[KEYS];

    if (!ledger->rules.hash_names || name == NULL || name[0] == '\0')
        return name != NULL ? name : "";
    if (!read_keys(ledger->database, keys))
        return NULL;
    for (int i = 0; i < KEYS; i++)
        words[i] = siphash(&keys[i], name, strlen(name));
    memcpy(hashed, "h:", 2);
    write_base32(words, hashed + 2);
    return hashed;
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
