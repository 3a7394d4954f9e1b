/*
 * policy_test.c - action, SMTP reply, header field and advice: words, bounds, and that nothing hostile gets out.
 */
#include "policy/advice.h"
#include "policy/worst.h"
#include "unit.h"

#include <string.h>

#define L60 "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwx"
#define N239                                                                                                           \
    L60 "." L60 "." L60 "."                                                                                            \
        "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrst"
#define N255                                                                                                           \
    N239 "."                                                                                                           \
         "abcdefghijklmno"
#define ID "abcdefghijklm" /* 64 bits in base32 */

static const struct vouch_address client = {4, {192, 0, 2, 10}};

static void set(char *field, size_t size, const char *text)
{
    struct text to;

    text_init(&to, field, size);
    text_add(&to, text);
    assert_false(to.cut);
}

/* verdict_init - a verdict about mail.example.org with at most one row of evidence */
static void verdict_init(struct vouch_verdict *verdict, enum vouch_csa csa, enum vouch_reason reason,
                         enum vouch_token token, int points)
{
    memset(verdict, 0, sizeof *verdict);
    verdict->csa = csa;
    verdict->reason = reason;
    verdict->service = -1;
    verdict->rating = VOUCH_RATING_C;
    verdict->score = (int16_t)points;
    verdict->level = points <= -50 ? VOUCH_LEVEL_UNTRUSTED : points >= 50 ? VOUCH_LEVEL_TRUSTED : VOUCH_LEVEL_NEUTRAL;
    set(verdict->name, sizeof verdict->name, "mail.example.org");
    set(verdict->domain, sizeof verdict->domain, "mail.example.org");
    if (token == VOUCH_TOKENS)
        return;
    verdict->evidence_count = 1;
    verdict->evidence[0].token = token;
    verdict->evidence[0].points = (int16_t)points;
}

static void test_defaults(void **state)
{
    struct vouch_policy policy;

    (void)state;
    vouch_policy_init(&policy);
    assert_int_equal(policy.mode, VOUCH_MODE_ENFORCE);
    assert_int_equal(policy.reject_at_stage, VOUCH_STAGE_RCPT);
    assert_int_equal(policy.require, VOUCH_REQUIRE_NOTHING);
    assert_false(policy.defer_temperror);
    assert_string_equal(policy.authserv_id, "localhost");
    assert_string_equal(policy.method, "csv");
    assert_string_equal(policy.why_url, "");
}

/* Every level, result, mode and stage: the level decides, temperror only between the levels and only if configured. */
static void test_all_actions(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3 * 6 * 2 * 2 * 3; i++) {
        struct vouch_policy policy;
        struct vouch_verdict verdict;
        enum vouch_verb expected = VOUCH_VERB_CONTINUE;

        vouch_policy_init(&policy);
        verdict_init(&verdict, (enum vouch_csa)(i / 3 % 6), VOUCH_REASON_SRV_DNS, VOUCH_TOKENS, 0);
        verdict.level = (enum vouch_level)(i % 3);
        policy.defer_temperror = i / 18 % 2 != 0;
        policy.mode = (enum vouch_mode)(i / 36 % 2);
        policy.reject_at_stage = (enum vouch_stage)(i / 72);
        if (verdict.level == VOUCH_LEVEL_TRUSTED)
            expected = VOUCH_VERB_ACCEPT;
        else if (verdict.level == VOUCH_LEVEL_UNTRUSTED)
            expected = VOUCH_VERB_REJECT;
        else if (verdict.csa == VOUCH_CSA_TEMPERROR && policy.defer_temperror)
            expected = VOUCH_VERB_DEFER;
        assert_int_equal(vouch_policy_decide(&policy, &verdict), expected);
    }
}

