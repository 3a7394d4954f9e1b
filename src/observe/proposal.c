/*
 * proposal.c - joins senders and pairs by HELO name.
 */
#include "observe/proposal.h"

#include "base/address.h"
#include "base/text.h"
#include "publish/name.h"

#include <stdlib.h>
#include <string.h>

#define HOSTS_STEP 8

/* proposal_of - whose addresses and deliveries a sender has */
static const struct sender *proposal_of(const struct sender *sender)
{
    return sender->same == NULL ? sender : sender->same;
}

bool proposal_is_relayed(const struct sender *sender)
{
    sender = proposal_of(sender);
    return sender->next_hop[0] != '\0' && sender->direct == 0;
}

/* proposal_room - a new host, empty; null: out of memory */
static struct proposal_host *proposal_room(struct proposal *proposal)
{
    if (proposal->hosts_count % HOSTS_STEP == 0) {
        struct proposal_host *hosts = reallocarray(proposal->hosts, proposal->hosts_count + HOSTS_STEP,
                                                   sizeof *proposal->hosts);

        if (hosts == NULL)
            return NULL;
        proposal->hosts = hosts;
    }
    return memset(&proposal->hosts[proposal->hosts_count++], 0, sizeof *proposal->hosts);
}

/* proposal_host - the host of a HELO name, a new one if need be; null: it is no name, or no room */
static struct proposal_host *proposal_host(struct proposal *proposal, struct sightings *sightings, const char *helo,
                                           const char **why)
{
    char name[VOUCH_NAME_SIZE];
    struct proposal_host *host;

    if (!sightings_name(name, helo, why))
        return NULL;
    for (size_t i = 0; i < proposal->hosts_count; i++) {
        if (strcmp(proposal->hosts[i].name, name) == 0)
            return &proposal->hosts[i];
    }
    if (proposal->hosts_count == PROPOSAL_HOSTS_MAX) {
        sightings->left_out[LEFT_HOSTS]++;
        return NULL;
    }
    host = proposal_room(proposal);
    if (host == NULL) {
        sightings->left_out[LEFT_HOSTS]++;
        return NULL;
    }
    sightings_copy(host->name, sizeof host->name, name);
    host->evidence = EVIDENCE_CLAIM;
    return host;
}

/* proposal_seen - the name was seen in use here, with this evidence */
static void proposal_seen(struct proposal_host *host, enum evidence evidence, const char *place)
{
    if (evidence >= host->evidence && host->place[0] != '\0')
        return;
    host->evidence = evidence;
    sightings_copy(host->place, sizeof host->place, place);
}

/* proposal_address - add an address to a host, unless it is there with evidence as good */
static void proposal_address(struct sightings *sightings, struct proposal_host *host,
                             const struct sighted_address *seen)
{
    for (size_t i = 0; i < host->addresses_count; i++) {
        struct sighted_address *known = &host->addresses[i];

        if (address_equals(&known->address,
                           (struct vouch_bytes){seen->address.octets, address_length(&seen->address)})) {
            uint64_t times = known->times + seen->times;

            if (seen->evidence < known->evidence)
                *known = *seen;
            known->times = times;
            return;
        }
    }
    if (host->addresses_count == DESCRIPTION_ADDRESSES_MAX)
        sightings->left_out[LEFT_ADDRESSES]++;
    else
        host->addresses[host->addresses_count++] = *seen;
}

/* proposal_pairs - names and addresses that were seen together */
static void proposal_pairs(struct proposal *proposal, struct sightings *sightings)
{
    for (size_t i = 0; i < sightings->pairs_count; i++) {
        const struct sighted_pair *pair = &sightings->pairs[i];
        const char *why;
        struct proposal_host *host = proposal_host(proposal, sightings, pair->helo, &why);

        if (host == NULL && why != NULL)
            sightings_remark_logged(sightings, pair->at.place,
                                    "the HELO name is \"%.253s\": %s; configure one that can be published", pair->helo,
                                    why);
        if (host == NULL)
            continue;
        proposal_seen(host, pair->at.evidence, pair->at.place);
        proposal_address(sightings, host, &pair->at);
    }
}

