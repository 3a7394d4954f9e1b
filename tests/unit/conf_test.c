/*
 * conf_test.c - the option table, every type of value, and configuration files good and bad.
 */
#include "conf/conf.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/vouchsafe-conf-XXXXXX";
static char path[64], other_path[64];
static struct conf conf;

/* write_file - a file of this content */
static void write_file(const char *name, const char *text, size_t length)
{
    FILE *file = fopen(name, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

/* read_conf - read a file of this text over the defaults */
static bool read_conf(const char *text, char error[CONF_ERROR_SIZE])
{
    write_file(path, text, strlen(text));
    conf_init(&conf);
    return conf_read(&conf, path, error);
}

static void require_conf(const char *text)
{
    char error[CONF_ERROR_SIZE];

    if (!read_conf(text, error))
        fail_msg("%s: %s", text, error);
}

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

/* An empty file, and one that says each default, leave the defaults. */
static void test_fallbacks_are_the_defaults(void **state)
{
    static struct conf expected;
    char text[8192] = "", error[CONF_ERROR_SIZE];
    size_t length = 0;

    (void)state;
    conf_init(&expected);
    require_conf("");
    assert_memory_equal(&conf, &expected, sizeof conf);
    for (size_t i = 0; i < conf_options_count; i++) {
        const char *dot = strchr(conf_options[i].name, '.');
        int section = dot == NULL ? 0 : (int)(dot - conf_options[i].name);

        if (conf_is_list(conf_options[i].type))
            continue;
        length += (size_t)snprintf(text + length, sizeof text - length, "%.*s %s %s = \"%s\" %s\n", section,
                                   conf_options[i].name, section != 0 ? "{" : "",
                                   section != 0 ? dot + 1 : conf_options[i].name, conf_options[i].fallback,
                                   section != 0 ? "}" : "");
        assert_true(length < sizeof text);
    }
    if (!read_conf(text, error))
        fail_msg("%s", error);
    assert_memory_equal(&conf, &expected, sizeof conf);
}

/* number_of - the number in an option's field */
static long number_of(const struct conf_option *option, const void *base)
{
    const char *field = (const char *)base + option->offset;
    int16_t two;
    uint32_t four;

    switch (option->size) {
    case 1:
        return *(const uint8_t *)field;
    case 2:
        memcpy(&two, field, sizeof two);
        return two;
    default:
        memcpy(&four, field, sizeof four);
        return (long)four;
    }
}

/* check_refused - a value that is none: an error that names the option */
static void check_refused(const struct conf_option *option, const char *value)
{
    static struct conf scratch;
    char error[CONF_ERROR_SIZE] = "";

    if (conf_set(option, &scratch, value, error))
        fail_msg("%s = %s was accepted", option->name, value);
    if (strncmp(error, option->name, strlen(option->name)) != 0 || strlen(error) <= strlen(option->name) + 2)
        fail_msg("%s = %s: %s", option->name, value, error);
}

static void check_number(const struct conf_option *option, const char *value, long expected)
{
    static struct conf scratch;
    char error[CONF_ERROR_SIZE];

    memset(&scratch, 0xa5, sizeof scratch);
    if (!conf_set(option, &scratch, value, error))
        fail_msg("%s = %s: %s", option->name, value, error);
    if (number_of(option, &scratch) != expected)
        fail_msg("%s = %s gave %ld", option->name, value, number_of(option, &scratch));
}

/* check_whole - bounds of a whole number, and texts that are none */
static void check_whole(const struct conf_option *option)
{
    static const char *const bad[] = {"", "x", "1x", "1.0", "--1", "0x1", "9999999999999999999999", "-99999"};
    char value[32];

    for (long number = option->min - 1; number <= option->max + 1; number++) {
        assert_true(snprintf(value, sizeof value, "%ld", number) > 0);
        if (number < option->min || number > option->max)
            check_refused(option, value);
        else
            check_number(option, value, number);
    }
    for (size_t i = 0; i < COUNT(bad); i++)
        check_refused(option, bad[i]);
}

/* check_decimal - bounds of a decimal number, and texts that are none */
static void check_decimal(const struct conf_option *option)
{
    static const char *const bad[] = {"",    ".",      ".5",    "1.", "-1", "+1",
                                      "1e1", "0.0001", "1.2.3", "x",  " 1", "99999999999"};
    char value[32];

    for (long milli = option->min; milli <= option->max; milli += milli < 2000 ? 1 : 999) {
        assert_true(snprintf(value, sizeof value, "%ld.%03ld", milli / 1000, milli % 1000) > 0);
        check_number(option, value, milli);
    }
    assert_true(snprintf(value, sizeof value, "%ld.%03ld", (option->max + 1) / 1000, (option->max + 1) % 1000) > 0);
    check_refused(option, value);
    if (option->min > 0) {
        assert_true(snprintf(value, sizeof value, "%ld.%03ld", (option->min - 1) / 1000, (option->min - 1) % 1000) > 0);
        check_refused(option, value);
    }
    for (size_t i = 0; i < COUNT(bad); i++)
        check_refused(option, bad[i]);
}

static void check_words(const struct conf_option *option)
{
    static const char *const yes[] = {"yes", "true", "on"}, *const no[] = {"no", "false", "off"};

    for (size_t i = 0; i < COUNT(yes) && option->type == CONF_BOOL; i++) {
        check_number(option, yes[i], 1);
        check_number(option, no[i], 0);
    }
    for (const struct conf_word *word = option->words; word != NULL && word->word != NULL; word++)
        check_number(option, word->word, (long)word->value);
    check_refused(option, "");
    check_refused(option, "Yes");
    check_refused(option, "enforce ");
    check_refused(option, "1");
}

/* allowed - may this character stand in a text of this type? From conf.h. */
static bool allowed(enum conf_type type, unsigned octet)
{
    bool alnum = (octet >= '0' && octet <= '9') || (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z');

    if (type == CONF_TOKEN)
        return alnum || octet == '-' || octet == '_' || octet == '.';
    if (type == CONF_KEYWORD)
        return alnum || octet == '-';
    if (type == CONF_PATH || type == CONF_PATHS)
        return octet >= ' ' && octet != 127;
    return octet > ' ' && octet < 127;
}

/* check_text - every character, and the length's bounds */
static void check_text(const struct conf_option *option)
{
    static char value[2 * CONF_STRING_SIZE];
    char error[CONF_ERROR_SIZE];

    for (unsigned octet = 1; octet < 256; octet++) {
        char text[] = "a?b";

        text[1] = (char)octet;
        conf_init(&conf);
        if (conf_set(option, &conf, text, error) != allowed(option->type, octet))
            fail_msg("%s: octet %u", option->name, octet);
    }
    memset(value, 'a', sizeof value - 1);
    value[option->max + 1] = '\0';
    check_refused(option, value);
    value[option->max] = '\0';
    conf_init(&conf);
    assert_true(conf_set(option, &conf, value, error));
    if (conf_is_list(option->type))
        assert_string_equal(((struct conf_strings *)(void *)((char *)&conf + option->offset))->strings[0], value);
    else
        assert_string_equal((char *)&conf + option->offset, value);
    if (option->min > 0)
        check_refused(option, "");
}

static void check_option(const struct conf_option *option)
{
    switch (option->type) {
    case CONF_BOOL:
    case CONF_WORD:
        check_words(option);
        break;
    case CONF_NUMBER:
    case CONF_COUNT:
        check_whole(option);
        break;
    case CONF_MILLI:
    case CONF_SECONDS:
        check_decimal(option);
        break;
    case CONF_TOKEN:
    case CONF_KEYWORD:
    case CONF_STRING:
    case CONF_PATH:
    case CONF_STRINGS:
    case CONF_PATHS:
        check_text(option);
        break;
    }
}

/* Every option of both tables: what it takes, what it refuses, and that it lands where it should. */
static void test_every_option(void **state)
{
    (void)state;
    for (size_t i = 0; i < conf_options_count; i++) {
        check_option(&conf_options[i]);
        assert_ptr_equal(conf_find(conf_options, conf_options_count, conf_options[i].name), &conf_options[i]);
        assert_true(strlen(conf_options[i].help) > 0);
    }
    for (size_t i = 0; i < conf_accreditor_options_count; i++)
        check_option(&conf_accreditor_options[i]);
    assert_null(conf_find(conf_options, conf_options_count, "no.such"));
}

/* A keyword has no hyphen at its ends [RFC 5321 4.1.2]. */
static void test_keyword(void **state)
{
    const struct conf_option *method = conf_find(conf_options, conf_options_count, "header.method");
    char error[CONF_ERROR_SIZE];

    (void)state;
    conf_init(&conf);
    assert_true(conf_set(method, &conf, "x-csv", error));
    check_refused(method, "-csv");
    check_refused(method, "csv-");
    check_refused(method, "-");
}

static void test_lists_have_a_bound(void **state)
{
    const struct conf_option *resolvers = conf_find(conf_options, conf_options_count, "dns.resolvers");
    char error[CONF_ERROR_SIZE];

    (void)state;
    conf_init(&conf);
    for (unsigned i = 0; i < CONF_STRINGS_MAX; i++)
        assert_true(conf_set(resolvers, &conf, "192.0.2.1", error));
    assert_false(conf_set(resolvers, &conf, "192.0.2.1", error));
    assert_string_equal(error, "dns.resolvers: more than 32 values");
    assert_int_equal(conf.dns.resolvers.count, CONF_STRINGS_MAX);
}

static void test_good_file(void **state)
{
    (void)state;
    require_conf("# a comment\n"
                 "mode = monitor // another\n"
                 "reject_at_stage = \"mail\"\n"
                 "quorum = 2\n"
                 "csa { strict = yes temperror = defer }\n"
                 "trust {\n"
                 "  accept_at = 1\n"
                 "  reject_at = -1\n"
                 "  reputation_for = 0.25\n"
                 "}\n"
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
    assert_int_equal(conf.dns.timeout_ms, 2500);
    assert_int_equal(conf.dns.resolvers.count, 3);
    assert_string_equal(conf.dns.resolvers.strings[1], "2001:db8::1@53");
    assert_int_equal(conf.settings.services_count, 3);
    assert_string_equal(conf.settings.services[0].name, "accred.example");
    assert_int_equal(conf.settings.services[0].weight_milli, 500);
    assert_false(conf.settings.services[0].negatives);
    assert_int_equal(conf.settings.services[1].style, VOUCH_STYLE_LIST);
    assert_string_equal(conf.list_files[1], "/etc/own list");
    assert_true(conf.settings.services[2].only_if_listed);
}

/* An empty authserv-id is this host's name, whether the file says so or nothing. */
static void test_authserv_id(void **state)
{
    char host[VOUCH_NAME_SIZE] = "";

    (void)state;
    assert_int_equal(gethostname(host, sizeof host - 1), 0);
    require_conf("header { authserv_id = \"\" }");
    assert_true(conf.policy.authserv_id[0] != '\0');
    if (strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == strlen(host))
        assert_string_equal(conf.policy.authserv_id, host);
    require_conf("header { authserv_id = mx.example.net }");
    assert_string_equal(conf.policy.authserv_id, "mx.example.net");
}

/* Each fault with its line and its cause. */
static const struct {
    const char *text;
    unsigned line;
    const char *cause;
} faults[] = {
    {"mode = loud\n", 1, "mode = loud: must be one of enforce, monitor"},
    {"\n\nquorum = 0\n", 3, "quorum = 0: must be a whole number from 1 to 6"},
    {"csa {\n strict = maybe\n}\n", 2, "csa.strict = maybe: must be yes or no"},
    {"trust {\n\n accept_at = 101\n}\n", 3, "trust.accept_at = 101: must be a whole number from 1 to 100"},
    {"trust { accept_at = 0 }\n", 1, "trust.accept_at = 0: must be a whole number"},
    {"trust { reject_at = 0 }\n", 1, "trust.reject_at = 0: must be a whole number"},
    {"trust { reputation_for = 1.5 }\n", 1, "trust.reputation_for = 1.5: must be a number from 0 to 1"},
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
    {"accreditor x { style = vbr }\n", 1, "style = vbr: must be one of dna, list"},
    {"accreditor x { style = list }\n", 1, "accreditor \"x\": style list needs a file"},
    {"accreditor x { file = y }\n", 1, "accreditor \"x\": file goes with style list only"},
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
    for (size_t i = 0; i < COUNT(faults); i++) {
        char error[CONF_ERROR_SIZE], expected[128];

        if (read_conf(faults[i].text, error))
            fail_msg("%s was accepted", faults[i].text);
        assert_true(snprintf(expected, sizeof expected, "%s:%u: ", path, faults[i].line) > 0);
        if (strncmp(error, expected, strlen(expected)) != 0 || strstr(error, faults[i].cause) == NULL ||
            strlen(error) <= strlen(expected))
            fail_msg("%s gave %s", faults[i].text, error);
    }
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

        if (read_conf(texts[i], error))
            fail_msg("%s was accepted", texts[i]);
        assert_true(strncmp(error, path, strlen(path)) == 0 && strlen(error) > strlen(path) + 4);
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
    write_file(path, "mode = \0monitor", 15);
    assert_false(conf_read(&conf, path, error));
    assert_non_null(strstr(error, "NUL octet"));
    memset(large, '\n', sizeof large);
    write_file(path, large, sizeof large);
    assert_false(conf_read(&conf, path, error));
    assert_non_null(strstr(error, "larger than 1 MiB"));
}

/* An included file: its options count, its faults name it and its line. */
static void test_include(void **state)
{
    char text[128], error[CONF_ERROR_SIZE], expected[128];

    (void)state;
    assert_true(snprintf(text, sizeof text, "include(\"%s\")\nquorum = 3\n", other_path) > 0);
    write_file(other_path, "mode = monitor\n", 15);
    require_conf(text);
    assert_int_equal(conf.policy.mode, VOUCH_MODE_MONITOR);
    assert_int_equal(conf.settings.quorum, 3);
    write_file(other_path, "\nmode = loud\n", 13);
    assert_false(read_conf(text, error));
    assert_true(snprintf(expected, sizeof expected, "%s:2: mode = loud", other_path) > 0);
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
        assert_int_equal(read_conf(text, error), count == VOUCH_SERVICES_MAX);
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

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    return snprintf(path, sizeof path, "%s/file", folder) > 0 &&
                   snprintf(other_path, sizeof other_path, "%s/other", folder) > 0
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    (void)state;
    remove(path);
    remove(other_path);
    return rmdir(folder);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_fallbacks_are_the_defaults),
        cmocka_unit_test(test_every_option),
        cmocka_unit_test(test_keyword),
        cmocka_unit_test(test_lists_have_a_bound),
        cmocka_unit_test(test_good_file),
        cmocka_unit_test(test_authserv_id),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_not_closed),
        cmocka_unit_test(test_files_that_are_none),
        cmocka_unit_test(test_include),
        cmocka_unit_test(test_most_accreditors),
        cmocka_unit_test(test_accreditor_names),
    };

    return cmocka_run_group_tests_name("conf", tests, set_up, tear_down);
}
