/*
 * earned_test.c - the files of the earned list: what stands in them, when they are written, and what trouble leaves.
 *
 * The ledger is played: rows that no ledger would hold have to do no harm either.
 */
#include "daemon/keeper/earned.h"
#include "store/ledger.h"
#include "unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW      1700000000 /* 2023-11-14T22:13:20Z */
#define TEXT_MAX 65536

/* What the ledger holds. */
static struct {
    struct ledger_earned rows[4];
    size_t count;
    bool trouble; /* behind the last row */
    unsigned walks;
} held;

/* In the place of the ledger's own. */
bool ledger_earned(struct ledger *ledger, ledger_each_earned *each, void *owner)
{
    (void)ledger;
    held.walks++;
    for (size_t i = 0; i < held.count; i++)
        if (!each(owner, &held.rows[i]))
            break;
    return !held.trouble;
}

struct place {
    char folder[32];
    struct conf_earned conf;
    char text[TEXT_MAX];
    char error[EARNED_ERROR_SIZE];
};

static const char *const names[] = {"list.cidr", "list.rbl", "list.rbl.ip6", "list.zone", "list.txt"};

static void hold(const char *address, int64_t until_s, const char *name)
{
    struct ledger_earned *row = &held.rows[held.count++];

    assert_true(held.count <= COUNT(held.rows));
    assert_true(vouch_address_parse(&row->address, address, strlen(address)));
    row->until_s = until_s;
    row->name = name;
}

/* path_of - the file of this name; both die at the next call */
static const char *path_of(const struct place *place, const char *name)
{
    static char path[128];

    assert_in_range(snprintf(path, sizeof path, "%s/%s", place->folder, name), 1, sizeof path - 1);
    return path;
}

static void set_path(const struct place *place, char option[CONF_STRING_SIZE], const char *name)
{
    memcpy(option, path_of(place, name), strlen(path_of(place, name)) + 1);
}

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);

    memset(&held, 0, sizeof held);
    assert_non_null(place);
    memcpy(place->folder, "/tmp/earnedXXXXXX", sizeof "/tmp/earnedXXXXXX");
    assert_non_null(mkdtemp(place->folder));
    set_path(place, place->conf.postscreen, "list.cidr");
    set_path(place, place->conf.rbldnsd, "list.rbl");
    set_path(place, place->conf.zone, "list.zone");
    set_path(place, place->conf.text, "list.txt");
    memcpy(place->conf.zone_name, "earned.invalid", sizeof "earned.invalid");
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    DIR *folder = opendir(place->folder);

    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
        if (entry->d_name[0] != '.' && unlinkat(dirfd(folder), entry->d_name, 0) != 0)
            assert_int_equal(unlinkat(dirfd(folder), entry->d_name, AT_REMOVEDIR), 0);
    closedir(folder);
    assert_int_equal(rmdir(place->folder), 0);
    free(place);
    return 0;
}

static void expect_written(struct place *place, int64_t now_s)
{
    if (!earned_write(&place->conf, NULL, now_s, NULL, place->error))
        fail_msg("%s", place->error);
    assert_string_equal(place->error, "");
}

static const char *text_of(struct place *place, const char *name)
{
    FILE *file = fopen(path_of(place, name), "r");
    size_t length;

    assert_non_null(file);
    length = fread(place->text, 1, sizeof place->text - 1, file);
    assert_int_equal(fclose(file), 0);
    place->text[length] = '\0';
    return place->text;
}

