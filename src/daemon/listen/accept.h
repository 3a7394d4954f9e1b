/*
 * accept.h - new connections of a worker: taken from its listeners, or left waiting there while the worker is full.
 *
 * Connections that are not accepted stay in the kernel's queue, or go to another worker. Why nothing is accepted, and
 * that it is over, is logged once each.
 */
#ifndef DAEMON_LISTEN_ACCEPT_H
#define DAEMON_LISTEN_ACCEPT_H

#include "daemon/process/worker.h"

struct acceptor;

/* Accepts from `listeners`, by index of worker->conf->listeners; owns them. At most `connections_max` are open at once.
 * Null: out of memory. */
struct acceptor *accept_open(const struct worker *worker, const int listeners[CONF_LISTENERS_MAX],
                             size_t connections_max);

/* Closes the listeners; what was accepted stays. Null is allowed. */
void accept_close(struct acceptor *acceptor);

#endif
