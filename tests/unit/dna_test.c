/*
 * dna_test.c - accreditation: report strings, character-strings, pointers, several reports, and the rating that counts.
 */
#include "builder.h"
#include "core/dna.h"
#include "unit.h"

#include <string.h>

#define START   "MARID,1,A;"
#define LETTER  8 /* where the letter stands in it */
#define RATINGS 5

/* expect - SPEC 3.3: MARID,1, one letter A to E, then the end or a semicolon; -1 for everything else */
static int expect(const uint8_t *text, size_t length)
{
    static const char start[] = "MARID,1,";

    if (length < LETTER + 1)
        return -1;
    for (size_t i = 0; i < LETTER; i++) {
        if (text[i] != (uint8_t)start[i])
            return -1;
    }
    if (text[LETTER] < 'A' || text[LETTER] > 'E')
        return -1;
    return length == LETTER + 1 || text[LETTER + 1] == ';' ? text[LETTER] - 'A' : -1;
}

/* agrees - does the judge say the same? */
static bool agrees(const uint8_t *text, size_t length)
{
    enum vouch_rating rating = VOUCH_RATING_C;
    struct vouch_bytes view = {text, length}, info = {NULL, 0};
    int expected = expect(text, length);

    if (!dna_judge_report(&rating, &info, view))
        return expected < 0;
    return (int)rating == expected && info.length == (length > LETTER + 2 ? length - LETTER - 2 : 0);
}

/* All strings that are a prefix of START and 0 to 3 octets of any value; 2 where 3 would still be too short. */
static void test_all_short_reports(void **state)
{
    (void)state;
    for (size_t prefix = 0; prefix <= strlen(START); prefix++) {
        uint8_t text[16] = START;
        uint32_t end = prefix + 3 <= LETTER ? UINT32_C(1) << 16 : UINT32_C(1) << 24;

        assert_true(agrees(text, prefix));
        for (uint32_t octets = 0; octets < end; octets++) {
            text[prefix] = (uint8_t)octets;
            text[prefix + 1] = (uint8_t)(octets >> 8);
            text[prefix + 2] = (uint8_t)(octets >> 16);
            if (!agrees(text, prefix + 3) || (octets < 65536 && !agrees(text, prefix + 2)) ||
                (octets < 256 && !agrees(text, prefix + 1)))
                fail_msg("prefix %zu, octets %06x", prefix, octets);
        }
    }
}

