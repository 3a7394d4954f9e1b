/*
 * builder.c - builds wire data and answers for tests and fuzz targets.
 */
#include "builder.h"

#include <stdlib.h>
#include <string.h>

#define TTL_S 3600

void octets_add(struct octets *octets, const void *data, size_t length)
{
    if (length > sizeof octets->data - octets->length)
        abort();
    if (length != 0)
        memcpy(octets->data + octets->length, data, length);
    octets->length += length;
}

void octets_add_u8(struct octets *octets, unsigned number)
{
    uint8_t octet = (uint8_t)number;

    octets_add(octets, &octet, 1);
}

void octets_add_u16(struct octets *octets, unsigned number)
{
    octets_add_u8(octets, number >> 8 & 0xff);
    octets_add_u8(octets, number & 0xff);
}

void octets_add_u32(struct octets *octets, uint32_t number)
{
    octets_add_u16(octets, number >> 16);
    octets_add_u16(octets, number & 0xffff);
}

void octets_add_name(struct octets *octets, const char *text)
{
    uint8_t wire[VOUCH_NAME_SIZE];
    size_t length = vouch_name_parse(wire, text, strlen(text));

    if (length == 0)
        abort();
    octets_add(octets, wire, length);
}

struct vouch_bytes octets_view(const struct octets *octets)
{
    struct vouch_bytes view = {octets->data, octets->length};

    return view;
}

void made_init(struct made *made, enum vouch_status status)
{
    memset(&made->answer, 0, sizeof made->answer);
    made->octets.length = 0;
    made->answer.status = status;
    made->answer.records = made->records;
    made->answer.additional = made->additional;
}

/* made_put - the octets added since `start`, as a view */
static struct vouch_bytes made_put(const struct made *made, size_t start)
{
    struct vouch_bytes view = {made->octets.data + start, made->octets.length - start};

    return view;
}

/* made_record - add a record whose RDATA is what was added since `start` */
static void made_record(struct made *made, uint16_t type, size_t start)
{
    struct vouch_record *record = &made->records[made->answer.records_count];

    if (made->answer.records_count == MADE_RECORDS_MAX)
        abort();
    memset(record, 0, sizeof *record);
    record->type = type;
    record->ttl_s = TTL_S;
    record->rdata = made_put(made, start);
    made->answer.records_count++;
    made->answer.has_ttl = true;
    made->answer.ttl_s = TTL_S;
}

void made_add(struct made *made, uint16_t type, const void *rdata, size_t length)
{
    size_t start = made->octets.length;

    octets_add(&made->octets, rdata, length);
    made_record(made, type, start);
}

void made_add_srv(struct made *made, uint16_t priority, uint16_t weight, uint16_t port, const char *target)
{
    size_t start = made->octets.length;

    octets_add_u16(&made->octets, priority);
    octets_add_u16(&made->octets, weight);
    octets_add_u16(&made->octets, port);
    octets_add_name(&made->octets, target);
    made_record(made, VOUCH_TYPE_SRV, start);
}

/* made_address - read an address and add its octets; its record type */
static uint16_t made_address(struct made *made, const char *text)
{
    struct vouch_address address;

    if (!vouch_address_parse(&address, text, strlen(text)))
        abort();
    octets_add(&made->octets, address.octets, address.family == 4 ? 4 : 16);
    return address.family == 4 ? VOUCH_TYPE_A : VOUCH_TYPE_AAAA;
}

void made_add_address(struct made *made, const char *address)
{
    size_t start = made->octets.length;

    made_record(made, made_address(made, address), start);
}

void made_add_pointer(struct made *made, const char *target)
{
    size_t start = made->octets.length;

    octets_add_name(&made->octets, target);
    made_record(made, VOUCH_TYPE_PTR, start);
}

void made_add_text(struct made *made, const char *text)
{
    size_t start = made->octets.length;

    if (strlen(text) > 255)
        abort();
    octets_add_u8(&made->octets, (unsigned)strlen(text));
    octets_add(&made->octets, text, strlen(text));
    made_record(made, VOUCH_TYPE_TXT, start);
}

void made_add_additional(struct made *made, const char *owner, const char *address)
{
    struct vouch_record *record = &made->additional[made->answer.additional_count++];
    size_t start = made->octets.length;

    if (made->answer.additional_count > MADE_RECORDS_MAX)
        abort();
    memset(record, 0, sizeof *record);
    octets_add_name(&made->octets, owner);
    record->owner = made_put(made, start);
    start = made->octets.length;
    record->type = made_address(made, address);
    record->ttl_s = TTL_S;
    record->rdata = made_put(made, start);
}

void made_set_soa(struct made *made, const char *owner)
{
    size_t start = made->octets.length;

    octets_add_name(&made->octets, owner);
    made->answer.soa_owner = made_put(made, start);
}
