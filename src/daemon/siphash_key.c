/*
 * siphash_key.c - random octets of the system.
 */
#include "daemon/siphash_key.h"

#include <sys/random.h>

bool siphash_key_make(struct siphash_key *key)
{
    return getrandom(key->words, sizeof key->words, 0) == (ssize_t)sizeof key->words;
}
