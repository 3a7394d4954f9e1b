/*
 * list_test.c - private lists: files good and bad, and which entry answers for which name.
 */
#include "accredit/list.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_text(struct list *list, const char *text, size_t length, char error[LIST_ERROR_SIZE])
{
    FILE *file = length == 0 ? fopen("/dev/null", "r") : fmemopen((void *)(uintptr_t)text, length, "r");
    bool fine;

    assert_non_null(file);
    fine = list_read(list, file, "own", error);
    assert_int_equal(fclose(file), 0);
    return fine;
}

static const char *const example = "# what we think of others\n"
                                   "\n"
                                   "  \t \n"
                                   "mail.example.org trusted a good friend\n"
                                   ".example.org blocked # the rest of them\n"
                                   ".sub.EXAMPLE.org.\ttrusted\r\n"
                                   "Example.NET. blocked   \n"
                                   "192-0-2-1.example.net trusted\t#comment";

static const struct {
    const char *name;
    enum vouch_listing listing;
    const char *comment;
} finds[] = {
    {"mail.example.org", VOUCH_LISTED_TRUSTED, "a good friend"},
    {"other.example.org", VOUCH_LISTED_BLOCKED, "the rest of them"},
    {"a.b.c.example.org", VOUCH_LISTED_BLOCKED, "the rest of them"},
    {"x.mail.example.org", VOUCH_LISTED_BLOCKED, "the rest of them"},
    {"x.sub.example.org", VOUCH_LISTED_TRUSTED, ""},
    {"x.y.sub.example.org", VOUCH_LISTED_TRUSTED, ""},
    {"sub.example.org", VOUCH_LISTED_BLOCKED, "the rest of them"}, /* not below itself */
    {"example.org", VOUCH_UNLISTED, ""},
    {"xexample.org", VOUCH_UNLISTED, ""},
    {"example.net", VOUCH_LISTED_BLOCKED, ""},
    {"x.example.net", VOUCH_UNLISTED, ""},
    {"192-0-2-1.example.net", VOUCH_LISTED_TRUSTED, "comment"},
    {"org", VOUCH_UNLISTED, ""},
    {"", VOUCH_UNLISTED, ""},
};

static void test_find(void **state)
{
    struct list *list = list_new();
    char error[LIST_ERROR_SIZE];

    (void)state;
    assert_non_null(list);
    if (!read_text(list, example, strlen(example), error))
        fail_msg("%s", error);
    for (size_t i = 0; i < COUNT(finds); i++) {
        const char *comment = NULL;

        if (list_find(list, finds[i].name, &comment) != finds[i].listing)
            fail_msg("%s", finds[i].name);
        assert_string_equal(comment, finds[i].comment);
    }
    list_free(list);
}

static const struct {
    const char *text;
    size_t length; /* 0: up to the NUL */
    const char *error;
} faults[] = {
    {"a.example\n", 0, "own:1: needs a name and trusted or blocked: a.example"},
    {"\n#\na.example \n", 0, "own:3: needs a name and trusted or blocked: a.example"},
    {"a.example Trusted\n", 0, "own:1: neither trusted nor blocked: Trusted"},
    {"a.example \x1b[2J\n", 0, "own:1: neither trusted nor blocked: \\x1b[2J"},
    {"a..example trusted\n", 0, "own:1: not a domain name: a..example"},
    {". trusted\n", 0, "own:1: not a domain name: ."},
    {".. trusted\n", 0, "own:1: not a domain name: .."},
    {"..a trusted\n", 0, "own:1: not a domain name: ..a"},
    {"a\\ trusted\n", 0, "own:1: not a domain name: a\\"},
    {"localhost maybe\n", 0,
     "own:1: a name of one label, and those are never judged; write the whole name, as in "
     "mail.example.org: localhost"},
    {"localhost trusted\n.. trusted\n", 0, "own:2: not a domain name: .."},
    {"b.example trusted\na.example trusted\nB.example. blocked\n", 0, "own:3: named twice: b.example"},
    {".b.example trusted\nb.example trusted\n.b.example trusted\n", 0, "own:3: named twice: .b.example"},
    {"a.example trusted\nb\0.example trusted\n", 40, "own:2: a NUL octet"},
};

static void test_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(faults); i++) {
        struct list *list = list_new();
        char error[LIST_ERROR_SIZE];
        size_t length = faults[i].length == 0 ? strlen(faults[i].text) : faults[i].length;

        assert_non_null(list);
        if (read_text(list, faults[i].text, length, error))
            fail_msg("row %zu was accepted", i);
        assert_string_equal(error, faults[i].error);
        list_free(list);
    }
}

