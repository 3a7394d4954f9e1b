/*
 * reply.c - the SMTP reply of a refusal or deferral: one line, the reason in words that the sender can act on.
 *
 * Names are host names that passed the HELO judge or come from the configuration, so nothing hostile can stand in the
 * line; the parts' bounds add up to less than a reply line. [CSA 4, DNA 3, RFC 5321 4.5.3.1.5]
 */
#include "base/text.h"
#include "policy/worst.h"

#define WORDS_MAX 128 /* codes, words, decision id */

_Static_assert(VOUCH_NAME_SIZE - 1 + VOUCH_URL_SIZE - 1 + WORDS_MAX < VOUCH_REPLY_SIZE,
               "a name, the URL and words fit");

/* What stands behind the deciding name. The text for D and E is that of [DNA 3]. */
static const char *const reply_words[VOUCH_TOKENS + 1] = {
    [VOUCH_TOKEN_CSA_PROHIBITED] = " declares that it sends no mail (csa prohibited)",
    [VOUCH_TOKEN_CSA_MISMATCH] = " does not authorize your address (csa mismatch)",
    [VOUCH_TOKEN_CSA_NO_ADDRESS] = " authorizes no address of your kind (csa no-address)",
    [VOUCH_TOKEN_CSA_EXPLICIT] = " authorizes only names with a CSA record; your HELO name has none (csa explicit)",
    [VOUCH_TOKEN_CSA_PERMERROR] = " publishes a CSA record with reserved bits (csa reserved-weight)",
    [VOUCH_TOKEN_DNA_D] = " report",
    [VOUCH_TOKEN_DNA_E] = " report",
    [VOUCH_TOKEN_LIST_BLOCKED] = " is blocked here (list-blocked)",
    [VOUCH_TOKEN_REPUTATION] = " has a bad reputation here",
    [VOUCH_TOKENS] = " is not trusted here",
};

/* reply_add_result - " (csa none no-record)" */
static void reply_add_result(struct text *text, const struct vouch_verdict *verdict)
{
    text_add(text, " (csa ");
    text_add(text, vouch_csa_word(verdict->csa));
    text_add_char(text, ' ');
    text_add(text, vouch_reason_word(verdict->reason));
    text_add_char(text, ')');
}

/* reply_add_requirement - say what is required here and what was shown */
static void reply_add_requirement(struct text *text, const struct vouch_policy *policy,
                                  const struct vouch_verdict *verdict)
{
    text_add(text, verdict->name[0] != '\0' ? verdict->name : "your HELO");
    text_add(text, policy->require == VOUCH_REQUIRE_TRUSTED
                       ? ": mail is taken here only from authorized and trusted servers"
                       : ": mail is taken here only from authorized servers");
    reply_add_result(text, verdict);
}

/* reply_add_rejection - say why, by the evidence that weighed most */
static void reply_add_rejection(struct text *text, const struct vouch_policy *policy,
                                const struct vouch_verdict *verdict)
{
    enum vouch_token token = worst_token(verdict);
    const char *name = verdict->name;

    if (verdict->level != VOUCH_LEVEL_UNTRUSTED) {
        reply_add_requirement(text, policy, verdict);
        return;
    }
    if (token == VOUCH_TOKEN_DNA_D || token == VOUCH_TOKEN_DNA_E) {
        text_add(text, "Access denied based on ");
        name = verdict->service_name;
    } else if (token == VOUCH_TOKEN_CSA_EXPLICIT) {
        name = verdict->domain;
    }
    text_add(text, name);
    text_add(text, reply_words[token] != NULL ? reply_words[token] : reply_words[VOUCH_TOKENS]);
}

/* reply_add_deferral - say whose trouble it is; of two long names only one has room */
static void reply_add_deferral(struct text *text, const struct vouch_verdict *verdict)
{
    if (verdict->csa != VOUCH_CSA_TEMPERROR && verdict->withheld) {
        text_add(text, verdict->suspended_name);
        text_add(text, ", which could vouch for this name, is suspended here");
        return;
    }
    text_add(text, verdict->name);
    if (verdict->csa == VOUCH_CSA_TEMPERROR) {
        text_add(text, ": the DNS did not answer about this name (csa ");
        text_add(text, vouch_reason_word(verdict->reason));
        text_add(text, ")");
    } else {
        text_add(text, ": who could vouch for this name did not answer");
    }
}

void vouch_policy_reply(const struct vouch_policy *policy, const struct vouch_verdict *verdict, const char *decision_id,
                        char reply[VOUCH_REPLY_SIZE])
{
    enum vouch_verb verb = vouch_policy_decide(policy, verdict);
    bool enhanced = policy->reject_at_stage != VOUCH_STAGE_HELO; /* none on replies to HELO [RFC 2034 4] */
    struct text text;

    text_init(&text, reply, VOUCH_REPLY_SIZE);
    switch (verb) {
    case VOUCH_VERB_REJECT:
        text_add(&text, enhanced ? "550 5.7.1 " : "550 ");
        reply_add_rejection(&text, policy, verdict);
        break;
    case VOUCH_VERB_DEFER:
        text_add(&text, enhanced ? "451 4.4.3 " : "451 ");
        reply_add_deferral(&text, verdict);
        break;
    case VOUCH_VERB_ACCEPT:
    case VOUCH_VERB_CONTINUE:
        return;
    }
    if (decision_id != NULL) {
        text_add(&text, " id=");
        text_add_printable(&text, text_bytes(decision_id));
    }
    if (policy->why_url[0] != '\0') {
        text_add(&text, " see ");
        text_add_printable(&text, text_bytes(policy->why_url));
    }
}
