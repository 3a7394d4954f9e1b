/*
 * watch_difference_test.c - what is published otherwise than a description says; and that no question in trouble, one
 * after the other, ever makes a difference that is none.
 */
#include "dns/zone.h"
#include "tool/watch/difference.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#define QUESTIONS_MAX 512
#define HEAD          "$TTL 3600\nexample.org. SOA ns hostmaster 1 3600 600 86400 300\n@ NS ns\nns A 192.0.2.53\n"
#define MAIL          "_client._smtp.mail SRV 1 2 0 mail\nmail A 192.0.2.10\nmail PTR _vouch._smtp.accred.example.\n"
#define CLOUD         "_client._smtp.cloud.sub SRV 1 3 0 cloud.sub\ncloud.sub PTR _vouch._smtp.accred.example.\n"
#define WWW           "_client._smtp.www SRV 1 1 0 www\n"
#define EXPLICIT      "_client._smtp SRV 1 1 1 @\n"
#define ALL           MAIL CLOUD WWW EXPLICIT

static const char *const ours = "domain = \"example.org\"\ncomplete = yes\nttl = 600\n"
                                "host \"mail\" { addresses = {\"192.0.2.10\"} }\n"
                                "host \"cloud.sub\" { elsewhere = yes }\n"
                                "never = {\"www\"}\n"
                                "disown = {\"@\"}\n"
                                "accreditors = {\"accred.example\"}\n";

/* A world of one zone file that notes the questions, and answers one of them, or all about a name, with trouble. */
struct world {
    struct zones *zones;
    char *asked[QUESTIONS_MAX]; /* "NAME TYPE" */
    size_t count;
    const char *trouble; /* "NAME TYPE" or "NAME " and nothing behind */
    bool is_down;        /* all are in trouble */
    enum vouch_status status;
};

/* world_note - the number of a question, noted once */
static void world_note(struct world *world, const char *question)
{
    for (size_t i = 0; i < world->count; i++) {
        if (strcmp(world->asked[i], question) == 0)
            return;
    }
    assert_in_range(world->count, 0, QUESTIONS_MAX - 1);
    world->asked[world->count] = strdup(question);
    assert_non_null(world->asked[world->count++]);
}

/* world_is_struck - is this question in trouble? */
static bool world_is_struck(const struct world *world, const char *question)
{
    size_t length = world->trouble == NULL ? 0 : strlen(world->trouble);

    return length != 0 && strncmp(question, world->trouble, length) == 0 &&
           (question[length] == '\0' || world->trouble[length - 1] == ' ');
}

static void world_ask(void *owner, const char *name, enum vouch_type type,
                      void (*take)(void *self, const struct vouch_answer *answer), void *self)
{
    struct world *world = owner;
    struct vouch_answer answer;
    char question[VOUCH_NAME_TEXT_SIZE + 16];

    assert_in_range(snprintf(question, sizeof question, "%s %u", name, (unsigned)type), 1, sizeof question - 1);
    memset(&answer, 0, sizeof answer);
    world_note(world, question);
    if (world->is_down || world_is_struck(world, question))
        answer.status = world->status;
    else
        zones_answer(world->zones, name, type, &answer);
    take(self, &answer);
}

static void world_begin(struct world *world, const char *zone)
{
    char error[ZONE_ERROR_SIZE] = "", text[4096];

    memset(world, 0, sizeof *world);
    world->zones = zones_new();
    assert_non_null(world->zones);
    assert_in_range(snprintf(text, sizeof text, "%s%s", HEAD, zone), 1, sizeof text - 1);
    if (!zones_read_text(world->zones, text, strlen(text), "zone", error))
        fail_msg("%s", error);
}

static void world_end(struct world *world)
{
    for (size_t i = 0; i < world->count; i++)
        free(world->asked[i]);
    zones_free(world->zones);
}

/* What one comparison found. */
struct outcome {
    json_t *findings;
    size_t troubles;
    bool known;
};