static const struct {
    enum vouch_csa csa;
    enum vouch_reason reason;
    enum vouch_token token;
    const char *reply;
} reply_rows[] = {
    {VOUCH_CSA_FAIL, VOUCH_REASON_PROHIBITED, VOUCH_TOKEN_CSA_PROHIBITED,
     "mail.example.org declares that it sends no mail (csa prohibited)"},
    {VOUCH_CSA_FAIL, VOUCH_REASON_MISMATCH, VOUCH_TOKEN_CSA_MISMATCH,
     "mail.example.org does not authorize your address (csa mismatch)"},
    {VOUCH_CSA_FAIL, VOUCH_REASON_NO_ADDRESS, VOUCH_TOKEN_CSA_NO_ADDRESS,
     "mail.example.org authorizes no address of your kind (csa no-address)"},
    {VOUCH_CSA_FAIL, VOUCH_REASON_EXPLICIT, VOUCH_TOKEN_CSA_EXPLICIT,
     "mail.example.org authorizes only names with a CSA record; your HELO name has none (csa explicit)"},
    {VOUCH_CSA_PERMERROR, VOUCH_REASON_RESERVED_WEIGHT, VOUCH_TOKEN_CSA_PERMERROR,
     "mail.example.org publishes a CSA record with reserved bits (csa reserved-weight)"},
    {VOUCH_CSA_NONE, VOUCH_REASON_NO_RECORD, VOUCH_TOKEN_DNA_D, "Access denied based on accred.example report"},
    {VOUCH_CSA_NONE, VOUCH_REASON_NO_RECORD, VOUCH_TOKEN_DNA_E, "Access denied based on accred.example report"},
    {VOUCH_CSA_NONE, VOUCH_REASON_NO_RECORD, VOUCH_TOKEN_LIST_BLOCKED,
     "mail.example.org is blocked here (list-blocked)"},
    {VOUCH_CSA_NONE, VOUCH_REASON_NO_RECORD, VOUCH_TOKEN_REPUTATION, "mail.example.org has a bad reputation here"},
    {VOUCH_CSA_NONE, VOUCH_REASON_NO_RECORD, VOUCH_TOKENS, "mail.example.org is not trusted here"},
};

static const struct {
    enum vouch_stage stage;
    const char *reject, *defer;
} stages[] = {
    {VOUCH_STAGE_RCPT, "550 5.7.1 ", "451 4.4.3 "},
    {VOUCH_STAGE_MAIL, "550 5.7.1 ", "451 4.4.3 "},
    {VOUCH_STAGE_HELO, "550 ", "451 "},
};

/* Each reason to refuse, at each stage, with and without decision id and URL. */
static void test_rejections(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(reply_rows) * COUNT(stages) * 4; i++) {
        size_t row = i % COUNT(reply_rows), stage = i / COUNT(reply_rows) % COUNT(stages);
        unsigned extras = (unsigned)(i / COUNT(reply_rows) / COUNT(stages));
        char expected[VOUCH_REPLY_SIZE], reply[VOUCH_REPLY_SIZE];
        struct vouch_policy policy;
        struct vouch_verdict verdict;
        struct text text;

        vouch_policy_init(&policy);
        policy.reject_at_stage = stages[stage].stage;
        set(policy.why_url, sizeof policy.why_url, (extras & 2) != 0 ? "https://mx.example.net/why" : "");
        verdict_init(&verdict, reply_rows[row].csa, reply_rows[row].reason, reply_rows[row].token, -100);
        set(verdict.service_name, sizeof verdict.service_name, "accred.example");
        text_init(&text, expected, sizeof expected);
        text_add(&text, stages[stage].reject);
        text_add(&text, reply_rows[row].reply);
        text_add(&text, (extras & 1) != 0 ? " id=" ID : "");
        text_add(&text, (extras & 2) != 0 ? " see https://mx.example.net/why" : "");
        vouch_policy_reply(&policy, &verdict, (extras & 1) != 0 ? ID : NULL, reply);
        assert_string_equal(reply, expected);
    }
}

