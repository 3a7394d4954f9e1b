/*
 * octets.h - a small growing buffer; empty, it owns no memory.
 */
#ifndef DAEMON_OCTETS_H
#define DAEMON_OCTETS_H

#include "vouchsafe.h"

/* All zero is an empty one. */
struct octets {
    uint8_t *data;
    uint32_t length, size;
};

/* Adds at the end. False: out of memory, or longer than 1 GiB; nothing changed. */
bool octets_add(struct octets *octets, const void *data, size_t length);

/* Drops `length` octets, at most all, from the front. */
void octets_drop(struct octets *octets, size_t length);

#endif
