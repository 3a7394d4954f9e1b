/*
 * csa_decide.c - from judgements to the CSA result: the precedence of SPEC 8.2, in one place.
 */
#include "core/csa.h"

/* csa_conclude - fill in result and reason */
static void csa_conclude(struct csa_outcome *outcome, enum vouch_csa csa, enum vouch_reason reason)
{
    outcome->csa = csa;
    outcome->reason = reason;
}

/* csa_is_trouble - did the question fail for a reason that may pass? */
static bool csa_is_trouble(const struct csa_answer *answer)
{
    switch (answer->status) {
    case VOUCH_FAILED:
    case VOUCH_TIMEOUT:
    case VOUCH_BOGUS:
        return true;
    case VOUCH_FOUND:
        return answer->addresses.trouble;
    case VOUCH_NODATA:
    case VOUCH_NXDOMAIN:
    case VOUCH_CHAIN:
        return false;
    }
    return true;
}

/* csa_find_match - is the client at one of the targets? A validated match is preferred */
static bool csa_find_match(struct csa_outcome *outcome, const struct csa_case *csa)
{
    bool matched = csa->records->confirmed;
    bool secure = matched && csa->record.secure;

    for (size_t i = 0; i < csa->targets_count; i++) {
        if (!csa->targets[i].addresses.matched)
            continue;
        matched = true;
        secure = secure || (csa->record.secure && csa->targets[i].secure);
    }
    if (!matched)
        return false;
    outcome->secure = secure;
    csa_conclude(outcome, VOUCH_CSA_PASS, VOUCH_REASON_MATCH); /* [CSA 4] */
    return true;
}

/* csa_decide_targets - a record allows: the client must be at one of its targets [SPEC 8.2 step 5] */
static void csa_decide_targets(struct csa_outcome *outcome, const struct csa_case *csa)
{
    bool trouble = false, chain = false, seen = false;

    if (csa_find_match(outcome, csa))
        return;
    for (size_t i = 0; i < csa->targets_count; i++) {
        const struct csa_answer *target = &csa->targets[i];

        trouble = trouble || csa_is_trouble(target);
        chain = chain || target->status == VOUCH_CHAIN;
        seen = seen || target->addresses.seen;
        outcome->secure = outcome->secure && target->secure;
    }
    if (trouble)
        csa_conclude(outcome, VOUCH_CSA_TEMPERROR, VOUCH_REASON_ADDR_DNS);
    else if (chain)
        csa_conclude(outcome, VOUCH_CSA_PERMERROR, VOUCH_REASON_CHAIN);
    else if (csa->records->cut)
        csa_conclude(outcome, VOUCH_CSA_PERMERROR, VOUCH_REASON_TOO_MANY); /* [CLAUSES csa-cut-before-mismatch] */
    else if (seen)
        csa_conclude(outcome, VOUCH_CSA_FAIL, VOUCH_REASON_MISMATCH); /* [CSA 4] */
    else
        csa_conclude(outcome, VOUCH_CSA_FAIL, VOUCH_REASON_NO_ADDRESS);
    if (outcome->csa == VOUCH_CSA_TEMPERROR)
        outcome->secure = false;
}

/* csa_decide_ancestors - no record at the name: does an ancestor disown it? [CSA 6, SPEC 8.2 step 6] */
static void csa_decide_ancestors(struct csa_outcome *outcome, const struct csa_case *csa)
{
    bool trouble = false;

    for (size_t i = 0; i < csa->ancestors_count; i++) {
        const struct csa_answer *ancestor = &csa->ancestors[i];

        if (ancestor->asserts_explicit) { /* a fact, whatever failed elsewhere [CLAUSES explicit-trouble-and-hit] */
            outcome->ancestor = i;
            outcome->secure = csa->record.secure && ancestor->secure;
            csa_conclude(outcome, VOUCH_CSA_FAIL, VOUCH_REASON_EXPLICIT);
            return;
        }
        trouble = trouble || csa_is_trouble(ancestor);
        outcome->secure = outcome->secure && ancestor->secure;
    }
    if (trouble) {
        outcome->secure = false;
        csa_conclude(outcome, VOUCH_CSA_TEMPERROR, VOUCH_REASON_PARENT_DNS);
    } else {
        csa_conclude(outcome, VOUCH_CSA_NONE, VOUCH_REASON_NO_RECORD); /* "Unknown" [CSA 4] */
    }
}

/* csa_decide_found - there are SRV records at the exact name */
static void csa_decide_found(struct csa_outcome *outcome, const struct csa_case *csa)
{
    const struct csa_records *records = csa->records;

    outcome->has_record = true;
    if (records->prohibits)
        csa_conclude(outcome, VOUCH_CSA_FAIL, VOUCH_REASON_PROHIBITED); /* [CLAUSES csa-several-prohibited] */
    else if (records->allows)
        csa_decide_targets(outcome, csa);
    else if (records->ignores_target)
        csa_conclude(outcome, VOUCH_CSA_NEUTRAL, VOUCH_REASON_IGNORE_TARGET); /* [CSA 4] */
    else if (records->reserved_weight)
        csa_conclude(outcome, VOUCH_CSA_PERMERROR, VOUCH_REASON_RESERVED_WEIGHT);
    else if (records->bad_rdata)
        csa_conclude(outcome, VOUCH_CSA_PERMERROR, VOUCH_REASON_BAD_RDATA);
    else if (records->cut)
        csa_conclude(outcome, VOUCH_CSA_PERMERROR, VOUCH_REASON_TOO_MANY);
    else if (records->other_version)
        csa_conclude(outcome, VOUCH_CSA_NONE, VOUCH_REASON_OTHER_VERSION); /* [CLAUSES csa-other-version-no-search] */
    else {
        outcome->has_record = false;
        csa_decide_ancestors(outcome, csa);
    }
}

void csa_decide(struct csa_outcome *outcome, const struct csa_case *csa)
{
    outcome->secure = csa->record.secure;
    outcome->has_record = false;
    outcome->ancestor = 0;
    switch (csa->record.status) {
    case VOUCH_FOUND:
        csa_decide_found(outcome, csa);
        break;
    case VOUCH_NODATA:
    case VOUCH_NXDOMAIN:
        csa_decide_ancestors(outcome, csa);
        break;
    case VOUCH_CHAIN:
        csa_conclude(outcome, VOUCH_CSA_PERMERROR, VOUCH_REASON_CHAIN);
        break;
    case VOUCH_FAILED:
    case VOUCH_TIMEOUT:
    case VOUCH_BOGUS:
        outcome->secure = false;
        csa_conclude(outcome, VOUCH_CSA_TEMPERROR, VOUCH_REASON_SRV_DNS);
        break;
    }
}
