/*
 * siphash.h - a keyed hash of octets that peers choose, so that they cannot choose collisions.
 *
 * SipHash-1-3: Aumasson and Bernstein, "SipHash: a fast short-input PRF", with one round an input word and three at the
 * end, which is what hash tables use.
 */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include "vouchsafe.h"

struct siphash_key {
    uint64_t words[2];
};

uint64_t siphash(const struct siphash_key *key, const void *data, size_t length);

#endif
