/*
 * conf_option_test.c - the option tables: what each option takes, what it refuses, and that it lands where it should.
 */
#include "conf_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GUARD 8

/* Where values are put: a configuration or a section's item, and something on both sides. */
static union {
    struct conf conf;
    union conf_item item;
    char bytes[sizeof(struct conf) + GUARD];
} room;

/* write_value - a default as in the file: quoted, a list in braces */
static size_t write_value(char *out, size_t size, const struct conf_option *option)
{
    const char *at = option->fallback;
    size_t length = 0;

    if (!conf_is_list(option->type))
        return (size_t)snprintf(out, size, "\"%s\"", at);
    length += (size_t)snprintf(out, size, "{");
    while (*at != '\0') {
        int word = (int)strcspn(at, " ");

        length += (size_t)snprintf(out + length, size - length, "%s\"%.*s\"", at == option->fallback ? "" : ", ", word,
                                   at);
        at += word + (int)strspn(at + word, " ");
    }
    return length + (size_t)snprintf(out + length, size - length, "}");
}

/* An empty file, and one that says each default, leave the defaults. */
static void test_fallbacks_are_the_defaults(void **state)
{
    static struct conf expected;
    static char text[16384];
    size_t length = 0;

    (void)state;
    conf_init(&expected);
    conf_file_require("");
    assert_memory_equal(&conf, &expected, sizeof conf);
    for (size_t i = 0; i < conf_options_count; i++) {
        const char *dot = strchr(conf_options[i].name, '.');
        int section = dot == NULL ? 0 : (int)(dot - conf_options[i].name);

        length += (size_t)snprintf(text + length, sizeof text - length, "%.*s %s %s = ", section, conf_options[i].name,
                                   section != 0 ? "{" : "", section != 0 ? dot + 1 : conf_options[i].name);
        length += write_value(text + length, sizeof text - length, &conf_options[i]);
        length += (size_t)snprintf(text + length, sizeof text - length, " %s\n", section != 0 ? "}" : "");
        assert_true(length < sizeof text);
    }
    conf_file_require(text);
    assert_memory_equal(&conf, &expected, sizeof conf);
}

/* A section that says each default is the same as one that says nothing; a profile's defaults are those of the top. */
static void test_fallbacks_of_sections(void **state)
{
    static const char *const titles[] = {"other", "example.org", "unix:/run/x", "accred.example"};
    static union conf_item expected;

    (void)state;
    conf_init(&conf);
    for (size_t i = 0; i < conf_sections_count; i++) {
        const struct conf_section *section = &conf_sections[i];
        char error[CONF_ERROR_SIZE];

        memset(&room.item, 0, sizeof room.item);
        memset(&expected, 0, sizeof expected);
        assert_true(section->begin(&conf, &room.item, titles[i], error));
        assert_true(section->begin(&conf, &expected, titles[i], error));
        for (size_t k = 0; k < *section->options_count; k++) {
            const struct conf_option *option = &section->options[k];
            char value[CONF_STRING_SIZE];
            const char *at = option->fallback;

            conf_clear(option, &room.item);
            for (; conf_is_list(option->type) && *at != '\0'; at += strspn(at, " ")) {
                int word = (int)strcspn(at, " ");

                assert_true(snprintf(value, sizeof value, "%.*s", word, at) >= 0);
                assert_true(conf_set(option, &room.item, value, error));
                at += word;
            }
            if (!conf_is_list(option->type))
                assert_true(conf_set(option, &room.item, at, error));
            if (memcmp(&room.item, &expected, sizeof expected) != 0)
                fail_msg("%s.%s = %s is not the default", section->name, option->name, option->fallback);
        }
    }
}