static ino_t inode_of(const struct place *place, const char *name)
{
    struct stat status;

    assert_int_equal(stat(path_of(place, name), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0644);
    return status.st_ino;
}

static size_t files_in(const struct place *place)
{
    DIR *folder = opendir(place->folder);
    size_t count = 0;

    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

static void expect_words(const char *text, const char *words)
{
    if (strstr(text, words) == NULL)
        fail_msg("no \"%s\" in:\n%s", words, text);
}

static void test_lines(void **state)
{
    struct place *place = *state;

    hold("192.0.2.1", NOW + 86400, "mail.example.org");
    hold("2001:db8::a:1", NOW + 2 * 86400, "h:abcdefghijklmnopqrstuvwxyz");
    expect_written(place, NOW);
    expect_words(text_of(place, "list.cidr"), "\n# mail.example.org until 2023-11-15\n192.0.2.1/32 permit\n"
                                              "# h:abcdefghijklmnopqrstuvwxyz until 2023-11-16\n"
                                              "2001:db8::a:1/128 permit\n");
    expect_words(place->text, "# Written by vouchsafed");
    expect_words(text_of(place, "list.rbl"), "\n192.0.2.1 :127.0.0.2:mail.example.org until 2023-11-15\n");
    assert_null(strstr(place->text, "2001:db8"));
    expect_words(text_of(place, "list.rbl.ip6"),
                 "\n2001:db8::a:1 :127.0.0.2:h:abcdefghijklmnopqrstuvwxyz until 2023-11-16\n");
    assert_null(strstr(place->text, "192.0.2.1"));
    expect_words(text_of(place, "list.zone"), "\n$ORIGIN earned.invalid.\n$TTL 300\n");
    expect_words(place->text, "\n    1700000000 ; serial\n");
    expect_words(place->text, "\n1.2.0.192 A 127.0.0.2\n1.2.0.192 TXT \"mail.example.org until 2023-11-15\"\n");
    expect_words(place->text, "\n1.0.0.0.a.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2 A 127.0.0.2\n");
    assert_string_equal(text_of(place, "list.txt"),
                        "192.0.2.1 2023-11-15T22:13:20Z mail.example.org\n"
                        "2001:db8::a:1 2023-11-16T22:13:20Z h:abcdefghijklmnopqrstuvwxyz\n");
    assert_int_equal(files_in(place), COUNT(names));
}

static void test_empty(void **state)
{
    struct place *place = *state;

    hold("192.0.2.1", NOW, "over.example.org");
    hold("192.0.2.2", INT64_MAX, "never.example.org"); /* no calendar has that day */
    expect_written(place, NOW);
    assert_string_equal(text_of(place, "list.txt"), "");
    for (size_t i = 0; i < COUNT(names); i++) {
        const char *text = text_of(place, names[i]);

        assert_null(strstr(text, "192.0.2"));
        assert_null(strstr(text, "2.0.192"));
        assert_null(strstr(text, "permit"));
    }
}

/* What is in a name cannot end a line, a string or a comment, begin a template, or make a line longer than it may be.
 */
static void test_hostile_names(void **state)
{
    static const char hostile[] = "a\n0.0.0.0/0 permit\r\"\\;#$ \t\x1b\xff";
    struct place *place = *state;
    char longest[1024];

    memset(longest, '"', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    hold("192.0.2.1", NOW + 1, hostile);
    hold("192.0.2.2", NOW + 1, longest);
    hold("192.0.2.3", NOW + 1, "");
    expect_written(place, NOW);
    for (size_t i = 0; i < COUNT(names); i++) {
        const char *text = text_of(place, names[i]);

        assert_null(strpbrk(text, "\r\t\x1b\xff\\"));
        assert_null(strstr(text, "\n0.0.0.0"));
        assert_null(strstr(text, "$ "));
        for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1)
            assert_in_range(strcspn(line, "\n"), 0, 1200);
    }
    expect_words(text_of(place, "list.zone"), "\n1.2.0.192 TXT \"a%0A0.0.0.0%2F0%20permit%0D%22%5C%3B");
    expect_words(text_of(place, "list.rbl"), "\n192.0.2.1 :127.0.0.2:a%0A0.0.0.0%2F0%20permit%0D%22%5C%3B");
    expect_words(text_of(place, "list.txt"), "Z a%0A0.0.0.0%2F0%20permit%0D%22%5C%3B%23%24%20%09%1B%FF\n");
    expect_words(place->text, "192.0.2.3 2023-11-14T22:13:21Z -\n");
}

/* Nobody is made to read a file anew that says the same. */
static void test_unchanged(void **state)
{
    struct place *place = *state;
    ino_t before[COUNT(names)];

    hold("192.0.2.1", NOW + 86400, "mail.example.org");
    expect_written(place, NOW);
    for (size_t i = 0; i < COUNT(names); i++)
        before[i] = inode_of(place, names[i]);
    expect_written(place, NOW + 60);
    for (size_t i = 0; i < COUNT(names); i++)
        assert_int_equal(inode_of(place, names[i]), before[i]);
    expect_words(text_of(place, "list.zone"), "1700000000 ; serial");

    held.rows[0].until_s += 60; /* the same day: the address was seen once more */
    expect_written(place, NOW + 60);
    for (size_t i = 0; i < 4; i++)
        if (i != 2)
            assert_int_equal(inode_of(place, names[i]), before[i]);
    assert_int_not_equal(inode_of(place, "list.txt"), before[4]);
    before[4] = inode_of(place, "list.txt"); /* the number that was given up may come again */

    hold("192.0.2.2", NOW + 86400, "mail.example.org");
    expect_written(place, NOW + 60);
    for (size_t i = 0; i < COUNT(names); i++)
        if (strcmp(names[i], "list.rbl.ip6") != 0)
            assert_int_not_equal(inode_of(place, names[i]), before[i]);
    assert_int_equal(inode_of(place, "list.rbl.ip6"), before[2]);
    expect_words(text_of(place, "list.zone"), "1700000060 ; serial");

    assert_int_equal(chmod(path_of(place, "list.cidr"), 0600), 0);
    expect_written(place, NOW + 60);
    inode_of(place, "list.cidr");
}

static void test_nothing_wanted(void **state)
{
    struct place *place = *state;

    memset(&place->conf, 0, sizeof place->conf);
    expect_written(place, NOW);
    assert_int_equal(files_in(place), 0);
    assert_int_equal(held.walks, 0);
}

/* A file that cannot be written is named, and the others are written. */
static void test_no_folder(void **state)
{
    struct place *place = *state;

    set_path(place, place->conf.rbldnsd, "missing/list.rbl");
    set_path(place, place->conf.text, "missing/list.txt");
    hold("192.0.2.1", NOW + 86400, "mail.example.org");
    assert_false(earned_write(&place->conf, NULL, NOW, NULL, place->error));
    expect_words(place->error, "/missing/list.rbl: No such file or directory");
    expect_words(text_of(place, "list.cidr"), "192.0.2.1/32 permit\n");
    expect_words(text_of(place, "list.zone"), "1.2.0.192 A");
    assert_int_equal(files_in(place), 2);
}

/* What stands there stays, and no draft does. */
static void test_ledger_trouble(void **state)
{
    struct place *place = *state;
    ino_t before;

    hold("192.0.2.1", NOW + 86400, "mail.example.org");
    expect_written(place, NOW);
    before = inode_of(place, "list.cidr");
    held.trouble = true;
    held.count = 0;
    assert_false(earned_write(&place->conf, NULL, NOW, NULL, place->error));
    expect_words(place->error, "ledger");
    assert_int_equal(inode_of(place, "list.cidr"), before);
    expect_words(text_of(place, "list.cidr"), "192.0.2.1/32 permit\n");
    assert_int_equal(files_in(place), COUNT(names));
}

/* A disk that takes no more: the old list stays. */
static void test_full_disk(void **state)
{
    struct place *place = *state;
    struct rlimit before, none;

    hold("192.0.2.1", NOW + 86400, "mail.example.org");
    expect_written(place, NOW);
    hold("192.0.2.2", NOW + 86400, "mail.example.org");
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    none = before;
    none.rlim_cur = 20;
    assert_ptr_not_equal(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    assert_false(earned_write(&place->conf, NULL, NOW, NULL, place->error));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    expect_words(place->error, "/list.cidr: File too large");
    assert_null(strstr(text_of(place, "list.cidr"), "192.0.2.2"));
    expect_words(place->text, "192.0.2.1/32 permit\n");
    assert_int_equal(files_in(place), COUNT(names));
}

/* A folder in the place of the file: the draft goes, the error comes. */
static void test_folder_in_place(void **state)
{
    struct place *place = *state;

    assert_int_equal(mkdir(path_of(place, "list.cidr"), 0755), 0);
    assert_false(earned_write(&place->conf, NULL, NOW, NULL, place->error));
    expect_words(place->error, "/list.cidr: Is a directory");
    assert_int_equal(files_in(place), COUNT(names));
}

/* Nothing but a plain file of one name is written through. */
static void test_traps(void **state)
{
    struct place *place = *state;
    char victim[128], draft[128];

    memcpy(victim, path_of(place, "victim"), strlen(path_of(place, "victim")) + 1);
    memcpy(draft, path_of(place, "list.cidr.new"), strlen(path_of(place, "list.cidr.new")) + 1);
    assert_int_equal(close(open(victim, O_WRONLY | O_CREAT, 0644)), 0);
    assert_int_equal(symlink(victim, draft), 0);
    assert_false(earned_write(&place->conf, NULL, NOW, NULL, place->error));
    expect_words(place->error, "/list.cidr: Too many levels of symbolic links");
    assert_int_equal(unlink(draft), 0);
    assert_int_equal(link(victim, draft), 0);
    assert_false(earned_write(&place->conf, NULL, NOW, NULL, place->error));
    expect_words(place->error, "/list.cidr: File exists");
    assert_int_equal(unlink(draft), 0);
    assert_int_equal(mkfifo(draft, 0644), 0);
    assert_false(earned_write(&place->conf, NULL, NOW, NULL, place->error));
    expect_words(place->error, "/list.cidr: File exists");
    assert_int_equal(unlink(draft), 0);
    assert_string_equal(text_of(place, "victim"), "");
    expect_written(place, NOW);
}

/* What a crash left is taken over. */
static void test_draft_of_a_crash(void **state)
{
    struct place *place = *state;
    FILE *draft = fopen(path_of(place, "list.txt.new"), "w");

    assert_non_null(draft);
    assert_true(fputs("half a li", draft) >= 0);
    assert_int_equal(fclose(draft), 0);
    hold("192.0.2.1", NOW + 86400, "mail.example.org");
    expect_written(place, NOW);
    assert_string_equal(text_of(place, "list.txt"), "192.0.2.1 2023-11-15T22:13:20Z mail.example.org\n");
    assert_int_equal(files_in(place), COUNT(names));
}

static const char *const zone_names[] = {"a..b", ".a", ".."};

static void test_zone_name(void **state)
{
    struct place *place = *state;

    for (size_t i = 0; i < COUNT(zone_names); i++) {
        memcpy(place->conf.zone_name, zone_names[i], strlen(zone_names[i]) + 1);
        assert_false(earned_write(&place->conf, NULL, NOW, NULL, place->error));
        expect_words(place->error, "earned.zone_name");
        assert_int_equal(access(path_of(place, "list.zone"), F_OK), -1);
    }
    memcpy(place->conf.zone_name, "dot.example.", sizeof "dot.example.");
    expect_written(place, NOW);
    expect_words(text_of(place, "list.zone"), "$ORIGIN dot.example.\n");
}

/* Two kinds cannot share a file; the first one has it. */
static void test_same_name(void **state)
{
    struct place *place = *state;

    set_path(place, place->conf.zone, "list.rbl.ip6");
    hold("192.0.2.1", NOW + 86400, "mail.example.org");
    assert_false(earned_write(&place->conf, NULL, NOW, NULL, place->error));
    expect_words(place->error, "the same name");
    expect_words(text_of(place, "list.rbl.ip6"), "$SOA");
    assert_int_equal(files_in(place), 4);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_lines),           TEST(test_empty),     TEST(test_hostile_names),    TEST(test_unchanged),
        TEST(test_nothing_wanted),  TEST(test_no_folder), TEST(test_ledger_trouble),   TEST(test_full_disk),
        TEST(test_folder_in_place), TEST(test_traps),     TEST(test_draft_of_a_crash), TEST(test_zone_name),
        TEST(test_same_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