/* SPEC 8.5 row 27 and others by name, so that they stand in the log. */
static void test_reports(void **state)
{
    static const struct {
        const char *text;
        int rating;
        const char *info;
    } rows[] = {
        {"MARID,1,A", VOUCH_RATING_A, ""},
        {"MARID,1,B;", VOUCH_RATING_B, ""},
        {"MARID,1,C;x", VOUCH_RATING_C, "x"},
        {"MARID,1,D;a;b", VOUCH_RATING_D, "a;b"},
        {"MARID,1,E;;", VOUCH_RATING_E, ";"},
        {"MARID,2,A", -1, ""},
        {"MARID,,A", -1, ""},
        {"marid,1,A", -1, ""},
        {"MARID,1,F", -1, ""},
        {"MARID,1,AA", -1, ""},
        {" MARID,1,A", -1, ""},
        {"MARID,1,a", -1, ""},
        {"MARID,1,", -1, ""},
        {"MARID,1,A ", -1, ""},
        {"MARID,1,A,", -1, ""},
        {"MARID, 1,A", -1, ""},
        {"MARID,01,A", -1, ""},
        {"MARID,1;A", -1, ""},
        {"all", -1, ""},
        {"", -1, ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct vouch_bytes view = {(const uint8_t *)rows[i].text, strlen(rows[i].text)}, info = {NULL, 0};
        enum vouch_rating rating = VOUCH_RATING_C;
        bool is = dna_judge_report(&rating, &info, view);

        if (is != (rows[i].rating >= 0) || (is && (int)rating != rows[i].rating))
            fail_msg("%s", rows[i].text);
        assert_int_equal(info.length, strlen(rows[i].info));
        if (info.length != 0)
            assert_memory_equal(info.data, rows[i].info, info.length);
    }
}

static void test_every_letter(void **state)
{
    (void)state;
    for (unsigned letter = 0; letter < 256; letter++) {
        uint8_t text[] = START "info";

        text[LETTER] = (uint8_t)letter;
        assert_true(agrees(text, sizeof text - 1));
        assert_true(agrees(text, LETTER + 1));
    }
}

/* Character-strings are joined without separator, wherever they are cut; malformed RDATA is nothing at all. */
static void test_joined_strings(void **state)
{
    static const char report[] = "MARID,1,B;member since 2004";
    const size_t length = sizeof report - 1;

    (void)state;
    for (size_t first = 0; first <= length; first++) {
        for (size_t second = first; second <= length; second++) {
            struct octets octets = {0};
            char text[64];

            octets_add_u8(&octets, (unsigned)first);
            octets_add(&octets, report, first);
            octets_add_u8(&octets, (unsigned)(second - first));
            octets_add(&octets, report + first, second - first);
            octets_add_u8(&octets, (unsigned)(length - second));
            octets_add(&octets, report + second, length - second);
            assert_int_equal(dna_join_text(text, sizeof text, octets_view(&octets)), length);
            assert_memory_equal(text, report, length);
            octets.length--;
            assert_int_equal(dna_join_text(text, sizeof text, octets_view(&octets)), second == length ? length : 0);
            assert_int_equal(dna_join_text(text, 9, octets_view(&octets)), second == length ? 8 : 0);
        }
    }
}

/* TXT RDATA of every length from nothing to one octet too many. */
static void test_txt_lengths(void **state)
{
    static const uint8_t octets[] = "\11MARID,1,E\1";

    (void)state;
    for (size_t length = 0; length < sizeof octets; length++) {
        struct vouch_report report = {.rating = VOUCH_RATING_C};
        struct made made;

        made_init(&made, VOUCH_FOUND);
        made_add(&made, VOUCH_TYPE_TXT, octets, length);
        dna_judge_reports(&report, &made.answer);
        if (report.listed != (length == 10) || report.rating != (length == 10 ? VOUCH_RATING_E : VOUCH_RATING_C))
            fail_msg("length %zu", length);
    }
}

/* All sets and orders of three reports: the worst letter counts, and its info. */
static void test_several_reports(void **state)
{
    static const char *const texts[] = {"MARID,1,A;a", "MARID,1,B;b", "MARID,1,C;c", "MARID,1,D;d",
                                        "MARID,1,E;e", "MARID,1,E;f", "v=spf1 -all", "MARID,2,E;x"};
    static const int ratings[] = {0, 1, 2, 3, 4, 4, -1, -1};

    (void)state;
    for (unsigned i = 0; i < 8 * 8 * 8; i++) {
        const unsigned picked[] = {i % 8, i / 8 % 8, i / 64};
        struct vouch_report report = {.rating = VOUCH_RATING_C};
        struct made made;
        int worst = -1;
        char info = 'z';

        made_init(&made, VOUCH_FOUND);
        for (unsigned p = 0; p < 3; p++) {
            made_add_text(&made, texts[picked[p]]);
            if (ratings[picked[p]] > worst)
                info = texts[picked[p]][10];
            else if (ratings[picked[p]] == worst && worst >= 0 && texts[picked[p]][10] < info)
                info = texts[picked[p]][10];
            worst = ratings[picked[p]] > worst ? ratings[picked[p]] : worst;
        }
        dna_judge_reports(&report, &made.answer);
        assert_int_equal(report.listed, worst >= 0);
        assert_int_equal(report.rating, worst < 0 ? VOUCH_RATING_C : (enum vouch_rating)worst);
        assert_int_equal(report.info[0], worst < 0 ? '\0' : info);
    }
}

/* The info is that of the worst report alone, also where a longer one came first. */
static void test_shorter_info(void **state)
{
    struct vouch_report report = {.rating = VOUCH_RATING_C};
    struct made made;

    (void)state;
    made_init(&made, VOUCH_FOUND);
    made_add_text(&made, "MARID,1,D;a long story");
    made_add_text(&made, "MARID,1,E;short");
    dna_judge_reports(&report, &made.answer);
    assert_string_equal(report.info, "short");
}

/* The longest info is cut, NUL octets read "?", everything else is kept as it came. */
static void test_info(void **state)
{
    struct vouch_report report = {.rating = VOUCH_RATING_C};
    struct octets octets = {0};
    struct made made;

    (void)state;
    octets_add_u8(&octets, 10);
    octets_add(&octets, START, 10);
    for (unsigned string = 0; string < 3; string++) {
        octets_add_u8(&octets, 200);
        for (unsigned i = 0; i < 200; i++)
            octets_add_u8(&octets, i);
    }
    made_init(&made, VOUCH_FOUND);
    made_add(&made, VOUCH_TYPE_TXT, octets.data, octets.length);
    dna_judge_reports(&report, &made.answer);
    assert_int_equal(strlen(report.info), VOUCH_INFO_SIZE - 1);
    assert_int_equal(report.info[0], '?');
    assert_int_equal(report.info[10], '\n');
    assert_int_equal(report.info[200], '?');
    assert_int_equal(report.rating, VOUCH_RATING_A);
}

static void test_pointers(void **state)
{
    static const struct {
        const char *target;
        uint32_t named;
    } rows[] = {
        {"_vouch._smtp.one.example", 1},
        {"_VOUCH._SMTP.One.EXAMPLE", 1},
        {"_vouch._smtp.two.example", 2},
        {"_vouch._smtp.csv_vouch", 4},
        {"_vouch._smtp.other.test", 0},
        {"one.example", 0},
        {"_vouch._smtp", 0},
        {"_vouch.one.example", 0},
        {"_smtp._vouch.one.example", 0},
        {"x._vouch._smtp.one.example", 0},
        {"_vouch._smtp.example", 0},
        {"_vouch._smtp.", 0},
        {"_vouch\\._smtp.one.example", 0},
    };
    struct vouch_settings settings;

    (void)state;
    vouch_settings_init(&settings);
    settings.services_count = 5;
    memcpy(settings.services[0].name, "one.example", sizeof "one.example");
    memcpy(settings.services[1].name, "two.example", sizeof "two.example");
    memcpy(settings.services[2].name, "csv_vouch", sizeof "csv_vouch");
    memcpy(settings.services[3].name, "no..name", sizeof "no..name");
    memcpy(settings.services[4].name, ".", sizeof ".");
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct made made;

        made_init(&made, VOUCH_FOUND);
        made_add_pointer(&made, rows[i].target);
        if (dna_judge_pointers(&made.answer, &settings) != rows[i].named)
            fail_msg("%s", rows[i].target);
        made_add(&made, VOUCH_TYPE_PTR, "\6_vouch\5_smtp", 13); /* without a root: malformed */
        made_add_pointer(&made, "_vouch._smtp.two.example");
        assert_int_equal(dna_judge_pointers(&made.answer, &settings), rows[i].named | 2);
    }
}

