/*
 * exempt.c - who is not judged: by the profile, by where the session came from, by what the client is.
 */
#include "daemon/judge/exempt.h"

#include "base/address.h"
#include "base/text.h"
#include "daemon/judge/visit.h"
#include "daemon/log/log.h"

#define ONLY_TRUSTED_MAX 100 /* clients, all from trusted networks, before that looks wrong */

/* visit_is_submission - did the listener of the MTA that took this session say that it is for submission? */
static bool visit_is_submission(const struct conf_words *names, struct vouch_bytes daemon_name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (text_is(daemon_name, names->words[i]))
            return true;
    }
    return false;
}

enum visit_exempt visit_exempt_by(const struct conf_profile *profile, const struct vouch_address *client,
                                  struct vouch_bytes helo, const char **comment)
{
    const struct conf_exemption *exemption;

    if (!profile->judge)
        return VISIT_NOT_JUDGED;
    if (conf_network_holds(&profile->trusted_networks, client))
        return VISIT_TRUSTED_NETWORK;
    exemption = conf_find_exemption(&profile->exempt, client, helo);
    if (exemption == NULL)
        return VISIT_JUDGED;
    *comment = exemption->comment;
    return VISIT_EXEMPT;
}

enum visit_exempt visit_find_exempt(struct visit *visit, const struct visit_facts *facts)
{
    if (facts->local)
        return VISIT_LOCAL;
    if (facts->authenticated)
        return VISIT_AUTHENTICATED;
    if (facts->daemon_name.length != 0 && visit_is_submission(&visit->profile->submission_names, facts->daemon_name))
        return VISIT_SUBMISSION;
    return visit_exempt_by(visit->profile, &visit->client, facts->facts.helo, &visit->comment);
}

void visit_watch_addresses(const struct visit *visit)
{
    static unsigned trusted, others;
    char address[VOUCH_ADDRESS_SIZE];

    if (visit->client.family == 0 || address_is_loopback(&visit->client))
        return;
    if (visit->exempt != VISIT_TRUSTED_NETWORK) {
        others = 1;
        return;
    }
    if (others != 0 || trusted > ONLY_TRUSTED_MAX || ++trusted != ONLY_TRUSTED_MAX)
        return;
    vouch_address_format(&visit->client, address);
    log_line(
        LOG_WARNING,
        "the first %u clients all came from trusted networks, the last from %s, and nobody was judged: does a NAT or "
        "a container hide the addresses of the clients from the MTA?",
        trusted, address);
}

const char *visit_exempt_word(enum visit_exempt exempt)
{
    switch (exempt) {
    case VISIT_JUDGED:
        return "judged";
    case VISIT_NOT_JUDGED:
        return "profile";
    case VISIT_LOCAL:
        return "local";
    case VISIT_AUTHENTICATED:
        return "authenticated";
    case VISIT_SUBMISSION:
        return "submission";
    case VISIT_TRUSTED_NETWORK:
        return "trusted-network";
    case VISIT_EXEMPT:
        return "exempt";
    }
    return "?";
}
