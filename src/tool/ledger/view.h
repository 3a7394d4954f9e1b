/*
 * view.h - rows of the ledger as JSON objects, with the keys of `check --json` where they mean the same.
 */
#ifndef TOOL_LEDGER_VIEW_H
#define TOOL_LEDGER_VIEW_H

#include "store/ledger.h"

#include <jansson.h>

/* A decision, but for what only its detail knows. Null: out of memory. */
json_t *ledger_view_decision(const struct ledger_decision *decision);

/* Adds what the detail knows to such an object: reports, reputation, header, TTL, trace; null or empty if nothing. */
void ledger_view_add_detail(json_t *object, const char *detail);

json_t *ledger_view_action(const struct ledger_action *action);
json_t *ledger_view_feedback(const struct ledger_feedback *feedback);

/*
 * Fills in the parts of a verdict that advice (policy/advice.h) needs; what is kept as a hash only reads NAME. False:
 * the words are none that this version knows.
 */
bool ledger_view_verdict(const json_t *object, struct vouch_verdict *verdict);

/* The verb and the identity of such an object; false: no words that are known. */
bool ledger_view_verb(const json_t *object, enum vouch_verb *verb);
bool ledger_view_identity(const json_t *object, enum vouch_identity *identity);

#endif
