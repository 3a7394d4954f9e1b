/*
 * watch_test.c - what counts as a change between two reports of lint, and what never does.
 */
#include "tool/watch/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define FINDING(rule, severity, evidence)                                                                              \
    "{\"rule\":\"" rule "\",\"severity\":\"" severity "\",\"clause\":\"CSA 4\",\"name\":\"a.example.org\","            \
    "\"evidence\":\"" evidence "\",\"mend\":\"x\",\"advice\":\"\"}"
#define REPORT(complete, findings, troubles)                                                                           \
    "{\"subject\":\"example.org\",\"complete\":" complete ",\"findings\":[" findings "],\"troubles\":[" troubles "]}"

#define RECORDS(complete, records)                                                                                     \
    "{\"subject\":\"example.org\",\"complete\":" complete ",\"findings\":[],\"troubles\":[],\"records\":{" records "}}"

#define FINE    REPORT("true", "", "")
#define TROUBLE REPORT("false", "", "\"SERVFAIL\"")

/* One run: the report, and the changes that it makes, as "change rule-or-runs" words. */
struct step {
    const char *report, *changes;
};

/* changes_format - the changes in short */
static void changes_format(const json_t *changes, char *text, size_t size)
{
    size_t i, length = 0;
    json_t *change;

    text[0] = '\0';
    json_array_foreach(changes, i, change)
    {
        const char *rule = json_string_value(
            json_object_get(change, json_object_get(change, "type") ? "type" : "rule"));

        assert_string_equal(json_string_value(json_object_get(change, "subject")), "example.org");
        length += (size_t)snprintf(text + length, size - length, "%s%s", length == 0 ? "" : ", ",
                                   json_string_value(json_object_get(change, "change")));
        if (rule != NULL)
            length += (size_t)snprintf(text + length, size - length, " %s", rule);
        else
            length += (size_t)snprintf(text + length, size - length, " %lld",
                                       (long long)json_integer_value(json_object_get(change, "runs")));
    }
}

/* play - several runs with one state */
static void play(const struct step *steps, size_t count, bool quiet)
{
    struct watch_rules rules = {.patience = 2, .quiet_start = quiet, .now = "now"};
    json_t *root = json_pack("{s:i,s:{},s:{}}", "vouchsafe_watch", 1, "subjects", "untold");

    for (size_t i = 0; i < count; i++) {
        json_t *report = json_loads(steps[i].report, 0, NULL);
        json_t *changes = json_array();
        char text[512];

        assert_non_null(report);
        assert_true(watch_compare(root, report, &rules, changes));
        changes_format(changes, text, sizeof text);
        if (strcmp(text, steps[i].changes) != 0)
            fail_msg("run %zu of %s: got \"%s\", expected \"%s\"", i, steps[i].report, text, steps[i].changes);
        json_decref(report);
        json_decref(changes);
    }
    json_decref(root);
}

#define PLAY(steps, quiet) play(steps, sizeof(steps) / sizeof(steps)[0], quiet)

static void findings_come_and_go(void **state)
{
    static const struct step steps[] = {
        {FINE, ""},
        {REPORT("true", FINDING("bad-rdata", "error", "x"), ""), "new bad-rdata"},
        {REPORT("true", FINDING("bad-rdata", "error", "x"), ""), ""},
        {REPORT("true", FINDING("bad-rdata", "error", "y"), ""), "changed bad-rdata"},
        {REPORT("true", FINDING("bad-rdata", "note", "y"), ""), "changed bad-rdata"},
        {REPORT("true", FINDING("bad-rdata", "note", "y") "," FINDING("bad-rdata", "note", "z"), ""),
         "changed bad-rdata"},
        {REPORT("true", FINDING("bad-rdata", "note", "z") "," FINDING("bad-rdata", "note", "y"), ""), ""},
        {REPORT("true", FINDING("no-record", "warning", ""), ""), "new no-record, gone bad-rdata"},
        {FINE, "gone no-record"},
        {FINE, ""},
    };

    (void)state;
    PLAY(steps, false);
}

static void first_run(void **state)
{
    static const struct step told[] = {{REPORT("true", FINDING("bad-rdata", "error", "x"), ""), "new bad-rdata"}};
    static const struct step quiet[] = {{REPORT("true", FINDING("bad-rdata", "error", "x"), ""), ""},
                                        {REPORT("true", FINDING("bad-rdata", "error", "x"), ""), ""},
                                        {FINE, "gone bad-rdata"},
                                        {REPORT("true", FINDING("bad-rdata", "error", "x"), ""), "new bad-rdata"}};

    (void)state;
    PLAY(told, false);
    PLAY(quiet, true);
}

