/*
 * verdict_test.c - what the public functions say about single sessions: names, proof, TTL, services, bounds, words.
 */
#include "builder.h"
#include "unit.h"

#include <string.h>

/* One session whose answers are made by a function of the question. */
struct scene {
    struct vouch_settings settings;
    struct vouch_facts facts;
    void (*answer)(struct made *made, const struct vouch_question *question);
    struct vouch_eval eval;
    unsigned asked;
};

static void scene_init(struct scene *scene, const char *client, const char *helo,
                       void (*answer)(struct made *, const struct vouch_question *))
{
    memset(scene, 0, sizeof *scene);
    vouch_settings_init(&scene->settings);
    vouch_address_parse(&scene->facts.client, client, strlen(client));
    scene->facts.helo.data = (const uint8_t *)helo;
    scene->facts.helo.length = strlen(helo);
    scene->answer = answer;
}

static void scene_add(struct scene *scene, const char *name, bool only_if_listed)
{
    struct vouch_service *service = &scene->settings.services[scene->settings.services_count++];

    memcpy(service->name, name, strlen(name) + 1);
    service->style = VOUCH_STYLE_DNA;
    service->weight_milli = 1000;
    service->positives = service->negatives = true;
    service->only_if_listed = only_if_listed;
}

static void scene_play(struct scene *scene, struct vouch_verdict *verdict)
{
    static struct made made;
    struct vouch_question question;
    enum vouch_next next;

    vouch_eval_init(&scene->eval, &scene->settings, &scene->facts);
    while ((next = vouch_eval_next(&scene->eval, &question)) == VOUCH_ASK) {
        scene->asked++;
        made_init(&made, VOUCH_NODATA);
        scene->answer(&made, &question);
        vouch_eval_answer(&scene->eval, question.id, &made.answer);
    }
    assert_int_equal(next, VOUCH_DONE);
    vouch_eval_verdict(&scene->eval, verdict);
}

/* is - is the question this one? */
static bool is(const struct vouch_question *question, const char *name, enum vouch_type type)
{
    return question->type == type && strcmp(question->name, name) == 0;
}

static void found(struct made *made)
{
    made->answer.status = VOUCH_FOUND;
    made->answer.secure = true;
}

/* A usual sender: an allowing record, its own address, no pointers, an A from every service. */
static void usual(struct made *made, const struct vouch_question *question)
{
    made->answer.secure = true;
    if (is(question, "_client._smtp.mail.example.org", VOUCH_TYPE_SRV)) {
        found(made);
        made_add_srv(made, 1, 2, 0, "MAIL.example.org");
    } else if (is(question, "mail.example.org", VOUCH_TYPE_A)) {
        found(made);
        made_add_address(made, "192.0.2.10");
        made->answer.ttl_s = 300;
    } else if (is(question, "mail.example.org", VOUCH_TYPE_AAAA)) {
        found(made);
        made_add_address(made, "2001:db8::10");
    } else if (question->type == VOUCH_TYPE_TXT) {
        found(made);
        made_add_text(made, "MARID,1,A;hello");
        made->answer.ttl_s = 60;
    }
}

static void test_usual_session(void **state)
{
    static const char *const helos[] = {"mail.example.org", "MAIL.Example.Org", "mail.example.org."};
    static const char *const clients[] = {"192.0.2.10", "::ffff:192.0.2.10", "2001:db8::10"};

    (void)state;
    for (size_t i = 0; i < COUNT(helos) * COUNT(clients); i++) {
        struct scene scene;
        struct vouch_verdict verdict;
        struct vouch_report report;

        scene_init(&scene, clients[i / COUNT(helos)], helos[i % COUNT(helos)], usual);
        scene_add(&scene, "accred.example", false);
        scene_play(&scene, &verdict);
        assert_int_equal(verdict.csa, VOUCH_CSA_PASS);
        assert_string_equal(verdict.name, "mail.example.org");
        assert_string_equal(verdict.domain, "mail.example.org");
        assert_string_equal(verdict.service_name, "accred.example");
        assert_int_equal(verdict.rating, VOUCH_RATING_A);
        assert_int_equal(verdict.level, VOUCH_LEVEL_TRUSTED);
        assert_int_equal(verdict.score, 70);
        assert_int_equal(verdict.questions, 3);
        assert_int_equal(scene.asked, 3);
        assert_true(verdict.secure && verdict.has_ttl);
        assert_int_equal(verdict.ttl_s, 60);
        assert_true(vouch_eval_report(&scene.eval, 0, &report));
        assert_true(report.listed && report.used);
        assert_string_equal(report.info, "hello");
        assert_false(vouch_eval_report(&scene.eval, 1, &report));
    }
}

