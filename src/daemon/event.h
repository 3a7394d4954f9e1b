/*
 * event.h - the decision log: one event, one line of key=value or JSON.
 */
#ifndef DAEMON_EVENT_H
#define DAEMON_EVENT_H

#include "daemon/visit.h"

/* event=decision, at LOG_INFO: the verdict of a visit, once. */
void event_log_decision(const struct visit *visit);

/* event=reject, event=defer, at LOG_NOTICE: the MTA is told so, or, with acted=no, would be were the mode not monitor.
 */
void event_log_action(const struct visit *visit, const struct visit_decision *decision, const char *reply);

/* event=exempt, at LOG_DEBUG but for VISIT_EXEMPT, which is LOG_INFO. */
void event_log_exempt(const struct visit *visit);

#endif
