/*
 * trust_test.c - identity, floors, points, rounding, thresholds, and every reason for which evidence is withheld.
 */
#include "core/trust.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

static const enum vouch_csa all_csa[] = {VOUCH_CSA_NONE,    VOUCH_CSA_PASS,      VOUCH_CSA_FAIL,
                                         VOUCH_CSA_NEUTRAL, VOUCH_CSA_TEMPERROR, VOUCH_CSA_PERMERROR};

/* DESIGN 2: csa > tls > forward > none; after fail none; after neutral never forward. */
static void test_identity(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(all_csa); i++) {
        for (unsigned bits = 0; bits < 4; bits++) {
            bool tls = (bits & 1) != 0, forward = (bits & 2) != 0;
            enum vouch_identity expected = tls       ? VOUCH_IDENTITY_TLS
                                           : forward ? VOUCH_IDENTITY_FORWARD
                                                     : VOUCH_IDENTITY_NONE;

            if (all_csa[i] == VOUCH_CSA_PASS)
                expected = VOUCH_IDENTITY_CSA;
            else if (all_csa[i] == VOUCH_CSA_FAIL)
                expected = VOUCH_IDENTITY_NONE;
            else if (all_csa[i] == VOUCH_CSA_NEUTRAL && !tls)
                expected = VOUCH_IDENTITY_NONE;
            assert_int_equal(trust_identity(all_csa[i], tls, forward), expected);
        }
    }
}

/* Every result, proof and floor: praise counts for a name that is proven as the floor says, never after fail. */
static void test_floors(void **state)
{
    (void)state;
    for (unsigned i = 0; i < COUNT(all_csa) * 4 * 4 * 4; i++) {
        struct vouch_verdict verdict = {.csa = all_csa[i / 64]};
        enum vouch_identity floor = (enum vouch_identity)(i / 16 % 4);
        struct vouch_settings settings;
        enum vouch_withheld expected = VOUCH_WITHHELD_NOT;

        vouch_settings_init(&settings);
        verdict.identity = trust_identity(verdict.csa, (i & 1) != 0, (i & 2) != 0);
        verdict.secure = (i & 4) != 0;
        settings.require_dnssec = (i & 8) != 0;
        if (settings.require_dnssec && !verdict.secure)
            expected = VOUCH_WITHHELD_NO_DNSSEC;
        if (verdict.csa == VOUCH_CSA_FAIL || verdict.identity < floor)
            expected = VOUCH_WITHHELD_UNPROVEN_NAME;
        if (verdict.csa == VOUCH_CSA_NEUTRAL && floor == VOUCH_IDENTITY_CSA && verdict.identity == VOUCH_IDENTITY_TLS)
            expected = settings.require_dnssec && !verdict.secure ? VOUCH_WITHHELD_NO_DNSSEC : VOUCH_WITHHELD_NOT;
        if (trust_withhold(&settings, &verdict, floor) != expected)
            fail_msg("csa %s, identity %s, floor %s", vouch_csa_word(verdict.csa),
                     vouch_identity_word(verdict.identity), vouch_identity_word(floor));
    }
}

/* One session: what is known, and the evidence it must give. */
struct session {
    struct trust_case missing; /* only the flags */
    struct vouch_settings settings;
    struct vouch_verdict verdict;
    struct vouch_report reports[VOUCH_SERVICES_MAX];
};

static void session_init(struct session *session, enum vouch_csa csa, enum vouch_reason reason)
{
    memset(session, 0, sizeof *session);
    vouch_settings_init(&session->settings);
    session->verdict.csa = csa;
    session->verdict.reason = reason;
    session->verdict.identity = trust_identity(csa, false, false);
}

/* session_add - one more service that says `rating` */
static void session_add(struct session *session, enum vouch_style style, uint16_t weight_milli,
                        enum vouch_rating rating)
{
    unsigned index = session->settings.services_count++;
    struct vouch_service *service = &session->settings.services[index];