static void test_listing(void **state)
{
    static const struct {
        enum vouch_status status;
        enum vouch_listing listing;
        bool listed;
        enum vouch_rating rating;
        enum vouch_status error;
    } rows[] = {
        {VOUCH_FOUND, VOUCH_UNLISTED, false, VOUCH_RATING_C, VOUCH_FOUND},
        {VOUCH_FOUND, VOUCH_LISTED_TRUSTED, true, VOUCH_RATING_A, VOUCH_FOUND},
        {VOUCH_FOUND, VOUCH_LISTED_BLOCKED, true, VOUCH_RATING_E, VOUCH_FOUND},
        {VOUCH_NXDOMAIN, VOUCH_LISTED_BLOCKED, false, VOUCH_RATING_C, VOUCH_FOUND},
        {VOUCH_NODATA, VOUCH_LISTED_BLOCKED, false, VOUCH_RATING_C, VOUCH_FOUND},
        {VOUCH_FAILED, VOUCH_LISTED_BLOCKED, false, VOUCH_RATING_C, VOUCH_FAILED},
        {VOUCH_TIMEOUT, VOUCH_LISTED_TRUSTED, false, VOUCH_RATING_C, VOUCH_TIMEOUT},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct vouch_settings settings = {.services_count = 1, .services = {{.style = VOUCH_STYLE_LIST}}};
        struct vouch_report report;
        struct vouch_answer answer = {.status = rows[i].status, .listing = rows[i].listing};

        answer.note.data = (const uint8_t *)"a comment";
        answer.note.length = 9;
        vouch_service_judge(&settings, 0, &answer, &report);
        assert_int_equal(report.listed, rows[i].listed);
        assert_int_equal(report.rating, rows[i].rating);
        assert_int_equal(report.error, rows[i].error);
        assert_string_equal(report.info, rows[i].listed ? "a comment" : "");
    }
}

/* What a pair of services says: unlisted, or a rating. */
enum { UNLISTED = RATINGS, SAYINGS };

static void set_reports(struct vouch_report reports[2], unsigned first, unsigned second)
{
    const unsigned sayings[2] = {first, second};

    memset(reports, 0, 2 * sizeof reports[0]);
    for (int i = 0; i < 2; i++) {
        reports[i].service = i;
        reports[i].listed = sayings[i] != UNLISTED;
        reports[i].rating = reports[i].listed ? (enum vouch_rating)sayings[i] : VOUCH_RATING_C;
    }
}

