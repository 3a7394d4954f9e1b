/*
 * protocol.h - what a listener speaks: one row a protocol.
 */
#ifndef DAEMON_LISTEN_PROTOCOL_H
#define DAEMON_LISTEN_PROTOCOL_H

#include "daemon/listen/stream.h"
#include "daemon/process/worker.h"

struct protocol {
    const char *name;     /* as in listener.protocol */
    size_t unread_max;    /* for stream_limits */
    uint32_t idle_max_ms; /* where limits.idle_timeout is longer; 0: that alone counts */
    /* Begins a connection: calls stream_own. False: out of memory, the caller closes. */
    bool (*open)(const struct worker *worker, const struct conf_listener *listener, struct stream *stream);
};

extern const struct protocol milter_protocol, policy_protocol, exim_protocol, http_protocol;

/* The row of a listener. */
const struct protocol *protocol_find(enum conf_protocol protocol);

#endif
