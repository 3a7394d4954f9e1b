/*
 * session.h - drives one evaluation: its questions out to the DNS and the lists, their answers in.
 *
 * Has no clock: the owner's deadline calls session_expire. Many sessions may run on one loop.
 */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include "session/sources.h"
#include "vouchsafe.h"

struct session;

/* What the owner is told. Both may run inside session_start and session_expire. */
struct session_owner {
    void (*done)(void *self); /* the verdict is final; once a session */
    /* an answer as it came, before it is digested; `id` is that of the step in the trace; null: not wanted */
    void (*heard)(void *self, unsigned id, const struct vouch_answer *answer);
    void *self;
};

/*
 * A session that waits for session_start, or null: out of memory. The sources must outlive it. An organization is
 * looked up where the facts name none.
 */
struct session *session_open(const struct vouch_facts *facts, const struct sources *sources,
                             const struct session_owner *owner);

/* Asks the first questions. */
void session_start(struct session *session);

/* The whole time passed: open questions are cancelled, what is known decides. Nothing after done. */
void session_expire(struct session *session);

/*
 * Tells the health of the accreditors who was asked and did not answer in the whole time that it has for that; for an
 * owner that closes a session (session_expire does it itself). `asked_ms`: the time since session_start. Who was asked
 * just before the end, because we were late ourselves, is not silent.
 */
void session_tell_silence(const struct session *session, int64_t asked_ms);

/* The evaluation, for verdict, reports and trace. */
const struct vouch_eval *session_eval(const struct session *session);

/* Ends it, done or not; nothing is called any more. Allowed inside `done`, not inside `heard`. Null is allowed. */
void session_close(struct session *session);

#endif
