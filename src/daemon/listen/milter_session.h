/*
 * milter_session.h - one milter connection: the state between two frames, and what is shared by its parts.
 */
#ifndef DAEMON_LISTEN_MILTER_SESSION_H
#define DAEMON_LISTEN_MILTER_SESSION_H

#include "daemon/judge/visit.h"
#include "daemon/listen/protocol.h"
#include "policy/filter_verdict.h"
#include "policy/recipient.h"
#include "proto/milter.h"

/* What macros have said; texts are NUL-terminated and cut where they are too long to be a name. */
struct milter_macros {
    char daemon_name[CONF_WORD_SIZE];   /* at connect */
    char cert_subject[VOUCH_NAME_SIZE]; /* at HELO: Postfix gives it only for a verified certificate */
    char cn_subject[VOUCH_NAME_SIZE];   /* Sendmail: the subject's name, verified or not */
    bool has_verify, verified;          /* Sendmail: {verify}, and whether it is OK */
    bool authenticated;                 /* at MAIL: {auth_type} or {auth_authen} */
    char recipient[RECIPIENT_SIZE];     /* at RCPT: the address as the MTA understood it */
    size_t recipient_length;            /* 0: it has not said */
};

#define MILTER_FORGED_MAX 500 /* more are no accident, and MTAs stumble over so many changes */

/* Fields of the message that claim to be ours, by their number among the fields of that name. */
struct milter_forged {
    uint32_t seen; /* Authentication-Results fields so far */
    uint32_t *numbers;
    size_t count, size;
    bool lost;     /* out of memory */
    bool too_many; /* MILTER_FORGED_MAX */
};

struct milter_session {
    struct stream *stream;
    struct visit visit;
    uint32_t actions, steps; /* as agreed */
    bool agreed;
    bool connected; /* an SMTP session is on */
    bool served;    /* there has been one */
    struct vouch_address client;
    bool local;
    struct milter_macros macros;
    struct milter_forged forged;
    enum filter_verdict filter;   /* what the content filter says of this message */
    enum milter_command awaiting; /* the command whose answer waits for the verdict; 0: none */
    bool recipient_resolved;      /* macros.recipient is what the MTA made of it, not the argument */
};

/* ---- milter_agree.c: the negotiation ---- */

/* Agrees on version, actions and steps, and answers. */
void milter_agree(struct milter_session *session, const struct milter_event *event);

/* Are verdicts of a content filter wanted? */
bool milter_reads_filter(const struct milter_session *session);

/* Does this step want no answer? */
bool milter_is_silent(const struct milter_session *session, enum milter_command command);

/* ---- milter_facts.c: what macros tell ---- */

/* Takes the macros of one list. */
void milter_take_macros(struct milter_macros *macros, enum milter_command command, struct vouch_bytes list);

/* The name of a verified client certificate, or empty. */
struct vouch_bytes milter_tls_name(const struct milter_macros *macros);

/* ---- milter_message.c: header fields of one message ---- */

/* Counts an Authentication-Results field, and keeps its number if it claims to be ours, or is too long to tell. */
void milter_count_header(struct milter_session *session, const struct milter_event *header);

/* Reads the field if it is that of the content filter (feedback.header). */
void milter_hear_filter(struct milter_session *session, const struct milter_event *header);

/* Forgets the message. */
void milter_forget_message(struct milter_session *session);

/*
 * At end of message: deletes what was forged, inserts our field at the top, lets the message go on, and counts what the
 * content filter said of it.
 */
void milter_finish_message(struct milter_session *session);

#endif