/* find - compare a description with a world */
static struct outcome find(const char *text, struct world *world, bool is_files)
{
    const struct plan_source source = {world, world_ask, NULL};
    char error[PLAN_ERROR_SIZE] = "";
    FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    struct outcome outcome = {.findings = json_array()};
    struct description description;
    struct watch_sight sight;
    struct plan plan;
    json_t *known;

    assert_non_null(file);
    description_init(&description);
    if (!description_read(&description, file, "ours.conf", error) || !plan_make(&plan, &description, error))
        fail_msg("%s", error);
    fclose(file);
    assert_true(watch_sight_begin(&sight, &source, is_files));
    known = json_object();
    outcome.known = watch_difference_find(&plan, &sight, outcome.findings, known);
    json_decref(known);
    outcome.troubles = json_array_size(sight.troubles);
    assert_false(plan.failed || sight.failed);
    watch_sight_end(&sight);
    plan_free(&plan);
    description_free(&description);
    return outcome;
}

/* member - a text of a finding */
static const char *member(const json_t *finding, const char *key)
{
    const char *text = json_string_value(json_object_get(finding, key));

    assert_non_null(text);
    return text;
}

/* findings_format - "rule name evidence" lines */
static void findings_format(const json_t *findings, char *text, size_t size)
{
    size_t i, length = 0;
    json_t *finding;

    text[0] = '\0';
    json_array_foreach(findings, i, finding)
    {
        length += (size_t)snprintf(text + length, size - length, "%s %s: %s\n", member(finding, "rule"),
                                   member(finding, "name"), member(finding, "evidence"));
        assert_true(length < size);
    }
}

/* expect - these lines, of this description and zone */
static void expect(const char *description, const char *zone, const char *expected)
{
    char text[8192];
    struct outcome outcome;
    struct world world;

    world_begin(&world, zone);
    outcome = find(description, &world, true);
    findings_format(outcome.findings, text, sizeof text);
    assert_true(outcome.known && outcome.troubles == 0);
    if (strcmp(text, expected) != 0)
        fail_msg("of\n%s\ngot\n%s\nexpected\n%s", zone, text, expected);
    json_decref(outcome.findings);
    world_end(&world);
}

static void test_differences(void **state)
{
#define CSA "_client._smtp."
    (void)state;
    expect(ours, ALL, "");
    expect(ours, MAIL CLOUD EXPLICIT, "record-missing " CSA "www.example.org: no SRV 1 1 0 www.example.org.\n");
    expect(ours, ALL "mail A 192.0.2.11\nmail AAAA 2001:db8::1\n",
           "address-extra mail.example.org: A 192.0.2.11\naddress-extra mail.example.org: AAAA 2001:db8::1\n");
    expect(ours, CLOUD WWW EXPLICIT "_client._smtp.mail SRV 1 2 0 other\nmail A 192.0.2.11\n",
           "record-differs " CSA "mail.example.org: SRV 1 2 0 other.example.org.\n"
           "record-differs mail.example.org: A 192.0.2.11\n"
           "record-differs " CSA "mail.example.org: no SRV 1 2 0 mail.example.org.\n"
           "record-differs mail.example.org: no A 192.0.2.10\n"
           "pointer-missing mail.example.org: no PTR _vouch._smtp.accred.example.\n");
    expect(ours, ALL CSA "mail SRV 1 3 0 mail\n",
           "record-extra " CSA "mail.example.org: SRV 1 3 0 mail.example.org.\n");
    expect(ours, ALL "mail PTR _vouch._smtp.other.example.\nmail PTR other.example.\ncloud.sub A 192.0.2.1\n",
           "pointer-extra mail.example.org: PTR _vouch._smtp.other.example.\n");
    expect(ours, CLOUD WWW EXPLICIT CSA "mail SRV 1 2 0 mail\nmail CNAME other\nother A 192.0.2.10\n",
           "record-extra mail.example.org: CNAME other.example.org.\nrecord-missing mail.example.org: no A 192.0.2.10\n"
           "pointer-missing mail.example.org: no PTR _vouch._smtp.accred.example.\n");
}

