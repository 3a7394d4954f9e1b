/*
 * reply.c - the SMTP reply of a refusal or deferral: one line, the reason in words that the sender can act on.
 *
 * Names are host names that passed the HELO judge or come from the configuration, so nothing hostile can stand in the
 * line; the parts' bounds add up to less than a reply line. [CSA 4, DNA 3, RFC 5321 4.5.3.1.5]
 */
#include "base/text.h"

#include <string.h>

_Static_assert(VOUCH_NAME_SIZE + VOUCH_URL_SIZE + 128 <= VOUCH_REPLY_SIZE, "one long name, words and the URL fit");

/* reply_find_worst - the row of evidence that weighs most against the session, or null */
static const struct vouch_evidence *reply_find_worst(const struct vouch_verdict *verdict)
{
    const struct vouch_evidence *worst = NULL;

    for (unsigned i = 0; i < verdict->evidence_count; i++) {
        const struct vouch_evidence *row = &verdict->evidence[i];

        if (row->points < 0 && (worst == NULL || row->points < worst->points))
            worst = row;
    }
    return worst;
}

/* reply_add_rejection - say why, by the evidence that weighed most */
static void reply_add_rejection(struct text *text, const struct vouch_verdict *verdict)
{
    const struct vouch_evidence *worst = reply_find_worst(verdict);
    enum vouch_token token = worst == NULL ? VOUCH_TOKENS : worst->token;
    const char *words = "";

    if (token == VOUCH_TOKEN_DNA_D || token == VOUCH_TOKEN_DNA_E) { /* the text of [DNA 3] */
        text_add(text, "Access denied based on ");
        text_add(text, verdict->service_name);
        text_add(text, " report");
        return;
    }
    switch (token) {
    case VOUCH_TOKEN_CSA_PROHIBITED:
        words = " declares that it sends no mail (csa prohibited)";
        break;
    case VOUCH_TOKEN_CSA_MISMATCH:
        words = " does not authorize your address (csa mismatch)";
        break;
    case VOUCH_TOKEN_CSA_NO_ADDRESS:
        words = " authorizes no address of your kind (csa no-address)";
        break;
    case VOUCH_TOKEN_CSA_EXPLICIT:
        words = " authorizes only names that have a CSA record, and your HELO name has none (csa explicit)";
        break;
    case VOUCH_TOKEN_CSA_PERMERROR:
        words = " publishes a CSA record with reserved bits (csa reserved-weight)";
        break;
    case VOUCH_TOKEN_LIST_BLOCKED:
        words = " is blocked here (list-blocked)";
        break;
    case VOUCH_TOKEN_REPUTATION:
        words = " has a bad reputation here";
        break;
    case VOUCH_TOKEN_CSA_PASS:
    case VOUCH_TOKEN_DNA_A:
    case VOUCH_TOKEN_DNA_B:
    case VOUCH_TOKEN_DNA_D:
    case VOUCH_TOKEN_DNA_E:
    case VOUCH_TOKEN_LIST_TRUSTED:
    case VOUCH_TOKENS:
        words = " is not trusted here";
        break;
    }
    text_add(text, verdict->domain[0] != '\0' && worst != NULL && token <= VOUCH_TOKEN_CSA_PERMERROR ? verdict->domain
                   : verdict->name[0] != '\0'                                                        ? verdict->name
                                                                                                     : "Client");
    text_add(text, words);
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
        reply_add_rejection(&text, verdict);
        break;
    case VOUCH_VERB_DEFER:
        text_add(&text, enhanced ? "451 4.4.3 " : "451 ");
        text_add(&text, verdict->name);
        text_add(&text, ": the DNS did not answer about this name (csa ");
        text_add(&text, vouch_reason_word(verdict->reason));
        text_add(&text, ")");
        break;
    case VOUCH_VERB_ACCEPT:
    case VOUCH_VERB_CONTINUE:
        return;
    }
    if (decision_id != NULL) {
        text_add(&text, " id=");
        text_add(&text, decision_id);
    }
    if (policy->why_url[0] != '\0') {
        text_add(&text, " see ");
        text_add(&text, policy->why_url);
    }
}
