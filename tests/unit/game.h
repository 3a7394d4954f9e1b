/*
 * game.h - a game is an evaluator and what was played so far; what the specification expects of it at any time.
 */
#ifndef UNIT_GAME_H
#define UNIT_GAME_H

#include "kinds.h"

#define ASKS_MAX 32
#define IDS_MAX  32 /* ids are below this */

enum progress { OPEN, GIVEN, NEVER };

struct ask {
    unsigned id;
    enum vouch_purpose purpose;
    enum vouch_type type;
    enum progress progress;
    size_t index; /* of the kind in its alphabet; the alphabet's size for NEVER */
    const struct kind *kind;
};

struct game {
    struct vouch_eval eval;
    size_t asks_count;
    struct ask asks[ASKS_MAX];
};

/* What a run explores. */
struct run {
    const char *what;
    const struct vouch_settings *settings;
    const char *helo;
    size_t ancestors;                             /* that the HELO name has */
    uint32_t alphabets[VOUCH_ASK_REPUTATION + 1]; /* by purpose, a bit a kind */
    bool never;                                   /* also play that an answer never comes */
    size_t leaves;
};

/* Three services, of which the last is asked only if listed, a private list, the reputation store. */
void game_settings(struct vouch_settings *settings);
void game_start(struct game *game, const struct run *run);

/* Adds one more open question. */
void game_add(struct game *game, const struct vouch_question *question);

/* Takes all questions there are now; checks that each comes once, and that the machine is done only if none is open. */
void game_hear(struct game *game);

/* The first ask of this progress, or null. */
struct ask *game_find(struct game *game, enum progress progress);

/* What was asked under this id, or null. */
const struct ask *game_asked(const struct game *game, unsigned id);

void game_answer(struct game *game, struct ask *ask, size_t index, const struct kind *kind);

/* Checks the verdict against SPEC 8.2 on the facts played so far, and the rules that hold at any time. */
void game_check(const struct game *game);

/* Prints what was played, for a failure's log. */
void game_print(const struct game *game);

#endif
