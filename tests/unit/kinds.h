/*
 * kinds.h - every kind of answer to every kind of question, with the facts about it that matter: the alphabet in which
 * evaluator tests play whole sessions.
 *
 * The facts are written down here, not computed, so that expectations rest on the specification alone.
 */
#ifndef UNIT_KINDS_H
#define UNIT_KINDS_H

#include "builder.h"

#define KINDS_MAX 31 /* of one purpose: a set of them is a bit mask */
#define KINDS_ALL UINT32_MAX

#define SELF       "mail.sub.example.org" /* the HELO name */
#define CLIENT     "192.0.2.10"
#define OTHER      "192.0.2.99"
#define SERVICES   3 /* of kinds_settings: always asked, always asked, only if listed */
#define SERVICE(n) "service" #n ".example"

enum fact {
    /* SRV of the exact name */
    FACT_PROHIBITS = 1,
    FACT_ALLOWS = 2,
    FACT_IGNORES_TARGET = 4,
    FACT_RESERVED_WEIGHT = 8,
    FACT_BAD_RDATA = 16,
    FACT_OTHER_VERSION = 32,
    FACT_TOO_MANY = 64,
    FACT_CONFIRMED = 128, /* Additional data holds the client at an allowed target */
    FACT_SELF = 256,      /* the HELO name is an allowed target */
    FACT_NO_SEARCH = 512, /* a negative answer that leaves no room for a registered domain */
    /* addresses, ancestors */
    FACT_HIT = 1024, /* the client's address; Explicit */
    FACT_SEEN = 2048,
    FACT_TROUBLE = 4096, /* of status found, and yet the truth is unknown */
    /* reports, lists, reputation */
    FACT_PRAISE = 8192,
    FACT_BLAME = 16384,
    FACT_LISTED = 32768, /* pointers: name the service that is asked only if listed */
};

struct kind {
    const char *what;
    unsigned facts;
    unsigned targets; /* SRV: allowed targets that are asked for in the second round */
    struct made made;
};

/* Makes all answers; call it once. */
void kinds_init(void);

/* The kinds of a purpose, and how many. */
const struct kind *kinds_of(enum vouch_purpose purpose, size_t *count);

/* Did the DNS leave the truth unknown? Null is an answer that never came. */
bool kind_is_trouble(const struct kind *kind);
bool kind_has(const struct kind *kind, unsigned facts);

#endif
