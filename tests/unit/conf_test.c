/*
 * conf_test.c - configuration files good and bad.
 */
#include "conf_file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void test_defaults(void **state)
{
    struct vouch_settings settings;
    struct vouch_policy policy;
    char error[CONF_ERROR_SIZE];
    struct conf_accreditor accreditor;

    (void)state;
    conf_init(&conf);
    vouch_settings_init(&settings);
    vouch_policy_init(&policy);
    assert_memory_equal(&conf.settings, &settings, sizeof settings);
    assert_true(conf.policy.authserv_id[0] != '\0');
    memcpy(policy.authserv_id, conf.policy.authserv_id, sizeof policy.authserv_id);
    assert_memory_equal(&conf.policy, &policy, sizeof policy);
    assert_int_equal(conf.dns.timeout_ms, 5000);
    assert_int_equal(conf.dns.resolvers.count + conf.dns.zone_files.count, 0);
    assert_false(conf.dns.recursion);
    assert_true(conf_accreditor_init(&accreditor, "Accred.Example.", error));
    assert_string_equal(accreditor.service.name, "accred.example");
    assert_int_equal(accreditor.service.style, VOUCH_STYLE_DNA);
    assert_int_equal(accreditor.service.weight_milli, 1000);
    assert_true(accreditor.service.positives && accreditor.service.negatives && !accreditor.service.only_if_listed);
    assert_string_equal(accreditor.file, "");
}

static void test_good_file(void **state)
{
    (void)state;
    conf_file_require("# a comment\n"
                      "mode = monitor // another\n"
                      "reject_at_stage = \"mail\"\n"
                      "quorum = 2\n"
                      "csa { strict = yes temperror = defer }\n"
                      "trust {\n"
                      "  accept_at = 1\n"
                      "  reject_at = -1\n"
                      "  reputation_for = 0.25\n"
                      "}\n"
                      "canaries { interval = 0 }\n"
                      "dns { timeout = 2.5 resolvers = { 192.0.2.1, \"2001:db8::1@53\" } }\n"
                      "dns { resolvers += 192.0.2.2 }\n"
                      "accreditor Accred.Example { weight = 0.5 negatives = no }\n"
                      "accreditor \"own\" { style = list file = '/etc/own list' }\n"
                      "accreditor third.example { only_if_listed = yes }\n");
    assert_int_equal(conf.policy.mode, VOUCH_MODE_MONITOR);
    assert_int_equal(conf.policy.reject_at_stage, VOUCH_STAGE_MAIL);
    assert_true(conf.settings.strict && conf.policy.defer_temperror);
    assert_int_equal(conf.settings.quorum, 2);
    assert_int_equal(conf.settings.accept_at, 1);
    assert_int_equal(conf.settings.reject_at, -1);
    assert_int_equal(conf.settings.reputation_for_milli, 250);
    assert_int_equal(conf.canaries.interval_ms, 0);
    assert_int_equal(conf.dns.timeout_ms, 2500);
    assert_int_equal(conf.dns.resolvers.count, 3);
    assert_string_equal(conf.dns.resolvers.strings[1], "2001:db8::1@53");
    assert_int_equal(conf.settings.services_count, 3);
    assert_string_equal(conf.settings.services[0].name, "accred.example");
    assert_int_equal(conf.settings.services[0].weight_milli, 500);
    assert_false(conf.settings.services[0].negatives);
    assert_int_equal(conf.settings.services[1].style, VOUCH_STYLE_LIST);
    assert_string_equal(conf.accreditors[1].file, "/etc/own list");
    assert_true(conf.settings.services[2].only_if_listed);
}

/* An empty authserv-id is this host's name, whether the file says so or nothing. */
static void test_authserv_id(void **state)
{
    char host[VOUCH_NAME_SIZE] = "";

    (void)state;
    assert_int_equal(gethostname(host, sizeof host - 1), 0);
    conf_file_require("header { authserv_id = \"\" }");
    assert_true(conf.policy.authserv_id[0] != '\0');
    if (strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == strlen(host))
        assert_string_equal(conf.policy.authserv_id, host);
    conf_file_require("header { authserv_id = mx.example.net }");
    assert_string_equal(conf.policy.authserv_id, "mx.example.net");
}

