/*
 * packets.c - a queue of packets.
 */
#include "daemon/keeper/packets.h"

#include <stdlib.h>
#include <string.h>

void packets_init(struct packets *packets, size_t count_max, size_t octets_max)
{
    STAILQ_INIT(&packets->list);
    packets->count = packets->octets = 0;
    packets->count_max = count_max;
    packets->octets_max = octets_max;
}

/* has_room - for one more? */
static bool has_room(const struct packets *packets, bool urgent)
{
    size_t count_max = packets->count_max, octets_max = packets->octets_max;

    if (urgent) {
        count_max += count_max / 4;
        octets_max += octets_max / 4;
    }
    return packets->count < count_max && packets->octets < octets_max;
}

struct packet *packets_add(struct packets *packets, struct vouch_bytes octets, bool urgent)
{
    struct packet *packet = has_room(packets, urgent) ? malloc(sizeof *packet + octets.length) : NULL;

    if (packet == NULL)
        return NULL;
    packet->source = 0;
    packet->time_ms = 0;
    packet->length = octets.length;
    memcpy(packet->octets, octets.data, octets.length);
    STAILQ_INSERT_TAIL(&packets->list, packet, next);
    packets->octets += packet->length;
    packets->count++;
    return packet;
}

struct packet *packets_first(const struct packets *packets)
{
    return STAILQ_FIRST(&packets->list);
}

struct vouch_bytes packet_octets(const struct packet *packet)
{
    return (struct vouch_bytes){packet->octets, packet->length};
}

void packets_remove(struct packets *packets, size_t count)
{
    while (count-- > 0) {
        struct packet *packet = STAILQ_FIRST(&packets->list);

        STAILQ_REMOVE_HEAD(&packets->list, next);
        packets->octets -= packet->length;
        packets->count--;
        free(packet);
    }
}
