/*
 * octets.c - a small growing buffer; empty, it owns no memory.
 */
#include "daemon/octets.h"

#include <stdlib.h>
#include <string.h>

#define OCTETS_MAX   (1U << 30)
#define OCTETS_FIRST 64

bool octets_add(struct octets *octets, const void *data, size_t length)
{
    if (length == 0)
        return true;
    if (length > OCTETS_MAX - octets->length)
        return false;
    if (length > octets->size - octets->length) {
        uint32_t size = octets->size == 0 ? OCTETS_FIRST : octets->size;
        uint8_t *larger;

        while (size < octets->length + length)
            size *= 2;
        larger = realloc(octets->data, size);
        if (larger == NULL)
            return false;
        octets->data = larger;
        octets->size = size;
    }
    memcpy(octets->data + octets->length, data, length);
    octets->length += (uint32_t)length;
    return true;
}

void octets_drop(struct octets *octets, size_t length)
{
    if (length < octets->length) {
        octets->length -= (uint32_t)length;
        memmove(octets->data, octets->data + length, octets->length);
        return;
    }
    free(octets->data);
    memset(octets, 0, sizeof *octets);
}
