/*
 * observe_test.c - the parts that the readers of configurations, logs and messages stand on.
 */
#include "observe/exim.h"
#include "observe/log.h"
#include "observe/postfix_expand.h"
#include "observe/proposal.h"
#include "observe/received.h"

#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* test_lines - long lines are cut, NUL and CR do no harm, a missing line end neither */
static void test_lines(void **state)
{
    size_t size = 3 * (size_t)LINES_LENGTH_MAX;
    char *text = malloc(size);
    struct lines lines;
    FILE *file;

    (void)state;
    assert_non_null(text);
    memset(text, 'x', size);
    text[size - 5] = '\n';
    memcpy(text + size - 4, "a\0\r\n", 4);
    file = fmemopen(text, size, "r");
    assert_non_null(file);
    assert_true(lines_open(&lines, file, "f"));
    assert_true(lines_next(&lines));
    assert_int_equal(strlen(lines.line), LINES_LENGTH_MAX);
    lines_again(&lines);
    assert_true(lines_next(&lines));
    assert_int_equal(lines.number, 1);
    assert_true(lines_next(&lines));
    assert_string_equal(lines.line, "a");
    assert_int_equal(lines.number, 2);
    assert_false(lines_next(&lines));
    lines_close(&lines);
    fclose(file);
    free(text);
}

/* test_names - what can be published as a HELO name */
static void test_names(void **state)
{
    static const char *const good[] = {"mail.example.org", "MAIL.Example.ORG.", "a-b.c1.xn--p1ai", "1.example.org"};
    static const char *const bad[] = {"",
                                      "mail",
                                      "[192.0.2.1]",
                                      "192.0.2.1",
                                      "2001:db8::1",
                                      "a_b.example.org",
                                      "-a.b.org",
                                      "a..example.org",
                                      ".example.org",
                                      "a.b..",
                                      "mail.local",
                                      "mail.home.arpa",
                                      "a.123",
                                      "a b.example.org",
                                      "x.localdomain"};
    char name[VOUCH_NAME_SIZE], label[300];
    const char *why;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(sightings_name(name, good[i], &why));
    assert_true(sightings_name(name, good[1], &why));
    assert_string_equal(name, "mail.example.org");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(sightings_name(name, bad[i], &why));
        assert_non_null(why);
    }
    memset(label, 'a', sizeof label);
    memcpy(label + 290, ".org", 5);
    assert_false(sightings_name(name, label, &why));
}

/* test_addresses - how MTAs write them, and which are private */
static void test_addresses(void **state)
{
    static const char *const forms[] = {"192.0.2.1", "[192.0.2.1]", "[192.0.2.1]:25", "[IPv6:2001:db8::1]",
                                        "2001:db8::1%eth0"};
    static const char *const private[] = {"10.0.0.1",    "127.0.0.1",  "172.31.1.1", "192.168.1.1",
                                          "169.254.1.1", "100.64.0.1", "0.0.0.0",    "::1",
                                          "fe80::1",     "fc00::1",    "224.0.0.1",  "::"};
    static const char *const public[] = {"192.0.2.1", "172.32.0.1",  "100.128.0.1",
                                         "11.0.0.1",  "2001:db8::1", "192.169.0.1"};
    struct vouch_address address;

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        assert_true(sightings_read_address(&address, forms[i], strlen(forms[i])));
    assert_false(sightings_read_address(&address, "[192.0.2.1", 10));
    assert_false(sightings_read_address(&address, "", 0));
    for (size_t i = 0; i < sizeof private / sizeof private[0]; i++) {
        assert_true(sightings_read_address(&address, private[i], strlen(private[i])));
        assert_true(sightings_is_private(&address));
    }
    for (size_t i = 0; i < sizeof public / sizeof public[0]; i++) {
        assert_true(sightings_read_address(&address, public[i], strlen(public[i])));
        assert_false(sightings_is_private(&address));
    }
}

/* test_postfix_unknown - what cannot be known is said to be so, and ends */
static void test_postfix_unknown(void **state)
{
    static const char *const texts[] = {"$a", "$unknown_here", "${a", "$", "${{x} ~ {y} ? {z}}", "${a+b}", "$b"};
    struct machine machine = {.hostname = "", .canonical = ""};
    struct settings settings;
    char value[512];

    (void)state;
    settings_init(&settings);
    assert_true(settings_set(&settings, "a", "$b$b", "m:1"));
    assert_true(settings_set(&settings, "b", "$a$a", "m:2"));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct postfix_scope scope;
        struct text text;

        postfix_scope_init(&scope, &settings, &machine);
        text_init(&text, value, sizeof value);
        assert_false(postfix_expand(&scope, text_bytes(texts[i]), &text));
        assert_non_null(scope.unknown);
    }
    settings_free(&settings);
}

/* read_log - a log with these lines, for a domain */
static void read_log(struct sightings *sightings, char *text)
{
    FILE *file = fmemopen(text, strlen(text), "r");
    struct lines lines;

    assert_non_null(file);
    assert_true(sightings_init(sightings));
    sightings_domain(sightings, "example.org");
    assert_true(lines_open(&lines, file, "log"));
    log_read(sightings, &lines);
    lines_close(&lines);
    fclose(file);
}

