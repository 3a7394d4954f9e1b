/*
 * trust.c - from evidence to the level of trust. Bad news may be acted on at once, good news counts only after the
 * name is proven.
 */
#include "core/trust.h"

#include <string.h>

#define SCORE_MAX 100
#define MILLI     1000

enum vouch_identity trust_identity(enum vouch_csa csa, bool tls_matches, bool forward_matches)
{
    switch (csa) {
    case VOUCH_CSA_PASS:
        return VOUCH_IDENTITY_CSA;
    case VOUCH_CSA_FAIL:
        return VOUCH_IDENTITY_NONE;
    case VOUCH_CSA_NEUTRAL: /* the addresses must not be used [CSA 4, CLAUSES identity-neutral-never-forward] */
        return tls_matches ? VOUCH_IDENTITY_TLS : VOUCH_IDENTITY_NONE;
    case VOUCH_CSA_NONE:
    case VOUCH_CSA_TEMPERROR:
    case VOUCH_CSA_PERMERROR:
        break;
    }
    if (tls_matches)
        return VOUCH_IDENTITY_TLS;
    return forward_matches ? VOUCH_IDENTITY_FORWARD : VOUCH_IDENTITY_NONE; /* [CSV B.3] */
}

/* trust_is_proven - is the name proven as the floor demands? */
static bool trust_is_proven(const struct vouch_verdict *verdict, enum vouch_identity floor)
{
    if (verdict->csa == VOUCH_CSA_FAIL)
        return false;
    if (floor == VOUCH_IDENTITY_CSA && verdict->csa == VOUCH_CSA_NEUTRAL)
        return verdict->identity == VOUCH_IDENTITY_TLS; /* authorized by the record, proven by the certificate */
    return verdict->identity >= floor;
}

enum vouch_withheld trust_withhold(const struct vouch_settings *settings, const struct vouch_verdict *verdict,
                                   enum vouch_identity floor)
{
    if (!trust_is_proven(verdict, floor))
        return VOUCH_WITHHELD_UNPROVEN_NAME;
    return settings->require_dnssec && !verdict->secure ? VOUCH_WITHHELD_NO_DNSSEC : VOUCH_WITHHELD_NOT;
}

/* trust_round - divide, half away from zero */
static int16_t trust_round(int64_t product, int64_t divisor)
{
    int64_t half = product < 0 ? -divisor / 2 : divisor / 2;

    return (int16_t)((product + half) / divisor);
}

/* trust_add - one row of evidence, in the order of the tokens; what is withheld has no points */
static void trust_add(struct vouch_verdict *verdict, enum vouch_token token, int points, enum vouch_withheld why)
{
    struct vouch_evidence *row = &verdict->evidence[verdict->evidence_count++];

    for (; row > verdict->evidence && row[-1].token > token; row--)
        row[0] = row[-1];
    row->token = token;
    row->points = why == VOUCH_WITHHELD_NOT ? (int16_t)points : 0;
    row->why = why;
}

/* trust_add_csa - what the CSA result says for or against */
static void trust_add_csa(struct vouch_verdict *verdict, const struct vouch_settings *settings)
{
    enum vouch_token token;
    enum vouch_withheld why = VOUCH_WITHHELD_NOT;

    if (verdict->csa == VOUCH_CSA_PASS) {
        token = VOUCH_TOKEN_CSA_PASS;
        why = trust_withhold(settings, verdict, VOUCH_IDENTITY_CSA);
    } else if (verdict->csa == VOUCH_CSA_FAIL) {
        token = verdict->reason == VOUCH_REASON_PROHIBITED   ? VOUCH_TOKEN_CSA_PROHIBITED
                : verdict->reason == VOUCH_REASON_MISMATCH   ? VOUCH_TOKEN_CSA_MISMATCH
                : verdict->reason == VOUCH_REASON_NO_ADDRESS ? VOUCH_TOKEN_CSA_NO_ADDRESS
                                                             : VOUCH_TOKEN_CSA_EXPLICIT;
    } else if (settings->strict && verdict->reason == VOUCH_REASON_RESERVED_WEIGHT) {
        token = VOUCH_TOKEN_CSA_PERMERROR; /* [CLAUSES csa-strict] */
    } else {
        return;
    }
    trust_add(verdict, token, settings->points[token], why);
}

/* trust_add_rating - one DNA rating, weighted */
static void trust_add_rating(struct vouch_verdict *verdict, const struct vouch_settings *settings,
                             const struct vouch_report *reports, int service, enum vouch_withheld why)
{
    static const enum vouch_token tokens[] = {
        [VOUCH_RATING_A] = VOUCH_TOKEN_DNA_A,
        [VOUCH_RATING_B] = VOUCH_TOKEN_DNA_B,
        [VOUCH_RATING_D] = VOUCH_TOKEN_DNA_D,
        [VOUCH_RATING_E] = VOUCH_TOKEN_DNA_E,
    };
    enum vouch_token token;

    if (service < 0)
        return;
    token = tokens[reports[service].rating];
    trust_add(verdict, token,
              trust_round((int64_t)settings->points[token] * settings->services[service].weight_milli, MILLI), why);
}

