/*
 * worst.h - which evidence decided against a session.
 */
#ifndef POLICY_WORST_H
#define POLICY_WORST_H

#include "vouchsafe.h"

/* The token of the row that weighs most against the session, of equal ones the first; VOUCH_TOKENS if none does. */
enum vouch_token worst_token(const struct vouch_verdict *verdict);

#endif
