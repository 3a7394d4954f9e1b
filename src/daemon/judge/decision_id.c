/*
 * decision_id.c - random names of decisions.
 */
#include "daemon/judge/decision_id.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#define STOCK 32 /* 256 octets, which getrandom gives whole */

/* decision_id_random - 64 random bits, out of a stock: asking for them one by one costs more than all the rest */
static uint64_t decision_id_random(void)
{
    static uint64_t stock[STOCK];
    static size_t left;
    ssize_t got;

    if (left != 0)
        return stock[--left];
    do
        got = getrandom(stock, sizeof stock, 0);
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof stock) { /* a request of this size is never cut short [getrandom(2)] */
        fprintf(stderr, "%s:%d: getrandom gives no bits\n", __FILE__, __LINE__);
        abort();
    }
    left = STOCK;
    return stock[--left];
}

void decision_id_make(char id[DECISION_ID_SIZE])
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
    uint64_t bits = decision_id_random();

    for (unsigned i = 0; i < DECISION_ID_SIZE - 2; i++)
        id[i] = digits[bits >> (59 - 5 * i) & 31];
    id[DECISION_ID_SIZE - 2] = digits[bits << 1 & 31]; /* four bits are left, and a 0 pads them */
    id[DECISION_ID_SIZE - 1] = '\0';
}