    service->name[0] = (char)('a' + index);
    service->style = style;
    service->weight_milli = weight_milli;
    service->positives = service->negatives = true;
    session->reports[index].service = (int)index;
    session->reports[index].listed = true;
    session->reports[index].rating = rating;
}

static void session_decide(struct session *session)
{
    struct dna_case dna = {
        .settings = &session->settings,
        .reports = session->reports,
        .name_why = trust_withhold(&session->settings, &session->verdict, session->settings.accreditation_floor),
        .address_why = trust_withhold(&session->settings, &session->verdict, VOUCH_IDENTITY_NONE),
    };
    struct dna_outcome outcome;
    struct trust_case trust = session->missing;

    dna_decide(&outcome, &dna);
    trust.settings = &session->settings;
    trust.reports = session->reports;
    trust.dna = &outcome;
    trust_decide(&session->verdict, &trust);
}

/* expect_row - the evidence number `index` */
static void expect_row(const struct session *session, unsigned index, enum vouch_token token, int points,
                       enum vouch_withheld why)
{
    const struct vouch_evidence *row = &session->verdict.evidence[index];

    assert_in_range(index, 0, session->verdict.evidence_count - 1);
    assert_string_equal(vouch_token_word(row->token), vouch_token_word(token));
    assert_int_equal(row->points, points);
    assert_string_equal(vouch_withheld_word(row->why), vouch_withheld_word(why));
}

