/*
 * service_test.c - accreditors asked by DNS: their questions, code tables, VBR words, and what an evaluation makes of
 * them where a scenario cannot show it.
 */
#include "builder.h"
#include "core/service.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

/* settings_init - one service of this style, and no codes */
static void settings_init(struct vouch_settings *settings, enum vouch_style style, const char *name)
{
    struct vouch_service *service = &settings->services[0];

    vouch_settings_init(settings);
    settings->services_count = 1;
    memcpy(service->name, name, strlen(name) + 1);
    service->style = style;
    service->weight_milli = 1000;
    service->positives = service->negatives = true;
}

/* add_code - one row more, four ranges as LOW, HIGH */
static void add_code(struct vouch_settings *settings, const uint8_t ranges[8], enum vouch_rating rating, bool error)
{
    struct vouch_code *code = &settings->codes[settings->codes_count++];

    for (unsigned i = 0; i < 4; i++) {
        code->low[i] = ranges[2 * i];
        code->high[i] = ranges[2 * i + 1];
    }
    code->rating = rating;
    code->error = error;
    settings->services[0].codes_count++;
}

static void test_questions(void **state)
{
    static const struct {
        enum vouch_style style;
        const char *name, *address;
        enum vouch_type type;
        const char *asked; /* null: no question */
    } rows[] = {
        {VOUCH_STYLE_DNA, "mail.example.org", "192.0.2.1", VOUCH_TYPE_TXT, "mail.example.org.s.test"},
        {VOUCH_STYLE_VBR, "mail.example.org", "", VOUCH_TYPE_TXT, "mail.example.org._vouch.s.test"},
        {VOUCH_STYLE_DOMAIN_LIST, "mail.example.org", "", VOUCH_TYPE_A, "mail.example.org.s.test"},
        {VOUCH_STYLE_ADDRESS_LIST, "", "192.0.2.10", VOUCH_TYPE_A, "10.2.0.192.s.test"},
        {VOUCH_STYLE_ADDRESS_LIST, "", "::ffff:1.2.3.255", VOUCH_TYPE_A, "255.3.2.1.s.test"},
        {VOUCH_STYLE_ADDRESS_LIST, "mail.example.org", "2001:db8::a:1f", VOUCH_TYPE_A,
         "f.1.0.0.a.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.s.test"},
        {VOUCH_STYLE_ADDRESS_LIST, "mail.example.org", "", VOUCH_TYPE_NONE, NULL},
        {VOUCH_STYLE_DNA, "", "192.0.2.1", VOUCH_TYPE_NONE, NULL},
        {VOUCH_STYLE_VBR, "", "192.0.2.1", VOUCH_TYPE_NONE, NULL},
        {VOUCH_STYLE_DOMAIN_LIST, "", "192.0.2.1", VOUCH_TYPE_NONE, NULL},
        {VOUCH_STYLE_LIST, "mail.example.org", "192.0.2.1", VOUCH_TYPE_NONE, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct vouch_question question = {.id = 77};
        struct vouch_settings settings;
        struct vouch_address address;

        settings_init(&settings, rows[i].style, "s.test");
        vouch_address_parse(&address, rows[i].address, strlen(rows[i].address));
        assert_int_equal(vouch_service_question(&settings, 0, rows[i].name, &address, &question),
                         rows[i].asked != NULL);
        if (rows[i].asked == NULL)
            continue;
        assert_string_equal(question.name, rows[i].asked);
        assert_int_equal(question.type, rows[i].type);
        assert_int_equal(question.purpose, VOUCH_ASK_REPORT);
        assert_int_equal(question.service + (int)question.id, 0);
    }
}

/* Names are asked about without any address. */
static void test_no_address(void **state)
{
    struct vouch_settings settings;
    struct vouch_question question;

    (void)state;
    settings_init(&settings, VOUCH_STYLE_VBR, "s.test");
    assert_true(vouch_service_question(&settings, 0, "a.test", NULL, &question));
    settings_init(&settings, VOUCH_STYLE_ADDRESS_LIST, "s.test");
    assert_false(vouch_service_question(&settings, 0, "a.test", NULL, &question));
}

/* The name that is asked has at most 253 characters, whatever stands in its parts. */
static void test_name_bound(void **state)
{
    static const struct {
        enum vouch_style style;
        size_t between;
    } rows[] = {{VOUCH_STYLE_DNA, 1}, {VOUCH_STYLE_VBR, 8}, {VOUCH_STYLE_DOMAIN_LIST, 1}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (size_t length = 1; length < 253; length++) {
            struct vouch_settings settings;
            struct vouch_question question;
            char name[VOUCH_NAME_SIZE] = "";

            settings_init(&settings, rows[i].style, "s.test");
            memset(name, 'a', length);
            assert_int_equal(vouch_service_question(&settings, 0, name, NULL, &question),
                             length + rows[i].between + 6 <= 253);
        }
    }
    for (size_t length = 180; length < 253; length++) {
        static const uint8_t octets[4] = {1, 20, 255, 99};
        const struct vouch_address address = {.family = 6};
        struct vouch_address short_one = {.family = 4};
        struct vouch_settings settings;
        struct vouch_question question;
        char service[VOUCH_NAME_SIZE] = "";

        memset(service, 's', length);
        settings_init(&settings, VOUCH_STYLE_ADDRESS_LIST, service);
        assert_int_equal(vouch_service_question(&settings, 0, "", &address, &question), 64 + length <= 253);
        memcpy(short_one.octets, octets, sizeof octets); /* "99.255.20.1." */
        assert_int_equal(vouch_service_question(&settings, 0, "", &short_one, &question), 12 + length <= 253);
    }
}

/* judge - what the first service's answer says; the report has garbage before */
static void judge(const struct vouch_settings *settings, const struct vouch_answer *answer, struct vouch_report *report)
{
    memset(report, 0x55, sizeof *report);
    vouch_service_judge(settings, 0, answer, report);
    assert_int_equal(report->service, 0);
    assert_false(report->used || report->too_many);
}

static const uint8_t praised[8] = {127, 127, 0, 0, 0, 5, 1, 3}, blamed[8] = {127, 127, 0, 0, 0, 255, 2, 10},
                     refused[8] = {127, 127, 255, 255, 255, 255, 0, 255};

/* init_codes - a table whose rows overlap */
static void init_codes(struct vouch_settings *settings)
{
    settings_init(settings, VOUCH_STYLE_DOMAIN_LIST, "list.test");
    add_code(settings, praised, VOUCH_RATING_B, false);
    add_code(settings, blamed, VOUCH_RATING_E, false);
    add_code(settings, refused, VOUCH_RATING_C, true);
}

/* What an address means by that table, said in another way: a letter, "!" for an error, "?" for no code. */
static char meaning(const uint8_t octets[4])
{
    if (octets[0] != 127)
        return '?';
    if (octets[1] == 255 && octets[2] == 255)
        return '!';
    if (octets[1] == 0 && octets[2] < 6 && octets[3] > 0 && octets[3] < 4)
        return 'B';
    return octets[1] == 0 && octets[3] > 1 && octets[3] < 11 ? 'E' : '?';
}

/* expect_meaning - the report of one address */
static void expect_meaning(const struct vouch_report *report, const uint8_t octets[4])
{
    char mean = meaning(octets);
    char info[VOUCH_INFO_SIZE];

    snprintf(info, sizeof info, "%s%u.%u.%u.%u",
             mean == '!'   ? "refuses: "
             : mean == '?' ? "unknown code "
                           : "code ",
             octets[0], octets[1], octets[2], octets[3]);
    assert_string_equal(report->info, info);
    assert_int_equal(report->listed, mean == 'B' || mean == 'E');
    assert_int_equal(report->rating, mean == 'B' ? VOUCH_RATING_B : mean == 'E' ? VOUCH_RATING_E : VOUCH_RATING_C);
    assert_int_equal(report->error, report->listed ? VOUCH_FOUND : VOUCH_FAILED);
}

/* All of 127.A.B.C for some A, and addresses elsewhere. */
static void test_all_codes(void **state)
{
    static const uint8_t firsts[] = {0, 1, 10, 126, 127, 128, 192, 255}, seconds[] = {0, 1, 254, 255};
    struct vouch_settings settings;

    (void)state;
    init_codes(&settings);
    for (unsigned i = 0; i < COUNT(firsts) * COUNT(seconds) * 65536; i++) {
        const uint8_t octets[4] = {firsts[i >> 18], seconds[i >> 16 & 3], (uint8_t)(i >> 8), (uint8_t)i};
        struct vouch_record record = {.type = VOUCH_TYPE_A, .rdata = {octets, 4}};
        struct vouch_answer answer = {.status = VOUCH_FOUND, .records = &record, .records_count = 1};
        struct vouch_report report;

        if (octets[0] != 127 && octets[2] % 16 != 0)
            continue;
        judge(&settings, &answer, &report);
        expect_meaning(&report, octets);
    }
}

/* Pairs of addresses: the worst rating, but any error spoils the answer; their order does not matter. */
static void test_code_pairs(void **state)
{
    static const char *const addresses[] = {"127.0.0.1",       "127.0.0.3",  "127.0.9.3", "127.0.9.9",
                                            "127.255.255.254", "127.0.9.99", "192.0.2.1", ""};
    struct vouch_settings settings;
    static struct made made;

    (void)state;
    init_codes(&settings);
    for (unsigned i = 0; i < COUNT(addresses) * COUNT(addresses); i++) {
        const char *pair[2] = {addresses[i % COUNT(addresses)], addresses[i / COUNT(addresses)]};
        struct vouch_report reports[2];
        bool bad = false, blame = false;

        for (unsigned order = 0; order < 2; order++) {
            made_init(&made, VOUCH_FOUND);
            for (unsigned a = 0; a < 2; a++) {
                const char *text = pair[a ^ order];
                struct vouch_address address;

                if (vouch_address_parse(&address, text, strlen(text)))
                    made_add_address(&made, text);
                else
                    made_add(&made, VOUCH_TYPE_A, "abc", 3);
                bad = bad || text[0] == '\0' || strchr("!?", meaning(address.octets)) != NULL;
                blame = blame || meaning(address.octets) == 'E';
            }
            judge(&settings, &made.answer, &reports[order]);
        }
        assert_string_equal(reports[0].info, reports[1].info);
        for (unsigned order = 0; order < 2; order++) {
            assert_int_equal(reports[order].error, bad ? VOUCH_FAILED : VOUCH_FOUND);
            assert_int_equal(reports[order].listed, !bad);
            assert_int_equal(reports[order].rating, bad ? VOUCH_RATING_C : blame ? VOUCH_RATING_E : VOUCH_RATING_B);
        }
    }
}

/* Rows of other services, and rows beyond the bounds that the settings state, are not looked at. */
static void test_code_bounds(void **state)
{
    const uint8_t octets[4] = {127, 0, 0, 2};
    struct vouch_record record = {.type = VOUCH_TYPE_A, .rdata = {octets, 4}};
    struct vouch_answer answer = {.status = VOUCH_FOUND, .records = &record, .records_count = 1};
    struct vouch_settings settings;
    struct vouch_report report;

    (void)state;
    init_codes(&settings);
    settings.services[0].codes = 1;
    settings.services[0].codes_count = 1;
    judge(&settings, &answer, &report);
    assert_int_equal(report.rating, VOUCH_RATING_E);
    settings.services[0].codes = 2;
    judge(&settings, &answer, &report);
    assert_int_equal(report.error, VOUCH_FAILED);
    settings.services[0].codes = 0;
    settings.services[0].codes_count = 255;
    settings.codes_count = 0;
    judge(&settings, &answer, &report);
    assert_string_equal(report.info, "unknown code 127.0.0.2");
    settings.codes_count = 255;
    settings.services[0].codes = 200;
    judge(&settings, &answer, &report);
    assert_int_equal(report.error, VOUCH_FAILED);
    init_codes(&settings);
    settings.codes[0].low[0] = 0; /* no row reaches beyond 127.0.0.0/8 */
    settings.codes[0].high[0] = 255;
    record.rdata.data = (const uint8_t *)"\x7e\0\0\2";
    judge(&settings, &answer, &report);
    assert_string_equal(report.info, "unknown code 126.0.0.2");
    record.rdata.data = octets;
    answer.cut = true;
    judge(&settings, &answer, &report);
    assert_string_equal(report.info, "too many addresses");
    assert_false(report.listed || report.error != VOUCH_FAILED);
}

/* is_word - a lower-case letter, then letters, digits and hyphens; `text` ends at a blank or NUL */
static bool is_word(const char *text, size_t length)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";

    if (length == 0 || strchr(letters, text[0]) == NULL)
        return false;
    for (size_t i = 1; i < length; i++) {
        if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-", text[i]) == NULL)
            return false;
    }
    return true;
}