/* Explicit names the domain that disowns, and the row that weighs most decides. */
static void test_deciding_name_and_row(void **state)
{
    char reply[VOUCH_REPLY_SIZE];
    struct vouch_policy policy;
    struct vouch_verdict verdict;

    (void)state;
    vouch_policy_init(&policy);
    verdict_init(&verdict, VOUCH_CSA_FAIL, VOUCH_REASON_EXPLICIT, VOUCH_TOKEN_CSA_EXPLICIT, -60);
    set(verdict.domain, sizeof verdict.domain, "example.org");
    verdict.evidence_count = 3;
    verdict.evidence[1].token = VOUCH_TOKEN_DNA_A;
    verdict.evidence[1].points = 30;
    verdict.evidence[2].token = VOUCH_TOKEN_REPUTATION;
    verdict.evidence[2].points = -40;
    assert_int_equal(worst_token(&verdict), VOUCH_TOKEN_CSA_EXPLICIT);
    vouch_policy_reply(&policy, &verdict, NULL, reply);
    assert_string_equal(reply, "550 5.7.1 example.org authorizes only names with a CSA record; your HELO name has none "
                               "(csa explicit)");
    verdict.evidence[2].points = -61;
    assert_int_equal(worst_token(&verdict), VOUCH_TOKEN_REPUTATION);
    vouch_policy_reply(&policy, &verdict, NULL, reply);
    assert_string_equal(reply, "550 5.7.1 mail.example.org has a bad reputation here");
    verdict.evidence_count = 0;
    assert_int_equal(worst_token(&verdict), VOUCH_TOKENS);
}

static void test_deferral(void **state)
{
    static const enum vouch_reason reasons[] = {VOUCH_REASON_SRV_DNS, VOUCH_REASON_ADDR_DNS, VOUCH_REASON_PARENT_DNS};

    (void)state;
    for (size_t i = 0; i < COUNT(reasons) * COUNT(stages); i++) {
        size_t stage = i / COUNT(reasons);
        char expected[VOUCH_REPLY_SIZE], reply[VOUCH_REPLY_SIZE];
        struct vouch_policy policy;
        struct vouch_verdict verdict;
        struct text text;

        vouch_policy_init(&policy);
        policy.reject_at_stage = stages[stage].stage;
        verdict_init(&verdict, VOUCH_CSA_TEMPERROR, reasons[i % COUNT(reasons)], VOUCH_TOKENS, 0);
        vouch_policy_reply(&policy, &verdict, NULL, reply);
        assert_string_equal(reply, "");
        policy.defer_temperror = true;
        text_init(&text, expected, sizeof expected);
        text_add(&text, stages[stage].defer);
        text_add(&text, "mail.example.org: the DNS did not answer about this name (csa ");
        text_add(&text, vouch_reason_word(verdict.reason));
        text_add(&text, ")");
        vouch_policy_reply(&policy, &verdict, NULL, reply);
        assert_string_equal(reply, expected);
    }
}

#define X VOUCH_VERB_REJECT
#define D VOUCH_VERB_DEFER
#define C VOUCH_VERB_CONTINUE
#define A VOUCH_VERB_ACCEPT

/* What is done with a session, by result and proof: as it is, and while evidence is missing. */
static const struct {
    enum vouch_csa csa;
    enum vouch_identity identity;
    /* [incomplete][level]: untrusted, neutral, trusted */
    enum vouch_verb pass[2][3], trusted[2][3];
} requirement_rows[] = {
    {VOUCH_CSA_PASS, VOUCH_IDENTITY_CSA, {{X, C, A}, {X, C, A}}, {{X, X, A}, {X, D, A}}},
    {VOUCH_CSA_NEUTRAL, VOUCH_IDENTITY_TLS, {{X, C, A}, {X, C, A}}, {{X, X, A}, {X, D, A}}},
    {VOUCH_CSA_NEUTRAL, VOUCH_IDENTITY_NONE, {{X, X, X}, {X, X, X}}, {{X, X, X}, {X, X, X}}},
    {VOUCH_CSA_NONE, VOUCH_IDENTITY_NONE, {{X, X, X}, {X, X, X}}, {{X, X, X}, {X, X, X}}},
    {VOUCH_CSA_NONE, VOUCH_IDENTITY_FORWARD, {{X, X, X}, {X, X, X}}, {{X, X, X}, {X, X, X}}},
    {VOUCH_CSA_NONE, VOUCH_IDENTITY_TLS, {{X, X, X}, {X, X, X}}, {{X, X, X}, {X, X, X}}},
    {VOUCH_CSA_FAIL, VOUCH_IDENTITY_NONE, {{X, X, X}, {X, X, X}}, {{X, X, X}, {X, X, X}}},
    {VOUCH_CSA_PERMERROR, VOUCH_IDENTITY_TLS, {{X, X, X}, {X, X, X}}, {{X, X, X}, {X, X, X}}},
    {VOUCH_CSA_TEMPERROR, VOUCH_IDENTITY_NONE, {{X, D, D}, {X, D, D}}, {{X, D, D}, {X, D, D}}},
    {VOUCH_CSA_TEMPERROR, VOUCH_IDENTITY_TLS, {{X, D, D}, {X, D, D}}, {{X, D, D}, {X, D, D}}},
};

