/*
 * zone_name.h - names of a zone in uncompressed wire form: order, ancestry, master-file text with an origin.
 *
 * Every name here has been checked before: labels of 1 to 63 octets, the root at the end, at most 255 octets.
 * Compares without case. [RFC 1034 3.1, RFC 4034 6.1]
 */
#ifndef DNS_ZONE_NAME_H
#define DNS_ZONE_NAME_H

#include "vouchsafe.h"

/* Octets, the root's zero included. */
size_t zone_name_length(const uint8_t *name);

bool zone_name_equals(const uint8_t *a, const uint8_t *b);

/* The canonical order of RFC 4034 6.1: what stands below a name follows right behind it. */
int zone_name_order(const uint8_t *a, const uint8_t *b);

/* `name` is `ancestor` or stands below it. */
bool zone_name_is_below(const uint8_t *name, const uint8_t *ancestor);

/* The name without its first label; of the root the root. */
const uint8_t *zone_name_parent(const uint8_t *name);

/* A view that holds exactly one name and nothing else. */
bool zone_name_is_whole(struct vouch_bytes view);

/*
 * Reads master-file text; "@" is the origin, a name without final dot stands below it. Returns the length, 0 if the
 * text is no name. Without an origin (null) a relative name is none.
 */
size_t zone_name_parse(uint8_t wire[VOUCH_NAME_SIZE], struct vouch_bytes text, const uint8_t *origin);

#endif
