/*
 * load.h - what the parts of the load generator share: the loop that holds the connections, and the protocols on it.
 *
 * One process, one thread, epoll. A peer is one connection; its protocol sends commands and is told what comes back.
 * The loop knows nothing of protocols, the protocols nothing of sockets.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "base/text.h"

#include <stdio.h>

enum { LOAD_PIPELINE_MAX = 64, LOAD_UNREAD_MAX = 4096 };

/* Where sessions stop and wait until a line comes on standard input. */
enum load_hold { LOAD_HOLD_NONE, LOAD_HOLD_HELO, LOAD_HOLD_MAIL, LOAD_HOLD_RCPT };

/* One line of the file of names: who connects, and what must come of it. */
struct load_line {
    struct vouch_address client;
    char ip[VOUCH_ADDRESS_SIZE];
    char helo[VOUCH_NAME_SIZE];
    char code[4];    /* reply at RCPT: "250", "451" or "550" */
    char header[64]; /* must stand in the inserted header, if a message is sent; empty: none is wanted */
};

struct load_options {
    const char *address; /* "unix:PATH" or "inet:HOST:PORT" */
    size_t sessions;     /* milter: sessions; policy: requests */
    size_t concurrent;   /* connections at once */
    size_t pipeline;     /* policy: requests that are sent before the first is answered */
    unsigned rate;       /* sessions begun a second; 0: as fast as they end */
    unsigned pause_ms;   /* between an answer and the next command */
    unsigned timeout_s;  /* nothing happens for so long: trouble */
    enum load_hold hold;
    bool message; /* send a message after RCPT */
};

enum load_state { LOAD_FREE, LOAD_CONNECTING, LOAD_OPEN, LOAD_PAUSED, LOAD_HELD };

/* A command that was sent. */
struct load_sent {
    uint64_t ns;
    const struct load_line *line; /* policy: what the request was about */
};

struct load;

struct load_peer {
    struct load *load;
    struct load_peer *next; /* among the free, the paused or the held ones */
    const struct load_line *line;
    int fd;
    enum load_state state;
    uint64_t begin_ns, due_ns;
    struct load_sent sent[LOAD_PIPELINE_MAX]; /* commands without an answer yet, a ring */
    unsigned sent_first, sent_count;
    unsigned stage;    /* milter: what was sent last */
    uint32_t steps;    /* milter: what the filter does not want */
    bool inserted;     /* milter: the header is there */
    unsigned commands; /* milter: how many were sent */
    size_t unread_length;
    uint8_t unread[LOAD_UNREAD_MAX]; /* last: a new connection does not clear it */
};

struct load_protocol {
    /* The connection is there, or a pause is over: send something, or end it. */
    void (*go)(struct load_peer *peer);
    /* Octets came; how many were taken. Not run again for the rest until more come. */
    size_t (*input)(struct load_peer *peer, struct vouch_bytes bytes);
};

struct load_times {
    uint32_t *us;
    size_t count, room;
};

struct load {
    struct load_options options;
    const struct load_protocol *protocol;
    struct load_line *lines;
    size_t lines_count;

    int epoll;
    struct load_peer *peers, *free_peers, *held_peers, *paused_first, *paused_last;
    size_t begun, held, errors; /* begun: sessions, or requests of the policy protocol */
    size_t ended;               /* the same, with those that went wrong */
    size_t opened, closed;      /* connections */
    size_t open_most;           /* connections at the same time */
    uint64_t begin_ns, end_ns, retry_ns, progress_ns;
    bool holding; /* no session goes on past options.hold */
    struct load_times answers, spans;
};

extern const struct load_protocol load_milter, load_policy;

uint64_t load_now_ns(void);

/*
 * Sends text at once; `answers` of the commands in it will be answered. Their lines are in peer->sent already. False:
 * the peer has failed and is gone.
 */
bool load_send(struct load_peer *peer, const struct text *text, unsigned answers);

/* The oldest command without an answer has got one. */
void load_answered(struct load_peer *peer);

/*
 * Goes on with protocol->go, after the pause if there is one; else at once, or, where no answer was awaited, after the
 * other peers had their turn.
 */
void load_continue(struct load_peer *peer, bool answered);

/* Holds the session here until standard input says go. */
void load_hold(struct load_peer *peer);

/* The session ended as it should, and with it the connection. */
void load_end(struct load_peer *peer);

/* Closes a connection that has nothing to do any more; counts nothing. */
void load_close(struct load_peer *peer);

/* Something is wrong with the peer: says so (the first ten times), counts it, closes. */
void load_fail(struct load_peer *peer, const char *cause);

/* Opens peers; false: out of memory or of descriptors (said on standard error). */
bool load_open(struct load *load);

/* Plays all sessions; false: nothing happened any more. */
bool load_run(struct load *load);

#endif