/* One service of a pair: what it says, of what, and whether it is believed now. */
struct voice {
    unsigned saying;
    bool address, suspended;
};

/* decide - dna_decide on the reports, names and addresses withheld alike or not */
static void decide(struct dna_outcome *outcome, const struct vouch_settings *settings,
                   const struct vouch_report *reports, enum vouch_withheld name_why, enum vouch_withheld address_why)
{
    struct dna_case dna = {.settings = settings, .reports = reports, .name_why = name_why, .address_why = address_why};

    dna_decide(outcome, &dna);
}

/* better - of two services, -1 for none, the one with the better letter; the second where they are equal */
static int better(const struct voice voices[2], const bool wanted[2])
{
    if (!wanted[0] || !wanted[1])
        return wanted[0] ? 0 : wanted[1] ? 1 : -1;
    return voices[0].saying < voices[1].saying ? 0 : 1;
}

static int worse(const struct voice voices[2], const bool wanted[2])
{
    if (!wanted[0] || !wanted[1])
        return better(voices, wanted);
    return voices[0].saying > voices[1].saying ? 0 : 1;
}

/* expect_decision - DESIGN 5 for two services, of which the second is preferred for equal letters */
static void expect_decision(struct dna_outcome *outcome, const struct voice voices[2], unsigned quorum,
                            const enum vouch_withheld whys[2])
{
    bool blames[2], counted[2], withheld[2], unheard_praise[2], unheard_blame[2];
    int best, worst;

    for (int i = 0; i < 2; i++) {
        bool praise = voices[i].saying <= VOUCH_RATING_B;
        bool blame = voices[i].saying == VOUCH_RATING_D || voices[i].saying == VOUCH_RATING_E;
        bool good = whys[voices[i].address ? 1 : 0] == VOUCH_WITHHELD_NOT;

        blames[i] = blame && !voices[i].suspended;
        counted[i] = praise && !voices[i].suspended && good;
        withheld[i] = praise && !voices[i].suspended && !good;
        unheard_praise[i] = praise && voices[i].suspended;
        unheard_blame[i] = blame && voices[i].suspended;
    }
    worst = worse(voices, blames);
    outcome->blame = -1;
    if ((unsigned)blames[0] + (unsigned)blames[1] < quorum) {
        outcome->blame = worst;
        worst = -1;
    }
    best = better(voices, counted);
    outcome->service = worst >= 0 ? worst : best;
    outcome->rating = outcome->service < 0 ? VOUCH_RATING_C : (enum vouch_rating)voices[outcome->service].saying;
    outcome->praise = better(voices, withheld);
    if (outcome->praise >= 0 && worst < 0 && best >= 0 && voices[best].saying <= voices[outcome->praise].saying)
        outcome->praise = -1;
    outcome->suspended_praise = better(voices, unheard_praise);
    outcome->suspended_blame = worse(voices, unheard_blame);
}

/* Two services of either kind, suspended or not, everything they can say, quorum 1 to 3, all reasons: an oracle. */
static void test_all_pairs(void **state)
{
    static const enum vouch_withheld reasons[] = {VOUCH_WITHHELD_NOT, VOUCH_WITHHELD_UNPROVEN_NAME,
                                                  VOUCH_WITHHELD_NO_DNSSEC};
    enum { VOICES = SAYINGS * 4 };
    struct vouch_settings settings;

    (void)state;
    vouch_settings_init(&settings);
    settings.services_count = 2;
    for (unsigned i = 0; i < VOICES * VOICES * 3 * 9; i++) {
        const unsigned numbers[2] = {i % VOICES, i / VOICES % VOICES};
        unsigned whys_number = i / (VOICES * VOICES * 3);
        const enum vouch_withheld whys[2] = {reasons[whys_number % 3], reasons[whys_number / 3]};
        struct vouch_report reports[2];
        struct dna_outcome actual, expected;
        struct voice voices[2];

        settings.quorum = (uint8_t)(1 + i / (VOICES * VOICES) % 3);
        for (unsigned v = 0; v < 2; v++) {
            struct vouch_service service = {.weight_milli = (uint16_t)(500 + v), .positives = true, .negatives = true};

            voices[v] = (struct voice){numbers[v] % SAYINGS, numbers[v] / SAYINGS % 2 != 0, numbers[v] / SAYINGS > 1};
            service.name[0] = (char)('a' + v);
            service.style = voices[v].address ? VOUCH_STYLE_ADDRESS_LIST : VOUCH_STYLE_VBR;
            service.suspended = voices[v].suspended;
            settings.services[v] = service;
        }
        set_reports(reports, voices[0].saying, voices[1].saying);
        decide(&actual, &settings, reports, whys[0], whys[1]);
        expect_decision(&expected, voices, settings.quorum, whys);
        if (actual.service != expected.service || actual.rating != expected.rating ||
            actual.praise != expected.praise || actual.blame != expected.blame ||
            actual.suspended_praise != expected.suspended_praise || actual.suspended_blame != expected.suspended_blame)
            fail_msg("case %u: services %u and %u, quorum %u", i, numbers[0], numbers[1], settings.quorum);
        if (actual.praise >= 0)
            assert_int_equal(actual.praise_why, whys[voices[actual.praise].address ? 1 : 0]);
    }
}

