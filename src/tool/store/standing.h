/*
 * standing.h - the standing of one name for people and programs: what it is worth, and what it still needs.
 */
#ifndef TOOL_STORE_STANDING_H
#define TOOL_STORE_STANDING_H

#include "tool/kept.h"

#include <jansson.h>

/* A name with its organization's standing. */
struct standing {
    const char *name, *organization; /* "": none */
    bool known;
    struct vouch_reputation own, others; /* others: of the whole organization; all zero: unknown */
};

/* The rules of the configuration. */
void standing_rules(const struct conf *conf, struct reputation_rules *rules);

/*
 * How much more ham until the name is trusted when something else gives it `head_start` points; 0: it is; -1: no amount
 * is enough. An estimate: it takes what the name did for done today.
 */
long standing_missing(const struct conf *conf, const struct standing *standing, int head_start);

/* As a JSON object; null: out of memory. */
json_t *standing_object(const struct conf *conf, const struct standing *standing);

/* That object as text. */
void standing_print(const struct conf *conf, const json_t *object);

#endif