/* An IPv4-mapped client that the caller wrote down as IPv6 is the IPv4 client. */
static void test_mapped_client(void **state)
{
    static const struct vouch_address mapped = {6, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 10}};
    struct scene scene;
    struct vouch_verdict verdict;

    (void)state;
    scene_init(&scene, "192.0.2.1", "mail.example.org", usual);
    scene.facts.client = mapped;
    scene_play(&scene, &verdict);
    assert_int_equal(verdict.csa, VOUCH_CSA_PASS);
}

/* A HELO that is no name asks nothing and says why. */
static void test_no_name(void **state)
{
    static const struct {
        const char *helo;
        enum vouch_reason reason;
    } rows[] = {
        {"", VOUCH_REASON_NO_HELO},
        {"[192.0.2.10]", VOUCH_REASON_LITERAL},
        {"192.0.2.10", VOUCH_REASON_LITERAL},
        {"localhost", VOUCH_REASON_BAD_NAME},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct scene scene;
        struct vouch_verdict verdict;
        struct vouch_report report;

        scene_init(&scene, "192.0.2.10", rows[i].helo, usual);
        scene_add(&scene, "accred.example", false);
        scene_play(&scene, &verdict);
        assert_int_equal(verdict.csa, VOUCH_CSA_NONE);
        assert_int_equal(verdict.reason, rows[i].reason);
        assert_int_equal(verdict.questions + scene.asked, 0);
        assert_string_equal(verdict.name, "");
        assert_false(verdict.has_ttl || verdict.secure || vouch_eval_report(&scene.eval, 0, &report));
    }
}

/* Without an address nothing is asked about addresses, and nothing can match: temperror, never fail. */
static void test_unknown_client(void **state)
{
    struct scene scene;
    struct vouch_verdict verdict;

    (void)state;
    scene_init(&scene, "", "mail.example.org", usual);
    assert_int_equal(scene.facts.client.family, 0);
    scene_play(&scene, &verdict);
    assert_int_equal(verdict.reason, VOUCH_REASON_ADDR_DNS);
    assert_int_equal(verdict.questions, 1);
    assert_int_equal(verdict.identity, VOUCH_IDENTITY_NONE);
}

/* Two targets of two families: each client finds its own address at the second. */
static void elsewhere(struct made *made, const struct vouch_question *question)
{
    if (question->purpose == VOUCH_ASK_CSA) {
        found(made);
        made_add_srv(made, 1, 2, 0, "out1.example.net");
        made_add_srv(made, 1, 2, 0, "out2.example.net");
    } else if (question->purpose == VOUCH_ASK_TARGET) {
        found(made);
        if (is(question, "out2.example.net", VOUCH_TYPE_A))
            made_add_address(made, "192.0.2.10");
        else if (is(question, "out2.example.net", VOUCH_TYPE_AAAA))
            made_add_address(made, "2001:db8::10");
        else
            assert_string_equal(question->name, "out1.example.net");
    }
}

static void test_targets_elsewhere(void **state)
{
    static const char *const clients[] = {"192.0.2.10", "2001:db8::10"};

    (void)state;
    for (size_t i = 0; i < COUNT(clients); i++) {
        struct scene scene;
        struct vouch_verdict verdict;

        scene_init(&scene, clients[i], "mail.example.org", elsewhere);
        scene_play(&scene, &verdict);
        assert_int_equal(verdict.csa, VOUCH_CSA_PASS);
        assert_int_equal(verdict.questions, 4);
    }
}

/* Only the ancestor at level 3 asserts Explicit. */
static void disowned(struct made *made, const struct vouch_question *question)
{
    made->answer.secure = true;
    made->answer.has_ttl = true;
    made->answer.ttl_s = 77;
    if (is(question, "_client._smtp.sub.example.org", VOUCH_TYPE_SRV)) {
        found(made);
        made_add_srv(made, 1, 1, 1, "sub.example.org");
    }
}

