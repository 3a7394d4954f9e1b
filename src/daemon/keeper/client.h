/*
 * client.h - a worker's line to the keeper: a store for sessions, and where decisions and votes go.
 *
 * Nothing blocks. A question that is not answered within store.timeout is VOUCH_TIMEOUT; after several of those in a
 * row none is asked for some seconds. Records that the line does not take wait, at most store.queue of them; then they
 * are dropped and counted.
 */
#ifndef DAEMON_KEEPER_CLIENT_H
#define DAEMON_KEEPER_CLIENT_H

#include "conf/conf.h"
#include "session/feedback.h"
#include "store/ledger.h"

struct event_base;
struct keeper_client;

/* `fd` is this worker's end, non-blocking; it stays open at the end. Null: out of memory. */
struct keeper_client *keeper_client_open(struct event_base *base, const struct conf *conf, int fd);

/* The store behind it, for sources.store. It lives as long as the client; never close it. */
struct store *keeper_client_store(struct keeper_client *client);

/* Is there a ledger: are decisions worth sending? */
bool keeper_client_has_ledger(const struct keeper_client *client);

void keeper_client_decide(struct keeper_client *client, const struct ledger_decision *decision);
void keeper_client_act(struct keeper_client *client, const struct ledger_action *action);

/* `done` may be null: nobody will vote again. It runs exactly once, at the end of the client if not before. */
void keeper_client_feedback(struct keeper_client *client, const struct feedback *feedback, feedback_done *done,
                            void *owner);

/* Open questions of the store end without their `done`; feedback is trouble, and must not ask anything in turn. Null is
 * allowed. */
void keeper_client_close(struct keeper_client *client);

#endif