/* expect_vbr - RFC 5518 by splitting at blanks: 'A', 'C', or 0 for a record that is discarded */
static char expect_vbr(const char *text)
{
    size_t length = strlen(text);
    char rating = 'C';

    if (length == 0 || text[0] == ' ' || text[length - 1] == ' ')
        return 0;
    for (const char *at = text; *at != '\0';) {
        size_t word = strcspn(at, " ");

        if (!is_word(at, word))
            return 0;
        if (word == 3 && strncmp(at, "all", 3) == 0)
            rating = 'A';
        at += word;
        at += strspn(at, " ");
    }
    return rating;
}

/* Every text of up to 6 octets out of an alphabet with all kinds, in one character-string and cut into two. */
static void test_all_short_vbr(void **state)
{
    static const char alphabet[] = "al -1A.";
    enum { LETTERS = sizeof alphabet - 1 };
    unsigned total = 1;

    (void)state;
    for (unsigned length = 0; length <= 6; length++, total *= LETTERS) {
        for (unsigned number = 0; number < total; number++) {
            char text[8] = "";
            uint8_t rdata[16];
            unsigned rest = number, cut = number % (length + 1);
            char expected;

            for (unsigned i = 0; i < length; i++, rest /= LETTERS)
                text[i] = alphabet[rest % LETTERS];
            rdata[0] = (uint8_t)cut;
            memcpy(rdata + 1, text, cut);
            rdata[1 + cut] = (uint8_t)(length - cut);
            memcpy(rdata + 2 + cut, text + cut, length - cut);
            expected = expect_vbr(text);
            for (unsigned strings = 1; strings <= 2; strings++) {
                uint8_t whole[8] = {(uint8_t)length};
                struct vouch_report report;
                struct vouch_bytes view = {strings == 1 ? whole : rdata, strings + length};

                memcpy(whole + 1, text, length);
                service_reset(&report, 0);
                assert_int_equal(vbr_judge_record(&report, view), expected != 0);
                if (report.listed != (expected != 0) ||
                    report.rating != (expected == 'A' ? VOUCH_RATING_A : VOUCH_RATING_C))
                    fail_msg("'%s' in %u strings", text, strings);
            }
        }
    }
}

