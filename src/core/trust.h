/*
 * trust.h - evidence adds up to a score, the score makes the level of trust. [CSV 1, DESIGN 5]
 */
#ifndef CORE_TRUST_H
#define CORE_TRUST_H

#include "core/dna.h"

/* What proves the name, from the CSA result and what else the session shows. */
enum vouch_identity trust_identity(enum vouch_csa csa, bool tls_matches, bool forward_matches);

/* Why praise does not count for this name now, or VOUCH_WITHHELD_NOT. `floor` is what must prove the name. */
enum vouch_withheld trust_withhold(const struct vouch_settings *settings, const struct vouch_verdict *verdict,
                                   enum vouch_identity floor);

/* What a standing is worth, once nothing withholds it. */
int16_t trust_reputation_points(const struct vouch_settings *settings, const struct vouch_reputation *reputation);

/* What all evidence rests on. */
struct trust_case {
    const struct vouch_settings *settings;
    const struct vouch_report *reports; /* as in dna_case */
    const struct dna_outcome *dna;
    /* What the receiver knows itself and cannot say now: trouble of ours, which must not be the cause of a refusal */
    bool missing_reputation;
    uint32_t missing_lists; /* bit i: services[i], a private list */
    uint32_t suspended;     /* bit i: services[i] was asked, or to be asked, and is not heard for its failed checks */
};

/*
 * Fills in evidence, score, the best scores there could have been, and the level of a verdict whose CSA result,
 * identity and reputation are there.
 */
void trust_decide(struct vouch_verdict *verdict, const struct trust_case *trust);

#endif
