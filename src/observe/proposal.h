/*
 * proposal.h - what follows from what was seen: the HELO names in use, and the addresses each is used from.
 */
#ifndef OBSERVE_PROPOSAL_H
#define OBSERVE_PROPOSAL_H

#include "observe/sightings.h"

#define PROPOSAL_HOSTS_MAX 256

/* One HELO name. Its addresses are those that may be published, and those that were seen but are private. */
struct proposal_host {
    char name[VOUCH_NAME_SIZE];       /* lower case, no final dot */
    enum evidence evidence;           /* best of what says that the name is in use */
    char place[SIGHTINGS_PLACE_SIZE]; /* where that stands */
    char label[SIGHTINGS_PLACE_SIZE]; /* who uses it; empty: not known */
    struct sighted_address addresses[DESCRIPTION_ADDRESSES_MAX];
    size_t addresses_count;
};

struct proposal {
    struct proposal_host *hosts;
    size_t hosts_count;
};

/*
 * Makes the proposal; what could not be known becomes remarks of the sightings. `local` are the addresses of this
 * machine, candidates where nothing pins or shows the address; may be none. proposal_free ends it.
 */
void proposal_make(struct proposal *proposal, struct sightings *sightings, const struct sighted_address *local,
                   size_t local_count);
void proposal_free(struct proposal *proposal);

/* Does the sender hand everything over, so that others see its next hop and not itself? */
bool proposal_is_relayed(const struct sender *sender);

/* Puts those hosts that are `domain` or below it into a description, with notes. False: out of memory. */
bool proposal_describe(const struct proposal *proposal, const char *domain, struct description *description);

#endif