/* Equal letters: the heavier service, then the name in byte order, whichever is configured first. */
static void test_preference(void **state)
{
    static const struct {
        const char *names[2];
        uint16_t weights[2];
        int preferred;
    } rows[] = {
        {{"a", "b"}, {1000, 1000}, 0},
        {{"b", "a"}, {1000, 1000}, 1},
        {{"a", "b"}, {999, 1000}, 1},
        {{"b", "a"}, {1000, 999}, 0},
    };

    (void)state;
    for (size_t row = 0; row < COUNT(rows); row++) {
        for (unsigned rating = VOUCH_RATING_A; rating <= VOUCH_RATING_E; rating++) {
            struct vouch_settings settings;
            struct vouch_report reports[2];
            struct dna_outcome outcome;

            vouch_settings_init(&settings);
            settings.services_count = 2;
            for (unsigned i = 0; i < 2; i++) {
                settings.services[i].name[0] = rows[row].names[i][0];
                settings.services[i].weight_milli = rows[row].weights[i];
                settings.services[i].positives = settings.services[i].negatives = true;
            }
            set_reports(reports, rating, rating);
            decide(&outcome, &settings, reports, VOUCH_WITHHELD_NOT, VOUCH_WITHHELD_NOT);
            assert_int_equal(outcome.service, rating == VOUCH_RATING_C ? -1 : rows[row].preferred);
        }
    }
}

/* A service whose praise or blame is not trusted, and a private list, never give the rating that counts. */
static void test_untrusted_signs(void **state)
{
    (void)state;
    for (unsigned rating = VOUCH_RATING_A; rating <= VOUCH_RATING_E; rating++) {
        for (unsigned flags = 0; flags < 8; flags++) {
            struct vouch_settings settings;
            struct vouch_report reports[2];
            struct dna_outcome outcome;
            bool list = (flags & 4) != 0;
            bool good = rating < VOUCH_RATING_C && (flags & 1) != 0, bad = rating > VOUCH_RATING_C && (flags & 2) != 0;

            vouch_settings_init(&settings);
            settings.services_count = 1;
            settings.services[0].style = list ? VOUCH_STYLE_LIST : VOUCH_STYLE_DNA;
            settings.services[0].positives = (flags & 1) != 0;
            settings.services[0].negatives = (flags & 2) != 0;
            set_reports(reports, rating, UNLISTED);
            decide(&outcome, &settings, reports, VOUCH_WITHHELD_NOT, VOUCH_WITHHELD_NOT);
            assert_int_equal(outcome.service, !list && (good || bad) ? 0 : -1);
            decide(&outcome, &settings, reports, VOUCH_WITHHELD_UNPROVEN_NAME, VOUCH_WITHHELD_NOT);
            assert_int_equal(outcome.service, !list && bad ? 0 : -1);
            assert_int_equal(outcome.praise, !list && good ? 0 : -1);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_short_reports), cmocka_unit_test(test_reports),
        cmocka_unit_test(test_every_letter),      cmocka_unit_test(test_joined_strings),
        cmocka_unit_test(test_txt_lengths),       cmocka_unit_test(test_several_reports),
        cmocka_unit_test(test_shorter_info),      cmocka_unit_test(test_info),
        cmocka_unit_test(test_pointers),          cmocka_unit_test(test_listing),
        cmocka_unit_test(test_all_pairs),         cmocka_unit_test(test_preference),
        cmocka_unit_test(test_untrusted_signs),
    };

    return cmocka_run_group_tests_name("dna", tests, NULL, NULL);
}
