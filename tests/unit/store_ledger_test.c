/*
 * store_ledger_test.c - the ledger: what is written is found again, privacy, trouble.
 */
#include "ledger_world.h"
#include "unit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void test_decision(void **state)
{
    struct ledger_decision made = decision("d1", START_S), from_memory = decision("d2", START_S);
    struct world world;
    char text[WORLD_TEXT] = "";

    (void)state;
    world_open(&world, ":memory:", &usual);
    ledger_decide(world.ledger, &made);
    assert_true(ledger_find(world.ledger, "d1", show, text));
    assert_string_equal(text, "d1 d1 1728000000000 milter default [192.0.2.77] Mail.Example.ORG mail.example.org "
                              "example.org none no-record zone.example.org forward A list.example neutral continue "
                              "enforce 1 -12 dna-a:0:unproven-name 5 17 {\"csa\":\"none\"}\n");
    text[0] = '\0';
    assert_true(ledger_find(world.ledger, "d3", show, text));
    assert_string_equal(text, ""); /* there is none: no trouble */
    memcpy(from_memory.evaluation, "d1", 3);
    memset(&from_memory.client, 0, sizeof from_memory.client);
    from_memory.detail = "";
    from_memory.helo = "x'); DROP TABLE decision; --";
    from_memory.name = from_memory.organization = "";
    ledger_decide(world.ledger, &from_memory);
    assert_true(ledger_find(world.ledger, "d2", show, text));
    assert_non_null(strstr(text, "d2 d1 1728000000000 milter default [] x'); DROP TABLE decision; --   none"));
    world_close(&world);
}

static void test_queries(void **state)
{
    static const struct {
        const char *id, *name, *organization, *identity;
        int age_s;
    } rows[] = {
        {"a", "mail.example.org", "example.org", "none", 50}, {"b", "example.org", "example.org", "forward", 40},
        {"c", "mail.example.net", "example.net", "tls", 30},  {"d", "mail.example.org", "example.org", "none", 20},
        {"e", "other.example.org", "example.org", "csa", 10}, {"f", "", "", "forward", 0},
    };
    struct world world;
    char text[WORLD_TEXT] = "";

    (void)state;
    world_open(&world, ":memory:", &usual);
    for (size_t i = COUNT(rows); i-- > 0;) {
        struct ledger_decision made = decision(rows[i].id, START_S - rows[i].age_s);

        made.name = rows[i].name;
        made.organization = rows[i].organization;
        made.identity = rows[i].identity;
        ledger_decide(world.ledger, &made);
    }
    assert_true(ledger_decisions(world.ledger, 0, NULL, list, text));
    assert_true(ledger_decisions(world.ledger, (START_S - 20) * 1000, NULL, list, bar(text)));
    assert_true(ledger_decisions(world.ledger, 0, "mail.example.org", list, bar(text)));
    assert_true(ledger_decisions(world.ledger, 0, "example.org", list, bar(text)));
    assert_true(ledger_decisions(world.ledger, (START_S - 39) * 1000, "example.org", list, bar(text)));
    assert_true(ledger_decisions(world.ledger, 0, "x' OR '1'='1", list, bar(text)));
    assert_true(ledger_decisions(world.ledger, 0, NULL, list_one, bar(text)));
    assert_string_equal(text, "f e d c b a |f e d |d a |e d b a |e d ||f ");
    assert_true(ledger_is_proven(world.ledger, "example.org"));
    assert_true(ledger_is_proven(world.ledger, "mail.example.net"));
    assert_true(ledger_is_proven(world.ledger, "other.example.org"));
    assert_false(ledger_is_proven(world.ledger, "mail.example.org"));
    assert_false(ledger_is_proven(world.ledger, "example.net"));
    assert_false(ledger_is_proven(world.ledger, ""));
    world_close(&world);
}

