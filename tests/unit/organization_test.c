/*
 * organization_test.c - organizational domains: what is one, what has none, and lists that cannot be read.
 */
#include "accredit/organization.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A name, and where its organization begins; -1: it has none. */
struct row {
    const char *name;
    int at;
};

static void expect_rows(const struct organizations *organizations, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *found = organizations_find(organizations, rows[i].name);

        if (rows[i].at < 0 ? found[0] != '\0' : found != rows[i].name + rows[i].at)
            fail_msg("%s: found %s", rows[i].name, found);
    }
}

/* The list of the system, or the one built in: suffixes of one label and more, private ones, names that have none. */
static void test_names(void **state)
{
    static const struct row rows[] = {
        {"mail.example.com", 5},
        {"example.com", 0},
        {"a.b.c.d.e.f.g.mail.example.com", 19},
        {"mail.example.co.uk", 5},
        {"example.co.uk", 0},
        {"x.y.me.github.io", 4}, /* a suffix of the list's private part */
        {"me.github.io", 0},
        {"a.www.ck", 2}, /* an exception to the wildcard *.ck */
        {"mail.example.nosuchtld", 5},
        {"mail.a_b.org", 5},
        {"com", -1},
        {"co.uk", -1},
        {"uk", -1},
        {"github.io", -1},
        {"example.ck", -1},
        {"localhost", -1},
        {"nosuchtld", -1},
        {"", -1},
        {".", -1},
        {"..", -1},
        {".com", -1},
        {".example.com", -1},
    };
    char error[ORGANIZATION_ERROR_SIZE];
    struct organizations *organizations = organizations_open("", error);

    (void)state;
    assert_non_null(organizations);
    assert_string_equal(error, "");
    expect_rows(organizations, rows, COUNT(rows));
    organizations_close(organizations);
}

/* Any octets: the answer is a suffix of the question, in its own memory, or nothing. */
static void test_odd_octets(void **state)
{
    char error[ORGANIZATION_ERROR_SIZE];
    struct organizations *organizations = organizations_open("", error);

    (void)state;
    assert_non_null(organizations);
    for (unsigned octet = 1; octet < 256; octet++) {
        for (unsigned place = 0; place < 9; place++) {
            char name[] = "ab.cd.com";
            const char *found;

            name[place] = (char)octet;
            found = organizations_find(organizations, name);
            if (found[0] != '\0')
                assert_true(found >= name && found < name + sizeof name - 1);
        }
    }
    organizations_close(organizations);
}

/* write_list - a file with this text; its name lives in `path` */
static void write_list(char *path, const char *text)
{
    int descriptor = mkstemp(path);

    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
    close(descriptor);
}

/* A list of one's own, in words: it alone decides. */
static void test_own_list(void **state)
{
    static const struct row rows[] = {{"mail.a.test", 0}, {"x.mail.a.test", 2}, {"a.test", -1}, {"b.test", 0}};
    char path[] = "/tmp/organization-XXXXXX";
    char error[ORGANIZATION_ERROR_SIZE];
    struct organizations *organizations;

    (void)state;
    write_list(path, "// a comment\ntest\na.test\n");
    organizations = organizations_open(path, error);
    unlink(path);
    assert_non_null(organizations);
    expect_rows(organizations, rows, COUNT(rows));
    organizations_close(organizations);
}

/* The compact form that Debian ships. */
static void test_dafsa(void **state)
{
    static const struct row rows[] = {{"mail.example.co.uk", 5}, {"co.uk", -1}};
    char error[ORGANIZATION_ERROR_SIZE];
    struct organizations *organizations = organizations_open("/usr/share/publicsuffix/public_suffix_list.dafsa", error);

    (void)state;
    assert_non_null(organizations);
    expect_rows(organizations, rows, COUNT(rows));
    organizations_close(organizations);
}

/* A path that was given and cannot be read is an error with file and cause. */
static void test_errors(void **state)
{
    static const char *const rows[][2] = {
        {"/nonexistent/list", "/nonexistent/list: No such file or directory"},
        {"/dev/null", "/dev/null: is empty"},
        {"/tmp", "/tmp: Is a directory"},
        {"/nonexistent/\n\x1b[m", "/nonexistent/\\x0a\\x1b[m: No such file or directory"},
    };
    char error[ORGANIZATION_ERROR_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_null(organizations_open(rows[i][0], error));
        assert_string_equal(error, rows[i][1]);
    }
    organizations_close(NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names), cmocka_unit_test(test_odd_octets), cmocka_unit_test(test_own_list),
        cmocka_unit_test(test_dafsa), cmocka_unit_test(test_errors),
    };

    return cmocka_run_group_tests_name("organization", tests, NULL, NULL);
}
