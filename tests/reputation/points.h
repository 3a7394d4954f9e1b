/*
 * points.h - what counts of ham and spam amount to, with the default settings.
 */
#ifndef TESTS_REPUTATION_POINTS_H
#define TESTS_REPUTATION_POINTS_H

#include "store/reputation.h"

/* What a standing adds to the score of trust. */
int points_of(const struct vouch_reputation *reputation);

/* The standing of counts of today, in a window that holds them all. */
struct vouch_reputation points_weigh(double ham, double spam);
int points_counts(uint32_t ham, uint32_t spam);

/* By itself, without any other evidence. */
bool points_trust(int points);
bool points_refuse(int points);

/*
 * Of a window that is full of ham, the newest `spam` observations are spam: how many it takes until the host is not
 * trusted any more, and until it is refused. Of one full of spam, how many ham until it is not refused any more, and
 * until it is trusted.
 */
uint32_t points_spam_to_distrust(uint32_t window);
uint32_t points_spam_to_refuse(uint32_t window);
uint32_t points_ham_to_pardon(uint32_t window);
uint32_t points_ham_to_trust(uint32_t window);

/* Prints the tables of doc/reputation.md, each with an empty line behind it. */
void points_print_tables(void);

#endif