static void test_consequences(void **state)
{
    struct ledger_action late = {"d1", 2000, "reject", "rcpt", "default", "a@example.com", "550 no", true};
    struct ledger_action early = {"d1", 1000, "defer", "helo", "strict", "", "", false};
    struct ledger_action other = {"d2", 1000, "defer", "helo", "strict", "", "", false};
    struct ledger_feedback vote = {"d1", 3000, true, "learn:root", "counted", 7};
    struct world world;
    char text[WORLD_TEXT] = "";

    (void)state;
    world_open(&world, ":memory:", &usual);
    ledger_act(world.ledger, &late);
    ledger_act(world.ledger, &other);
    ledger_act(world.ledger, &early);
    ledger_feedback(world.ledger, &vote);
    assert_true(ledger_actions(world.ledger, "d1", show_action, text));
    assert_true(ledger_feedbacks(world.ledger, "d1", show_feedback, bar(text)));
    assert_true(ledger_feedbacks(world.ledger, "d2", show_feedback, bar(text)));
    assert_string_equal(text, "d1 1000 defer helo strict   0;d1 2000 reject rcpt default a@example.com 550 no 1;|"
                              "d1 3000 1 learn:root counted 7;|");
    world_close(&world);
}

/* With a decision goes what belongs to it, however young: it says nothing any more. */
static void test_left_over(void **state)
{
    struct ledger_decision made = decision("d1", START_S);
    struct ledger_action action = {"d1", (START_S + 10 * DAY_S) * 1000, "reject", "rcpt", "default", "", "", true};
    struct ledger_feedback vote = {"d1", (START_S + 10 * DAY_S) * 1000, true, "a", "counted", 1};
    struct world world;
    char text[WORLD_TEXT] = "";

    (void)state;
    world_open(&world, ":memory:", &usual);
    ledger_decide(world.ledger, &made);
    ledger_act(world.ledger, &action);
    ledger_feedback(world.ledger, &vote);
    ledger_decide(world.ledger, &made); /* told twice, as by a worker that was killed: it is still there */
    clock_s = START_S + 13 * DAY_S;
    assert_false(ledger_expire(world.ledger));
    assert_true(ledger_actions(world.ledger, "d1", show_action, text));
    assert_true(ledger_feedbacks(world.ledger, "d1", show_feedback, text));
    assert_non_null(strstr(text, "rcpt"));
    assert_non_null(strstr(text, "counted"));
    clock_s = START_S + 15 * DAY_S;
    while (ledger_expire(world.ledger))
        continue;
    text[0] = '\0';
    assert_true(ledger_actions(world.ledger, "d1", show_action, text));
    assert_true(ledger_feedbacks(world.ledger, "d1", show_feedback, text));
    assert_string_equal(text, "");
    clock_s = START_S;
    world_close(&world);
}

#define OLD_ID "aaaaaaaaaaaad"

static const char *old_file; /* what made a file of version 1 */

