/*
 * postfix_expand.h - values of main.cf parameters with their $ taken out.
 */
#ifndef OBSERVE_POSTFIX_EXPAND_H
#define OBSERVE_POSTFIX_EXPAND_H

#include "base/text.h"
#include "observe/machine.h"
#include "observe/settings.h"

/* Where names are looked up: first in `own` (-o options of a service; null: none), then in `main`, then defaults. */
struct postfix_scope {
    const struct settings *own, *main;
    const struct machine *machine;
    const char *service; /* $service_name; null: none */
    unsigned depth, budget;
    const char *unknown; /* why a value cannot be known; null: all is known */
};

void postfix_scope_init(struct postfix_scope *scope, const struct settings *main, const struct machine *machine);

/* Appends the value of a parameter, or of a text; false: scope->unknown, or out->cut. */
bool postfix_lookup(struct postfix_scope *scope, struct vouch_bytes name, struct text *out);
bool postfix_expand(struct postfix_scope *scope, struct vouch_bytes value, struct text *out);

/* The row that sets a parameter in this scope, or null: its default. */
const struct setting *postfix_row(const struct postfix_scope *scope, const char *name);

#endif