#undef X
#undef D
#undef C
#undef A

/* Whatever csa.temperror and the mode say: trouble defers, and who cannot meet the requirement any more is refused. */
static void test_requirements(void **state)
{
    (void)state;
    for (unsigned i = 0; i < COUNT(requirement_rows) * 2 * 2 * 3 * 2 * 2; i++) {
        unsigned row = i % COUNT(requirement_rows), rest = i / COUNT(requirement_rows);
        bool trusted = rest % 2 != 0, incomplete = rest / 2 % 2 != 0;
        unsigned level = rest / 4 % 3;
        struct vouch_policy policy;
        struct vouch_verdict verdict;
        enum vouch_verb expected = trusted ? requirement_rows[row].trusted[incomplete][level]
                                           : requirement_rows[row].pass[incomplete][level];

        vouch_policy_init(&policy);
        policy.require = trusted ? VOUCH_REQUIRE_TRUSTED : VOUCH_REQUIRE_PASS;
        policy.defer_temperror = rest / 12 % 2 != 0;
        policy.mode = rest / 24 != 0 ? VOUCH_MODE_MONITOR : VOUCH_MODE_ENFORCE;
        verdict_init(&verdict, requirement_rows[row].csa, VOUCH_REASON_SRV_DNS, VOUCH_TOKENS, 0);
        verdict.identity = requirement_rows[row].identity;
        verdict.incomplete = incomplete;
        verdict.level = (enum vouch_level)level;
        if (vouch_policy_decide(&policy, &verdict) != expected)
            fail_msg("row %u, %s, incomplete %d, level %u", row, vouch_require_word(policy.require), incomplete, level);
    }
}

static const struct {
    enum vouch_require require;
    enum vouch_csa csa;
    enum vouch_reason reason;
    bool incomplete;
    const char *name, *reply;
} requirement_replies[] = {
    {VOUCH_REQUIRE_PASS, VOUCH_CSA_NONE, VOUCH_REASON_NO_RECORD, false, "mail.example.org",
     "mail.example.org: mail is taken here only from authorized servers (csa none no-record)"},
    {VOUCH_REQUIRE_PASS, VOUCH_CSA_NONE, VOUCH_REASON_LITERAL, false, "",
     "your HELO: mail is taken here only from authorized servers (csa none literal)"},
    {VOUCH_REQUIRE_PASS, VOUCH_CSA_NEUTRAL, VOUCH_REASON_IGNORE_TARGET, true, "mail.example.org",
     "mail.example.org: mail is taken here only from authorized servers (csa neutral ignore-target)"},
    {VOUCH_REQUIRE_TRUSTED, VOUCH_CSA_PASS, VOUCH_REASON_MATCH, false, "mail.example.org",
     "mail.example.org: mail is taken here only from authorized and trusted servers (csa pass match)"},
    {VOUCH_REQUIRE_TRUSTED, VOUCH_CSA_PERMERROR, VOUCH_REASON_CHAIN, true, "mail.example.org",
     "mail.example.org: mail is taken here only from authorized and trusted servers (csa permerror chain)"},
    {VOUCH_REQUIRE_TRUSTED, VOUCH_CSA_PASS, VOUCH_REASON_MATCH, true, "mail.example.org",
     "mail.example.org: who could vouch for this name did not answer"},
    {VOUCH_REQUIRE_TRUSTED, VOUCH_CSA_TEMPERROR, VOUCH_REASON_ADDR_DNS, true, "mail.example.org",
     "mail.example.org: the DNS did not answer about this name (csa addr-dns)"},
    {VOUCH_REQUIRE_PASS, VOUCH_CSA_TEMPERROR, VOUCH_REASON_PARENT_DNS, true, "mail.example.org",
     "mail.example.org: the DNS did not answer about this name (csa parent-dns)"},
};