static const struct {
    const char *text;
    const char *notice;
} useless[] = {
    {"a.example trusted\nc.example blocked\n", ""},
    {"c.example blocked\nlocalhost trusted\na.example trusted\n",
     "own:2: a name of one label, and those are never judged; write the whole name, as in mail.example.org: localhost; "
     "skipped"},
    {"a.example trusted\nmailhost. blocked\nc.example blocked\n",
     "own:2: a name of one label, and those are never judged; write the whole name, as in mail.example.org: mailhost.; "
     "skipped"},
    {"a.example trusted\n192.0.2.0/24 blocked\nc.example blocked\n",
     "own:2: a network, and lists are of names; networks belong in exempt or in an accreditor of style address-list: "
     "192.0.2.0/24; skipped"},
    {"192.0.2.1 blocked\na.example trusted\nc.example blocked\n2001:db8::1 blocked\nlocalhost blocked",
     "own:1: an address, and lists are of names; addresses belong in exempt or in an accreditor of style address-list: "
     "192.0.2.1; skipped, with 2 more like it"},
    {"a.example trusted\nc.example blocked\n*.a.test blocked\n",
     "own:3: wildcards are written with a leading dot, as in \".a.test\": *.a.test; skipped"},
    {"a.example trusted\nc.example blocked\nb\xc3\xbc.example trusted\n",
     "own:3: names are written as A-labels, as in xn--bcher-kva.example: b\\xc3\\xbc.example; skipped"},
    {"a.example trusted\na@b.example trusted\nc.example blocked\n", "own:2: not a domain name: a@b.example; skipped"},
};

/* What no HELO name can match is left out, and said; nothing else is lost. */
static void test_useless(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(useless); i++) {
        struct list *list = list_new();
        char error[LIST_ERROR_SIZE];
        const char *comment;

        assert_non_null(list);
        if (!read_text(list, useless[i].text, strlen(useless[i].text), error))
            fail_msg("row %zu: %s", i, error);
        assert_string_equal(list_notice(list), useless[i].notice);
        assert_int_equal(list_count(list), 2);
        assert_int_equal(list_find(list, "a.example", &comment), VOUCH_LISTED_TRUSTED);
        assert_int_equal(list_find(list, "c.example", &comment), VOUCH_LISTED_BLOCKED);
        assert_int_equal(list_find(list, "localhost", &comment), VOUCH_UNLISTED);
        list_free(list);
    }
}

/* Names of 255 characters are too long; the comment is cut. */
static void test_bounds(void **state)
{
    static const char *const label = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0123456789a";
    struct list *list = list_new();
    char error[LIST_ERROR_SIZE], name[300], line[2000];
    const char *comment;

    (void)state;
    assert_non_null(list);
    assert_true(snprintf(name, sizeof name, ".%s.%s.%s.%.61s", label, label, label, label) == 254);
    assert_true(list_add(list, name, "trusted", "", 1, error));
    assert_true(snprintf(name, sizeof name, "%s.%s.%s.%.62s", label, label, label, label) == 254);
    assert_false(list_add(list, name, "trusted", "", 2, error));
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_false(list_add(list, name, "trusted", "", 3, error));
    memset(line, 'c', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    assert_true(list_add(list, "a.example", "blocked", line, 4, error));
    assert_true(list_seal(list, "own", error));
    assert_int_equal(list_find(list, "a.example", &comment), VOUCH_LISTED_BLOCKED);
    assert_int_equal(strlen(comment), LIST_COMMENT_SIZE - 1);
    list_free(list);
}

/* A long list is sorted whatever its order, and every entry is found. */
static void test_long_list(void **state)
{
    struct list *list = list_new();
    char error[LIST_ERROR_SIZE], name[32];
    const char *comment;

    (void)state;
    assert_non_null(list);
    for (unsigned i = 0; i < 5000; i++) {
        assert_true(snprintf(name, sizeof name, "h%u.example", i * 2654435761U) > 0);
        assert_true(list_add(list, name, i % 3 == 0 ? "trusted" : "blocked", "", i, error));
    }
    assert_true(list_seal(list, "own", error));
    for (unsigned i = 0; i < 5000; i++) {
        assert_true(snprintf(name, sizeof name, "h%u.example", i * 2654435761U) > 0);
        assert_int_equal(list_find(list, name, &comment), i % 3 == 0 ? VOUCH_LISTED_TRUSTED : VOUCH_LISTED_BLOCKED);
    }
    list_free(list);
}

static void test_empty_list(void **state)
{
    struct list *list = list_new();
    char error[LIST_ERROR_SIZE];
    const char *comment;

    (void)state;
    assert_non_null(list);
    assert_true(read_text(list, "", 0, error));
    assert_int_equal(list_find(list, "a.example", &comment), VOUCH_UNLISTED);
    assert_string_equal(comment, "");
    list_free(list);
    list_free(NULL);
}

/* A file that cannot be read, such as a folder, is an error with its cause. */
static void test_unreadable_file(void **state)
{
    struct list *list = list_new();
    FILE *file = fopen("/", "r");
    char error[LIST_ERROR_SIZE];

    (void)state;
    assert_non_null(list);
    assert_non_null(file);
    assert_false(list_read(list, file, "own", error));
    assert_string_equal(error, "own: Is a directory");
    assert_int_equal(fclose(file), 0);
    list_free(list);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_useless),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_long_list),
        cmocka_unit_test(test_empty_list),
        cmocka_unit_test(test_unreadable_file),
    };

    return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