/* Each CSA outcome alone: its token and points, or no evidence at all. */
static void test_csa_evidence(void **state)
{
    static const struct {
        enum vouch_csa csa;
        enum vouch_reason reason;
        bool strict;
        enum vouch_token token; /* VOUCH_TOKENS: none */
        int score;
        enum vouch_level level;
    } rows[] = {
        {VOUCH_CSA_PASS, VOUCH_REASON_MATCH, false, VOUCH_TOKEN_CSA_PASS, 10, VOUCH_LEVEL_NEUTRAL},
        {VOUCH_CSA_FAIL, VOUCH_REASON_PROHIBITED, false, VOUCH_TOKEN_CSA_PROHIBITED, -100, VOUCH_LEVEL_UNTRUSTED},
        {VOUCH_CSA_FAIL, VOUCH_REASON_MISMATCH, false, VOUCH_TOKEN_CSA_MISMATCH, -100, VOUCH_LEVEL_UNTRUSTED},
        {VOUCH_CSA_FAIL, VOUCH_REASON_NO_ADDRESS, false, VOUCH_TOKEN_CSA_NO_ADDRESS, -100, VOUCH_LEVEL_UNTRUSTED},
        {VOUCH_CSA_FAIL, VOUCH_REASON_EXPLICIT, false, VOUCH_TOKEN_CSA_EXPLICIT, -100, VOUCH_LEVEL_UNTRUSTED},
        {VOUCH_CSA_NEUTRAL, VOUCH_REASON_IGNORE_TARGET, true, VOUCH_TOKENS, 0, VOUCH_LEVEL_NEUTRAL},
        {VOUCH_CSA_NONE, VOUCH_REASON_NO_RECORD, true, VOUCH_TOKENS, 0, VOUCH_LEVEL_NEUTRAL},
        {VOUCH_CSA_TEMPERROR, VOUCH_REASON_SRV_DNS, true, VOUCH_TOKENS, 0, VOUCH_LEVEL_NEUTRAL},
        {VOUCH_CSA_PERMERROR, VOUCH_REASON_RESERVED_WEIGHT, false, VOUCH_TOKENS, 0, VOUCH_LEVEL_NEUTRAL},
        {VOUCH_CSA_PERMERROR, VOUCH_REASON_BAD_RDATA, true, VOUCH_TOKENS, 0, VOUCH_LEVEL_NEUTRAL},
        {VOUCH_CSA_PERMERROR, VOUCH_REASON_RESERVED_WEIGHT, true, VOUCH_TOKEN_CSA_PERMERROR, -50,
         VOUCH_LEVEL_UNTRUSTED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct session session;

        session_init(&session, rows[i].csa, rows[i].reason);
        session.settings.strict = rows[i].strict;
        session_decide(&session);
        assert_int_equal(session.verdict.evidence_count, rows[i].token == VOUCH_TOKENS ? 0 : 1);
        if (rows[i].token != VOUCH_TOKENS)
            expect_row(&session, 0, rows[i].token, rows[i].score, VOUCH_WITHHELD_NOT);
        assert_int_equal(session.verdict.score, rows[i].score);
        assert_int_equal(session.verdict.level, rows[i].level);
    }
}

/* Both thresholds are inclusive, and untrusted wins where they meet; without points either way nobody is judged. */
static void test_thresholds(void **state)
{
    (void)state;
    for (int score = -100; score <= 100; score++) {
        for (int reject_at = -100; reject_at <= 100; reject_at += 25) {
            for (int accept_at = -100; accept_at <= 100; accept_at += 25) {
                struct session session;

                session_init(&session, VOUCH_CSA_PASS, VOUCH_REASON_MATCH);
                session.settings.points[VOUCH_TOKEN_CSA_PASS] = (int16_t)score;
                session.settings.accept_at = (int16_t)accept_at;
                session.settings.reject_at = (int16_t)reject_at;
                session_decide(&session);
                if (session.verdict.level != (score < 0 && score <= reject_at   ? VOUCH_LEVEL_UNTRUSTED
                                              : score > 0 && score >= accept_at ? VOUCH_LEVEL_TRUSTED
                                                                                : VOUCH_LEVEL_NEUTRAL))
                    fail_msg("score %d, reject_at %d, accept_at %d", score, reject_at, accept_at);
            }
        }
    }
}

/* round_away - points * weight / 1000 in whole numbers, half away from zero */
static int round_away(long product, long divisor)
{
    long whole = labs(product) / divisor, rest = labs(product) % divisor;

    whole += 2 * rest >= divisor ? 1 : 0;
    return (int)(product < 0 ? -whole : whole);
}

/* Each rating, times every weight. */
static void test_rating_points_are_rounded(void **state)
{
    static const enum vouch_token tokens[] = {VOUCH_TOKEN_DNA_A, VOUCH_TOKEN_DNA_B, VOUCH_TOKENS, VOUCH_TOKEN_DNA_D,
                                              VOUCH_TOKEN_DNA_E};

    (void)state;
    for (unsigned rating = VOUCH_RATING_A; rating <= VOUCH_RATING_E; rating++) {
        for (unsigned weight = 0; weight <= 1000 && rating != VOUCH_RATING_C; weight++) {
            struct session session;
            int points;

            session_init(&session, VOUCH_CSA_PASS, VOUCH_REASON_MATCH);
            session_add(&session, VOUCH_STYLE_DNA, (uint16_t)weight, (enum vouch_rating)rating);
            points = round_away((long)session.settings.points[tokens[rating]] * (long)weight, 1000);
            session_decide(&session);
            expect_row(&session, 1, tokens[rating], points, VOUCH_WITHHELD_NOT);
            assert_int_equal(session.verdict.score, 10 + points < -100 ? -100 : 10 + points);
        }
    }
}

/* Every reputation score, at odd confidences: 0.6 of praise, 0.8 of blame. */
static void test_reputation_points(void **state)
{
    static const uint16_t confidences[] = {0, 1, 499, 500, 501, 625, 833, 999, 1000};

    (void)state;
    for (int score = -100; score <= 100; score++) {
        for (size_t i = 0; i < COUNT(confidences); i++) {
            struct session session;
            int points = round_away((long)score * confidences[i] * (score > 0 ? 600 : 800), 1000000);

            session_init(&session, VOUCH_CSA_PASS, VOUCH_REASON_MATCH);
            session.verdict.reputation.score = (int16_t)score;
            session.verdict.reputation.confidence_milli = confidences[i];
            session_decide(&session);
            if (score == 0 || confidences[i] == 0)
                assert_int_equal(session.verdict.evidence_count, 1);
            else
                expect_row(&session, 1, VOUCH_TOKEN_REPUTATION, points, VOUCH_WITHHELD_NOT);
        }
    }
}

/* Good news for an unproven name is shown and does not score; bad news scores at once. */
static void test_unproven_name(void **state)
{
    struct session session;

    (void)state;
    session_init(&session, VOUCH_CSA_NONE, VOUCH_REASON_NO_RECORD);
    session_add(&session, VOUCH_STYLE_DNA, 1000, VOUCH_RATING_A);
    session_add(&session, VOUCH_STYLE_LIST, 1000, VOUCH_RATING_A);
    session.verdict.reputation.score = 100;
    session.verdict.reputation.confidence_milli = 1000;
    session_decide(&session);
    assert_int_equal(session.verdict.evidence_count, 3);
    expect_row(&session, 0, VOUCH_TOKEN_DNA_A, 0, VOUCH_WITHHELD_UNPROVEN_NAME);
    expect_row(&session, 1, VOUCH_TOKEN_LIST_TRUSTED, 0, VOUCH_WITHHELD_UNPROVEN_NAME);
    expect_row(&session, 2, VOUCH_TOKEN_REPUTATION, 0, VOUCH_WITHHELD_UNPROVEN_NAME);
    assert_int_equal(session.verdict.score, 0);
    session.verdict.identity = VOUCH_IDENTITY_FORWARD; /* enough for what is the operator's own */
    session_decide(&session);
    expect_row(&session, 0, VOUCH_TOKEN_DNA_A, 0, VOUCH_WITHHELD_UNPROVEN_NAME);
    expect_row(&session, 1, VOUCH_TOKEN_LIST_TRUSTED, 100, VOUCH_WITHHELD_NOT);
    expect_row(&session, 2, VOUCH_TOKEN_REPUTATION, 60, VOUCH_WITHHELD_NOT);
    assert_int_equal(session.verdict.score, 100);
    session_init(&session, VOUCH_CSA_NONE, VOUCH_REASON_NO_RECORD);
    session_add(&session, VOUCH_STYLE_DNA, 1000, VOUCH_RATING_E);
    session_add(&session, VOUCH_STYLE_LIST, 1000, VOUCH_RATING_E);
    session.verdict.reputation.score = -100;
    session.verdict.reputation.confidence_milli = 1000;
    session_decide(&session);
    expect_row(&session, 0, VOUCH_TOKEN_DNA_E, -100, VOUCH_WITHHELD_NOT);
    expect_row(&session, 1, VOUCH_TOKEN_LIST_BLOCKED, -100, VOUCH_WITHHELD_NOT);
    expect_row(&session, 2, VOUCH_TOKEN_REPUTATION, -80, VOUCH_WITHHELD_NOT);
    assert_int_equal(session.verdict.score, -100);
}

/* Nothing counts in favour of a name whose owner disowns the client. */
static void test_after_fail(void **state)
{
    struct session session;

    (void)state;
    session_init(&session, VOUCH_CSA_FAIL, VOUCH_REASON_MISMATCH);
    session.settings.own_lists_floor = session.settings.accreditation_floor = VOUCH_IDENTITY_NONE;
    session_add(&session, VOUCH_STYLE_DNA, 1000, VOUCH_RATING_A);
    session_add(&session, VOUCH_STYLE_LIST, 1000, VOUCH_RATING_A);
    session.verdict.reputation.score = 100;
    session.verdict.reputation.confidence_milli = 1000;
    session_decide(&session);
    assert_int_equal(session.verdict.evidence_count, 4);
    expect_row(&session, 0, VOUCH_TOKEN_CSA_MISMATCH, -100, VOUCH_WITHHELD_NOT);
    for (unsigned i = 1; i < 4; i++)
        assert_int_equal(session.verdict.evidence[i].why, VOUCH_WITHHELD_UNPROVEN_NAME);
    assert_int_equal(session.verdict.score, -100);
}

/* With dnssec.require_for_trust all evidence in favour waits for a validated result; none against does. */
static void test_no_dnssec(void **state)
{
    (void)state;
    for (unsigned secure = 0; secure < 2; secure++) {
        struct session session;
        enum vouch_withheld why = secure ? VOUCH_WITHHELD_NOT : VOUCH_WITHHELD_NO_DNSSEC;

        session_init(&session, VOUCH_CSA_PASS, VOUCH_REASON_MATCH);
        session.settings.require_dnssec = true;
        session.verdict.secure = secure != 0;
        session_add(&session, VOUCH_STYLE_DNA, 1000, VOUCH_RATING_A);
        session_add(&session, VOUCH_STYLE_LIST, 1000, VOUCH_RATING_A);
        session_add(&session, VOUCH_STYLE_LIST, 300, VOUCH_RATING_E);
        session_decide(&session);
        expect_row(&session, 0, VOUCH_TOKEN_CSA_PASS, secure ? 10 : 0, why);
        expect_row(&session, 1, VOUCH_TOKEN_DNA_A, secure ? 60 : 0, why);
        expect_row(&session, 2, VOUCH_TOKEN_LIST_TRUSTED, secure ? 100 : 0, why);
        expect_row(&session, 3, VOUCH_TOKEN_LIST_BLOCKED, -30, VOUCH_WITHHELD_NOT);
        assert_int_equal(session.verdict.score, secure ? 100 : -30);
    }
}

/* A D below the quorum is shown as withheld; then the praise of another service may count. */
static void test_quorum(void **state)
{
    struct session session;

    (void)state;
    session_init(&session, VOUCH_CSA_PASS, VOUCH_REASON_MATCH);
    session.settings.quorum = 2;
    session_add(&session, VOUCH_STYLE_DNA, 1000, VOUCH_RATING_E);
    session_add(&session, VOUCH_STYLE_DNA, 500, VOUCH_RATING_B);
    session_decide(&session);
    assert_int_equal(session.verdict.evidence_count, 3);
    expect_row(&session, 1, VOUCH_TOKEN_DNA_B, 20, VOUCH_WITHHELD_NOT);
    expect_row(&session, 2, VOUCH_TOKEN_DNA_E, 0, VOUCH_WITHHELD_QUORUM);
    session_add(&session, VOUCH_STYLE_DNA, 1000, VOUCH_RATING_D);
    session_decide(&session);
    assert_int_equal(session.verdict.evidence_count, 2);
    expect_row(&session, 1, VOUCH_TOKEN_DNA_E, -100, VOUCH_WITHHELD_NOT);
}

/* Lists: each word once, with the greatest weight among those that may use it. */
static void test_lists(void **state)
{
    struct session session;

    (void)state;
    session_init(&session, VOUCH_CSA_PASS, VOUCH_REASON_MATCH);
    session_add(&session, VOUCH_STYLE_LIST, 200, VOUCH_RATING_A);
    session_add(&session, VOUCH_STYLE_LIST, 500, VOUCH_RATING_A);
    session_add(&session, VOUCH_STYLE_LIST, 300, VOUCH_RATING_A);
    session_add(&session, VOUCH_STYLE_LIST, 900, VOUCH_RATING_A);
    session_add(&session, VOUCH_STYLE_LIST, 0, VOUCH_RATING_E);
    session_add(&session, VOUCH_STYLE_LIST, 900, VOUCH_RATING_E);
    session.settings.services[3].positives = false;
    session.settings.services[5].negatives = false;
    session_decide(&session);
    assert_int_equal(session.verdict.evidence_count, 3);
    expect_row(&session, 1, VOUCH_TOKEN_LIST_TRUSTED, 50, VOUCH_WITHHELD_NOT);
    expect_row(&session, 2, VOUCH_TOKEN_LIST_BLOCKED, 0, VOUCH_WITHHELD_NOT);
    assert_int_equal(session.verdict.score, 60);
}

/* A list without weight is shown, and does not score. */
static void test_list_without_weight(void **state)
{
    struct session session;

    (void)state;
    session_init(&session, VOUCH_CSA_PASS, VOUCH_REASON_MATCH);
    session_add(&session, VOUCH_STYLE_LIST, 0, VOUCH_RATING_A);
    session_decide(&session);
    assert_int_equal(session.verdict.evidence_count, 2);
    expect_row(&session, 1, VOUCH_TOKEN_LIST_TRUSTED, 0, VOUCH_WITHHELD_NOT);
}

/* All evidence there can be at once fits into its rows. */
static void test_most_evidence(void **state)
{
    struct session session;

    (void)state;
    session_init(&session, VOUCH_CSA_NONE, VOUCH_REASON_NO_RECORD);
    session.verdict.csa = VOUCH_CSA_PERMERROR;
    session.verdict.reason = VOUCH_REASON_RESERVED_WEIGHT;
    session.settings.strict = true;
    session.settings.quorum = 2;
    session_add(&session, VOUCH_STYLE_DNA, 1000, VOUCH_RATING_A);
    session_add(&session, VOUCH_STYLE_DNA, 1000, VOUCH_RATING_E);
    session_add(&session, VOUCH_STYLE_LIST, 1000, VOUCH_RATING_A);
    session_add(&session, VOUCH_STYLE_LIST, 1000, VOUCH_RATING_E);
    session.verdict.reputation.score = 1;
    session.verdict.reputation.confidence_milli = 1;
    session_decide(&session);
    assert_int_equal(session.verdict.evidence_count, 6);
    assert_int_equal(session.verdict.score, -100);
    expect_row(&session, 0, VOUCH_TOKEN_CSA_PERMERROR, -50, VOUCH_WITHHELD_NOT);
    expect_row(&session, 5, VOUCH_TOKEN_REPUTATION, 0, VOUCH_WITHHELD_UNPROVEN_NAME);
}

/* Every score under every pair of thresholds; only the level changes, and a score of 0 is never for or against. */
static void test_weigh(void **state)
{
    (void)state;
    for (int score = -100; score <= 100; score++) {
        for (int at = 1; at <= 100; at++) {
            int accept_at = at, reject_at = -(at * 7 % 100) - 1;
            struct vouch_verdict verdict, before;

            memset(&before, 0x5a, sizeof before);
            before.score = before.best = before.hoped = (int16_t)score;
            before.withheld = true;
            verdict = before;
            vouch_verdict_weigh(&verdict, (int16_t)accept_at, (int16_t)reject_at);
            assert_int_equal(verdict.level, score >= accept_at   ? VOUCH_LEVEL_TRUSTED
                                            : score <= reject_at ? VOUCH_LEVEL_UNTRUSTED
                                                                 : VOUCH_LEVEL_NEUTRAL);
            before.level = verdict.level;
            before.withheld = false;
            assert_memory_equal(&verdict, &before, sizeof before);
        }
    }
}

/* A score that a memory which does not answer could have lifted is no reason to refuse, and none to trust. */
static void test_weigh_best(void **state)
{
    (void)state;
    for (int score = -100; score <= 100; score += 5) {
        for (int best = score; best <= 100; best += 5) {
            struct vouch_verdict verdict = {.score = (int16_t)score, .best = (int16_t)best};

            vouch_verdict_weigh(&verdict, 50, -50);
            assert_int_equal(verdict.level, score >= 50   ? VOUCH_LEVEL_TRUSTED
                                            : best <= -50 ? VOUCH_LEVEL_UNTRUSTED
                                                          : VOUCH_LEVEL_NEUTRAL);
        }
    }
}

/* What suspended services could have made of a score changes no level, and is told where it would have made it trusted.
 */
static void test_weigh_hoped(void **state)
{
    (void)state;
    for (int score = -100; score <= 100; score += 5) {
        for (int hoped = score; hoped <= 100; hoped += 5) {
            struct vouch_verdict verdict = {.score = (int16_t)score, .best = (int16_t)score, .hoped = (int16_t)hoped};

            vouch_verdict_weigh(&verdict, 50, -50);
            assert_int_equal(verdict.level, score >= 50    ? VOUCH_LEVEL_TRUSTED
                                            : score <= -50 ? VOUCH_LEVEL_UNTRUSTED
                                                           : VOUCH_LEVEL_NEUTRAL);
            assert_int_equal(verdict.withheld, score < 50 && hoped >= 50);
        }
    }
}

/* What could have come is added before the score is clamped. */
static void test_missing(void **state)
{
    struct session session;

    (void)state;
    session_init(&session, VOUCH_CSA_PASS, VOUCH_REASON_MATCH);
    session_add(&session, VOUCH_STYLE_DOMAIN_LIST, 1000, VOUCH_RATING_E);
    session_add(&session, VOUCH_STYLE_LIST, 1000, VOUCH_RATING_E);
    session_decide(&session);
    assert_int_equal(session.verdict.score, -100);
    assert_int_equal(session.verdict.best, -100);
    session.missing.missing_reputation = true;
    session_decide(&session);
    assert_int_equal(session.verdict.best, -100); /* 10 - 100 - 100 + 60 */
    assert_int_equal(session.verdict.level, VOUCH_LEVEL_UNTRUSTED);
    session.reports[1].listed = false;
    session.missing.missing_lists = 2;
    session_decide(&session);
    assert_int_equal(session.verdict.score, -90);
    assert_int_equal(session.verdict.best, 70); /* 10 - 100 + 60 + 100 */
    assert_int_equal(session.verdict.level, VOUCH_LEVEL_NEUTRAL);
    session.settings.services[1].positives = false;
    session_decide(&session);
    assert_int_equal(session.verdict.best, -30);
}

/* Thresholds beyond their range still need evidence of the right sign. */
static void test_weigh_nothing(void **state)
{
    struct vouch_verdict verdict = {.level = VOUCH_LEVEL_TRUSTED};

    (void)state;
    vouch_verdict_weigh(&verdict, 0, 0);
    assert_int_equal(verdict.level, VOUCH_LEVEL_NEUTRAL);
    verdict.score = verdict.best = -1;
    vouch_verdict_weigh(&verdict, -100, 0);
    assert_int_equal(verdict.level, VOUCH_LEVEL_UNTRUSTED);
    verdict.score = 1;
    vouch_verdict_weigh(&verdict, 0, 100);
    assert_int_equal(verdict.level, VOUCH_LEVEL_TRUSTED);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_floors),
        cmocka_unit_test(test_csa_evidence),
        cmocka_unit_test(test_thresholds),
        cmocka_unit_test(test_weigh),
        cmocka_unit_test(test_weigh_nothing),
        cmocka_unit_test(test_weigh_hoped),
        cmocka_unit_test(test_weigh_best),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_rating_points_are_rounded),
        cmocka_unit_test(test_reputation_points),
        cmocka_unit_test(test_unproven_name),
        cmocka_unit_test(test_after_fail),
        cmocka_unit_test(test_no_dnssec),
        cmocka_unit_test(test_quorum),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_list_without_weight),
        cmocka_unit_test(test_most_evidence),
    };

    return cmocka_run_group_tests_name("trust", tests, NULL, NULL);
}
