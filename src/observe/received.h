/*
 * received.h - what servers write of their clients: Received fields, and those of a message that reached the outside.
 */
#ifndef OBSERVE_RECEIVED_H
#define OBSERVE_RECEIVED_H

#include "observe/lines.h"
#include "observe/sightings.h"

/* One hop, as the server `by` saw it. */
struct received {
    char helo[VOUCH_NAME_SIZE]; /* what the client said; empty: not told */
    char rdns[VOUCH_NAME_SIZE]; /* its name in the DNS; empty or "unknown": none */
    char by[VOUCH_NAME_SIZE];
    struct vouch_address address; /* family 0: not told */
};

/* Reads the value of an unfolded field as the usual servers write it; false: it names no client. */
bool received_parse(struct received *hop, const char *value);

/* The organizational domain of a name, "" if there is none. */
typedef const char *received_organization(void *owner, const char *name);

/*
 * Reads the header of a message and keeps the name and address of the topmost hop at which a server of others saw one
 * of ours: what stands above it, others wrote, what stands below, anybody may have written. So nothing below a hop into
 * the server of a third party is taken, and a remark names it. Ours are sightings->domains; where that is empty, the
 * topmost hop between two organizations counts.
 */
void received_read(struct sightings *sightings, struct lines *lines, received_organization *organization, void *owner);

#endif
