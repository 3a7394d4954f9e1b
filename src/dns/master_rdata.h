/*
 * master_rdata.h - the RDATA of one record from text to wire form.
 */
#ifndef DNS_MASTER_RDATA_H
#define DNS_MASTER_RDATA_H

#include "vouchsafe.h"

struct master_rdata {
    size_t length;
    uint8_t octets[65535];
};

/*
 * Reads the RDATA fields `text` of a record. The form \# LENGTH HEX is taken as it is for every type, so a file can
 * hold RDATA that its type does not allow. `origin` in wire form. Returns null, or the cause of trouble in words.
 */
const char *master_rdata_parse(struct master_rdata *rdata, uint16_t type, const char *text, const uint8_t *origin);

/* Appends hexadecimal digits as octets; false for an odd number, other characters, or too many. */
bool master_rdata_add_hex(struct master_rdata *rdata, struct vouch_bytes hex);

#endif
