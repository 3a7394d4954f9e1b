/*
 * dns.h - who answers the evaluator's DNS questions.
 *
 * A source is one way to get answers: the libunbound driver, the zone-file driver, or the single-flight layer over
 * another source. All have the same three verbs. A source belongs to one event loop and one thread.
 */
#ifndef DNS_DNS_H
#define DNS_DNS_H

#include "vouchsafe.h"

struct dns_source;
struct dns_ticket;

/*
 * Takes the answer; it and everything it points to die on return. Runs exactly once a question unless that was
 * cancelled. May run before dns_ask returns, so the owner must be ready for it.
 */
typedef void dns_done(void *owner, const struct vouch_answer *answer);

struct dns_source_verbs {
    struct dns_ticket *(*ask)(struct dns_source *source, const char *name, enum vouch_type type, dns_done *done,
                              void *owner);
    void (*cancel)(struct dns_source *source, struct dns_ticket *ticket);
    void (*close)(struct dns_source *source);
};

/* The head of every source; a driver embeds it as its first member. */
struct dns_source {
    const struct dns_source_verbs *verbs;
};

/*
 * Asks for the records `type` of `name` (master-file text as in vouch_question). Trouble of any kind is an answer with
 * a status of trouble. Returns a ticket for dns_cancel, or null if `done` has already run.
 */
struct dns_ticket *dns_ask(struct dns_source *source, const char *name, enum vouch_type type, dns_done *done,
                           void *owner);

/* Forgets the question: its `done` will not run. The ticket is dead afterwards, as it is once `done` has run. */
void dns_cancel(struct dns_source *source, struct dns_ticket *ticket);

/* Ends the source; open questions end without their `done`. Null is allowed. Never from inside a `done`. */
void dns_close(struct dns_source *source);

#endif
