/*
 * decide.c - from a verdict to what the MTA does. [DESIGN 5]
 */
#include "base/text.h"

#include <string.h>

void vouch_policy_init(struct vouch_policy *policy)
{
    struct text text;

    memset(policy, 0, sizeof *policy);
    policy->mode = VOUCH_MODE_ENFORCE;
    policy->reject_at_stage = VOUCH_STAGE_RCPT;
    text_init(&text, policy->authserv_id, sizeof policy->authserv_id);
    text_add(&text, "localhost");
    text_init(&text, policy->method, sizeof policy->method);
    text_add(&text, "csv");
}

enum vouch_verb vouch_policy_decide(const struct vouch_policy *policy, const struct vouch_verdict *verdict)
{
    switch (verdict->level) {
    case VOUCH_LEVEL_TRUSTED:
        return VOUCH_VERB_ACCEPT;
    case VOUCH_LEVEL_UNTRUSTED:
        return VOUCH_VERB_REJECT;
    case VOUCH_LEVEL_NEUTRAL:
        break;
    }
    if (verdict->csa == VOUCH_CSA_TEMPERROR && policy->defer_temperror) /* decision Q16 */
        return VOUCH_VERB_DEFER;
    return VOUCH_VERB_CONTINUE;
}

const char *vouch_verb_word(enum vouch_verb verb)
{
    switch (verb) {
    case VOUCH_VERB_ACCEPT:
        return "accept";
    case VOUCH_VERB_CONTINUE:
        return "continue";
    case VOUCH_VERB_DEFER:
        return "defer";
    case VOUCH_VERB_REJECT:
        return "reject";
    }
    return "?";
}

const char *vouch_mode_word(enum vouch_mode mode)
{
    switch (mode) {
    case VOUCH_MODE_ENFORCE:
        return "enforce";
    case VOUCH_MODE_MONITOR:
        return "monitor";
    }
    return "?";
}