/* withheld - Explicit that the description asks for and publish would not print, and why */
static void test_withheld(void **state)
{
    static const char half[] =
        "domain = \"example.org\"\nhost \"mail\" { addresses = {\"192.0.2.10\"} }\ndisown = {\"@\"}\n";
    static const char cut[] =
        "domain = \"example.org\"\ncomplete = yes\nhost \"mail.sub\" { elsewhere = yes }\ndisown = {\"@\"}\n";
    char text[8192];
    struct outcome outcome;
    struct world world;

    (void)state;
    world_begin(&world, MAIL);
    outcome = find(half, &world, true);
    findings_format(outcome.findings, text, sizeof text);
    assert_non_null(strstr(text, "explicit-withheld example.org: nothing is disowned: "));
    assert_null(strstr(text, "record-missing"));
    json_decref(outcome.findings);
    world_end(&world);

    world_begin(&world, "sub NS ns.sub\nns.sub A 192.0.2.54\n" EXPLICIT);
    outcome = find(cut, &world, true);
    findings_format(outcome.findings, text, sizeof text);
    assert_non_null(strstr(text, "explicit-withheld example.org: nothing is disowned below example.org: mail.sub."));
    assert_non_null(strstr(text, "record-differs _client._smtp.example.org: SRV 1 1 1 example.org.\n"));
    assert_null(strstr(text, " _client._smtp.mail.sub.example.org: ")); /* nobody here knows */
    json_decref(outcome.findings);
    world_end(&world);
}

/* The TTL of a mend: that of the zone where it is seen, else that of the description. */
static void test_ttl(void **state)
{
    for (unsigned is_files = 0; is_files < 2; is_files++) {
        struct world world;
        struct outcome outcome;

        (void)state;
        world_begin(
            &world,
            "$TTL 7200\nmail PTR _vouch._smtp.accred.example.\n_client._smtp.mail SRV 1 2 0 mail\n" CLOUD WWW EXPLICIT);
        outcome = find(ours, &world, is_files != 0);
        assert_int_equal(json_array_size(outcome.findings), 1);
        assert_string_equal(member(json_array_get(outcome.findings, 0), "mend"),
                            is_files != 0 ? "mail.example.org. 7200 IN A 192.0.2.10"
                                          : "mail.example.org. 600 IN A 192.0.2.10");
        json_decref(outcome.findings);
        world_end(&world);
    }
}

/* expect_within - all findings of one list stand in the other */
static void expect_within(const json_t *findings, const char *all, const char *trouble)
{
    char line[2048];
    size_t i;
    json_t *finding;

    json_array_foreach(findings, i, finding)
    {
        assert_true(snprintf(line, sizeof line, "%s %s: %s\n", member(finding, "rule"), member(finding, "name"),
                             member(finding, "evidence")) > 0);
        if (strstr(all, line) == NULL)
            fail_msg("trouble with %s makes %s", trouble, line);
    }
}

/* play_troubles - a world with each of its questions in trouble: nothing may be found that is not found without */
static size_t play_troubles(const char *description, const char *zone, enum vouch_status status, size_t *kept)
{
    char all[8192], name[VOUCH_NAME_TEXT_SIZE];
    struct world calm, world;
    struct outcome outcome;
    size_t count;

    world_begin(&calm, zone);
    outcome = find(description, &calm, true);
    assert_true(outcome.known && outcome.troubles == 0);
    findings_format(outcome.findings, all, sizeof all);
    json_decref(outcome.findings);
    for (size_t i = 0; i < 2 * calm.count; i++) {
        const char *question = calm.asked[i / 2];

        world_begin(&world, zone);
        world.trouble = question;
        world.status = status;
        if (i % 2 != 0) { /* the whole name */
            memcpy(name, question, strlen(question) + 1);
            strchr(name, ' ')[1] = '\0';
            world.trouble = name;
        }
        outcome = find(description, &world, true);
        assert_true(outcome.troubles != 0);
        expect_within(outcome.findings, all, world.trouble);
        *kept += json_array_size(outcome.findings);
        json_decref(outcome.findings);
        world_end(&world);
    }
    count = calm.count;
    world_end(&calm);
    return count;
}