/* Who does not meet the requirement is told what it is, at each stage, as a whole line even with the longest names. */
static void test_requirement_replies(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(requirement_replies) * COUNT(stages); i++) {
        size_t row = i % COUNT(requirement_replies), stage = i / COUNT(requirement_replies);
        bool defers = requirement_replies[row].incomplete && strstr(requirement_replies[row].reply, "answer") != NULL;
        char expected[VOUCH_REPLY_SIZE], reply[VOUCH_REPLY_SIZE];
        struct vouch_policy policy;
        struct vouch_verdict verdict;
        struct text text;

        vouch_policy_init(&policy);
        policy.require = requirement_replies[row].require;
        policy.reject_at_stage = stages[stage].stage;
        verdict_init(&verdict, requirement_replies[row].csa, requirement_replies[row].reason, VOUCH_TOKENS, 0);
        verdict.incomplete = requirement_replies[row].incomplete;
        set(verdict.name, sizeof verdict.name, requirement_replies[row].name);
        text_init(&text, expected, sizeof expected);
        text_add(&text, defers ? stages[stage].defer : stages[stage].reject);
        text_add(&text, requirement_replies[row].reply);
        text_add(&text, " id=" ID);
        vouch_policy_reply(&policy, &verdict, ID, reply);
        assert_string_equal(reply, expected);
        memset(policy.why_url, 'u', sizeof policy.why_url - 1);
        set(verdict.name, sizeof verdict.name, N255);
        vouch_policy_reply(&policy, &verdict, ID, reply);
        assert_true(strlen(reply) + 2 <= 512);
        assert_string_equal(strrchr(reply, ' ') + 1, policy.why_url);
    }
}

/* A service that is suspended leaves open what it could have changed, and is named, even with the longest names. */
static void test_requirement_withheld(void **state)
{
    char reply[VOUCH_REPLY_SIZE];
    struct vouch_policy policy;
    struct vouch_verdict verdict;

    (void)state;
    vouch_policy_init(&policy);
    policy.require = VOUCH_REQUIRE_TRUSTED;
    verdict_init(&verdict, VOUCH_CSA_PASS, VOUCH_REASON_MATCH, VOUCH_TOKENS, 0);
    verdict.withheld = true;
    set(verdict.suspended_name, sizeof verdict.suspended_name, "accred.example");
    vouch_policy_reply(&policy, &verdict, NULL, reply);
    assert_string_equal(reply, "451 4.4.3 accred.example, which could vouch for this name, is suspended here");
    set(verdict.name, sizeof verdict.name, N255);
    set(verdict.suspended_name, sizeof verdict.suspended_name, N255);
    memset(policy.why_url, 'u', sizeof policy.why_url - 1);
    vouch_policy_reply(&policy, &verdict, ID, reply);
    assert_string_equal(strrchr(reply, ' ') + 1, policy.why_url);
    policy.require = VOUCH_REQUIRE_PASS;
    assert_int_equal(vouch_policy_decide(&policy, &verdict), VOUCH_VERB_CONTINUE);
    policy.require = VOUCH_REQUIRE_TRUSTED;
    verdict.csa = VOUCH_CSA_PERMERROR; /* not authorized, whoever vouches */
    assert_int_equal(vouch_policy_decide(&policy, &verdict), VOUCH_VERB_REJECT);
}

