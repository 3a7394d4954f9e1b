/*
 * builder.h - builds wire data and answers for tests and fuzz targets.
 *
 * Texts are constants of the test, so a text that is no name or no address ends the process.
 */
#ifndef UNIT_BUILDER_H
#define UNIT_BUILDER_H

#include "vouchsafe.h"

#define OCTETS_SIZE      8192
#define MADE_RECORDS_MAX 80

/* Octets that grow; integers are big-endian. */
struct octets {
    size_t length;
    uint8_t data[OCTETS_SIZE];
};

void octets_add(struct octets *octets, const void *data, size_t length);
void octets_add_u8(struct octets *octets, unsigned number);
void octets_add_u16(struct octets *octets, unsigned number);
void octets_add_u32(struct octets *octets, uint32_t number);

/* The uncompressed wire name of master-file text, case kept. */
void octets_add_name(struct octets *octets, const char *text);
struct vouch_bytes octets_view(const struct octets *octets);

/* An answer and the memory behind it. It points into itself, so it must not be copied. */
struct made {
    struct vouch_answer answer;
    struct vouch_record records[MADE_RECORDS_MAX];
    struct vouch_record additional[MADE_RECORDS_MAX];
    struct octets octets;
};

void made_init(struct made *made, enum vouch_status status);
void made_add(struct made *made, uint16_t type, const void *rdata, size_t length);
void made_add_srv(struct made *made, uint16_t priority, uint16_t weight, uint16_t port, const char *target);
void made_add_address(struct made *made, const char *address);
void made_add_pointer(struct made *made, const char *target);

/* TXT of one character-string, at most 255 octets. */
void made_add_text(struct made *made, const char *text);

/* An address in the Additional section. */
void made_add_additional(struct made *made, const char *owner, const char *address);
void made_set_soa(struct made *made, const char *owner);

#endif
