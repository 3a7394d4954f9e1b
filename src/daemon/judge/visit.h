/*
 * visit.h - one HELO on one connection, whatever the protocol: is the client judged at all, what is the verdict, and
 * what follows from it at MAIL, at RCPT and for the header.
 */
#ifndef DAEMON_JUDGE_VISIT_H
#define DAEMON_JUDGE_VISIT_H

#include "daemon/judge/decision_id.h"
#include "daemon/judge/exempt.h"
#include "daemon/process/worker.h"
#include "policy/recipient.h"

#include <sys/queue.h>

struct judge_ticket;

/*
 * HELOs of one connection that are still judged, for the log alone, when another one came: after STARTTLS, and after
 * an EHLO that was refused, there are some. Who has so many out has to wait with the next one until one of them is
 * done.
 */
#define VISIT_LEFT_MAX 4

/* What follows at one stage. */
enum visit_act { VISIT_PASS, VISIT_TRUSTED, VISIT_DEFER, VISIT_REJECT };

/* The verdict is there, or will not come: go on. */
typedef void visit_done(void *owner);

struct visit {
    const struct worker *worker;
    const struct conf_profile *profile;
    const char *protocol; /* "milter", "policy", "exim": for the log */
    visit_done *done;
    void *owner;

    struct vouch_address client;
    char *helo; /* as it came, with a NUL behind it; null: none */
    size_t helo_length;
    enum visit_exempt exempt;
    const char *comment; /* of the exemption, or "" */
    char id[DECISION_ID_SIZE];
    bool begun, waiting;
    struct judge_ticket *ticket; /* while waiting */
    bool judged;                 /* `verdict` is there, weighed with the profile's thresholds */
    struct vouch_verdict verdict;
    unsigned queries;
    int64_t start_us, end_us;
    bool logged[2]; /* by enum vouch_mode: the first refusal or deferral was logged */
    bool cut;       /* judged by what was known when it was left */
    bool held;      /* waiting, and not asked yet: its connection has left too many */
    char *tls_name; /* while held */
    size_t left_count;
    struct visit *left[VISIT_LEFT_MAX]; /* orphans of this connection, oldest first; kept from HELO to HELO */
    struct visit *parent; /* of an orphan: the visit that has it in `left`; null: its connection is gone */
    TAILQ_ENTRY(visit) orphan;
    struct visit_late *late; /* in mode monitor: what is to be logged once the verdict is there */
};

/* A decision at one stage. */
struct visit_decision {
    const struct conf_profile *profile; /* that of the listener, or of the recipient's domain */
    enum vouch_stage stage;
    struct vouch_bytes recipient; /* as it came; length 0: none */
    bool postmaster;              /* never refused */
    enum vouch_verb verb;
};

/* What a session says about itself at HELO, beside the facts. Views are only read in visit_begin. */
struct visit_facts {
    struct vouch_facts facts; /* tls_name only where the MTA verified it; it is ignored without tls.identity */
    bool local;               /* not over the network */
    bool authenticated;
    struct vouch_bytes daemon_name; /* {daemon_name} of a milter, or empty */
};

/* All zero but worker, profile, protocol, done and owner. */
void visit_init(struct visit *visit, const struct worker *worker, const struct conf_profile *profile,
                const char *protocol, visit_done *done, void *owner);

/*
 * A HELO came: forgets what was, and starts over. `done` may run before it returns, or never if not judged; it must not
 * free the visit.
 */
void visit_begin(struct visit *visit, const struct visit_facts *facts);

/* The client proved to be one of our users: not judged from now on. */
void visit_authenticate(struct visit *visit);

/* Has a HELO come? */
bool visit_has_begun(const struct visit *visit);

/* Is a verdict still awaited? */
bool visit_is_waiting(const struct visit *visit);

/*
 * The profile that decides at `stage` about this recipient (null: none): that of the recipient's domain at RCPT, or the
 * listener's from its stage on. Null: nothing is decided there.
 */
const struct conf_profile *visit_deciding(const struct visit *visit, enum vouch_stage stage,
                                          const struct recipient *recipient);

/* Must a decision at `stage` about this recipient wait for the verdict? Not if nothing could be refused there. */
bool visit_must_wait(const struct visit *visit, enum vouch_stage stage, const struct recipient *recipient);

/*
 * What to do now, at `stage`, about this recipient (null: none). `reply` is written for VISIT_DEFER and VISIT_REJECT,
 * and else empty. A refusal that belongs to an earlier stage still holds at a later one. The first refusal or deferral
 * of a visit is logged; of one that need not wait (mode monitor), once the verdict is there.
 */
enum visit_act visit_act(struct visit *visit, enum vouch_stage stage, const struct recipient *recipient,
                         char reply[VOUCH_REPLY_SIZE]);

/* The Authentication-Results field of a judged visit, one line; empty if not judged. */
void visit_header(const struct visit *visit, char header[VOUCH_HEADER_SIZE]);

/* Are fields that claim to be ours forgeries in mail of this client? Not from where our own hosts may have written
 * them. */
bool visit_strips(const struct visit *visit);

/* What the listener's profile makes of the verdict of a judged visit, whatever the stage. */
enum vouch_verb visit_verb(const struct visit *visit);

/* The same, and the reply that goes with it; empty for other verbs than defer and reject. */
enum vouch_verb visit_conclude(const struct visit *visit, char reply[VOUCH_REPLY_SIZE]);

/* From the HELO to the verdict. */
int64_t visit_elapsed_ms(const struct visit *visit);

/*
 * Forgets all; `done` will not run. A verdict that is awaited is still logged and remembered when it comes; that of a
 * visit which was not asked about yet, and the oldest of more than half of limits.jobs, are concluded at once.
 */
void visit_end(struct visit *visit);

/* The same, and the visit's memory may go. */
void visit_close(struct visit *visit);

/* Forgets the verdicts that nobody but the log waits for; before judge_close. */
void visit_close_all(void);

#endif