static const struct conf_fault faults[] = {
    {"mode = loud\n", 1, "mode = loud: must be one of enforce, monitor"},
    {"\n\nquorum = 0\n", 3, "quorum = 0: must be a whole number from 1 to 6"},
    {"csa {\n strict = maybe\n}\n", 2, "csa.strict = maybe: must be yes or no"},
    {"trust {\n\n accept_at = 101\n}\n", 3, "trust.accept_at = 101: must be a whole number from 1 to 100"},
    {"trust { accept_at = 0 }\n", 1, "trust.accept_at = 0: must be a whole number"},
    {"trust { reject_at = 0 }\n", 1, "trust.reject_at = 0: must be a whole number"},
    {"trust { reputation_for = 1.5 }\n", 1, "trust.reputation_for = 1.5: must be a number from 0 to 1"},
    {"\ncanaries { interval = 0.099 }\n", 2, "canaries.interval must be 0, or 0.1 or more"},
    {"dns { timeout = 0.01 }\n", 1, "dns.timeout = 0.01: must be a number from 0.1 to 60"},
    {"dns {\n resolvers = { a, \"b c\" } }\n", 2, "dns.resolvers: character 2 is not allowed there"},
    {"nosuch = 1\n", 1, "no such option 'nosuch'"},
    {"csa {\n nosuch = 1 }\n", 2, "no such option 'nosuch'"},
    {"nosuch { }\n", 1, "no such option 'nosuch'"},
    {"csa.strict = yes\n", 1, "no such option 'csa.strict'"},
    {"mode\nquorum = 1\n", 2, "missing equal sign after option 'mode'"},
    {"}\n", 1, "unexpected closing brace"},
    {"= 3\n", 1, "unexpected token '='"},
    {"csa = 3\n", 1, "missing opening brace for section 'csa'"},
    {"mode += monitor\n", 1, "attempt to append to non-list option 'mode'"},
    {"accreditor { }\n", 1, "missing title for section 'accreditor'"},
    {"accreditor \"a b\" { }\n", 1, "accreditor \"a b\": not a domain name"},
    {"accreditor \"\" { }\n", 1, "accreditor \"\": not a domain name"},
    {"\naccreditor x { weight = 2 }\n", 2, "weight = 2: must be a number from 0 to 1"},
    {"accreditor x { style = rbl }\n", 1, "style = rbl: must be one of dna, vbr, domain-list, address-list, list"},
    {"accreditor x { style = list }\n", 1, "accreditor \"x\": style list needs a file"},
    {"accreditor x { file = y }\n", 1, "accreditor \"x\": file and shared go with style list only"},
    {"accreditor x { style = list file = y only_if_listed = yes }\n", 1, "only_if_listed does not go with style list"},
    {"accreditor x { }\naccreditor X. { }\n", 2, "accreditor \"x\": named twice"},
    {"accreditor x { }\naccreditor x { }\n", 2, "found duplicate title 'x'"},
    {"include(\"/nonexistent\")\n", 1, "/nonexistent: No such file or directory"},
    {"include(\"/\")\n", 1, "include(\"/\"): Is a directory"},
    {"header { method = \"\" }\n", 1, "header.method: must have 1 to 63 characters"},
    {"header { authserv_id = \"a b\" }\n", 1, "header.authserv_id: character 2 is not allowed there"},
};

static void test_faults(void **state)
{
    (void)state;
    conf_file_refuse(faults, COUNT(faults));
}

/* What is open at the end of the file is an error, wherever its line is. */
static void test_not_closed(void **state)
{
    static const char *const texts[] = {"/* a comment\n",
                                        "why_url = \"http://x\n",
                                        "why_url = 'http://x\n",
                                        "mode = monitor /* x",
                                        "dns { resolvers = { a, b",
                                        "mode",
                                        "mode =",
                                        "csa {\n strict = yes\n",
                                        "accreditor x.example {\n"};

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        char error[CONF_ERROR_SIZE];

        if (conf_file_read(texts[i], error))
            fail_msg("%s was accepted", texts[i]);
        assert_true(strncmp(error, conf_path, strlen(conf_path)) == 0 && strlen(error) > strlen(conf_path) + 4);
    }
}