/* make_old - a file of version 1, with a row in each of its tables */
static void make_old(const char *path)
{
    char text[16384];
    sqlite3 *handle = NULL;
    FILE *file = fopen(old_file, "re");
    size_t length;

    assert_non_null(file);
    length = fread(text, 1, sizeof text - 1, file);
    assert_true(length < sizeof text - 1);
    text[length] = '\0';
    assert_int_equal(fclose(file), 0);
    assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_exec(handle, text, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
}

/* A file of an older version gets what it lacks, and keeps what it has. */
static void test_older_file(void **state)
{
    struct ledger_feedback vote = {OLD_ID, 3000, true, "b", "counted", 7};
    char path[] = "/tmp/ledger-XXXXXX", beside[sizeof path + 4], text[WORLD_TEXT] = "";
    static const char *const ends[] = {"-wal", "-shm", ""};
    struct world world;
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    make_old(path);
    world_open(&world, path, &usual);
    assert_null(database_trouble(world.database));
    ledger_feedback(world.ledger, &vote);
    assert_true(ledger_feedbacks(world.ledger, OLD_ID, show_feedback, text));
    assert_string_equal(text, OLD_ID " 1000 1 a counted 1;" OLD_ID " 2000 1 a capped 0;" OLD_ID " 3000 1 b counted 7;");
    assert_int_equal(ledger_counted(world.ledger, OLD_ID, true, 20), 8);
    assert_int_equal(ledger_counted(world.ledger, OLD_ID, true, 5), 5);
    assert_int_equal(ledger_counted(world.ledger, OLD_ID, false, 20), 0);
    world_close(&world);
    for (size_t i = 0; i < COUNT(ends); i++) {
        snprintf(beside, sizeof beside, "%s%s", path, ends[i]);
        unlink(beside);
    }
}

static void test_hashed_names(void **state)
{
    struct ledger_decision made = decision("d1", START_S), again = decision("d2", START_S + 1);
    struct ledger_action action = {"d1", 2000, "reject", "rcpt", "default", "a@example.org", "550 example.org", true};
    struct ledger_rules rules = usual;
    struct world world;
    char text[WORLD_TEXT] = "", other[WORLD_TEXT] = "", *hash;

    (void)state;
    rules.hash_names = true;
    world_open(&world, ":memory:", &rules);
    made.level = again.level = "trusted";
    made.detail = "{\"name\":\"mail.example.org\"}";
    ledger_decide(world.ledger, &made);
    ledger_decide(world.ledger, &again);
    ledger_act(world.ledger, &action);
    assert_false(holds(world.database, "xample"));
    assert_true(holds(world.database, "h:"));
    assert_true(ledger_find(world.ledger, "d1", show, text));
    hash = strstr(text, " h:");
    assert_non_null(hash);
    assert_int_equal(strcspn(hash + 3, " "), 26);
    assert_int_equal(strspn(hash + 3, "abcdefghijklmnopqrstuvwxyz234567"), 26);
    assert_non_null(strstr(text, "list.example")); /* a service is ours */
    text[0] = '\0';
    assert_true(ledger_decisions(world.ledger, 0, "example.org", list, text));
    assert_true(ledger_decisions(world.ledger, 0, "mail.example.org", list, bar(text)));
    assert_true(ledger_decisions(world.ledger, 0, "example.net", list, bar(text)));
    assert_string_equal(text, "d2 d1 |d2 d1 |");
    assert_true(ledger_is_proven(world.ledger, "mail.example.org"));
    assert_false(ledger_is_proven(world.ledger, "mail.example.net"));
    text[0] = '\0';
    assert_true(ledger_find(world.ledger, "d1", show, text));
    world_close(&world);

    world_open(&world, ":memory:", &rules); /* another file, another secret */
    ledger_decide(world.ledger, &made);
    assert_true(ledger_find(world.ledger, "d1", show, other));
    assert_string_not_equal(text, other);
    world_close(&world);
}

/* assert_said - what is kept of a HELO and its name, and not a word more of the address */
static void assert_said(const struct ledger_rules *rules, const char *helo, const char *name, const char *kept)
{
    struct ledger_decision made = decision("d1", START_S);
    struct world world;
    char text[WORLD_TEXT] = "", wanted[WORLD_TEXT];

    world_open(&world, ":memory:", rules);
    made.helo = helo;
    made.name = made.domain = name;
    made.organization = "";
    ledger_decide(world.ledger, &made);
    assert_true(ledger_find(world.ledger, "d1", show, text));
    snprintf(wanted, sizeof wanted, "] %s  none", kept);
    if (strstr(text, wanted) == NULL)
        fail_msg("%s is not in %s", wanted, text);
    assert_false(name[0] != '\0' && strstr(kept, "*.") != NULL && ledger_is_proven(world.ledger, name));
    world_close(&world);
}

/* An address that the client said, or that became a name, is kept no longer than the client's. */
static void test_short_literals(void **state)
{
    struct ledger_rules rules = usual;
    const char *six = "f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa";

    (void)state;
    assert_said(&usual, "[192.0.2.77]", "77.2.0.192.in-addr.arpa", "[192.0.2.77] 77.2.0.192.in-addr.arpa");
    rules.address_bits_4 = 20;
    rules.address_bits_6 = 34;
    assert_said(&rules, "[192.0.2.77]", "77.2.0.192.in-addr.arpa", "[192.0.0.0] *.0.192.in-addr.arpa");
    assert_said(&rules, "192.0.2.77", "", "192.0.0.0 ");
    assert_said(&rules, "[192.0.2.77].", "", "[192.0.0.0] ");
    assert_said(&rules, "[ipV6:2001:db8:ffff::77]", six, "[IPv6:2001:db8:c000::] *.8.b.d.0.1.0.0.2.ip6.arpa");
    assert_said(&rules, "[IPv6:::ffff:192.0.2.77]", "", "[192.0.0.0] ");
    assert_said(&rules, "77.2.0.192.IN-ADDR.ARPA", "77.2.0.192.in-addr.arpa",
                "*.0.192.IN-ADDR.ARPA *.0.192.in-addr.arpa");
    assert_said(&rules, "mail.example.org", "mail.example.org", "mail.example.org mail.example.org");
    assert_said(&rules, "[", "192.in-addr.arpa", "[ 192.in-addr.arpa");
    assert_said(&rules, "[ipv6:]", "in-addr.arpa", "[ipv6:] in-addr.arpa");
    assert_said(&rules, "[192.0.2.77", "", "[192.0.0.0 ");
    assert_said(&rules, "192.0.2.77]", "", "192.0.0.0] ");
    assert_said(&rules, "[[192.0.2.77]]:25", "", "[[192.0.0.0]]:25 ");
    assert_said(&rules, "-192.0.2.77:25.", "", "-192.0.0.0. ");
    assert_said(&rules, "\\xff192.0.2.77\\x00", "", "\\xff192.0.0.0\\x00 ");
    assert_said(&rules, "(IPv4:192.0.2.77", "", "(192.0.0.0 ");
    assert_said(&rules, "[IPv6:2001:db8:ffff::77", "", "[2001:db8:c000:: ");
    assert_said(&rules, "<2001:db8:ffff::77%eth0>", "", "<2001:db8:c000::%eth0> ");
    assert_said(&rules, "[77.2.0.192.in-addr.arpa.]", "", "[*.0.192.in-addr.arpa.] ");
    assert_said(&rules, "mail(1).example.org:25", "", "mail(1).example.org:25 ");
    rules.address_bits_4 = 0;
    assert_said(&rules, "[192.0.2.77]", "77.2.0.192.in-addr.arpa", "[0.0.0.0] *.in-addr.arpa");
    assert_true(ledger_is_cut("*.in-addr.arpa") && ledger_is_cut("*.0.192.in-addr.arpa"));
    assert_false(ledger_is_cut("*.example.org") || ledger_is_cut("0.192.in-addr.arpa"));
}

/* A reply can name what the client's address became. */
static void test_short_replies(void **state)
{
    struct ledger_decision made = decision("d1", START_S);
    struct ledger_action action = {"d1", 2000, "reject", "rcpt", "default", "a@b.test", "550 77.2.0.192.in-addr.arpa",
                                   true};
    struct ledger_rules four = usual, six = usual;

    (void)state;
    four.address_bits_4 = 16;
    six.address_bits_6 = 64;
    for (size_t i = 0; i < 3; i++) {
        struct world world;

        world_open(&world, ":memory:", i == 0 ? &usual : i == 1 ? &four : &six);
        ledger_decide(world.ledger, &made);
        ledger_act(world.ledger, &action);
        assert_int_equal(holds(world.database, "77.2.0.192"), i == 0);
        assert_true(holds(world.database, "a@b.test"));
        world_close(&world);
    }
}

/* Who voted is a name as well; two of them stay two. */
static void test_hashed_sources(void **state)
{
    struct ledger_feedback votes[] = {{"d1", 1000, true, "anna@example.org", "counted", 1},
                                      {"d1", 2000, true, "bert@example.org", "counted", 1},
                                      {"d1", 3000, true, "anna@example.org", "capped", 0}};
    struct ledger_rules rules = usual;
    struct world world;
    char text[WORLD_TEXT] = "", *second, *third;

    (void)state;
    rules.hash_names = true;
    world_open(&world, ":memory:", &rules);
    for (size_t i = 0; i < COUNT(votes); i++)
        ledger_feedback(world.ledger, &votes[i]);
    assert_false(holds(world.database, "xample"));
    assert_true(ledger_feedbacks(world.ledger, "d1", show_feedback, text));
    assert_memory_equal(text, "d1 1000 1 h:", 12);
    second = strchr(text, ';') + 1;
    third = strchr(second, ';') + 1;
    assert_memory_equal(text + 10, third + 10, 28);
    assert_memory_not_equal(text + 10, second + 10, 28);
    world_close(&world);
}

static void assert_kept(const struct ledger_rules *rules, const char *client, const char *kept)
{
    struct ledger_decision made = decision("d1", START_S);
    struct world world;
    char text[WORLD_TEXT] = "", wanted[VOUCH_ADDRESS_SIZE + 2];

    world_open(&world, ":memory:", rules);
    made.client = address(client);
    ledger_decide(world.ledger, &made);
    assert_true(ledger_find(world.ledger, "d1", show, text));
    snprintf(wanted, sizeof wanted, "[%s]", kept);
    assert_non_null(strstr(text, wanted));
    world_close(&world);
}

static void test_short_addresses(void **state)
{
    struct ledger_rules rules = usual;

    (void)state;
    rules.address_bits_4 = 24;
    rules.address_bits_6 = 48;
    assert_kept(&rules, "192.0.2.255", "192.0.2.0");
    assert_kept(&rules, "2001:db8:1:ffff:ffff:ffff:ffff:ffff", "2001:db8:1::");
    rules.address_bits_4 = 25;
    rules.address_bits_6 = 51;
    assert_kept(&rules, "192.0.2.255", "192.0.2.128");
    assert_kept(&rules, "2001:db8:1:ffff:ffff:ffff:ffff:ffff", "2001:db8:1:e000::");
    rules.address_bits_4 = 0;
    rules.address_bits_6 = 128;
    assert_kept(&rules, "192.0.2.255", "0.0.0.0");
    assert_kept(&rules, "2001:db8::ff", "2001:db8::ff");
    rules.address_bits_4 = 24;
    assert_kept(&rules, "::ffff:192.0.2.255", "192.0.2.0");
}

/* Rules change at a reload: what was written under the old ones is still there. */
static void test_other_rules(void **state)
{
    struct ledger_rules hashed = usual;
    struct ledger_decision plain = decision("d0", START_S), made = decision("d2", START_S);
    struct world world;
    char text[WORLD_TEXT] = "";

    (void)state;
    hashed.hash_names = true;
    world_open(&world, ":memory:", &usual);
    ledger_decide(world.ledger, &plain);
    world_rule(&world, &hashed);
    ledger_decide(world.ledger, &made);
    assert_true(ledger_decisions(world.ledger, 0, NULL, list, text));
    assert_true(ledger_find(world.ledger, "d0", list, bar(text)));
    assert_true(ledger_decisions(world.ledger, 0, "mail.example.org", list, bar(text)));
    assert_string_equal(strchr(text, '|'), "|d0 |d2 ");
    world_close(&world);
}

/* Trouble with the file is no trouble for who writes. */
static void test_trouble(void **state)
{
    struct ledger_decision made = decision("d1", START_S);
    struct ledger_rules rules = usual;
    struct world world;
    int rows = 0;

    (void)state;
    rules.hash_names = true;
    world.database = database_open("/nowhere/at/all.db", false);
    assert_non_null(world.database);
    world.ledger = ledger_open(world.database, &usual);
    made.level = "trusted";
    ledger_decide(world.ledger, &made);
    assert_int_equal(database_lost(world.database), 1);
    assert_false(ledger_decisions(world.ledger, 0, NULL, count, &rows));
    assert_false(ledger_find(world.ledger, "d1", count, &rows));
    assert_false(ledger_earned(world.ledger, show_earned, &rows));
    assert_false(ledger_is_proven(world.ledger, "mail.example.org"));
    assert_false(ledger_expire(world.ledger));
    assert_int_equal(rows, 0);
    world_rule(&world, &rules);
    assert_false(ledger_decisions(world.ledger, 0, "example.org", count, &rows));
    world_close(&world);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decision),        cmocka_unit_test(test_queries),
        cmocka_unit_test(test_consequences),    cmocka_unit_test(test_hashed_names),
        cmocka_unit_test(test_short_addresses), cmocka_unit_test(test_other_rules),
        cmocka_unit_test(test_trouble),         cmocka_unit_test(test_left_over),
        cmocka_unit_test(test_older_file),      cmocka_unit_test(test_short_literals),
        cmocka_unit_test(test_short_replies),   cmocka_unit_test(test_hashed_sources),
    };

    if (argc != 2)
        return 2; /* the file that made a database of version 1 */
    old_file = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