/* test_exim_log - only what Exim itself writes counts, not what recipients and servers do */
static void test_exim_log(void **state)
{
    char text[] =
        "2026-01-02 01:00:00 1xVIoO-0001Ra-2Y => \"x I=[192.0.2.66]\"@y R=r T=t H=m [198.51.100.25] I=[192.0.2.1]:4711 "
        "C=\"250 I=[192.0.2.67]\"\n"
        "2026-01-02 01:00:00 1xVIoO-0001Ra-2Y <= x@y H=c.example.com [198.51.100.1] I=[192.0.2.68]:25 P=esmtp\n"
        "2026-01-02 01:00:00 1xVIoO-0001Ra-2Y -> z@y R=r T=t H=m [10.0.0.1] I=[10.0.0.2]\n"
        "2026-01-02 01:00:00 1xVIoO-0001Ra-2Y ** z@y R=r T=t H=m [198.51.100.25]: SMTP error from remote mail server after EHLO "
        "mail.example.org: 550 SMTP error from remote mail server after EHLO evil.example.org: x\n";
    struct sightings sightings;

    (void)state;
    read_log(&sightings, text);
    assert_int_equal(sightings.senders_count, 1);
    assert_int_equal(sightings.senders[0].addresses_count, 1);
    assert_int_equal(sightings.senders[0].addresses[0].address.octets[3], 1);
    assert_int_equal(sightings.senders[0].direct, 1);
    assert_int_equal(sightings.senders[0].relayed, 1);
    assert_string_equal(sightings.senders[0].helo, "mail.example.org");
    assert_int_equal(sightings.pairs_count, 0);
    sightings_free(&sightings);
}

/* test_claims - a name that some client said is told and never proposed */
static void test_claims(void **state)
{
    char text[] =
        "Jan  2 01:00:00 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[192.0.2.66]: x helo=<mail.example.org>\n";
    struct sightings sightings;
    struct proposal proposal;

    (void)state;
    read_log(&sightings, text);
    assert_int_equal(sightings.pairs_count, 0);
    assert_int_equal(sightings.claims_count, 1);
    proposal_make(&proposal, &sightings, NULL, 0);
    assert_int_equal(proposal.hosts_count, 0);
    assert_int_equal(sightings.remarks_count, 1);
    proposal_free(&proposal);
    sightings_free(&sightings);
}

/* test_bounds - more names than there is room for are counted */
static void test_bounds(void **state)
{
    struct sighted_address seen = {
        .address = {4, {192, 0, 2, 1}}, .evidence = EVIDENCE_LOG, .times = 1, .place = "x:1"};
    struct sightings sightings;
    struct proposal proposal;
    char name[64];

    (void)state;
    assert_true(sightings_init(&sightings));
    for (int i = 0; i < SIGHTINGS_PAIRS_MAX + 5; i++) {
        snprintf(name, sizeof name, "m%d.example.org", i);
        sightings_pair(&sightings, name, &seen);
    }
    assert_int_equal(sightings.pairs_count, SIGHTINGS_PAIRS_MAX);
    assert_int_equal(sightings.left_out[LEFT_PAIRS], 5);
    proposal_make(&proposal, &sightings, NULL, 0);
    assert_int_equal(proposal.hosts_count, PROPOSAL_HOSTS_MAX);
    assert_non_null(strstr(sightings.remarks[sightings.remarks_count - 1].text, "left out"));
    proposal_free(&proposal);
    sightings_free(&sightings);
}

/* is_remarked - does some remark hold these words? */
static bool is_remarked(const struct sightings *sightings, const char *words)
{
    for (size_t i = 0; i < sightings->remarks_count; i++) {
        if (strstr(sightings->remarks[i].text, words) != NULL)
            return true;
    }
    return false;
}

/* test_flood - claims of strangers push out neither what was proven later nor what configurations need said */
static void test_flood(void **state)
{
    struct sighted_address seen = {
        .address = {4, {192, 0, 2, 66}}, .evidence = EVIDENCE_CLAIM, .times = 1, .place = "log:1"};
    struct sightings sightings;
    struct proposal proposal;
    char name[64];

    (void)state;
    assert_true(sightings_init(&sightings));
    for (int i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "x%d.example.org", i);
        sightings_pair(&sightings, name, &seen);
        sightings_remark_logged(&sightings, name, "of a log");
    }
    seen.evidence = EVIDENCE_LOG;
    sightings_pair(&sightings, "mail.example.org", &seen);
    sightings_pair(&sightings, "x1.example.org", &seen);
    sightings_remark(&sightings, "main.cf:1", "of a configuration");
    proposal_make(&proposal, &sightings, NULL, 0);
    assert_int_equal(proposal.hosts_count, 2);
    assert_true(is_remarked(&sightings, "of a configuration"));
    assert_true(is_remarked(&sightings, "2984 sightings of more claims"));
    assert_true(is_remarked(&sightings, "sightings of more remarks"));
    proposal_free(&proposal);
    sightings_free(&sightings);
}

/* test_full - where all room is taken, each kind of what was left out is told still */
static void test_full(void **state)
{
    struct sightings sightings;
    char place[64];

    (void)state;
    assert_true(sightings_init(&sightings));
    for (int i = 0; i < SIGHTINGS_REMARKS_MAX + 3; i++) {
        snprintf(place, sizeof place, "f:%d", i);
        sightings_remark(&sightings, place, "x");
    }
    assert_int_equal(sightings.left_out[LEFT_REMARKS], 3);
    for (size_t i = 0; i < LEFT_KINDS; i++)
        sightings.left_out[i] = i + 1;
    sightings_tell_left_out(&sightings);
    assert_int_equal(sightings.remarks_count, SIGHTINGS_REMARKS_MAX + LEFT_KINDS);
    assert_true(is_remarked(&sightings, "1 sightings of more ways"));
    sightings_free(&sightings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),           cmocka_unit_test(test_names),    cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_postfix_unknown), cmocka_unit_test(test_exim_log), cmocka_unit_test(test_claims),
        cmocka_unit_test(test_bounds),          cmocka_unit_test(test_flood),    cmocka_unit_test(test_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
