/*
 * health.c - which accreditors can be believed now.
 *
 * What was found here and what others found are kept apart: a service counts only while neither speaks against it, and
 * each ends by itself. What is found here ends with good rounds of canaries alone, never with good answers to
 * sessions: a service that answers its highest rating to everybody gives those too.
 */
#include "accredit/health.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

struct health_service {
    uint8_t failures;           /* in a row */
    uint8_t abouts_count;       /* of them, those of sessions */
    uint64_t abouts[UINT8_MAX]; /* what those were about */
    uint8_t good;               /* rounds in a row */
    bool fault, answered;       /* in this round */
    bool mute;                  /* no canary of the last round was answered */
    bool own;                   /* found here */
    bool lied;                  /* it is, by a canary that was answered wrongly */
    bool wrong;                 /* one was in this round */
    bool doubtful;              /* in the last round there was trouble, and no wrong answer */
    bool silent;                /* for the row of failures */
    bool imposed;
    char cause[HEALTH_CAUSE_SIZE];         /* while own */
    char imposed_cause[HEALTH_CAUSE_SIZE]; /* while imposed */
};

struct health {
    struct health_rules rules;
    struct health_owner owner;
    struct health_service services[VOUCH_SERVICES_MAX];
};

struct health *health_open(const struct health_rules *rules, const struct health_owner *owner)
{
    struct health *health = calloc(1, sizeof *health);

    if (health == NULL)
        return NULL;
    health->rules = *rules;
    health->owner = *owner;
    return health;
}

void health_close(struct health *health)
{
    free(health);
}

/* health_find - the state of a service, or null: there is no such service */
static const struct health_service *health_find(const struct health *health, int service)
{
    return service >= 0 && service < VOUCH_SERVICES_MAX ? &health->services[service] : NULL;
}

/* health_state - the same, to be changed */
static struct health_service *health_state(struct health *health, int service)
{
    return service >= 0 && service < VOUCH_SERVICES_MAX ? &health->services[service] : NULL;
}

bool health_is_suspended(const struct health *health, int service)
{
    const struct health_service *state = health_find(health, service);

    return state != NULL && (state->own || state->imposed);
}

bool health_is_silent(const struct health *health, int service)
{
    const struct health_service *state = health_find(health, service);

    return state != NULL && (state->silent || (state->mute && health_is_suspended(health, service)));
}

bool health_is_own(const struct health *health, int service)
{
    const struct health_service *state = health_find(health, service);

    return state != NULL && state->own;
}

bool health_is_proven(const struct health *health, int service)
{
    const struct health_service *state = health_find(health, service);

    return state != NULL && state->own && state->lied && !state->doubtful;
}

const char *health_cause(const struct health *health, int service)
{
    const struct health_service *state = health_find(health, service);

    if (state != NULL && state->own)
        return state->cause;
    return state != NULL && state->imposed ? state->imposed_cause : "";
}

/* health_tell - tell the owner if the state is not what it was */
static void health_tell(struct health *health, int service, bool before)
{
    bool now = health_is_suspended(health, service);

    if (now != before)
        health->owner.changed(health->owner.self, service, now, health_cause(health, service));
}

/* health_write_cause - WHAT, and what the report says, if it says anything */
static void health_write_cause(char cause[HEALTH_CAUSE_SIZE], const char *what, const struct vouch_report *report)
{
    struct text text;

    text_init(&text, cause, HEALTH_CAUSE_SIZE);
    text_add(&text, what);
    if (report->error != VOUCH_FOUND && report->info[0] == '\0') {
        text_add(&text, ": ");
        text_add(&text, vouch_status_word(report->error));
    }
    if (report->info[0] == '\0')
        return;
    text_add(&text, ": ");
    text_add_printable(&text, text_bytes(report->info));
}

/* health_write_row - so many answers in a row were none, and what the last one was */
static void health_write_row(char cause[HEALTH_CAUSE_SIZE], unsigned failures, const struct vouch_report *report)
{
    char what[64];
    struct text text;

    text_init(&text, what, sizeof what);
    text_add_unsigned(&text, failures);
    text_add(&text, failures == 1 ? " answer without a rating" : " answers in a row without a rating");
    health_write_cause(cause, what, report);
}

/* health_answer - an answer came: no row of failures is left */
static void health_answer(struct health_service *state)
{
    state->failures = 0;
    state->abouts_count = 0;
}