/* An option of a profile is the same thing as the one at the top that it stands for. */
static void test_profile_options_are_those_of_the_top(void **state)
{
    static const char *const elsewhere[][2] = {{"temperror", "csa.temperror"},
                                               {"accept_at", "trust.accept_at"},
                                               {"reject_at", "trust.reject_at"},
                                               {"trusted_class", "policy.trusted_class"},
                                               {"prepend", "policy.prepend"}};
    const struct conf_section *profile = conf_find_section("profile");

    (void)state;
    assert_non_null(profile);
    assert_int_equal(*profile->options_count, 12);
    for (size_t i = 0; i < *profile->options_count; i++) {
        const struct conf_option *option = &profile->options[i], *top;
        const char *name = option->name;

        for (size_t k = 0; k < COUNT(elsewhere); k++)
            name = strcmp(elsewhere[k][0], option->name) == 0 ? elsewhere[k][1] : name;
        top = conf_find(conf_options, conf_options_count, name);
        assert_non_null(top);
        if (top->type != option->type || top->min != option->min || top->max != option->max ||
            top->words != option->words || strcmp(top->fallback, option->fallback) != 0)
            fail_msg("%s", name);
    }
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
    char error[CONF_ERROR_SIZE] = "";

    memset(room.bytes + option->offset, 0, option->size);
    if (conf_set(option, &room, value, error))
        fail_msg("%s = %s was accepted", option->name, value);
    if (strncmp(error, option->name, strlen(option->name)) != 0 || strlen(error) <= strlen(option->name) + 2)
        fail_msg("%s = %s: %s", option->name, value, error);
}

/* check_number - the value, and nothing beside its field */
static void check_number(const struct conf_option *option, const char *value, long expected)
{
    size_t first = option->offset < GUARD ? 0 : option->offset - GUARD;
    size_t end = option->offset + option->size + GUARD;
    char error[CONF_ERROR_SIZE];

    memset(room.bytes + first, 0xa5, end - first);
    if (!conf_set(option, &room, value, error))
        fail_msg("%s = %s: %s", option->name, value, error);
    if (number_of(option, &room) != expected)
        fail_msg("%s = %s gave %ld", option->name, value, number_of(option, &room));
    for (size_t i = first; i < end; i++) {
        if ((i < option->offset || i >= option->offset + option->size) && room.bytes[i] != (char)0xa5)
            fail_msg("%s = %s wrote beside its field", option->name, value);
    }
}

/* check_whole - bounds of a whole number, and texts that are none */
static void check_whole(const struct conf_option *option)
{
    static const char *const bad[] = {"", "x", "1x", "1.0", "--1", "0x1", "9999999999999999999999", "-99999"};
    long step = (option->max - option->min) / 1000 + 1;
    char value[32];

    for (long number = option->min; number < option->max; number += step) {
        assert_true(snprintf(value, sizeof value, "%ld", number) > 0);
        check_number(option, value, number);
    }
    assert_true(snprintf(value, sizeof value, "%ld", option->max) > 0);
    check_number(option, value, option->max);
    assert_true(snprintf(value, sizeof value, "%ld", option->min - 1) > 0);
    check_refused(option, value);
    assert_true(snprintf(value, sizeof value, "%ld", option->max + 1) > 0);
    check_refused(option, value);
    for (size_t i = 0; i < COUNT(bad); i++)
        check_refused(option, bad[i]);
}