/* Malformed TXT data is no record, whatever its beginning says. */
static void test_vbr_rdata(void **state)
{
    static const struct {
        const char *data;
        size_t length;
        bool listed;
    } rows[] = {{"\3all", 4, true}, {"\3all\0", 5, true}, {"\4all", 4, false},  {"\3all\1", 5, false},
                {"", 0, false},     {"\0", 1, false},     {"\0\3all", 5, true}, {"\3al\0", 4, false}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct vouch_report report;

        service_reset(&report, 0);
        vbr_judge_record(&report, (struct vouch_bytes){(const uint8_t *)rows[i].data, rows[i].length});
        assert_int_equal(report.listed, rows[i].listed);
    }
}

/* Every style, every way a question can end: only FOUND is read, trouble and chains are the error. */
static void test_statuses(void **state)
{
    static struct made made;

    (void)state;
    for (unsigned style = VOUCH_STYLE_DNA; style <= VOUCH_STYLE_LIST; style++) {
        for (unsigned status = VOUCH_FOUND; status <= VOUCH_BOGUS; status++) {
            struct vouch_settings settings;
            struct vouch_report report;

            settings_init(&settings, (enum vouch_style)style, "s.test");
            add_code(&settings, blamed, VOUCH_RATING_E, false);
            made_init(&made, (enum vouch_status)status);
            made.answer.listing = VOUCH_LISTED_BLOCKED;
            if (style == VOUCH_STYLE_DNA)
                made_add_text(&made, "MARID,1,E");
            else if (style == VOUCH_STYLE_VBR)
                made_add_text(&made, "list");
            else
                made_add_address(&made, "127.0.0.2");
            judge(&settings, &made.answer, &report);
            assert_int_equal(report.listed, status == VOUCH_FOUND);
            assert_int_equal(report.error, status <= VOUCH_NXDOMAIN ? VOUCH_FOUND : status);
            if (!report.listed)
                assert_int_equal(report.rating, VOUCH_RATING_C);
        }
    }
}