/* ages - what only shows how old an answer is makes no change */
static void ages(void **state)
{
    static const struct step steps[] = {
        {REPORT("true", FINDING("bad-rdata", "error", "a. 3600 IN SRV 1 2 0 b., TTL 7"), ""), "new bad-rdata"},
        {REPORT("true", FINDING("bad-rdata", "error", "a. 59 IN SRV 1 2 0 b., TTL 70"), ""), ""},
        {REPORT("true", FINDING("bad-rdata", "error", "a. 59 IN SRV 1 3 0 b., TTL 70"), ""), "changed bad-rdata"},
        {REPORT("true", FINDING("ttl-short", "warning", "30"), ""), "new ttl-short, gone bad-rdata"},
        {REPORT("true", FINDING("ttl-short", "warning", "29"), ""), ""},
    };

    (void)state;
    PLAY(steps, false);
}

/* trouble - what comes and goes is not told, what lasts is, and so is its end; it makes no finding gone */
static void trouble(void **state)
{
    static const struct step steps[] = {
        {REPORT("true", FINDING("bad-rdata", "error", "x"), ""), "new bad-rdata"},
        {TROUBLE, ""},
        {TROUBLE, ""},
        {REPORT("true", FINDING("bad-rdata", "error", "x"), ""), ""},
        {TROUBLE, ""},
        {TROUBLE, ""},
        {TROUBLE, "trouble 3"},
        {TROUBLE, ""},
        {REPORT("false", FINDING("no-record", "warning", ""), "\"SERVFAIL\""), "new no-record"},
        {FINE, "gone no-record, gone bad-rdata, trouble-over 5"},
        {FINE, ""},
    };

    (void)state;
    PLAY(steps, false);
}

/* half_reports - what an incomplete report does not repeat is no change, what it adds is one */
static void half_reports(void **state)
{
#define BOTH FINDING("bad-rdata", "error", "x") "," FINDING("bad-rdata", "error", "y")
    static const struct step steps[] = {
        {REPORT("true", BOTH, ""), "new bad-rdata"},
        {REPORT("false", FINDING("bad-rdata", "error", "x"), "\"SERVFAIL\""), ""},
        {REPORT("true", BOTH, ""), ""},
        {REPORT("false", FINDING("bad-rdata", "error", "z"), "\"SERVFAIL\""), "changed bad-rdata"},
        {REPORT("true", FINDING("bad-rdata", "error", "x"), ""), "changed bad-rdata"},
    };

    (void)state;
    PLAY(steps, false);
}

/* known_names - what an incomplete report says of names that it knows all of is sure, of others it is not */
static void known_names(void **state)
{
#define KNOWING(findings, names)                                                                                       \
    "{\"subject\":\"example.org\",\"complete\":false,\"findings\":[" findings "],\"troubles\":[\"SERVFAIL\"],"         \
    "\"known\":{" names "}}"
    static const struct step steps[] = {
        {REPORT("true", BOTH, ""), "new bad-rdata"},
        {KNOWING("", "\"b.example.org\":true"), ""},
        {KNOWING(FINDING("bad-rdata", "error", "x"), "\"a.example.org\":true"), "changed bad-rdata"},
        {KNOWING("", "\"a.example.org\":true"), "gone bad-rdata, trouble 3"},
        {FINE, "trouble-over 3"},
    };

    (void)state;
    PLAY(steps, false);
}

/* unreadable - what blinds a report is told in the place of trouble, once, and hides neither what was nor its end */
static void unreadable(void **state)
{
#define BLIND(evidence) REPORT("false", FINDING("description-unreadable", "error", evidence), "")
    static const struct step steps[] = {
        {REPORT("true", FINDING("bad-rdata", "error", "x"), ""), "new bad-rdata"},
        {BLIND("1: x"), "new description-unreadable"},
        {BLIND("1: x"), ""},
        {BLIND("1: x"), ""},
        {BLIND("1: x"), ""},
        {BLIND("2: y"), "changed description-unreadable"},
        {BLIND("2: y"), ""},
        {TROUBLE, "gone description-unreadable"},
        {TROUBLE, ""},
        {TROUBLE, "trouble 3"},
        {BLIND("2: y"), "new description-unreadable"},
        {FINE, "gone description-unreadable, gone bad-rdata, trouble-over 3"},
    };

    (void)state;
    PLAY(steps, false);
}

/* patient_rules - one silent server is no news, one that stays silent is */
static void patient_rules(void **state)
{
#define SILENT(evidence) REPORT("true", FINDING("server-silent", "warning", evidence), "")
    static const struct step steps[] = {
        {SILENT("ns1"), ""},
        {FINE, ""},
        {SILENT("ns1"), ""},
        {SILENT("ns2"), ""},
        {SILENT("ns1"), "new server-silent"},
        {SILENT("ns2"), ""},
        {FINE, "gone server-silent"},
    };

    (void)state;
    PLAY(steps, false);
}