/* proposal_knows - does a host of this name have this address? */
static bool proposal_knows(const struct proposal *proposal, const struct sighted_pair *pair)
{
    for (size_t i = 0; i < proposal->hosts_count; i++) {
        const struct proposal_host *host = &proposal->hosts[i];

        for (size_t j = 0; j < host->addresses_count && text_is_nocase(text_bytes(host->name), pair->helo); j++) {
            if (address_equals(&host->addresses[j].address,
                               (struct vouch_bytes){pair->at.address.octets, address_length(&pair->at.address)}))
                return true;
        }
    }
    return false;
}

/* proposal_claims - what only clients said, and nothing else shows */
static void proposal_claims(const struct proposal *proposal, struct sightings *sightings)
{
    for (size_t i = 0; i < sightings->claims_count; i++) {
        const struct sighted_pair *claim = &sightings->claims[i];
        char address[VOUCH_ADDRESS_SIZE];

        if (proposal_knows(proposal, claim))
            continue;
        vouch_address_format(&claim->at.address, address);
        sightings_remark_logged(sightings, claim->at.place,
                                "a client at %s said %.253s, which anybody can say: not taken; is it one of yours?",
                                address, claim->helo);
    }
}

/* proposal_has - does a host have an address of this family that can be published? */
static bool proposal_has(const struct proposal_host *host, uint8_t family)
{
    for (size_t i = 0; i < host->addresses_count; i++) {
        if (host->addresses[i].address.family == family && !sightings_is_private(&host->addresses[i].address))
            return true;
    }
    return false;
}

/* proposal_nameless - addresses whose HELO name is not known */
static void proposal_nameless(struct sightings *sightings, const struct sender *sender)
{
    for (size_t i = 0; i < sender->addresses_count; i++) {
        char address[VOUCH_ADDRESS_SIZE];

        vouch_address_format(&sender->addresses[i].address, address);
        sightings_remark(sightings, sender->addresses[i].place, "%s sends from %s, with a HELO name that is not known",
                         sender->label, address);
    }
    if (sender->addresses_count == 0 && sender->log_place[0] != '\0')
        sightings_remark(sightings, sender->log_place,
                         "%s: neither HELO name nor address stands in this log; give the configuration too",
                         sender->label);
}

/* proposal_sender - one way on which mail leaves */
static void proposal_sender(struct proposal *proposal, struct sightings *sightings, const struct sender *sender)
{
    struct proposal_host *host;
    const char *why;

    if (proposal_is_relayed(sender)) {
        sightings_remark(sightings, sender->next_hop_place,
                         "%s hands all mail over to %.200s: other servers see that host, which has to be looked at too",
                         sender->label, sender->next_hop);
        return;
    }
    if (sender->helo[0] == '\0') {
        proposal_nameless(sightings, sender);
        return;
    }
    host = proposal_host(proposal, sightings, sender->helo, &why);
    if (host == NULL && why != NULL)
        sightings_remark(sightings, sender->helo_place,
                         "the HELO name is \"%.253s\": %s; configure one that can be published", sender->helo, why);
    if (host == NULL)
        return;
    proposal_seen(host, EVIDENCE_CONFIG, sender->helo_place);
    if (host->label[0] == '\0')
        sightings_copy(host->label, sizeof host->label, sender->label);
    for (size_t i = 0; i < proposal_of(sender)->addresses_count; i++)
        proposal_address(sightings, host, &proposal_of(sender)->addresses[i]);
}

