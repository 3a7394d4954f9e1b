/*
 * conf_accreditor_test.c - accreditors in a file: styles, code tables, and options that do not go together.
 */
#include "conf_file.h"

#include <stdio.h>
#include <string.h>

static void test_styles(void **state)
{
    (void)state;
    conf_file_require("accreditor a.test { codes = { \"127.0.0.2=E\" } }\n" /* the default says nothing */
                      "accreditor b.test { style = vbr  ask = organization }\n"
                      "accreditor c.test { style = domain-list  only_if_listed = yes  codes = { \"127.0.0.2=D\" } }\n"
                      "accreditor d.test { style = address-list  timeout = 0.5  weight = 0.25 }\n"
                      "accreditor e.test { style = list  shared = yes  ask = organization }\n");
    for (unsigned i = 0; i <= VOUCH_STYLE_LIST; i++)
        assert_int_equal(conf.settings.services[i].style, VOUCH_STYLE_DNA + i);
    assert_false(conf.settings.services[0].ask_organization || conf.settings.services[0].suspended);
    assert_true(conf.settings.services[1].ask_organization && conf.settings.services[2].only_if_listed);
    assert_true(conf.settings.services[4].ask_organization && conf.accreditors[4].shared);
    assert_int_equal(conf.accreditors[3].timeout_ms, 500);
}

/* The tables of all accreditors stand in one array, in order; who reads no addresses has none. */
static void test_tables(void **state)
{
    const struct vouch_service *services = conf.settings.services;

    (void)state;
    conf_file_require(
        "accreditor a.test { }\n"
        "accreditor b.test { style = address-list }\n"
        "accreditor c.test { style = domain-list codes = { '127.0.0.2=A', \"127.0.0.3=B\" } }\n"
        "accreditor d.test { style = address-list codes = { \"127.0.0.4=error\" } codes += \"127.0.0.5=C\" }\n");
    assert_int_equal(services[0].codes_count, 0);
    assert_int_equal(services[1].codes_count, 1);
    assert_int_equal(services[2].codes_count, 2);
    assert_int_equal(services[3].codes_count, 2);
    assert_int_equal(conf.settings.codes_count, 5);
    for (unsigned i = 0; i < 5; i++) {
        static const uint8_t lasts[] = {2, 2, 3, 4, 5};
        static const enum vouch_rating ratings[] = {VOUCH_RATING_E, VOUCH_RATING_A, VOUCH_RATING_B, VOUCH_RATING_C,
                                                    VOUCH_RATING_C};

        assert_int_equal(conf.settings.codes[i].low[3], lasts[i]);
        assert_int_equal(conf.settings.codes[i].rating, ratings[i]);
        assert_int_equal(conf.settings.codes[i].error, i == 3);
    }
    assert_int_equal(services[1].codes, 0);
    assert_int_equal(services[2].codes, 1);
    assert_int_equal(services[3].codes, 3);
}

/* read_code - one row by the option's own reader */
static bool read_code(const char *text, struct vouch_code *code)
{
    const struct conf_option *option = conf_find(conf_accreditor_options, conf_accreditor_options_count, "codes");
    static struct conf_accreditor accreditor;
    char error[CONF_ERROR_SIZE];

    memset(&accreditor, 0, sizeof accreditor);
    if (!conf_set(option, &accreditor, text, error)) {
        assert_non_null(strstr(error, "codes"));
        assert_int_equal(accreditor.codes.count, 0);
        return false;
    }
    assert_int_equal(accreditor.codes.count, 1);
    *code = accreditor.codes.codes[0];
    return true;
}