/* other_records - sets that decide are told when they change; what could not be asked for is as it was */
static void other_records(void **state)
{
#define SRV(set) "\"_client._smtp.a\":{\"SRV\":" set "}"
#define A(set)   "\"a\":{\"A\":" set "}"
    static const struct step steps[] = {
        {FINE, ""},
        {RECORDS("true", SRV("[\"1 2 0 a.\"]") "," A("[\"192.0.2.1\"]")), ""},
        {RECORDS("true", SRV("[\"1 2 0 a.\"]") "," A("[\"192.0.2.2\"]")), "records A"},
        {RECORDS("false", SRV("null")), ""},
        {RECORDS("true", SRV("null") "," A("null")), ""},
        {TROUBLE, ""},
        {RECORDS("true", SRV("[\"1 2 0 a.\"]") "," A("[\"192.0.2.2\"]")), ""},
        {RECORDS("false", SRV("[\"1 1 0 a.\"]")), "records SRV"},
        {RECORDS("true", SRV("[\"1 2 0 a.\"]") "," A("[]")), "records SRV, records A"},
        {RECORDS("true", SRV("[]")), "records SRV"},
        {RECORDS("true", SRV("[\"1 2 0 a.\"]") "," A("[\"192.0.2.9\"]")), "records SRV"},
        {RECORDS("true", ""), "records SRV"},
        {RECORDS("true", SRV("[\"1 2 0 a.\"]") "," A("[\"192.0.2.8\"]")), ""},
    };

    (void)state;
    PLAY(steps, false);
    PLAY(steps, true);
}

static void worse(void **state)
{
    static const struct {
        const char *changes;
        bool worse;
    } cases[] = {
        {"[]", false},
        {"[{\"change\":\"gone\",\"severity\":\"error\"}]", false},
        {"[{\"change\":\"new\",\"severity\":\"note\"}]", false},
        {"[{\"change\":\"trouble-over\"}]", false},
        {"[{\"change\":\"gone\",\"severity\":\"error\"},{\"change\":\"new\",\"severity\":\"warning\"}]", true},
        {"[{\"change\":\"changed\",\"severity\":\"error\"}]", true},
        {"[{\"change\":\"changed\",\"severity\":\"error\",\"was_severity\":\"error\"}]", true},
        {"[{\"change\":\"changed\",\"severity\":\"error\",\"was_severity\":\"warning\"}]", true},
        {"[{\"change\":\"changed\",\"severity\":\"warning\",\"was_severity\":\"error\"}]", false},
        {"[{\"change\":\"changed\",\"severity\":\"note\",\"was_severity\":\"note\"}]", false},
        {"[{\"change\":\"records\"}]", true},
        {"[{\"change\":\"trouble\"}]", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *changes = json_loads(cases[i].changes, 0, NULL);

        assert_int_equal(watch_is_worse(changes), cases[i].worse);
        json_decref(changes);
    }
}

/* mends - the lines of all findings of one name, each once, also one that another begins with */
static void mends(void **state)
{
#define MEND(mend) "{\"rule\":\"r\",\"name\":\"n\",\"severity\":\"error\",\"evidence\":\"x\",\"mend\":\"" mend "\"}"
    static const char *const texts[] = {
        REPORT("true", MEND("a A 192.0.2.10") "," MEND("a A 192.0.2.1") "," MEND("A 192.0.2.1"), ""),
        REPORT("true", MEND("a A 192.0.2.10") "," MEND("a A 192.0.2.10") "," MEND(""), "")};
    static const char *const joined[] = {"a A 192.0.2.10\na A 192.0.2.1\nA 192.0.2.1", "a A 192.0.2.10"};
    struct watch_rules rules = {.now = "now"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        json_t *root = json_pack("{s:{}}", "subjects"), *report = json_loads(texts[i], 0, NULL),
               *changes = json_array();

        assert_true(watch_compare(root, report, &rules, changes));
        assert_string_equal(watch_text(json_array_get(changes, 0), "mend"), joined[i]);
        json_decref(root);
        json_decref(report);
        json_decref(changes);
    }
}

/* headlines - how many changes, of whom: each subject counts once, in whatever order they wait */
static void headlines(void **state)
{
    json_t *changes = json_loads("[{\"change\":\"new\",\"subject\":\"a\"},{\"change\":\"new\",\"subject\":\"b\"},"
                                 "{\"change\":\"gone\",\"subject\":\"a\"}]",
                                 0, NULL);
    char line[128];

    (void)state;
    watch_headline(changes, line, sizeof line);
    assert_string_equal(line, "2 new, 1 gone: a and 1 more");
    json_decref(changes);
}

/* untold - a channel gets what waits for it, oldest first; too much is dropped and counted */
static void untold(void **state)
{
    json_t *root = json_pack("{s:{}}", "untold");
    const json_t *waiting;

    (void)state;
    assert_null(watch_untold(root, "mail"));
    for (int i = 0; i < WATCH_UNTOLD_MAX + 5; i++) {
        json_t *changes = json_pack("[i]", i);

        assert_true(watch_untold_add(root, "mail", changes));
        json_decref(changes);
    }
    waiting = watch_untold(root, "mail");
    assert_int_equal(json_integer_value(json_object_get(waiting, "dropped")), 5);
    assert_int_equal(json_array_size(json_object_get(waiting, "changes")), WATCH_UNTOLD_MAX);
    assert_int_equal(json_integer_value(json_array_get(json_object_get(waiting, "changes"), 0)), 5);
    watch_untold_clear(root, "mail");
    assert_null(watch_untold(root, "mail"));
    json_decref(root);
}

static void addresses(void **state)
{
    static const char *const fine[] = {"root", "a@b", "postmaster+x@example.org", "o'hara@example.org"};
    static const char *const wrong[] = {"",   "-t",    "a b@c", "a@b\nBcc: c@d", "a@b@c",   "@b",
                                        "a@", "<a@b>", "a,b",   "a@b;",          "\"a\"@b", "a\x80@b"};

    (void)state;
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++)
        assert_true(watch_address_is_sane(fine[i]));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(watch_address_is_sane(wrong[i]));
}

