/*
 * dialogue.h - the MTA's side of one session with vouchsafed, through its milter port and through its policy port.
 *
 * The session has two recipients, postmaster and a user, and a message for whoever is not refused. Blocking; a peer
 * that does not answer within DIALOGUE_PATIENCE_S is trouble, and a signal that is caught ends the wait.
 */
#ifndef TOOL_DEMO_DIALOGUE_H
#define TOOL_DEMO_DIALOGUE_H

#include "vouchsafe.h"

#define DIALOGUE_PATIENCE_S  30
#define DIALOGUE_ACTION_SIZE (VOUCH_HEADER_SIZE + 16)

struct dialogue_session {
    struct vouch_address client;
    const char *helo;
};

/* One exchange: what the MTA told or asked, and the answer in words. */
typedef void dialogue_told(void *owner, const char *said, const char *answer);

/* What came of it. */
struct dialogue {
    char reply[VOUCH_REPLY_SIZE];      /* the user's refusal or deferral; empty: none */
    char postmaster[VOUCH_REPLY_SIZE]; /* the same for postmaster */
    char header[VOUCH_HEADER_SIZE];    /* milter: "Name: value" put on top of the message; empty: none */
    char action[DIALOGUE_ACTION_SIZE]; /* policy: the answer for the user */
    const char *trouble;               /* in words; null: none */
};

/* Both: `told` may be null. False with dialogue->trouble, or where a signal came. */
bool dialogue_milter(struct dialogue *dialogue, const char *path, const struct dialogue_session *session,
                     dialogue_told *told, void *owner);
bool dialogue_policy(struct dialogue *dialogue, const char *path, const struct dialogue_session *session,
                     dialogue_told *told, void *owner);

/* Connects to a unix socket; -1 with errno. */
int dialogue_connect(const char *path);

#endif