static void test_files_that_are_none(void **state)
{
    char error[CONF_ERROR_SIZE];
    static char large[1024 * 1024 + 1];

    (void)state;
    conf_init(&conf);
    assert_false(conf_read(&conf, "/nonexistent", error));
    assert_string_equal(error, "/nonexistent: No such file or directory");
    assert_false(conf_read(&conf, "/", error));
    assert_string_equal(error, "/: Is a directory");
    conf_file_write(conf_path, "mode = \0monitor", 15);
    assert_false(conf_read(&conf, conf_path, error));
    assert_non_null(strstr(error, "NUL octet"));
    memset(large, '\n', sizeof large);
    conf_file_write(conf_path, large, sizeof large);
    assert_false(conf_read(&conf, conf_path, error));
    assert_non_null(strstr(error, "larger than 1 MiB"));
}

/* An included file: its options count, its faults name it and its line. */
static void test_include(void **state)
{
    static const char fault[] = "\n\nlistener \"unix:/x\" { profile = none }\n";
    char text[128], error[CONF_ERROR_SIZE], expected[128];

    (void)state;
    assert_true(snprintf(text, sizeof text, "include(\"%s\")\nquorum = 3\n", conf_other_path) > 0);
    conf_file_write(conf_other_path, "mode = monitor\n", 15);
    conf_file_require(text);
    assert_int_equal(conf.policy.mode, VOUCH_MODE_MONITOR);
    assert_int_equal(conf.settings.quorum, 3);
    conf_file_write(conf_other_path, "\nmode = loud\n", 13);
    assert_false(conf_file_read(text, error));
    assert_true(snprintf(expected, sizeof expected, "%s:2: mode = loud", conf_other_path) > 0);
    assert_true(strncmp(error, expected, strlen(expected)) == 0);
    conf_file_write(conf_other_path, fault, strlen(fault));
    assert_false(conf_file_read(text, error));
    assert_true(snprintf(expected, sizeof expected, "%s:3: listener \"unix:/x\"", conf_other_path) > 0);
    assert_true(strncmp(error, expected, strlen(expected)) == 0);
}

/* As many accreditors as there is room for, and one more. */
static void test_most_accreditors(void **state)
{
    (void)state;
    for (unsigned count = VOUCH_SERVICES_MAX; count <= VOUCH_SERVICES_MAX + 1; count++) {
        char text[1024] = "", error[CONF_ERROR_SIZE];
        size_t length = 0;

        for (unsigned i = 0; i < count; i++)
            length += (size_t)snprintf(text + length, sizeof text - length, "accreditor a%u.example { }\n", i);
        assert_int_equal(conf_file_read(text, error), count == VOUCH_SERVICES_MAX);
        if (count > VOUCH_SERVICES_MAX)
            assert_non_null(strstr(error, ":17: accreditor \"a16.example\": more than 16 accreditors"));
    }
}

/* Names of accreditors stand in headers and replies, so they are host names, "_" allowed. */
static void test_accreditor_names(void **state)
{
    static const struct {
        const char *name;
        bool good;
    } rows[] = {
        {"accred.example", true},
        {"csv_vouch", true},
        {"a", true},
        {"a.", true},
        {"", false},
        {".", false},
        {"a..b", false},
        {"a b", false},
        {"a\\046b", false},
        {"a;b", false},
        {"a\nb", false},
        {"b\xc3\xbc", false},
        {"\"a\"", false},
        {"-a.example", true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct conf_accreditor accreditor;
        char error[CONF_ERROR_SIZE];

        if (conf_accreditor_init(&accreditor, rows[i].name, error) != rows[i].good)
            fail_msg("%s", rows[i].name);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),         cmocka_unit_test(test_good_file),
        cmocka_unit_test(test_authserv_id),      cmocka_unit_test(test_faults),
        cmocka_unit_test(test_not_closed),       cmocka_unit_test(test_files_that_are_none),
        cmocka_unit_test(test_include),          cmocka_unit_test(test_most_accreditors),
        cmocka_unit_test(test_accreditor_names),
    };

    return cmocka_run_group_tests_name("conf", tests, conf_file_set_up, conf_file_tear_down);
}