static void hooks(void **state)
{
    static const char *const wrong[] = {
        "",          "example.org", "file:///etc/passwd", "http:/x",          "https://",
        "http:///x", "gopher://x/", "http://x/ y",        "http://x/\r\nA: b"};
    char name[64];

    (void)state;
    assert_true(watch_hook_is_sane("http://127.0.0.1:80/a?b=c"));
    assert_true(watch_hook_is_sane("HTTPS://hook.example"));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(watch_hook_is_sane(wrong[i]));
    watch_hook_name("https://user:secret@hook.example:8443/path/key?token=1", name, sizeof name);
    assert_string_equal(name, "https://hook.example:8443");
    watch_hook_name("https://hook.example?token=1", name, sizeof name);
    assert_string_equal(name, "https://hook.example");
}

static void commands(void **state)
{
    (void)state;
    assert_null(watch_command_fault("/s"));
    assert_null(watch_command_fault(" /s\t1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 "));
    assert_non_null(watch_command_fault("/s 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"));
    assert_non_null(watch_command_fault("s"));
    assert_non_null(watch_command_fault(" "));
}

/* lines - what is printed is printable, and no line is too long for a mail */
static void lines(void **state)
{
    char evidence[5000], *text = NULL;
    size_t size = 0, longest = 0;
    FILE *out = open_memstream(&text, &size);
    json_t *changes;

    (void)state;
    memset(evidence, 'x', sizeof evidence - 1);
    evidence[sizeof evidence - 1] = '\0';
    memcpy(evidence, "\r\n.\nBcc: a@b\033[2J", 16);
    changes = json_pack("[{s:s,s:s,s:s,s:s,s:s,s:s,s:[s],s:s,s:s}]", "subject", "s", "change", "new", "severity",
                        "error", "rule", "r", "clause", "c", "name", "n\nSubject: x", "evidence", evidence, "mend",
                        "a\n.\nb", "advice", "");
    json_array_append_new(changes,
                          json_pack("{s:s,s:s,s:s,s:s,s:[s],s:[s]}", "subject", "s", "change", "records", "name",
                                    "n\nSubject: x", "type", "A\033", "was", evidence, "evidence", "\n.\n"));
    assert_non_null(changes);
    assert_true(watch_print(changes, out));
    fclose(out);
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1) {
        size_t length = strcspn(line, "\n");

        assert_true(line[0] == ' ' || strncmp(line, "s: ", 3) == 0);
        assert_true(strncmp(line, ".", length) != 0 || length == 0);
        longest = length > longest ? length : longest;
        for (size_t i = 0; i < length; i++)
            assert_true(line[i] >= ' ' && line[i] <= '~');
    }
    assert_in_range(longest, 800, 900);
    json_decref(changes);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(findings_come_and_go),
        cmocka_unit_test(first_run),
        cmocka_unit_test(ages),
        cmocka_unit_test(trouble),
        cmocka_unit_test(half_reports),
        cmocka_unit_test(known_names),
        cmocka_unit_test(unreadable),
        cmocka_unit_test(patient_rules),
        cmocka_unit_test(other_records),
        cmocka_unit_test(worse),
        cmocka_unit_test(mends),
        cmocka_unit_test(headlines),
        cmocka_unit_test(untold),
        cmocka_unit_test(addresses),
        cmocka_unit_test(hooks),
        cmocka_unit_test(commands),
        cmocka_unit_test(lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
