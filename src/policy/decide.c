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

/* decide_is_authorized - does the name's owner say that this client may use it, and is it proven? */
static bool decide_is_authorized(const struct vouch_verdict *verdict)
{
    return verdict->csa == VOUCH_CSA_PASS ||
           (verdict->csa == VOUCH_CSA_NEUTRAL && verdict->identity == VOUCH_IDENTITY_TLS);
}

/* decide_is_met - does the client show what is required? */
static bool decide_is_met(enum vouch_require require, const struct vouch_verdict *verdict)
{
    switch (require) {
    case VOUCH_REQUIRE_NOTHING:
        return true;
    case VOUCH_REQUIRE_PASS:
        return decide_is_authorized(verdict);
    case VOUCH_REQUIRE_TRUSTED:
        return decide_is_authorized(verdict) && verdict->level == VOUCH_LEVEL_TRUSTED;
    }
    return true;
}

/* decide_may_change - could what is not known yet meet the requirement? */
static bool decide_may_change(enum vouch_require require, const struct vouch_verdict *verdict)
{
    if (require == VOUCH_REQUIRE_TRUSTED && decide_is_authorized(verdict))
        return verdict->incomplete || verdict->withheld;
    return verdict->csa == VOUCH_CSA_TEMPERROR;
}

enum vouch_verb vouch_policy_decide(const struct vouch_policy *policy, const struct vouch_verdict *verdict)
{
    if (verdict->level != VOUCH_LEVEL_UNTRUSTED && !decide_is_met(policy->require, verdict))
        return decide_may_change(policy->require, verdict) ? VOUCH_VERB_DEFER : VOUCH_VERB_REJECT;
    switch (verdict->level) {
    case VOUCH_LEVEL_TRUSTED:
        return VOUCH_VERB_ACCEPT;
    case VOUCH_LEVEL_UNTRUSTED:
        return VOUCH_VERB_REJECT;
    case VOUCH_LEVEL_NEUTRAL:
        break;
    }
    if (verdict->csa == VOUCH_CSA_TEMPERROR && policy->defer_temperror) /* [CLAUSES action-temperror-defer] */
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

const char *vouch_stage_word(enum vouch_stage stage)
{
    switch (stage) {
    case VOUCH_STAGE_HELO:
        return "helo";
    case VOUCH_STAGE_MAIL:
        return "mail";
    case VOUCH_STAGE_RCPT:
        return "rcpt";
    }
    return "?";
}

const char *vouch_require_word(enum vouch_require require)
{
    switch (require) {
    case VOUCH_REQUIRE_NOTHING:
        return "nothing";
    case VOUCH_REQUIRE_PASS:
        return "pass";
    case VOUCH_REQUIRE_TRUSTED:
        return "trusted";
    }
    return "?";
}