static void test_explicit_names_the_ancestor(void **state)
{
    struct scene scene;
    struct vouch_verdict verdict;

    (void)state;
    scene_init(&scene, "192.0.2.10", "mail.x.sub.example.org", disowned);
    scene_play(&scene, &verdict);
    assert_int_equal(verdict.reason, VOUCH_REASON_EXPLICIT);
    assert_string_equal(verdict.domain, "sub.example.org");
    assert_int_equal(verdict.questions, 5);
    assert_int_equal(verdict.ttl_s, 77);
    assert_true(verdict.secure);
    scene.settings.parent_search = false;
    scene_play(&scene, &verdict);
    assert_int_equal(verdict.reason, VOUCH_REASON_NO_RECORD);
    assert_string_equal(verdict.domain, "");
    assert_int_equal(verdict.questions, 2);
}

/* A weight 3 record: the certificate proves the name if it names exactly the HELO name. */
static void unlisted(struct made *made, const struct vouch_question *question)
{
    usual(made, question);
    if (question->purpose == VOUCH_ASK_CSA) {
        made_init(made, VOUCH_FOUND);
        made_add_srv(made, 1, 3, 0, "mail.example.org");
    }
}

static void test_certificate(void **state)
{
    static const struct {
        const char *helo, *tls_name;
        enum vouch_identity identity;
    } rows[] = {
        {"mail.example.org", "mail.example.org", VOUCH_IDENTITY_TLS},
        {"mail.example.org", "MAIL.example.ORG.", VOUCH_IDENTITY_TLS},
        {"mail.example.org", "example.org", VOUCH_IDENTITY_NONE},
        {"mail.example.org", "*.example.org", VOUCH_IDENTITY_NONE},
        {"mail.example.org", "mail.example.org\\000", VOUCH_IDENTITY_NONE},
        {"mail.example.org", "", VOUCH_IDENTITY_NONE},
        {"mail.example.org", "..", VOUCH_IDENTITY_NONE},
        {"localhost", "localhost", VOUCH_IDENTITY_NONE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct scene scene;
        struct vouch_verdict verdict;

        scene_init(&scene, "192.0.2.10", rows[i].helo, unlisted);
        scene.facts.tls_name.data = (const uint8_t *)rows[i].tls_name;
        scene.facts.tls_name.length = strlen(rows[i].tls_name);
        scene_add(&scene, "accred.example", false);
        scene_play(&scene, &verdict);
        if (verdict.identity != rows[i].identity)
            fail_msg("%s, %s", rows[i].helo, rows[i].tls_name);
        assert_int_equal(verdict.score, verdict.identity == VOUCH_IDENTITY_TLS ? 60 : 0);
    }
}

/* Everybody is named by the pointers, and everybody is asked as far as the bounds allow. */
static void crowded(struct made *made, const struct vouch_question *question)
{
    disowned(made, question);
    if (question->type == VOUCH_TYPE_PTR) {
        found(made);
        for (char letter = 'a'; letter < 'a' + VOUCH_SERVICES_MAX; letter++) {
            char pointer[] = "_vouch._smtp.?.example";

            pointer[13] = letter;
            made_add_pointer(made, pointer);
        }
    }
}

/* Any mixture of 16 services: at most six are asked, those always asked first; the rest report too-many. */
static void test_most_questions(void **state)
{
    (void)state;
    for (unsigned mixture = 0; mixture < 65536; mixture += 97) {
        struct scene scene;
        struct vouch_verdict verdict;
        struct vouch_report report;
        unsigned always = 0, listed_first = 0, asked = 0;

        scene_init(&scene, "192.0.2.10", "a.b.c.d.e.f.g.example.org", crowded);
        for (unsigned i = 0; i < VOUCH_SERVICES_MAX; i++) {
            char name[] = "?.example";

            name[0] = (char)('a' + i);
            scene_add(&scene, name, (mixture >> i & 1) != 0);
            always += (mixture >> i & 1) == 0;
        }
        scene_play(&scene, &verdict);
        assert_int_equal(verdict.questions, 2 + 5 + (mixture != 0) + VOUCH_REPORTS_MAX);
        assert_true(verdict.questions <= VOUCH_QUESTIONS_MAX);
        for (size_t i = 0; vouch_eval_report(&scene.eval, i, &report); i++) {
            bool if_listed = (mixture >> report.service & 1) != 0;

            assert_int_equal(report.service, i);
            asked += !report.too_many;
            listed_first += !report.too_many && if_listed && always >= VOUCH_REPORTS_MAX;
        }
        assert_int_equal(asked, VOUCH_REPORTS_MAX);
        assert_int_equal(listed_first, 0);
    }
}

/* More services than there is room for are not looked at. */
static void test_too_many_services(void **state)
{
    struct scene scene;
    struct vouch_verdict verdict;
    struct vouch_report report;

    (void)state;
    scene_init(&scene, "192.0.2.10", "mail.example.org", usual);
    for (unsigned i = 0; i < VOUCH_SERVICES_MAX; i++)
        scene_add(&scene, "accred.example", false);
    scene.settings.services_count = 200;
    scene_play(&scene, &verdict);
    assert_true(vouch_eval_report(&scene.eval, VOUCH_SERVICES_MAX - 1, &report));
    assert_false(vouch_eval_report(&scene.eval, VOUCH_SERVICES_MAX, &report));
}

#define LABEL     "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwx"
#define LONG_HELO LABEL "." LABEL "." LABEL ".abcdefghijklmn.example"

/* A name that is too long to be looked up below a service is not asked there: 253 characters are the limit. */
static void test_long_names(void **state)
{
    (void)state;
    for (size_t length = 1; length <= 60; length++) {
        char name[64] = {0};
        struct scene scene;
        struct vouch_verdict verdict;
        struct vouch_report report;
        bool fits = strlen(LONG_HELO) + 1 + length <= 253;

        memset(name, 'x', length);
        scene_init(&scene, "192.0.2.10", LONG_HELO, usual);
        scene.settings.parent_search = false;
        scene_add(&scene, name, false);
        scene_play(&scene, &verdict);
        assert_int_equal(verdict.questions, fits ? 3 : 2);
        assert_true(vouch_eval_report(&scene.eval, 0, &report));
        assert_int_equal(report.listed, fits);
        assert_int_equal(report.error, VOUCH_FOUND);
    }
}

static void failing(struct made *made, const struct vouch_question *question)
{
    made->answer.status = question->type == VOUCH_TYPE_PTR ? VOUCH_BOGUS : VOUCH_FAILED;
}

/* Whoever could not be asked for trouble of the DNS reports that trouble; whoever is only open, a timeout. */
static void test_report_errors(void **state)
{
    struct scene scene;
    struct vouch_verdict verdict;
    struct vouch_report report;
    struct vouch_question question;

    (void)state;
    scene_init(&scene, "192.0.2.10", "mail.example.org", failing);
    scene_add(&scene, "always.example", false);
    scene_add(&scene, "listed.example", true);
    scene_play(&scene, &verdict);
    assert_true(vouch_eval_report(&scene.eval, 0, &report));
    assert_int_equal(report.error, VOUCH_FAILED);
    assert_true(vouch_eval_report(&scene.eval, 1, &report));
    assert_int_equal(report.error, VOUCH_BOGUS);
    vouch_eval_init(&scene.eval, &scene.settings, &scene.facts);
    while (vouch_eval_next(&scene.eval, &question) == VOUCH_ASK)
        continue;
    for (size_t i = 0; i < 2; i++) {
        assert_true(vouch_eval_report(&scene.eval, i, &report));
        assert_int_equal(report.error, VOUCH_TIMEOUT);
        assert_int_equal(report.rating, VOUCH_RATING_C);
    }
    assert_false(vouch_eval_report(&scene.eval, 2, &report));
}

/* Answers that claim 70,000 records are counted up to what the trace can say. */
static void test_step_counts(void **state)
{
    static struct vouch_record records[70000];
    struct vouch_answer answer = {.status = VOUCH_FOUND, .records = records, .records_count = COUNT(records)};
    struct scene scene;
    struct vouch_question question;
    struct vouch_step step;

    (void)state;
    scene_init(&scene, "192.0.2.10", "mail.example.org", usual);
    vouch_eval_init(&scene.eval, &scene.settings, &scene.facts);
    assert_false(vouch_eval_step(&scene.eval, 0, &step));
    assert_int_equal(vouch_eval_next(&scene.eval, &question), VOUCH_ASK);
    assert_true(vouch_eval_step(&scene.eval, 0, &step));
    assert_false(step.answered);
    assert_int_equal(step.status, VOUCH_TIMEOUT);
    vouch_eval_answer(&scene.eval, question.id, &answer);
    assert_true(vouch_eval_step(&scene.eval, 0, &step));
    assert_true(step.answered);
    assert_int_equal(step.records, UINT16_MAX);
    assert_int_equal(step.round, 1);
}

/* An evaluation weighs with its own settings; weighing anew with the same ones changes nothing. */
static void test_weigh_again(void **state)
{
    struct scene scene;
    struct vouch_verdict verdict;

    (void)state;
    scene_init(&scene, "192.0.2.10", "mail.example.org", usual);
    scene_add(&scene, "accred.example", false);
    scene.settings.accept_at = 71;
    scene_play(&scene, &verdict);
    assert_int_equal(verdict.score, 70);
    assert_int_equal(verdict.level, VOUCH_LEVEL_NEUTRAL);
    vouch_verdict_weigh(&verdict, 71, -50);
    assert_int_equal(verdict.level, VOUCH_LEVEL_NEUTRAL);
    vouch_verdict_weigh(&verdict, 70, -50);
    assert_int_equal(verdict.level, VOUCH_LEVEL_TRUSTED);
}

/* Plays a session in which question number `odd` ends so; false if it asks fewer. */
static bool play_with(struct scene *scene, unsigned odd, enum vouch_status status, struct vouch_verdict *verdict)
{
    static struct made made;
    struct vouch_question question;
    unsigned number = 0;

    vouch_eval_init(&scene->eval, &scene->settings, &scene->facts);
    while (vouch_eval_next(&scene->eval, &question) == VOUCH_ASK) {
        made_init(&made, VOUCH_NODATA);
        scene->answer(&made, &question);
        if (number++ == odd)
            made_init(&made, status);
        vouch_eval_answer(&scene->eval, question.id, &made.answer);
    }
    vouch_eval_verdict(&scene->eval, verdict);
    return number > odd;
}

/* One question in trouble, whichever it is, leaves the verdict incomplete; an answer, whatever it holds, does not. */
static void test_incomplete(void **state)
{
    static const struct {
        enum vouch_status status;
        bool incomplete;
    } rows[] = {
        {VOUCH_FOUND, false}, {VOUCH_NODATA, false}, {VOUCH_NXDOMAIN, false}, {VOUCH_CHAIN, false},
        {VOUCH_FAILED, true}, {VOUCH_TIMEOUT, true}, {VOUCH_BOGUS, true},
    };
    void (*const worlds[])(struct made *, const struct vouch_question *) = {usual, elsewhere, disowned, crowded};

    (void)state;
    for (size_t i = 0; i < COUNT(rows) * COUNT(worlds); i++) {
        struct scene scene;
        struct vouch_verdict verdict;
        unsigned odd = 0;

        scene_init(&scene, "192.0.2.10", "mail.x.sub.example.org", worlds[i / COUNT(rows)]);
        if (i / COUNT(rows) == 0)
            scene.facts.helo = (struct vouch_bytes){(const uint8_t *)"mail.example.org", 16};
        scene_add(&scene, "always.example", false);
        scene_add(&scene, "a.example", true);
        scene.settings.use_reputation = true;
        for (; play_with(&scene, odd, rows[i % COUNT(rows)].status, &verdict); odd++) {
            if (verdict.incomplete != rows[i % COUNT(rows)].incomplete)
                fail_msg("world %zu, question %u, status %s", i / COUNT(rows), odd,
                         vouch_status_word(rows[i % COUNT(rows)].status));
        }
        assert_true(odd >= 5);
    }
}

/* What is open, and what the deadline cut off, may hold evidence; a HELO that asks nothing is complete. */
static void test_incomplete_in_time(void **state)
{
    struct scene scene;
    struct vouch_verdict verdict;
    struct vouch_question question;

    (void)state;
    scene_init(&scene, "192.0.2.10", "mail.example.org", usual);
    vouch_eval_init(&scene.eval, &scene.settings, &scene.facts);
    vouch_eval_verdict(&scene.eval, &verdict);
    assert_true(verdict.incomplete);
    assert_int_equal(vouch_eval_next(&scene.eval, &question), VOUCH_ASK);
    vouch_eval_verdict(&scene.eval, &verdict);
    assert_true(verdict.incomplete);
    vouch_eval_expire(&scene.eval);
    vouch_eval_verdict(&scene.eval, &verdict);
    assert_true(verdict.incomplete);
    scene_init(&scene, "192.0.2.10", "[192.0.2.10]", usual);
    scene_play(&scene, &verdict);
    assert_false(verdict.incomplete);
}

/* Each word is a token, none stands for two values, and a value that is none reads "?". */
static void test_words(void **state)
{
#define WORDS(count, function, type)                                                                                   \
    for (int i = 0; i < (count); i++) {                                                                                \
        assert_true(strlen(function((type)i)) > 0 && strcmp(function((type)i), "?") != 0);                             \
        assert_int_equal(strspn(function((type)i), "abcdefghijklmnopqrstuvwxyz-ABCDE"), strlen(function((type)i)));    \
        for (int j = 0; j < i; j++)                                                                                    \
            assert_string_not_equal(function((type)i), function((type)j));                                             \
    }                                                                                                                  \
    assert_string_equal(function((type)(count)), "?");                                                                 \
    assert_string_equal(function((type)200), "?")
    (void)state;
    WORDS(VOUCH_CSA_PERMERROR + 1, vouch_csa_word, enum vouch_csa);
    WORDS(VOUCH_REASON_TOO_MANY + 1, vouch_reason_word, enum vouch_reason);
    WORDS(VOUCH_IDENTITY_CSA + 1, vouch_identity_word, enum vouch_identity);
    WORDS(VOUCH_RATING_E + 1, vouch_rating_word, enum vouch_rating);
    WORDS(VOUCH_LEVEL_TRUSTED + 1, vouch_level_word, enum vouch_level);
    WORDS(VOUCH_TOKENS, vouch_token_word, enum vouch_token);
    WORDS(VOUCH_WITHHELD_SUSPENDED + 1, vouch_withheld_word, enum vouch_withheld);
    WORDS(VOUCH_STYLE_LIST + 1, vouch_style_word, enum vouch_style);
    WORDS(VOUCH_ASK_REPUTATION + 1, vouch_purpose_word, enum vouch_purpose);
    WORDS(VOUCH_BOGUS + 1, vouch_status_word, enum vouch_status);
    WORDS(VOUCH_VERB_REJECT + 1, vouch_verb_word, enum vouch_verb);
    WORDS(VOUCH_MODE_MONITOR + 1, vouch_mode_word, enum vouch_mode);
    WORDS(VOUCH_STAGE_RCPT + 1, vouch_stage_word, enum vouch_stage);
    WORDS(VOUCH_REQUIRE_TRUSTED + 1, vouch_require_word, enum vouch_require);
#undef WORDS
    assert_string_equal(vouch_type_word(VOUCH_TYPE_NONE), "-");
    assert_string_equal(vouch_type_word(VOUCH_TYPE_A), "A");
    assert_string_equal(vouch_type_word(VOUCH_TYPE_CNAME), "CNAME");
    assert_string_equal(vouch_type_word(VOUCH_TYPE_SOA), "SOA");
    assert_string_equal(vouch_type_word(VOUCH_TYPE_PTR), "PTR");
    assert_string_equal(vouch_type_word(VOUCH_TYPE_TXT), "TXT");
    assert_string_equal(vouch_type_word(VOUCH_TYPE_AAAA), "AAAA");
    assert_string_equal(vouch_type_word(VOUCH_TYPE_SRV), "SRV");
    assert_string_equal(vouch_type_word((enum vouch_type)2), "?");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usual_session),
        cmocka_unit_test(test_mapped_client),
        cmocka_unit_test(test_no_name),
        cmocka_unit_test(test_unknown_client),
        cmocka_unit_test(test_targets_elsewhere),
        cmocka_unit_test(test_explicit_names_the_ancestor),
        cmocka_unit_test(test_certificate),
        cmocka_unit_test(test_most_questions),
        cmocka_unit_test(test_too_many_services),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_report_errors),
        cmocka_unit_test(test_step_counts),
        cmocka_unit_test(test_weigh_again),
        cmocka_unit_test(test_incomplete),
        cmocka_unit_test(test_incomplete_in_time),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