/* Evidence against refuses with its own words, whatever is required. */
static void test_requirement_and_untrusted(void **state)
{
    char reply[VOUCH_REPLY_SIZE];
    struct vouch_policy policy;
    struct vouch_verdict verdict;

    (void)state;
    vouch_policy_init(&policy);
    policy.require = VOUCH_REQUIRE_TRUSTED;
    verdict_init(&verdict, VOUCH_CSA_FAIL, VOUCH_REASON_MISMATCH, VOUCH_TOKEN_CSA_MISMATCH, -100);
    verdict.incomplete = true;
    vouch_policy_reply(&policy, &verdict, NULL, reply);
    assert_string_equal(reply, "550 5.7.1 mail.example.org does not authorize your address (csa mismatch)");
    verdict_init(&verdict, VOUCH_CSA_PASS, VOUCH_REASON_MATCH, VOUCH_TOKEN_DNA_A, 60);
    vouch_policy_reply(&policy, &verdict, NULL, reply);
    assert_string_equal(reply, "");
}

/* clean - one line of printable ASCII */
static bool clean(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text < ' ' || *text > '~')
            return false;
    }
    return true;
}

/* With the longest names, URL and id the reply is still whole: it ends in the URL, inside 512 octets with CR LF. */
static void test_longest_replies(void **state)
{
    (void)state;
    for (size_t row = 0; row < COUNT(reply_rows); row++) {
        char reply[VOUCH_REPLY_SIZE];
        struct vouch_policy policy;
        struct vouch_verdict verdict;

        vouch_policy_init(&policy);
        memset(policy.why_url, 'u', sizeof policy.why_url - 1);
        verdict_init(&verdict, reply_rows[row].csa, reply_rows[row].reason, reply_rows[row].token, -100);
        set(verdict.name, sizeof verdict.name, N255);
        set(verdict.domain, sizeof verdict.domain, N255);
        set(verdict.service_name, sizeof verdict.service_name, N255);
        vouch_policy_reply(&policy, &verdict, ID, reply);
        assert_true(strlen(reply) + 2 <= 512);
        assert_non_null(strstr(reply, " id=" ID " see uuu"));
        assert_string_equal(strrchr(reply, ' ') + 1, policy.why_url);
    }
}

/* Whatever the caller's own texts hold, the reply is one line. */
static void test_hostile_settings(void **state)
{
    char reply[VOUCH_REPLY_SIZE], header[VOUCH_HEADER_SIZE];
    struct vouch_bytes helo = {(const uint8_t *)"x.example", 9};
    struct vouch_policy policy;
    struct vouch_verdict verdict;

    (void)state;
    vouch_policy_init(&policy);
    set(policy.why_url, sizeof policy.why_url, "u\r\n250 \x80");
    set(policy.authserv_id, sizeof policy.authserv_id, "mx\r\nX: y");
    set(policy.method, sizeof policy.method, "c\nsv");
    verdict_init(&verdict, VOUCH_CSA_FAIL, VOUCH_REASON_PROHIBITED, VOUCH_TOKEN_CSA_PROHIBITED, -100);
    vouch_policy_reply(&policy, &verdict, "i\r\nd", reply);
    assert_true(clean(reply));
    assert_non_null(strstr(reply, " id=i\\x0d\\x0ad see u\\x0d\\x0a250 \\x80"));
    vouch_policy_header(&policy, &verdict, helo, header);
    assert_true(clean(header));
}