/* check_octal - every mode, with and without a leading zero */
static void check_octal(const struct conf_option *option)
{
    static const char *const bad[] = {"", "8", "0668", "1000", "01000", "-1", "0x1", "660 ", "rw-rw----", "000000"};
    char value[32];

    for (long number = option->min; number <= option->max; number++) {
        assert_true(snprintf(value, sizeof value, "%lo", (unsigned long)number) > 0);
        check_number(option, value, number);
        assert_true(snprintf(value, sizeof value, "0%lo", (unsigned long)number) > 0);
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
    long step = option->max / 10000 + 1;
    char value[32];

    for (long milli = option->min; milli <= option->max; milli += milli < 2000 ? 1 : step) {
        assert_true(snprintf(value, sizeof value, "%ld.%03ld", milli / 1000, milli % 1000) > 0);
        check_number(option, value, milli);
    }
    assert_true(snprintf(value, sizeof value, "%ld.%03ld", option->max / 1000, option->max % 1000) > 0);
    check_number(option, value, option->max);
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

    if (type == CONF_TOKEN || type == CONF_WORDS)
        return alnum || octet == '-' || octet == '_' || octet == '.';
    if (type == CONF_KEYWORD)
        return alnum || octet == '-';
    if (type == CONF_CLASS)
        return alnum || octet == '_';
    if (type == CONF_PATH || type == CONF_PATHS)
        return octet >= ' ' && octet != 127;
    return octet > ' ' && octet < 127;
}

/* first_text - what was set, or the first value of a list */
static const char *first_text(const struct conf_option *option)
{
    const void *field = room.bytes + option->offset;

    if (option->type == CONF_WORDS)
        return ((const struct conf_words *)field)->words[0];
    return conf_is_list(option->type) ? ((const struct conf_strings *)field)->strings[0] : field;
}

/* check_text - every character, and the length's bounds */
static void check_text(const struct conf_option *option)
{
    static char value[2 * CONF_STRING_SIZE];
    char error[CONF_ERROR_SIZE];

    for (unsigned octet = 1; octet < 256; octet++) {
        char text[] = "a?b";

        text[1] = (char)octet;
        conf_clear(option, &room);
        if (conf_set(option, &room, text, error) != allowed(option->type, octet))
            fail_msg("%s: octet %u", option->name, octet);
    }
    memset(value, 'a', sizeof value - 1);
    value[option->max + 1] = '\0';
    check_refused(option, value);
    value[option->max] = '\0';
    conf_clear(option, &room);
    assert_true(conf_set(option, &room, value, error));
    assert_string_equal(first_text(option), value);
    if (!conf_is_list(option->type)) {
        assert_true(conf_set(option, &room, "short", error));
        for (size_t i = sizeof "short"; i < option->size; i++)
            assert_int_equal(room.bytes[option->offset + i], 0);
    }
    if (option->min > 0)
        check_refused(option, "");
}

static void check_option(const struct conf_option *option)
{
    assert_true(strlen(option->help) > 0);
    switch (option->type) {
    case CONF_BOOL:
    case CONF_WORD:
        check_words(option);
        break;
    case CONF_NUMBER:
    case CONF_COUNT:
        check_whole(option);
        break;
    case CONF_OCTAL:
        check_octal(option);
        break;
    case CONF_MILLI:
    case CONF_SECONDS:
        check_decimal(option);
        break;
    case CONF_TOKEN:
    case CONF_KEYWORD:
    case CONF_CLASS:
    case CONF_STRING:
    case CONF_PATH:
    case CONF_STRINGS:
    case CONF_PATHS:
    case CONF_WORDS:
        check_text(option);
        break;
    case CONF_NETWORKS:
    case CONF_EXEMPTIONS: /* conf_network_test.c */
        check_refused(option, "");
        check_refused(option, "192.0.2.1/33 x");
        break;
    case CONF_CODES:
        check_refused(option, "");
        check_refused(option, "127.0.0.256=A");
        break;
    }
}

static void test_every_option(void **state)
{
    (void)state;
    for (size_t i = 0; i < conf_options_count; i++) {
        check_option(&conf_options[i]);
        assert_ptr_equal(conf_find(conf_options, conf_options_count, conf_options[i].name), &conf_options[i]);
    }
    for (size_t i = 0; i < conf_sections_count; i++) {
        for (size_t k = 0; k < *conf_sections[i].options_count; k++)
            check_option(&conf_sections[i].options[k]);
        assert_ptr_equal(conf_find_section(conf_sections[i].name), &conf_sections[i]);
    }
    assert_null(conf_find(conf_options, conf_options_count, "no.such"));
    assert_null(conf_find_section("nosuch"));
}

/* Whatever thresholds are configured, no score is both trusted and untrusted. */
static void test_thresholds_never_cross(void **state)
{
    const struct conf_option *accept_at = conf_find(conf_options, conf_options_count, "trust.accept_at");
    const struct conf_option *reject_at = conf_find(conf_options, conf_options_count, "trust.reject_at");

    (void)state;
    assert_true(reject_at->max < 0 && accept_at->min > 0);
}

/* A keyword has no hyphen at its ends [RFC 5321 4.1.2]. */
static void test_keyword(void **state)
{
    const struct conf_option *method = conf_find(conf_options, conf_options_count, "header.method");
    char error[CONF_ERROR_SIZE];

    (void)state;
    assert_true(conf_set(method, &room, "x-csv", error));
    check_refused(method, "-csv");
    check_refused(method, "csv-");
    check_refused(method, "-");
}

/* A class never makes Postfix permit at once, which would open a relay, nor do anything else but ask that class. */
static void test_class(void **state)
{
    static const char *const good[] = {"", "csv_trusted", "Trusted2", "oks", "rejected", "_", "p", "skip_blocklists"};
    static const char *const bad[] = {"OK", "ok",  "permit",  "PERMIT", "permit_mynetworks", "Relay", "reject", "DUNNO",
                                      "1",  "250", "prepend", "defer",  "Permit_auth_",      "hold",  "discard"};
    const struct conf_option *trusted = conf_find(conf_options, conf_options_count, "policy.trusted_class");
    char error[CONF_ERROR_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        if (!conf_set(trusted, &room, good[i], error))
            fail_msg("%s: %s", good[i], error);
    }
    for (size_t i = 0; i < COUNT(bad); i++)
        check_refused(trusted, bad[i]);
}

static void test_lists_have_a_bound(void **state)
{
    static const struct {
        const char *name, *value;
        unsigned most;
    } rows[] = {{"dns.resolvers", "192.0.2.1", CONF_STRINGS_MAX},
                {"dns.zone_files", "a", CONF_STRINGS_MAX},
                {"submission_names", "MSA", CONF_WORDS_MAX},
                {"trusted_networks", "192.0.2.1", CONF_NETWORKS_MAX},
                {"exempt", "192.0.2.1 why", CONF_EXEMPTIONS_MAX}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct conf_option *option = conf_find(conf_options, conf_options_count, rows[i].name);
        char error[CONF_ERROR_SIZE], expected[CONF_ERROR_SIZE];
        size_t count;

        conf_clear(option, &room);
        for (unsigned k = 0; k < rows[i].most; k++)
            assert_true(conf_set(option, &room, rows[i].value, error));
        assert_false(conf_set(option, &room, rows[i].value, error));
        assert_true(snprintf(expected, sizeof expected, "%s: more than %u values", rows[i].name, rows[i].most) > 0);
        assert_string_equal(error, expected);
        memcpy(&count, room.bytes + option->offset, sizeof count);
        assert_int_equal(count, rows[i].most);
    }
}

/* What a reload cannot change keeps its old value, and is named. */
static void test_restart(void **state)
{
    static struct conf old;
    char names[CONF_ERROR_SIZE];

    (void)state;
    for (size_t i = 0; i < conf_options_count; i++) {
        bool daemon = strncmp(conf_options[i].name, "daemon.", 7) == 0;

        assert_int_equal(conf_options[i].change == CONF_RESTART, daemon);
    }
    conf_file_require("daemon { user = a control = \"/old\" }\nmode = monitor\n");
    old = conf;
    conf_keep(&conf, &old, names);
    assert_string_equal(names, "");
    conf_file_require("daemon { user = b control = \"/new\" }\nworkers = 7\n");
    conf_keep(&conf, &old, names);
    assert_string_equal(names, "daemon.user, daemon.control");
    assert_string_equal(conf.daemon.user, "a");
    assert_string_equal(conf.daemon.control, "/old");
    assert_int_equal(conf.daemon.workers, 7);
    assert_int_equal(conf.policy.mode, VOUCH_MODE_ENFORCE);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fallbacks_are_the_defaults),
        cmocka_unit_test(test_fallbacks_of_sections),
        cmocka_unit_test(test_profile_options_are_those_of_the_top),
        cmocka_unit_test(test_every_option),
        cmocka_unit_test(test_thresholds_never_cross),
        cmocka_unit_test(test_keyword),
        cmocka_unit_test(test_class),
        cmocka_unit_test(test_lists_have_a_bound),
        cmocka_unit_test(test_restart),
    };

    return cmocka_run_group_tests_name("conf_option", tests, conf_file_set_up, conf_file_tear_down);
}
