/*
 * siphash.h - a keyed hash of octets that peers choose, so that they cannot choose collisions.
 *
 * SipHash-1-3: Aumasson and Bernstein, "SipHash: a fast short-input PRF", with one round an input word and three at the
 * end, which is what hash tables use.
 */
#ifndef DAEMON_SIPHASH_H
#define DAEMON_SIPHASH_H

#include "vouchsafe.h"

struct siphash_key {
    uint64_t words[2];
};

/* A key that nobody outside can guess. False: the system gave no random octets. */
bool siphash_key_make(struct siphash_key *key);

uint64_t siphash(const struct siphash_key *key, const void *data, size_t length);

#endif
