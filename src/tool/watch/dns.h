/*
 * dns.h - the DNS that descriptions are compared with: the zone files, or the first resolver, of a run.
 */
#ifndef TOOL_WATCH_DNS_H
#define TOOL_WATCH_DNS_H

#include "tool/lint/report.h"
#include "tool/lint/view.h"
#include "tool/watch/description.h"

struct watch_dns {
    struct event_base *base;
    struct lint_round round;
    struct zones *zones;
    struct lint_view view;
    struct watch_source source; /* asks the view, and waits for its answers */
};

/* As lint_session_open, and not while a session of lint is open. False with `error`; close it in any case. */
bool watch_dns_open(struct watch_dns *dns, const struct lint_options *options, char notice[LINT_ERROR_SIZE],
                    char error[LINT_ERROR_SIZE]);
void watch_dns_close(struct watch_dns *dns);

/* Forgets all answers. */
void watch_dns_forget(struct watch_dns *dns);

#endif
