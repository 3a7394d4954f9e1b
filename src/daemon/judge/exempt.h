/*
 * exempt.h - why a client is not judged. [DESIGN 5]
 */
#ifndef DAEMON_JUDGE_EXEMPT_H
#define DAEMON_JUDGE_EXEMPT_H

#include "conf/conf.h"

struct visit;
struct visit_facts;

enum visit_exempt {
    VISIT_JUDGED,
    VISIT_NOT_JUDGED,    /* profile: judge = no */
    VISIT_LOCAL,         /* not over the network */
    VISIT_AUTHENTICATED, /* SMTP AUTH */
    VISIT_SUBMISSION,    /* {daemon_name} is a submission name */
    VISIT_TRUSTED_NETWORK,
    VISIT_EXEMPT /* on the exemption list */
};

/*
 * Does this profile exempt the client by where it comes from or what it calls itself? Sets *comment to that of the
 * exemption for VISIT_EXEMPT, and leaves it otherwise.
 */
enum visit_exempt visit_exempt_by(const struct conf_profile *profile, const struct vouch_address *client,
                                  struct vouch_bytes helo, const char **comment);

/* Why the client of a visit, which has its address and profile, is not judged, if so; sets the visit's comment. */
enum visit_exempt visit_find_exempt(struct visit *visit, const struct visit_facts *facts);

/* Says so, once, if a NAT or a container seems to hide all clients behind a trusted address. For each new visit. */
void visit_watch_addresses(const struct visit *visit);

/* The word of the log. */
const char *visit_exempt_word(enum visit_exempt exempt);

#endif
