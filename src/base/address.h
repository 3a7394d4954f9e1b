/*
 * address.h - compares Internet addresses in binary. Reading and writing them is public: vouch_address_parse, _format.
 */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include "vouchsafe.h"

/* How many octets an address of this family has: 4, 16, or 0 for none. */
size_t address_length(const struct vouch_address *address);

/* Same family and same octets as `rdata` of an A or AAAA record. */
bool address_equals(const struct vouch_address *address, struct vouch_bytes rdata);

/* An IPv4-mapped IPv6 address becomes the IPv4 address; others stay. */
void address_unmap(struct vouch_address *address);

#endif