/* Which names of a session are asked about, by what the facts call its organization. */
static void test_organization(void **state)
{
    static const struct {
        const char *helo, *organization, *asked;
    } rows[] = {
        {"mail.example.org", "example.org", "example.org.s.test"},
        {"mail.example.org", "mail.example.org", "mail.example.org.s.test"},
        {"MAIL.EXAMPLE.ORG.", "Example.Org", "example.org.s.test"},
        {"mail.example.org", "org", "org.s.test"},
        {"mail.example.org", "ample.org", NULL},
        {"mail.example.org", ".example.org", NULL},
        {"mail.example.org", "example.org.", NULL},
        {"mail.example.org", "g", NULL},
        {"mail.example.org", "", NULL},
        {"mail.example.org", "a.mail.example.org", NULL},
        {"[192.0.2.1]", "192.0.2.1", NULL},
        {"", "example.org", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct vouch_settings settings;
        struct vouch_facts facts = {.helo = {(const uint8_t *)rows[i].helo, strlen(rows[i].helo)}};
        struct vouch_question question;
        struct vouch_eval eval;
        bool asked = false;

        facts.organization = (struct vouch_bytes){(const uint8_t *)rows[i].organization, strlen(rows[i].organization)};
        settings_init(&settings, VOUCH_STYLE_DNA, "s.test");
        settings.services[0].ask_organization = true;
        vouch_eval_init(&eval, &settings, &facts);
        while (vouch_eval_next(&eval, &question) == VOUCH_ASK) {
            if (question.purpose != VOUCH_ASK_REPORT)
                continue;
            asked = true;
            if (rows[i].asked == NULL)
                fail_msg("%s, %s: asked %s", rows[i].helo, rows[i].organization, question.name);
            assert_string_equal(question.name, rows[i].asked);
        }
        assert_int_equal(asked, rows[i].asked != NULL);
    }
}

/* Without a client's address no list of addresses is asked; with a name it is reported all the same, as others are. */
static void test_no_client(void **state)
{
    static const char *const helos[] = {"mail.example.org", "localhost", ""};

    (void)state;
    for (size_t i = 0; i < COUNT(helos); i++) {
        struct vouch_facts facts = {.helo = {(const uint8_t *)helos[i], strlen(helos[i])}};
        struct vouch_settings settings;
        struct vouch_question question;
        struct vouch_report report;
        struct vouch_eval eval;

        settings_init(&settings, VOUCH_STYLE_ADDRESS_LIST, "s.test");
        vouch_eval_init(&eval, &settings, &facts);
        while (vouch_eval_next(&eval, &question) == VOUCH_ASK)
            assert_int_not_equal(question.purpose, VOUCH_ASK_REPORT);
        assert_true(vouch_eval_report(&eval, 0, &report));
        assert_false(report.listed || report.error != VOUCH_FOUND);
    }
}

/* only_if_listed says nothing to a list of addresses: it is asked at once, and no pointers for its sake. */
static void test_address_list_needs_no_pointers(void **state)
{
    static const char helo[] = "mail.example.org";
    struct vouch_facts facts = {.helo = {(const uint8_t *)helo, sizeof helo - 1}, .client = {4, {192, 0, 2, 1}}};
    struct vouch_settings settings;
    struct vouch_question question;
    struct vouch_eval eval;
    bool asked = false;

    (void)state;
    settings_init(&settings, VOUCH_STYLE_ADDRESS_LIST, "s.test");
    settings.services[0].only_if_listed = true;
    vouch_eval_init(&eval, &settings, &facts);
    while (vouch_eval_next(&eval, &question) == VOUCH_ASK) {
        assert_int_not_equal(question.purpose, VOUCH_ASK_POINTERS);
        asked = asked || question.purpose == VOUCH_ASK_REPORT;
    }
    assert_true(asked);
}

/* Trouble of a suspended service leaves the verdict complete; lists are never suspended, whatever the settings say. */
static void test_suspended_trouble(void **state)
{
    static const char helo[] = "mail.example.org";
    static const struct vouch_answer trouble = {.status = VOUCH_FAILED}, nothing = {.status = VOUCH_NXDOMAIN};

    (void)state;
    for (unsigned style = VOUCH_STYLE_DNA; style <= VOUCH_STYLE_LIST; style++) {
        for (unsigned suspended = 0; suspended < 2; suspended++) {
            struct vouch_facts facts = {.helo = {(const uint8_t *)helo, sizeof helo - 1},
                                        .client = {4, {192, 0, 2, 1}}};
            struct vouch_settings settings;
            struct vouch_question question;
            struct vouch_verdict verdict;
            struct vouch_eval eval;

            settings_init(&settings, (enum vouch_style)style, "s.test");
            settings.services[0].suspended = suspended != 0;
            vouch_eval_init(&eval, &settings, &facts);
            while (vouch_eval_next(&eval, &question) == VOUCH_ASK)
                vouch_eval_answer(&eval, question.id, question.service == 0 ? &trouble : &nothing);
            vouch_eval_verdict(&eval, &verdict);
            assert_int_equal(verdict.incomplete, suspended == 0 || style == VOUCH_STYLE_LIST);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_questions),         cmocka_unit_test(test_no_address),
        cmocka_unit_test(test_name_bound),        cmocka_unit_test(test_all_codes),
        cmocka_unit_test(test_code_pairs),        cmocka_unit_test(test_code_bounds),
        cmocka_unit_test(test_all_short_vbr),     cmocka_unit_test(test_vbr_rdata),
        cmocka_unit_test(test_statuses),          cmocka_unit_test(test_organization),
        cmocka_unit_test(test_no_client),         cmocka_unit_test(test_address_list_needs_no_pointers),
        cmocka_unit_test(test_suspended_trouble),
    };

    return cmocka_run_group_tests_name("service", tests, NULL, NULL);
}
