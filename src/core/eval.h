/*
 * eval.h - the inside of struct vouch_eval: the plan of questions and the digest of their answers.
 *
 * Every question that an evaluation can ever ask has a fixed slot, and its slot is its id. So the trace has one order
 * whatever the order of answers, and a doubled or late answer finds its slot already answered.
 *
 *     slot 0          SRV of the exact name            round 1
 *     slot 1          address of the HELO name         round 1
 *     slot 2          PTR: the sender's pointers       round 1, only if some service is asked only_if_listed
 *     slot 3          reputation (not DNS)             round 1
 *     slots 4 to 19   one a configured service         round 1, or 2 if only_if_listed
 *     slots 20 to 24  targets, or ancestors            round 2
 *
 * DNS questions in all: 1 + 1 + 1 + 6 reports + at most 5 = 14, below VOUCH_QUESTIONS_MAX.
 */
#ifndef CORE_EVAL_H
#define CORE_EVAL_H

#include "core/csa.h"
#include "core/helo.h"

enum {
    SLOT_CSA,
    SLOT_ADDRESS,
    SLOT_POINTERS,
    SLOT_REPUTATION,
    SLOT_SERVICES,
    SLOT_SECOND = SLOT_SERVICES + VOUCH_SERVICES_MAX,
    SLOTS = SLOT_SECOND + VOUCH_ANCESTORS_MAX
};

_Static_assert(VOUCH_TARGETS_MAX <= VOUCH_ANCESTORS_MAX, "targets and ancestors share their slots");
_Static_assert(3 + VOUCH_REPORTS_MAX + VOUCH_ANCESTORS_MAX <= VOUCH_QUESTIONS_MAX, "the plan keeps its bound");

enum slot_state {
    SLOT_UNUSED,
    SLOT_READY, /* to be handed out */
    SLOT_OUT,   /* handed out */
    SLOT_ANSWERED,
    SLOT_EXPIRED, /* handed out, no answer in time */
    SLOT_DROPPED  /* the deadline passed before it was handed out */
};

struct slot {
    uint8_t state;
    uint8_t status; /* enum vouch_status; VOUCH_TIMEOUT unless answered */
    uint8_t round;
    bool secure;
    bool has_ttl;
    bool asserts_explicit; /* ancestors */
    uint16_t records;
    uint32_t ttl_s;
    struct csa_addresses addresses; /* address questions */
};

/* may_alias: it lives in the octets of struct vouch_eval */
struct __attribute__((may_alias)) eval {
    struct vouch_address client;
    struct helo helo;
    bool tls_matches;        /* the verified client certificate names exactly this HELO name */
    uint8_t organization;    /* octets at the end of the HELO name: its organizational domain; 0: none */
    uint8_t ancestors_count; /* asked in SLOT_SECOND on, if no targets are */
    uint8_t targets_count;   /* 0 if Additional data confirmed a match */
    uint8_t target_slots[VOUCH_TARGETS_MAX]; /* SLOT_ADDRESS where the target is the HELO name */
    struct csa_records records;
    struct slot slots[SLOTS];
    struct vouch_reputation reputation;
    struct vouch_report reports[VOUCH_SERVICES_MAX];
    struct vouch_settings settings;
};

_Static_assert(sizeof(struct eval) <= VOUCH_EVAL_SIZE, "the public size holds the private struct");

/* plan.c: which questions there are, and what they ask */
void plan_first(struct eval *eval);
void plan_after_records(struct eval *eval, const struct vouch_answer *answer);
void plan_after_pointers(struct eval *eval, uint32_t named, enum vouch_status status);

/* Fills in what the question of this slot asks. */
void plan_describe(const struct eval *eval, unsigned slot, struct vouch_question *question);

#endif