static void test_trouble_makes_no_difference(void **state)
{
    static const char *const zones[] = {
        ALL,
        "",
        MAIL CLOUD,
        ALL "@ MX 10 mx\nmx A 192.0.2.3\n",
        ALL "@ TXT \"v=spf1 a:relay.example.org -all\"\nrelay A 192.0.2.4\n",
        MAIL CLOUD WWW "_client._smtp SRV 1 1 0 @\n@ MX 10 mx\nmx A 192.0.2.3\n",
        MAIL CLOUD WWW "_client._smtp SRV 1 1 0 @\n@ TXT \"v=spf1 a:relay.example.org -all\"\nrelay A 192.0.2.4\n",
        ALL "*.sub A 192.0.2.9\n*.sub TXT \"x\"\n_client._smtp.sub SRV 1 1 1 sub\n",
        "* A 192.0.2.9\n*.mail SRV 1 2 0 mail\n" CLOUD EXPLICIT,
        ALL "sub NS ns.sub\nns.sub A 192.0.2.54\n",
        MAIL WWW EXPLICIT "sub DNAME other\n",
        CLOUD WWW EXPLICIT CSA "mail CNAME other\nmail CNAME other\nother A 192.0.2.11\n",
        CLOUD WWW EXPLICIT CSA "mail SRV 1 1 0 mail\nmail A 192.0.2.11\nmail PTR _vouch._smtp.other.example.\n",
    };
    static const enum vouch_status troubles[] = {VOUCH_CHAIN, VOUCH_FAILED, VOUCH_TIMEOUT, VOUCH_BOGUS};
    size_t asked = 0, kept = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(zones); i++) {
        for (size_t k = 0; k < COUNT(troubles); k++)
            asked += play_troubles(ours, zones[i], troubles[k], &kept);
    }
    assert_true(asked > 1000);
    assert_true(kept > asked); /* and trouble with one does not hide all the others */
}

/* A DNS that is down is not asked everything, and says nothing of any host: below the domain, and elsewhere. */
static void test_silence(void **state)
{
    static const char *const domains[] = {"", ".other.example."};

    (void)state;
    for (size_t i = 0; i < COUNT(domains); i++) {
        char text[4096] = "domain = \"example.org\"\nnever = {";
        struct outcome outcome;
        struct world world;

        for (size_t k = 0, length = strlen(text); k < 100; k++)
            length += (size_t)snprintf(text + length, sizeof text - length, "\"h%zu%s\"%s", k, domains[i],
                                       k < 99 ? ", " : "}\n");
        world_begin(&world, ALL);
        world.is_down = true;
        world.status = VOUCH_TIMEOUT;
        outcome = find(text, &world, false);
        assert_int_equal(json_array_size(outcome.findings), 0);
        assert_in_range(world.count, 1, 9);
        assert_int_equal(outcome.troubles, world.count);
        assert_int_equal(outcome.known, i == 0); /* what is known of all hosts is that they are dark */
        json_decref(outcome.findings);
        world_end(&world);
    }
}

/* What no zone file holds is not missing; an answer from the DNS that it does not exist is. */
static void test_outside(void **state)
{
    static const char text[] = "domain = \"example.org\"\nhost \"mx.other.example.\" { addresses = {\"192.0.2.7\"} }\n";

    (void)state;
    for (unsigned is_files = 0; is_files < 2; is_files++) {
        struct world world;
        struct outcome outcome;

        world_begin(&world, "");
        outcome = find(text, &world, is_files != 0);
        assert_int_equal(json_array_size(outcome.findings), is_files != 0 ? 0 : 2);
        assert_true(outcome.known && outcome.troubles == 0);
        json_decref(outcome.findings);
        world_end(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_differences), cmocka_unit_test(test_withheld),
        cmocka_unit_test(test_ttl),         cmocka_unit_test(test_trouble_makes_no_difference),
        cmocka_unit_test(test_silence),     cmocka_unit_test(test_outside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
