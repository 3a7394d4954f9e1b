/*
 * siphash_key.h - makes keys for siphash.
 */
#ifndef DAEMON_SIPHASH_KEY_H
#define DAEMON_SIPHASH_KEY_H

#include "base/siphash.h"

/* A key that nobody outside can guess. False: the system gave no random octets. */
bool siphash_key_make(struct siphash_key *key);

#endif
