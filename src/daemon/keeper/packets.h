/*
 * packets.h - packets that wait, in their order, up to a number and to a size.
 */
#ifndef DAEMON_KEEPER_PACKETS_H
#define DAEMON_KEEPER_PACKETS_H

#include "vouchsafe.h"

#include <sys/queue.h>

struct packet {
    STAILQ_ENTRY(packet) next;
    size_t source;   /* as it was given */
    int64_t time_ms; /* as it was given */
    size_t length;
    uint8_t octets[];
};

STAILQ_HEAD(packet_list, packet);

struct packets {
    struct packet_list list;
    size_t count, octets;
    size_t count_max, octets_max;
};

void packets_init(struct packets *packets, size_t count_max, size_t octets_max);

/*
 * Takes a copy; null: there is no room. Urgent ones have room of their own, a quarter more than all others have. The
 * packet's source and time are 0.
 */
struct packet *packets_add(struct packets *packets, struct vouch_bytes octets, bool urgent);

/* The first one, or null; and what its octets are. */
struct packet *packets_first(const struct packets *packets);
struct vouch_bytes packet_octets(const struct packet *packet);

/* Removes so many, from the first on. */
void packets_remove(struct packets *packets, size_t count);

#endif