static void test_headers(void **state)
{
    char header[VOUCH_HEADER_SIZE];
    struct vouch_bytes helo = {(const uint8_t *)"MAIL.example.org.", 17},
                       other = {(const uint8_t *)"x.example.org", 13};
    struct vouch_policy policy;
    struct vouch_verdict verdict;

    (void)state;
    vouch_policy_init(&policy);
    set(policy.authserv_id, sizeof policy.authserv_id, "mx.example.net");
    verdict_init(&verdict, VOUCH_CSA_PASS, VOUCH_REASON_MATCH, VOUCH_TOKEN_CSA_PASS, 70);
    verdict.identity = VOUCH_IDENTITY_CSA;
    verdict.rating = VOUCH_RATING_A;
    verdict.service = 0;
    set(verdict.service_name, sizeof verdict.service_name, "accred.example");
    vouch_policy_header(&policy, &verdict, helo, header);
    assert_string_equal(header, "Authentication-Results: mx.example.net; csv=pass reason=\"match\" "
                                "smtp.helo=mail.example.org policy.csv-dna=A policy.csv-service=accred.example "
                                "policy.csv-trust=trusted policy.csv-score=70");
    verdict_init(&verdict, VOUCH_CSA_FAIL, VOUCH_REASON_EXPLICIT, VOUCH_TOKEN_CSA_EXPLICIT, -100);
    set(verdict.name, sizeof verdict.name, "x.example.org");
    set(verdict.domain, sizeof verdict.domain, "example.org");
    vouch_policy_header(&policy, &verdict, other, header);
    assert_string_equal(header, "Authentication-Results: mx.example.net; csv=fail reason=\"explicit\" "
                                "smtp.helo=x.example.org policy.csv-domain=example.org policy.csv-trust=untrusted "
                                "policy.csv-score=-100");
    verdict_init(&verdict, VOUCH_CSA_NONE, VOUCH_REASON_NO_RECORD, VOUCH_TOKENS, 0);
    verdict.domain[0] = '\0';
    verdict.identity = VOUCH_IDENTITY_FORWARD;
    set(policy.method, sizeof policy.method, "x-csv");
    vouch_policy_header(&policy, &verdict, helo, header);
    assert_string_equal(header, "Authentication-Results: mx.example.net; x-csv=none reason=\"no-record\" "
                                "smtp.helo=mail.example.org policy.csv-identity=forward policy.csv-trust=neutral "
                                "policy.csv-score=0");
}

/* What the peer said instead of a name: a quoted-string of printable ASCII, or nothing. */
static void test_header_helo(void **state)
{
    static const struct {
        const char *helo;
        size_t length;
        const char *shown; /* null: left out */
    } rows[] = {
        {"mail.example.org", 16, "mail.example.org"},
        {"Mail.Example.ORG.", 17, "mail.example.org"},
        {"mail.example.orgs", 17, "\"mail.example.orgs\""},
        {"mail.example.or", 15, "\"mail.example.or\""},
        {"mail.example.org..", 18, "\"mail.example.org..\""},
        {"[192.0.2.1]", 11, "\"[192.0.2.1]\""},
        {"a\"b\\c", 5, "\"a\\\"b\\\\c\""},
        {"a; csv=pass", 11, "\"a; csv=pass\""},
        {" ", 1, "\" \""},
        {"", 0, NULL},
        {"a\r\nb", 4, NULL},
        {"a\tb", 3, NULL},
        {"a\0b", 3, NULL},
        {"b\xc3\xbc", 3, NULL},
        {"\x7f", 1, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct vouch_bytes helo = {(const uint8_t *)rows[i].helo, rows[i].length};
        char header[VOUCH_HEADER_SIZE];
        struct vouch_policy policy;
        struct vouch_verdict verdict;
        const char *shown;

        vouch_policy_init(&policy);
        verdict_init(&verdict, VOUCH_CSA_NONE, VOUCH_REASON_NO_RECORD, VOUCH_TOKENS, 0);
        vouch_policy_header(&policy, &verdict, helo, header);
        shown = strstr(header, " smtp.helo=");
        assert_int_equal(shown != NULL, rows[i].shown != NULL);
        if (shown != NULL && strncmp(shown + strlen(" smtp.helo="), rows[i].shown, strlen(rows[i].shown)) != 0)
            fail_msg("%s", header);
    }
}

/* Any octet anywhere, any length: one clean line with balanced quotes that ends in the score. */
static void test_header_any_helo(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 256 * 3; i++) {
        static uint8_t octets[600];
        char header[VOUCH_HEADER_SIZE];
        struct vouch_bytes helo = {octets, 1 + i / 256 * 254};
        struct vouch_policy policy;
        struct vouch_verdict verdict;

        memset(octets, i % 256 == 'x' ? '"' : (int)(i % 256), sizeof octets);
        vouch_policy_init(&policy);
        verdict_init(&verdict, VOUCH_CSA_FAIL, VOUCH_REASON_EXPLICIT, VOUCH_TOKENS, -100);
        memset(policy.authserv_id, 'a', sizeof policy.authserv_id - 1);
        memset(policy.method, 'm', sizeof policy.method - 1);
        set(verdict.domain, sizeof verdict.domain, N255);
        set(verdict.service_name, sizeof verdict.service_name, N255);
        verdict.service = 1;
        verdict.identity = VOUCH_IDENTITY_FORWARD;
        vouch_policy_header(&policy, &verdict, helo, header);
        assert_true(clean(header));
        assert_string_equal(header + strlen(header) - 5, "=-100");
    }
}

