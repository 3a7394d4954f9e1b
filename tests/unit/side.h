/*
 * side.h - a connection under test and the other end of its socket.
 *
 * The owner speaks frames: an octet with the length of the rest, then the rest, whose first octet says what the owner
 * does with it. Every frame is echoed whole.
 */
#ifndef UNIT_SIDE_H
#define UNIT_SIDE_H

#include "daemon/listen/stream.h"

#include <sys/types.h>

struct event_base;

#define HOUR_MS 3600000
#define BIG     300000 /* more than a socket buffer takes */

/* The owner's side, and the other end of the socket. */
struct side {
    struct stream *stream;
    int peer;
    unsigned inputs, frames, closed;
    bool busy;          /* answer to is_idle is no */
    struct side *other; /* for frames that act on another connection */
    char heard[64];     /* first octets of the frames */
};

extern struct event_base *base;
extern const struct stream_limits usual;

/* A connection with these limits. */
void side_open(struct side *side, const struct stream_limits *limits);

/* Closes both ends. */
void side_end(struct side *side);

/* Sends all; the socket must have room. */
void say(const struct side *side, const char *octets, size_t length);

/* A literal with its inner NULs. */
#define SAY(side, literal) say(side, literal, sizeof literal - 1)

/* One pass of the loop without waiting; enough passes for whatever is under way. */
void turn(void);
void turns(void);

/* Lets time pass until the connection ends; generous, for busy machines. */
void await_close(const struct side *side);

/* What the peer can read now; returns its length, -1 at the end of the stream. */
ssize_t hear(const struct side *side, char *octets, size_t size);

/* The peer reads exactly this now. */
void expect(const struct side *side, const char *octets);

#endif