/* proposal_candidates - addresses of the machine, where a sender is not bound and nothing else shows its address */
static void proposal_candidates(struct proposal *proposal, struct sightings *sightings, const struct sender *sender,
                                const struct sighted_address *local, size_t local_count)
{
    struct proposal_host *host;
    const char *why;

    if (proposal_is_relayed(sender) || sender->helo[0] == '\0')
        return;
    host = proposal_host(proposal, sightings, sender->helo, &why);
    for (int family = 4; host != NULL && family <= 6; family += 2) {
        bool bound = family == 4 ? sender->bound_4 : sender->bound_6;
        bool without = family == 4 ? sender->without_4 : sender->without_6;

        if (bound || without || proposal_has(host, (uint8_t)family))
            continue;
        for (size_t i = 0; i < local_count; i++) {
            if (local[i].address.family == family)
                proposal_address(sightings, host, &local[i]);
        }
    }
    if (host != NULL && !((sender->bound_4 || sender->without_4) && (sender->bound_6 || sender->without_6)))
        sightings_remark(sightings, sender->helo_place,
                         "%s is not bound to an address%s: the routing table decides what it leaves from",
                         sender->label,
                         sender->bound_4 || sender->without_4   ? " of IPv6"
                         : sender->bound_6 || sender->without_6 ? " of IPv4"
                                                                : "");
}

/* proposal_lacks - what a host still needs before it can be published */
static void proposal_lacks(struct sightings *sightings, const struct proposal_host *host)
{
    char address[VOUCH_ADDRESS_SIZE];

    for (size_t i = 0; i < host->addresses_count; i++) {
        if (!sightings_is_private(&host->addresses[i].address))
            continue;
        vouch_address_format(&host->addresses[i].address, address);
        sightings_remark(sightings, host->addresses[i].place,
                         "%s leaves from %s, a private address: others see the public one that it is translated to, "
                         "which is not known from here",
                         host->name, address);
    }
    if (!proposal_has(host, 4) && !proposal_has(host, 6))
        sightings_remark(sightings, host->place,
                         "no address is known for %s: give a log or a message that reached others (--log, --mail), or "
                         "--local on that machine",
                         host->name);
}

void proposal_make(struct proposal *proposal, struct sightings *sightings, const struct sighted_address *local,
                   size_t local_count)
{
    memset(proposal, 0, sizeof *proposal);
    for (size_t i = 0; i < sightings->senders_count; i++)
        proposal_sender(proposal, sightings, &sightings->senders[i]);
    proposal_pairs(proposal, sightings);
    for (size_t i = 0; i < sightings->senders_count; i++)
        proposal_candidates(proposal, sightings, &sightings->senders[i], local, local_count);
    for (int configured = 1; configured >= 0; configured--) { /* what logs say comes last: there may be much of it */
        for (size_t i = 0; i < proposal->hosts_count; i++) {
            if ((proposal->hosts[i].label[0] != '\0') == (configured == 1))
                proposal_lacks(sightings, &proposal->hosts[i]);
        }
    }
    proposal_claims(proposal, sightings);
    sightings_tell_left_out(sightings);
}

void proposal_free(struct proposal *proposal)
{
    free(proposal->hosts);
    proposal->hosts = NULL;
    proposal->hosts_count = 0;
}

/* proposal_note - what stands beside a host in the description */
static void proposal_note(const struct proposal_host *host, struct description_host *described)
{
    struct text text;
    bool candidate = false;

    for (size_t i = 0; i < host->addresses_count; i++)
        candidate |= host->addresses[i].evidence == EVIDENCE_CANDIDATE &&
                     !sightings_is_private(&host->addresses[i].address);
    text_init(&text, described->note, sizeof described->note);
    text_add(&text, described->addresses_count == 0 ? "ADDRESS NOT KNOWN, put it in; "
                    : candidate                     ? "addresses are CANDIDATES, keep those in use; "
                                                    : "");
    text_add(&text, host->place);
}

bool proposal_describe(const struct proposal *proposal, const char *domain, struct description *description)
{
    sightings_copy(description->domain, sizeof description->domain, domain);
    for (size_t i = 0; i < proposal->hosts_count; i++) {
        const struct proposal_host *host = &proposal->hosts[i];
        struct description_host *described;

        if (!publish_name_is_within(host->name, domain))
            continue;
        described = description_host(description, host->name);
        if (described == NULL)
            return false;
        for (size_t j = 0; j < host->addresses_count; j++) {
            char address[VOUCH_ADDRESS_SIZE];

            vouch_address_format(&host->addresses[j].address, address);
            if (!sightings_is_private(&host->addresses[j].address))
                description_address(described, address);
        }
        proposal_note(host, described);
    }
    return true;
}
