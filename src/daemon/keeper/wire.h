/*
 * wire.h - what a worker and the keeper say to each other, a message a packet; octets to messages and back.
 *
 *     kind (1), serial (8), then what the kind says. Integers are big-endian. A text is its length (2), its octets,
 *     which hold no NUL, and a NUL; an address its family (1) and its octets; a truth 0 or 1.
 *
 * Pure. Each message has one form: what is read and written again is the same octets.
 */
#ifndef DAEMON_KEEPER_WIRE_H
#define DAEMON_KEEPER_WIRE_H

#include "session/feedback.h"
#include "store/ledger.h"
#include "store/store.h"

#define KEEPER_PACKET_MAX  32768
#define KEEPER_PATIENCE_MS 3000 /* for so long a vote, or another write, may wait for the file of the keeper */

enum keeper_kind {
    /* to the keeper */
    KEEPER_ASK_REPUTATION, /* reputation; answered with KEEPER_ANSWER */
    KEEPER_ASK_LISTING,    /* listing; the same */
    KEEPER_VOTE,           /* vote; KEEPER_VOTED */
    KEEPER_PUT,            /* row; KEEPER_FINISHED */
    KEEPER_REMOVE,         /* row; the same */
    KEEPER_EACH,           /* rows; KEEPER_ROW for each, then KEEPER_FINISHED */
    KEEPER_FEEDBACK,       /* feedback; KEEPER_TAKEN */
    KEEPER_DECISION,       /* decision; no answer */
    KEEPER_ACTION,         /* action; no answer */
    /* to the worker */
    KEEPER_ANSWER,
    KEEPER_VOTED,
    KEEPER_FINISHED,
    KEEPER_ROW,
    KEEPER_TAKEN,
    KEEPER_KINDS /* how many */
};

struct keeper_message {
    enum keeper_kind kind;
    uint64_t serial; /* of the question, repeated in its answer; 0: none is wanted */
    uint32_t count;  /* KEEPER_VOTED, KEEPER_TAKEN: observations that were counted */
    /* KEEPER_VOTE, KEEPER_FEEDBACK: from then on, by the monotonic clock of the host, it counts no more; 0: never */
    int64_t until_ms;
    union {
        struct {
            const char *name, *organization;
        } reputation;
        struct {
            const char *list, *name;
        } listing;
        struct store_vote vote;
        struct store_row row; /* only what its kind says counts */
        enum store_kind rows;
        struct feedback feedback;
        struct ledger_decision decision;
        struct ledger_action action;
        struct vouch_answer answer; /* status, TTL, listing, note, reputation */
        enum store_counted counted;
        const char *trouble; /* "": none */
        enum feedback_result result;
    };
};

/* Writes a message; its length, or 0: it does not fit. Texts are not null. */
size_t keeper_write(uint8_t packet[KEEPER_PACKET_MAX], const struct keeper_message *message);

/* Reads a packet; texts and note are views into it. False: it is none, or one of more octets than a message has. */
bool keeper_read(struct keeper_message *message, struct vouch_bytes packet);

#endif
