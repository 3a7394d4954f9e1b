/*
 * advice.h - what a CSA result means and what mends it, in plain words: for the command line and the why page.
 */
#ifndef POLICY_ADVICE_H
#define POLICY_ADVICE_H

#include "base/text.h"

/* One sentence: why the result is what it is. */
void advice_explain(struct text *text, const struct vouch_verdict *verdict, const struct vouch_address *client);

/* What the owner of the name can do, with the record to publish; nothing where there is nothing to do. Of a refusal it
 * is about the evidence that weighed most. */
void advice_for_owner(struct text *text, const struct vouch_verdict *verdict, const struct vouch_address *client);

/* What the receiving operator can do; nothing where there is nothing to do. */
void advice_for_operator(struct text *text, const struct vouch_verdict *verdict, const struct vouch_address *client);

#endif
