/*
 * stream.h - one connection: octets in to its protocol, octets out, each wait with a deadline.
 *
 * Reads go through one buffer of the worker, and a connection keeps only what is left of an unfinished frame; writes go
 * out at once (those of one run of `input` together), and only what the socket does not take is kept. So an idle
 * connection costs little. One wake-up reads a bounded amount, so a peer that floods gets its turn and no more.
 *
 * All calls are allowed inside `input`, and inside what is called from there: pause and resume count when `input` has
 * returned, stream_close too (`closed` runs then). Nothing but stream_open and stream_count may be called in `closed`
 * or after it. A peer that shuts down its sending side still gets the answers to what it sent.
 */
#ifndef DAEMON_LISTEN_STREAM_H
#define DAEMON_LISTEN_STREAM_H

#include "vouchsafe.h"

struct event_base;
struct stream;

#define STREAM_CLOSE SIZE_MAX /* from `input`: end the connection once what was written is out */

/* One protocol's side of a connection. */
struct stream_owner {
    /*
     * Octets are there, all that has not been taken yet; returns how many it took. Runs again when more come, and, if
     * it took some and left some, is not run again for the rest until more come, stream_resume, or the end of what
     * stream_skip dropped.
     */
    size_t (*input)(void *self, struct vouch_bytes bytes);
    /* Could the connection be closed now without harm, between two sessions or requests? Asked when draining. */
    bool (*is_idle)(void *self);
    /* The connection is over, for whatever cause; free `self`. The last call. */
    void (*closed)(void *self);
    void *self;
};

struct stream_limits {
    uint32_t idle_ms;  /* nothing comes and nothing is waited for */
    uint32_t frame_ms; /* an unfinished frame, or a reply that the peer does not take, counted from its beginning */
    size_t unread_max; /* octets that may be kept of an unfinished frame; more ends the connection */
    size_t unsent_max; /* octets that may wait to be written; more ends the connection */
};

/* Takes over a connected, non-blocking socket. Null: out of memory (the socket is closed). */
struct stream *stream_open(struct event_base *base, int fd, const struct stream_limits *limits);

/* Must follow stream_open at once; `input` runs from the loop only. */
void stream_own(struct stream *stream, const struct stream_owner *owner);

/* Writes; never blocks. Trouble ends the connection later, from the loop. */
void stream_write(struct stream *stream, const void *bytes, size_t length);

/*
 * Drops the next octets that come, before `input` sees any: the rest of a frame that is not wanted. Inside `input` they
 * are those behind what it takes.
 */
void stream_skip(struct stream *stream, size_t octets);

/*
 * No `input` until stream_resume: a reply is being worked out (the idle deadline rests). Once unread_max octets wait,
 * no more are read. Resume runs `input` soon, from the loop, if octets wait.
 */
void stream_pause(struct stream *stream);
void stream_resume(struct stream *stream);

/* Ends the connection now; `closed` runs before it returns, but see above for a call from inside `input`. */
void stream_close(struct stream *stream);

/* How many are open. */
size_t stream_count(void);

/* Closes those that are idle, for draining. One from which nothing came yet gets some seconds to say something. */
void stream_close_idle(void);
void stream_close_all(void);

#endif