static void test_good_codes(void **state)
{
    static const struct {
        const char *text;
        uint8_t low[4], high[4];
        enum vouch_rating rating;
        bool error;
    } rows[] = {
        {"127.0.0.2=E", {127, 0, 0, 2}, {127, 0, 0, 2}, VOUCH_RATING_E, false},
        {"127.0.2-20.3=A", {127, 0, 2, 3}, {127, 0, 20, 3}, VOUCH_RATING_A, false},
        {"127.0-255.0-255.0-255=D", {127, 0, 0, 0}, {127, 255, 255, 255}, VOUCH_RATING_D, false},
        {"127.255.255.0-255=error", {127, 255, 255, 0}, {127, 255, 255, 255}, VOUCH_RATING_C, true},
        {"127.0.0.7-7=B", {127, 0, 0, 7}, {127, 0, 0, 7}, VOUCH_RATING_B, false},
        {"127-127.0.0.1=C", {127, 0, 0, 1}, {127, 0, 0, 1}, VOUCH_RATING_C, false},
        {"127.000.00.010=A", {127, 0, 0, 10}, {127, 0, 0, 10}, VOUCH_RATING_A, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct vouch_code code;

        if (!read_code(rows[i].text, &code))
            fail_msg("%s was refused", rows[i].text);
        assert_memory_equal(code.low, rows[i].low, 4);
        assert_memory_equal(code.high, rows[i].high, 4);
        assert_int_equal(code.rating, rows[i].rating);
        assert_int_equal(code.error, rows[i].error);
    }
}

static void test_bad_codes(void **state)
{
    static const char *const texts[] = {
        "",
        "127.0.0.2",
        "127.0.0.2=",
        "127.0.0.2=F",
        "127.0.0.2=e",
        "127.0.0.2=AA",
        "127.0.0.2=Error",
        "127.0.0.2=errors",
        "127.0.0=E",
        "127.0.0.2.3=E",
        "127.0.0.256=E",
        "127.0.0.2-1=E",
        "127.0.0.-2=E",
        "127.0.0.2-=E",
        "127.0.0.2-300=E",
        "128.0.0.2=E",
        "126.0.0.2=E",
        "126-128.0.0.2=E",
        "127-128.0.0.2=E",
        "0-127.0.0.2=E",
        "127.0.0. 2=E",
        " 127.0.0.2=E",
        "127.0.0.2 =E",
        "127.0.0.2= E",
        "127.0.0.2=E ",
        "127.0.0.00002=E",
        "127.0.0.0x2=E",
        "127..0.2=E",
        "::1=E",
        "127.0.0.2=E,127.0.0.3=D",
        "127.0.0.2-3-4=E",
        "127.0.0.*=E",
        "127.0.0.2==E",
        "=E",
        "E",
        "127.0.0.99999999999999999999=E",
        "127,0,0,2=E",
        "127.0.0.2:E",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct vouch_code code;

        if (read_code(texts[i], &code))
            fail_msg("%s was accepted", texts[i]);
    }
}

static const struct conf_fault faults[] = {
    {"accreditor x { style = domain-list\n codes = { 127.0.0.2 } }\n", 2,
     "codes = 127.0.0.2: must be \"127.N.N.N=RATING\""},
    {"accreditor x { style = domain-list\n codes = { 127.0.0.2=E } }\n", 2, /* libconfuse wants quotes there */
     "codes = 127.0.0.2: must be \"127.N.N.N=RATING\""},
    {"accreditor x { style = address-list only_if_listed = yes }\n", 1,
     "accreditor \"x\": only_if_listed does not go with style address-list"},
    {"accreditor x { style = address-list ask = organization }\n", 1,
     "accreditor \"x\": an address list is asked about the client's address, not a name"},
    {"accreditor x { ask = nobody }\n", 1, "ask = nobody: must be one of host, organization"},
    {"accreditor x { style = vbr file = y }\n", 1, "file and shared go with style list only"},
    {"accreditor x { style = domain-list shared = yes }\n", 1, "file and shared go with style list only"},
    {"accreditor x { style = list file = y shared = yes }\n", 1, "file and shared exclude each other"},
    {"accreditor x { style = list }\n", 1, "style list needs a file, or shared = yes"},
    {"accreditor x { timeout = 61 }\n", 1, "timeout = 61: must be a number from 0 to 60"},
    {"accreditor x { canary_listed = \"a b\" }\n", 1, "canary_listed: character 2 is not allowed there"},
    {"accreditor x { canary_listed = a..b }\n", 1, "canary_listed = a..b: not a domain name"},
    {"accreditor x { style = address-list canary_listed = a.test }\n", 1, "canary_listed = a.test: not an IP address"},
    {"accreditor x { style = address-list canary_unlisted = 1.2.3 }\n", 1,
     "canary_unlisted = 1.2.3: not an IP address"},
    {"accreditor x { style = list file = y canary_unlisted = a.test }\n", 1,
     "accreditor \"x\": canary_unlisted does not go with style list"},
    {"\naccreditor x { canary_listed = a.test file = y style = list }\n", 2,
     "canary_listed does not go with style list"},
    {"accreditor x { style = list file = y canary_random = no }\n", 1, "canary_random does not go with style list"},
    {"accreditor x { style = list file = y timeout = 0.1 }\n", 1, "timeout does not go with style list"},
    {"accreditor x { style = list file = y codes = { } }\n", 1, "codes does not go with style list"},
    {"accreditor x { codes = { \"127.0.0.2=D\" } }\n", 1, "codes does not go with style dna"},
    {"accreditor x { style = vbr codes += \"127.0.0.9=A\" }\n", 1, "codes does not go with style vbr"},
};

static void test_faults(void **state)
{
    (void)state;
    conf_file_refuse(faults, COUNT(faults));
}

static void test_canaries(void **state)
{
    (void)state;
    conf_file_require("accreditor a.test { canary_listed = Listed.Test canary_unlisted = \"not-listed.test\" }\n"
                      "accreditor b.test { style = address-list canary_listed = 127.0.0.2\n"
                      "  canary_unlisted = \"2001:db8::1\" canary_random = no }\n");
    assert_true(conf.accreditors[0].canary_random && !conf.accreditors[1].canary_random);
    assert_string_equal(conf.accreditors[1].canary_listed, "127.0.0.2");
}

/* At most 32 rows an accreditor, and 128 in all. */
static void test_most_codes(void **state)
{
    char text[8192], error[CONF_ERROR_SIZE];
    size_t length = 0;

    (void)state;
    for (unsigned a = 0; a <= VOUCH_CODES_MAX / CONF_CODES_MAX; a++) {
        length += (size_t)snprintf(text + length, sizeof text - length,
                                   "accreditor a%u.test { style = domain-list codes = { \"127.0.%u.0=A\"", a, a);
        for (unsigned i = 1; i < (a < VOUCH_CODES_MAX / CONF_CODES_MAX ? CONF_CODES_MAX : 1); i++)
            length += (size_t)snprintf(text + length, sizeof text - length, ", \"127.0.%u.%u=A\"", a, i);
        length += (size_t)snprintf(text + length, sizeof text - length, " } }\n");
        if (a == VOUCH_CODES_MAX / CONF_CODES_MAX - 1) {
            conf_file_require(text);
            assert_int_equal(conf.settings.codes_count, VOUCH_CODES_MAX);
        }
    }
    assert_false(conf_file_read(text, error));
    assert_non_null(strstr(error, "accreditor \"a4.test\": more than 128 codes in all"));
    length = (size_t)snprintf(text, sizeof text, "accreditor a.test { style = domain-list codes = { \"127.0.0.0=A\"");
    for (unsigned i = 1; i <= CONF_CODES_MAX; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, ", \"127.0.0.%u=A\"", i);
    snprintf(text + length, sizeof text - length, " } }\n");
    assert_false(conf_file_read(text, error));
    assert_non_null(strstr(error, "codes: more than 32 values"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_styles),     cmocka_unit_test(test_tables), cmocka_unit_test(test_good_codes),
        cmocka_unit_test(test_bad_codes),  cmocka_unit_test(test_faults), cmocka_unit_test(test_canaries),
        cmocka_unit_test(test_most_codes),
    };

    return cmocka_run_group_tests_name("conf_accreditor", tests, conf_file_set_up, conf_file_tear_down);
}