/* trust_add_lists - the operator's own lists: each word once, with the greatest weight */
static void trust_add_lists(struct vouch_verdict *verdict, const struct vouch_settings *settings,
                            const struct vouch_report *reports)
{
    int trusted = -1, blocked = -1;

    for (int i = 0; i < settings->services_count; i++) {
        const struct vouch_service *service = &settings->services[i];

        if (service->style != VOUCH_STYLE_LIST || !reports[i].listed)
            continue;
        if (reports[i].rating == VOUCH_RATING_A && service->positives && service->weight_milli > trusted)
            trusted = service->weight_milli;
        if (reports[i].rating == VOUCH_RATING_E && service->negatives && service->weight_milli > blocked)
            blocked = service->weight_milli;
    }
    if (trusted >= 0)
        trust_add(verdict, VOUCH_TOKEN_LIST_TRUSTED,
                  trust_round((int64_t)settings->points[VOUCH_TOKEN_LIST_TRUSTED] * trusted, MILLI),
                  trust_withhold(settings, verdict, settings->own_lists_floor));
    if (blocked >= 0)
        trust_add(verdict, VOUCH_TOKEN_LIST_BLOCKED,
                  trust_round((int64_t)settings->points[VOUCH_TOKEN_LIST_BLOCKED] * blocked, MILLI),
                  VOUCH_WITHHELD_NOT);
}

int16_t trust_reputation_points(const struct vouch_settings *settings, const struct vouch_reputation *reputation)
{
    int64_t certain = (int64_t)reputation->score * reputation->confidence_milli;

    return trust_round(certain * (certain > 0 ? settings->reputation_for_milli : settings->reputation_against_milli),
                       MILLI * MILLI);
}

/* trust_add_reputation - own experience with the name, as far as it is certain */
static void trust_add_reputation(struct vouch_verdict *verdict, const struct vouch_settings *settings)
{
    const struct vouch_reputation *reputation = &verdict->reputation;

    if (reputation->score == 0 || reputation->confidence_milli == 0)
        return;
    trust_add(verdict, VOUCH_TOKEN_REPUTATION, trust_reputation_points(settings, reputation),
              reputation->score > 0 ? trust_withhold(settings, verdict, settings->own_lists_floor)
                                    : VOUCH_WITHHELD_NOT);
}

/* trust_hope_lists - the most that lists which did not answer could add to what the others say in favour */
static int trust_hope_lists(const struct vouch_verdict *verdict, const struct trust_case *trust)
{
    const struct vouch_settings *settings = trust->settings;
    int scored = 0, best = 0;

    for (unsigned i = 0; i < verdict->evidence_count; i++) {
        if (verdict->evidence[i].token == VOUCH_TOKEN_LIST_TRUSTED)
            scored = verdict->evidence[i].points;
    }
    for (unsigned i = 0; i < settings->services_count; i++) {
        const struct vouch_service *service = &settings->services[i];
        int points = trust_round((int64_t)settings->points[VOUCH_TOKEN_LIST_TRUSTED] * service->weight_milli, MILLI);

        if ((trust->missing_lists & UINT32_C(1) << i) != 0 && service->positives && points > best)
            best = points;
    }
    return best > scored ? best - scored : 0;
}

/*
 * trust_hope - points that the receiver's own memory could have brought if it had answered. Others' silence is no
 * reason to spare anybody: they could keep silent on purpose.
 */
static int trust_hope(const struct vouch_verdict *verdict, const struct trust_case *trust)
{
    static const struct vouch_reputation spotless = {.score = SCORE_MAX, .confidence_milli = MILLI};
    int hope = 0;

    if (trust_withhold(trust->settings, verdict, trust->settings->own_lists_floor) != VOUCH_WITHHELD_NOT)
        return 0;
    if (trust->missing_reputation)
        hope = trust_reputation_points(trust->settings, &spotless);
    return hope + trust_hope_lists(verdict, trust);
}

/* trust_may_say - can this service give this rating at all? */
static bool trust_may_say(const struct vouch_settings *settings, const struct vouch_service *service,
                          enum vouch_rating rating)
{
    switch (service->style) {
    case VOUCH_STYLE_DNA:
        return true;
    case VOUCH_STYLE_VBR:
        return rating == VOUCH_RATING_A;
    case VOUCH_STYLE_DOMAIN_LIST:
    case VOUCH_STYLE_ADDRESS_LIST:
        for (unsigned i = service->codes; i < service->codes + service->codes_count; i++) {
            if (!settings->codes[i].error && settings->codes[i].rating == rating)
                return true;
        }
        return false;
    case VOUCH_STYLE_LIST:
        break;
    }
    return false;
}

