/*
 * event.h - the decision log: one event, one line of key=value or JSON.
 */
#ifndef DAEMON_LOG_EVENT_H
#define DAEMON_LOG_EVENT_H

#include "base/text.h"
#include "daemon/judge/visit.h"

#define EVENT_REASONS_SIZE 512
#define EVENT_FOREIGN_SIZE 401 /* one text that came from a peer, with its final NUL */

/* event=decision, at LOG_INFO: the verdict of a visit, once. */
void event_log_decision(const struct visit *visit);

/* event=reject, event=defer, at LOG_NOTICE: the MTA is told so, or, with acted=no, would be were the mode not monitor.
 */
void event_log_action(const struct visit *visit, const struct visit_decision *decision, const char *reply);

/* event=exempt, at LOG_DEBUG but for VISIT_EXEMPT, which is LOG_INFO. */
void event_log_exempt(const struct visit *visit);

/* A text of a peer as events have it: escaped, its backslashes too, and cut where it is too long for `text`. */
void event_format_foreign(struct text *text, struct vouch_bytes bytes);

/* "csa-pass:10,dna-a:0:unproven-name" */
void event_format_reasons(char reasons[EVENT_REASONS_SIZE], const struct vouch_verdict *verdict);

#endif