/* health_is_new - is this the first failure of the row about that? Then it is kept */
static bool health_is_new(struct health_service *state, uint64_t about)
{
    for (size_t i = 0; i < state->abouts_count; i++) {
        if (state->abouts[i] == about)
            return false;
    }
    if (state->abouts_count < UINT8_MAX)
        state->abouts[state->abouts_count++] = about;
    return true;
}

/* health_fail - one more answer that did not come */
static void health_fail(struct health *health, struct health_service *state, const struct vouch_report *report)
{
    if (state->failures < UINT8_MAX)
        state->failures++;
    if (state->silent || state->failures < health->rules.failures)
        return;
    if (!state->own)
        health_write_row(state->cause, state->failures, report);
    state->own = true;
    state->silent = true;
    state->good = 0;
}

void health_heard(struct health *health, int service, uint64_t about, const struct vouch_report *report)
{
    struct health_service *state = health_state(health, service);
    bool before = health_is_suspended(health, service);

    if (state == NULL || report->too_many || report->no_question)
        return;
    if (report->error == VOUCH_FOUND)
        health_answer(state);
    else if (health_is_new(state, about))
        health_fail(health, state, report);
    health_tell(health, service, before);
}

/* health_lie - what is wrong with this answer to a canary, or null: nothing, or it is no answer */
static const char *health_lie(enum health_canary canary, const struct vouch_report *report)
{
    if (report->refused)
        return "answers a check with no rating";
    if (report->error != VOUCH_FOUND)
        return NULL;
    switch (canary) {
    case HEALTH_LISTED:
        return report->listed ? NULL : "does not list its canary_listed";
    case HEALTH_UNLISTED:
        return report->listed ? "lists its canary_unlisted" : NULL;
    case HEALTH_RANDOM:
        return report->listed ? "lists what was made up at random" : NULL;
    }
    return NULL;
}

/* health_find_out - a canary was answered with what is wrong, or refused, which may be meant for our resolver alone */
static void health_find_out(struct health_service *state, const char *lie, const struct vouch_report *report)
{
    bool wrong = report->error == VOUCH_FOUND;

    if (wrong || !state->lied)
        health_write_cause(state->cause, lie, report);
    state->own = true;
    state->good = 0;
    if (!wrong)
        return;
    state->lied = true;
    state->wrong = true;
    state->doubtful = false;
}

void health_canary(struct health *health, int service, enum health_canary canary, const struct vouch_report *report)
{
    struct health_service *state = health_state(health, service);
    bool before = health_is_suspended(health, service);
    const char *lie = health_lie(canary, report);

    if (state == NULL)
        return;
    if (lie != NULL)
        health_find_out(state, lie, report);
    if (report->error == VOUCH_FOUND)
        health_answer(state);
    else
        health_fail(health, state, report);
    state->answered |= report->error == VOUCH_FOUND;
    state->fault |= lie != NULL || report->error != VOUCH_FOUND;
    health_tell(health, service, before);
}

void health_round_over(struct health *health, int service)
{
    struct health_service *state = health_state(health, service);
    bool before = health_is_suspended(health, service);

    if (state == NULL)
        return;
    if (state->fault)
        state->good = 0;
    else if (state->good < UINT8_MAX)
        state->good++;
    state->mute = state->fault && !state->answered;
    state->doubtful = state->fault && !state->wrong;
    state->fault = false;
    state->wrong = false;
    state->answered = false;
    if (!state->own || state->good < health->rules.recover)
        return;
    state->own = false;
    state->lied = false;
    state->silent = false;
    health_answer(state);
    health_tell(health, service, before);
}

void health_impose(struct health *health, int service, const char *cause)
{
    struct health_service *state = health_state(health, service);
    bool before = health_is_suspended(health, service);
    struct text text;

    if (state == NULL)
        return;
    state->imposed = cause != NULL;
    text_init(&text, state->imposed_cause, sizeof state->imposed_cause);
    text_add_printable(&text, text_bytes(cause));
    health_tell(health, service, before);
}

void health_adopt(struct health *health, int service, const char *cause)
{
    struct health_service *state = health_state(health, service);
    bool before = health_is_suspended(health, service);
    struct text text;

    if (state == NULL || state->own)
        return;
    state->own = true;
    state->lied = true; /* nothing else is left to a successor */
    state->good = 0;
    text_init(&text, state->cause, sizeof state->cause);
    text_add_printable(&text, text_bytes(cause));
    health_tell(health, service, before);
}
