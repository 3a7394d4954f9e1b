/*
 * world.h - a DNS, lists and a store made of a fuzz input: what they answer, and what was said in a simpler form.
 *
 * The answer to a question depends on its name and type only, so the same session can be played in another order. The
 * same world can be told in other ways that must not matter: records in reverse, names in upper case.
 */
#ifndef FUZZ_WORLD_H
#define FUZZ_WORLD_H

#include "fuzz.h"

#define WORLD_RECORDS_MAX 24
#define WORLD_RDATA_MAX   48
#define WORLD_NAMES       8 /* targets that its SRV records name; a set of them is a bit mask */

struct world {
    const uint8_t *data;
    size_t size;
    bool deep; /* the HELO name has seven labels, not three */
    struct vouch_address client;
    bool reverse, upper; /* told in another way */
    bool spoil;          /* some of the answers get lost, which ones `spoiled` chooses */
    uint8_t spoiled;
};

/* What the world said in one play. */
struct said {
    bool record_trouble;  /* the SRV answer was trouble, or never came */
    bool prohibits, cut;  /* some SRV record, the SRV answer */
    bool explicit_parent; /* an ancestor's record */
    unsigned allowed;     /* names that an allowing record has as target */
    unsigned matched;     /* names with an address answer that held the client; Additional data too */
    unsigned seen;        /* names with an address answer that held any address */
    unsigned trouble;     /* names whose address answer was trouble, cut, malformed or never came */
    unsigned questions;   /* of the DNS */
    bool has_ttl;
    uint32_t ttl_s;                               /* lowest of all */
    bool praised, blamed;                         /* by anybody */
    int worst[VOUCH_SERVICES_MAX];                /* letter that this service said, 0 for A; -1: none */
    enum vouch_status errors[VOUCH_SERVICES_MAX]; /* how its answer ended, if in trouble */
};

struct world_answer {
    struct vouch_answer answer;
    struct vouch_record records[WORLD_RECORDS_MAX], additional;
    uint8_t rdata[WORLD_RECORDS_MAX][WORLD_RDATA_MAX];
    uint8_t owner[WORLD_RDATA_MAX];
};

/* The HELO name, in lower and in upper case. */
const char *world_helo(const struct world *world);
const char *world_helo_upper(const struct world *world);

void said_init(struct said *said);

/* Answers a question and notes in `said` what was said. */
void world_ask(const struct world *world, const struct vouch_question *question, struct said *said,
               struct world_answer *out);

/* Notes that the question was asked and never answered. */
void world_lose(const struct world *world, const struct vouch_question *question, struct said *said);

#endif
