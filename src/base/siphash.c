/*
 * siphash.c - SipHash-1-3.
 */
#include "base/siphash.h"

/* rotate - to the left */
static uint64_t rotate(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

/* siphash_round - mix the state once */
static void siphash_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

/* siphash_word - up to eight octets, the first one lowest */
static uint64_t siphash_word(const uint8_t *octets, size_t count)
{
    uint64_t word = 0;

    for (size_t i = 0; i < count; i++)
        word |= (uint64_t)octets[i] << 8 * i;
    return word;
}

uint64_t siphash(const struct siphash_key *key, const void *data, size_t length)
{
    uint64_t v[4] = {key->words[0] ^ 0x736f6d6570736575U, key->words[1] ^ 0x646f72616e646f6dU,
                     key->words[0] ^ 0x6c7967656e657261U, key->words[1] ^ 0x7465646279746573U};
    const uint8_t *octets = data;
    uint64_t last = (uint64_t)length << 56;

    for (size_t left = length; left >= 8; left -= 8, octets += 8) {
        uint64_t word = siphash_word(octets, 8);

        v[3] ^= word;
        siphash_round(v);
        v[0] ^= word;
    }
    last |= siphash_word(octets, length % 8);
    v[3] ^= last;
    siphash_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        siphash_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