/* Advice for every result and every cause of a refusal: sentences about the names given, without a stray "$". */
static void test_advice(void **state)
{
    (void)state;
    for (unsigned i = 0; i < (VOUCH_REASON_TOO_MANY + 1) * (VOUCH_TOKENS + 1); i++) {
        struct vouch_verdict verdict;
        struct vouch_address six = {6, {0x20, 1, 0xd, 0xb8}};
        char why[1024], owner[1024], operator_[1024];
        struct text text;

        verdict_init(&verdict, VOUCH_CSA_NONE, (enum vouch_reason)(i / (VOUCH_TOKENS + 1)),
                     (enum vouch_token)(i % (VOUCH_TOKENS + 1)), -100);
        set(verdict.service_name, sizeof verdict.service_name, "accred.example");
        text_init(&text, why, sizeof why);
        advice_explain(&text, &verdict, &client);
        assert_false(text.cut);
        text_init(&text, owner, sizeof owner);
        advice_for_owner(&text, &verdict, i % 2 == 0 ? &client : &six);
        assert_false(text.cut);
        text_init(&text, operator_, sizeof operator_);
        advice_for_operator(&text, &verdict, &six);
        assert_false(text.cut);
        assert_true(strlen(why) > 10 && clean(why) && clean(owner) && clean(operator_));
        assert_null(strchr(why, '$'));
        assert_null(strchr(owner, '$'));
        assert_null(strchr(operator_, '$'));
    }
}

static void test_advice_names_the_record(void **state)
{
    struct vouch_verdict verdict;
    struct vouch_address six = {6, {0x20, 1, 0xd, 0xb8}};
    char owner[1024];
    struct text text;

    (void)state;
    verdict_init(&verdict, VOUCH_CSA_FAIL, VOUCH_REASON_MISMATCH, VOUCH_TOKEN_CSA_MISMATCH, -100);
    text_init(&text, owner, sizeof owner);
    advice_for_owner(&text, &verdict, &client);
    assert_non_null(strstr(owner, "mail.example.org. IN A 192.0.2.10"));
    text_init(&text, owner, sizeof owner);
    advice_for_owner(&text, &verdict, &six);
    assert_non_null(strstr(owner, "mail.example.org. IN AAAA 2001:db8::"));
    verdict_init(&verdict, VOUCH_CSA_NONE, VOUCH_REASON_NO_RECORD, VOUCH_TOKEN_DNA_E, -100);
    set(verdict.service_name, sizeof verdict.service_name, "accred.example");
    text_init(&text, owner, sizeof owner);
    advice_for_owner(&text, &verdict, &client);
    assert_non_null(strstr(owner, "_vouch._smtp.accred.example"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_all_actions),
        cmocka_unit_test(test_rejections),
        cmocka_unit_test(test_deciding_name_and_row),
        cmocka_unit_test(test_deferral),
        cmocka_unit_test(test_requirements),
        cmocka_unit_test(test_requirement_replies),
        cmocka_unit_test(test_requirement_withheld),
        cmocka_unit_test(test_requirement_and_untrusted),
        cmocka_unit_test(test_longest_replies),
        cmocka_unit_test(test_hostile_settings),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_header_helo),
        cmocka_unit_test(test_header_any_helo),
        cmocka_unit_test(test_advice),
        cmocka_unit_test(test_advice_names_the_record),
    };

    return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