/* trust_praise_points - the most that praise of this service could bring now */
static int trust_praise_points(const struct vouch_verdict *verdict, const struct vouch_settings *settings,
                               const struct vouch_service *service)
{
    bool by_address = service->style == VOUCH_STYLE_ADDRESS_LIST; /* the connection proves the address */
    enum vouch_identity floor = by_address ? VOUCH_IDENTITY_NONE : settings->accreditation_floor;
    int most = 0;

    if (!service->positives || trust_withhold(settings, verdict, floor) != VOUCH_WITHHELD_NOT)
        return 0;
    for (enum vouch_rating rating = VOUCH_RATING_A; rating <= VOUCH_RATING_B; rating++) {
        enum vouch_token token = rating == VOUCH_RATING_A ? VOUCH_TOKEN_DNA_A : VOUCH_TOKEN_DNA_B;
        int points = trust_round((int64_t)settings->points[token] * service->weight_milli, MILLI);

        if (points > most && trust_may_say(settings, service, rating))
            most = points;
    }
    return most;
}

/*
 * trust_hope_suspended - the points that services which are not believed now could have added, whatever they say:
 * that they fail their checks is trouble, and must not be the cause of a refusal. Blame that counts leaves no hope.
 */
static int trust_hope_suspended(struct vouch_verdict *verdict, const struct trust_case *trust)
{
    const struct vouch_settings *settings = trust->settings;
    int scored = 0, best = 0;

    for (unsigned i = 0; i < verdict->evidence_count; i++) {
        const struct vouch_evidence *row = &verdict->evidence[i];

        if (row->why != VOUCH_WITHHELD_NOT || row->points == 0)
            continue; /* without weight it is not heard beside others */
        if (row->token == VOUCH_TOKEN_DNA_D || row->token == VOUCH_TOKEN_DNA_E)
            return 0;
        if (row->token == VOUCH_TOKEN_DNA_A || row->token == VOUCH_TOKEN_DNA_B)
            scored = best = row->points;
    }
    for (unsigned i = 0; i < settings->services_count; i++) {
        const struct vouch_service *service = &settings->services[i];
        int points = (trust->suspended & UINT32_C(1) << i) != 0 ? trust_praise_points(verdict, settings, service) : 0;

        if (points <= best)
            continue;
        best = points;
        memcpy(verdict->suspended_name, service->name, sizeof verdict->suspended_name);
    }
    return best - scored;
}

/* trust_clamp - a score within its bounds */
static int16_t trust_clamp(int score)
{
    return (int16_t)(score > SCORE_MAX ? SCORE_MAX : score < -SCORE_MAX ? -SCORE_MAX : score);
}

void trust_decide(struct vouch_verdict *verdict, const struct trust_case *trust)
{
    const struct vouch_settings *settings = trust->settings;
    const struct vouch_report *reports = trust->reports;
    const struct dna_outcome *dna = trust->dna;
    int score = 0;

    verdict->evidence_count = 0;
    trust_add_csa(verdict, settings);
    trust_add_rating(verdict, settings, reports, dna->service, VOUCH_WITHHELD_NOT);
    trust_add_rating(verdict, settings, reports, dna->praise, dna->praise_why);
    trust_add_rating(verdict, settings, reports, dna->blame, VOUCH_WITHHELD_QUORUM);
    trust_add_rating(verdict, settings, reports, dna->suspended_praise, VOUCH_WITHHELD_SUSPENDED);
    trust_add_rating(verdict, settings, reports, dna->suspended_blame, VOUCH_WITHHELD_SUSPENDED);
    trust_add_lists(verdict, settings, reports);
    trust_add_reputation(verdict, settings);
    for (unsigned i = 0; i < verdict->evidence_count; i++)
        score += verdict->evidence[i].points;
    verdict->score = trust_clamp(score);
    verdict->best = trust_clamp(score + trust_hope(verdict, trust));
    verdict->suspended_name[0] = '\0';
    verdict->hoped = trust_clamp(score + trust_hope_suspended(verdict, trust));
    vouch_verdict_weigh(verdict, settings->accept_at, settings->reject_at);
}

void vouch_verdict_weigh(struct vouch_verdict *verdict, int16_t accept_at, int16_t reject_at)
{
    verdict->level = VOUCH_LEVEL_NEUTRAL;
    if (verdict->score < 0 && verdict->best <= reject_at) /* never without evidence against, never for want of memory */
        verdict->level = VOUCH_LEVEL_UNTRUSTED;
    else if (verdict->score > 0 && verdict->score >= accept_at)
        verdict->level = VOUCH_LEVEL_TRUSTED;
    verdict->withheld = verdict->level != VOUCH_LEVEL_TRUSTED && verdict->hoped > verdict->score &&
                        verdict->hoped > 0 && verdict->hoped >= accept_at;
}
