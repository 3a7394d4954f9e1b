/*
 * lint_servers_test.c - name servers and resolvers that differ, each a zone file: what is a fault, and what is chance.
 */
#include "dns/zone.h"
#include "lint/record.h"
#include "lint/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define SOA  "example.org. 3600 IN SOA ns1.example.org. h.example.org. 1 3600 900 604800 300\n"
#define HEAD SOA "@ NS ns1\n@ NS ns2\nns1 A 192.0.2.1\nns2 A 192.0.2.2\n_client._smtp SRV 1 1 1 @\n"
#define ORG  "org. 3600 IN SOA a.org. h.org. 1 3600 900 604800 300\n"

enum { VIEWS_MAX = 4, ANSWERS_MAX = 1024, RECORDS_MAX = 6 };

/* One resolver or name server: zone files, and the answers so far. */
struct place {
    struct zones *zones;
    struct vouch_answer answers[ANSWERS_MAX];
    struct vouch_record records[ANSWERS_MAX][RECORDS_MAX];
    size_t count;
};

static struct place places[VIEWS_MAX];
static struct lint_view views[VIEWS_MAX];

/* place_ask - the answer of the zones, its records copied */
static const struct vouch_answer *place_ask(void *owner, const char *name, uint16_t type)
{
    struct place *place = owner;
    struct vouch_answer *answer = &place->answers[place->count];

    assert_true(place->count < ANSWERS_MAX);
    zones_answer(place->zones, name, (enum vouch_type)type, answer);
    assert_true(answer->records_count <= RECORDS_MAX);
    if (answer->records_count != 0)
        memcpy(place->records[place->count], answer->records, answer->records_count * sizeof *answer->records);
    answer->records = place->records[place->count++];
    return answer;
}

/* servers_find - the name servers have 192.0.2.1 and 192.0.2.2, that of the parent zone 192.0.2.3 */
static const struct lint_view *servers_find(void *owner, const char *name, const struct vouch_address *address)
{
    (void)owner;
    (void)name;
    return address->family == 4 && address->octets[3] < VIEWS_MAX ? &views[address->octets[3]] : NULL;
}

/* place_open - the zones of one view: texts of zones up to a null */
static void place_open(size_t at, const char *const texts[2])
{
    static const char *const labels[VIEWS_MAX] = {"resolver", "one", "two", "three"};
    char error[ZONE_ERROR_SIZE];

    places[at].zones = zones_new();
    places[at].count = 0;
    assert_non_null(places[at].zones);
    for (size_t i = 0; i < 2 && texts[i] != NULL; i++) {
        if (!zones_read_text(places[at].zones, texts[i], strlen(texts[i]), labels[at], error))
            fail_msg("%s", error);
    }
    views[at] = (struct lint_view){.label = labels[at], .owner = &places[at], .ask = place_ask};
}

/* has - is there a finding of this rule about the name? */
static bool has(const struct lint_result *result, enum lint_word word, const char *name)
{
    for (size_t i = 0; i < result->findings_count; i++) {
        if (result->findings[i].rule == &lint_rules[word] &&
            (name == NULL || strcmp(result->findings[i].name, name) == 0))
            return true;
    }
    return false;
}

/* A world: zones of the resolver and of two name servers, or of three resolvers; and what is to be said about it. */
struct row {
    const char *title;
    const char *zones[3][2];
    bool resolvers;
    bool incomplete;
    enum lint_word said; /* LINT_WORDS: none of those of name servers and resolvers */
    const char *name;    /* that it is about; null: any */
};

#define MAIL   HEAD "mail A 192.0.2.10\n_client._smtp.mail SRV 1 2 0 mail\n"
#define ALIAS  HEAD "mail CNAME out.prov.test.\n_client._smtp.mail SRV 1 1 0 mail\n"
#define PROV   "prov.test. 3600 IN SOA a.test. h.test. 1 3600 900 604800 300\nout A 198.51.100.9\n"
#define OTHER  HEAD "mail A 192.0.2.11\n_client._smtp.mail SRV 1 2 0 mail\n"
#define TARGET HEAD "mail A 192.0.2.10\nbox A 192.0.2.20\n_client._smtp.mail SRV 1 2 0 box\n"
#define MOVED  HEAD "mail A 192.0.2.10\nbox A 192.0.2.21\n_client._smtp.mail SRV 1 2 0 box\n"
#define NEVER  HEAD "mail A 192.0.2.10\n_client._smtp.mail SRV 1 1 0 mail\n"
#define CDN    HEAD "mail A 192.0.2.11\n_client._smtp.mail SRV 1 1 0 mail\n"

/* The answer to example.org SOA with response code 9. */
#define NOTAUTH ";! fault @ SOA raw 0000818900010000000000000765 78616d706c65036f72670000060001\n"

static const struct row rows[] = {
    {"agree", {{MAIL}, {MAIL}, {MAIL}}, false, false, LINT_WORDS, NULL},
    {"alias out of the zone, one serves its zone, too",
     {{ALIAS, PROV}, {ALIAS, PROV}, {ALIAS}},
     false,
     false,
     LINT_WORDS,
     NULL},
    {"alias differs", {{ALIAS, PROV}, {ALIAS, PROV}, {NEVER}}, false, false, LINT_SERVERS_DISAGREE, "mail.example.org"},
    {"record differs",
     {{MAIL}, {MAIL}, {NEVER}},
     false,
     false,
     LINT_SERVERS_DISAGREE,
     "_client._smtp.mail.example.org"},
    {"addresses that count differ", {{MAIL}, {MAIL}, {OTHER}}, false, false, LINT_SERVERS_DISAGREE, "mail.example.org"},
    {"addresses of the target differ",
     {{TARGET}, {TARGET}, {MOVED}},
     false,
     false,
     LINT_SERVERS_DISAGREE,
     "box.example.org"},
    {"addresses that nobody uses differ",
     {{NEVER}, {NEVER}, {CDN}},
     false,
     false,
     LINT_ADDRESSES_VARY,
     "mail.example.org"},
    {"SERVFAIL", {{MAIL}, {MAIL}, {MAIL ";! fault @ * servfail\n"}}, false, true, LINT_SERVER_SILENT, NULL},
    {"timeout", {{MAIL}, {MAIL}, {MAIL ";! fault @ * timeout\n"}}, false, true, LINT_SERVER_SILENT, NULL},
    {"rubbish", {{MAIL}, {MAIL}, {MAIL ";! fault @ * raw 0001\n"}}, false, true, LINT_SERVER_SILENT, NULL},
    {"REFUSED", {{MAIL}, {MAIL}, {MAIL ";! fault @ * refused\n"}}, false, false, LINT_SERVER_LAME, NULL},
    {"NOTAUTH", {{MAIL}, {MAIL}, {MAIL NOTAUTH}}, false, false, LINT_SERVER_LAME, NULL},
    {"no such zone", {{MAIL}, {MAIL}, {ORG}}, false, false, LINT_SERVER_LAME, NULL},
    {"no zone there", {{MAIL}, {MAIL}, {ORG "x.example A 192.0.2.9\n"}}, false, false, LINT_SERVER_LAME, NULL},
    {"resolvers agree", {{MAIL}, {MAIL}, {MAIL}}, true, false, LINT_WORDS, NULL},
    {"resolvers, record differs",
     {{MAIL}, {MAIL}, {NEVER}},
     true,
     false,
     LINT_VIEWS_DIFFER,
     "_client._smtp.mail.example.org"},
    {"resolvers, addresses that count differ",
     {{MAIL}, {OTHER}, {MAIL}},
     true,
     false,
     LINT_VIEWS_DIFFER,
     "mail.example.org"},
    {"resolvers, addresses of the target differ",
     {{TARGET}, {MOVED}, {TARGET}},
     true,
     false,
     LINT_VIEWS_DIFFER,
     "box.example.org"},
    {"resolvers, what is behind an alias differs",
     {{ALIAS, PROV}, {NEVER}, {ALIAS, PROV}},
     true,
     false,
     LINT_ADDRESSES_VARY,
     NULL},
    {"resolvers, addresses that nobody uses differ", {{NEVER}, {CDN}, {NEVER}}, true, false, LINT_ADDRESSES_VARY, NULL},
};

/* row_lint - judge mail.example.org in the row's world */
static void row_lint(const struct row *row, struct lint_result *result)
{
    struct lint_world world = {
        .views = views, .views_count = row->resolvers ? 3 : 1, .server = row->resolvers ? NULL : servers_find};

    for (size_t i = 0; i < 3; i++)
        place_open(i, row->zones[i]);
    place_open(3, (const char *const[2]){MAIL, NULL});
    lint_result_init(result);
    assert_true(lint_host(result, &world, "mail.example.org", LINT_HELO | LINT_ALONE));
    assert_false(result->failed);
    for (size_t i = 0; i < VIEWS_MAX; i++)
        zones_free(places[i].zones);
}

static void test_rows(void **state)
{
    static const enum lint_word words[] = {LINT_SERVERS_DISAGREE, LINT_SERVER_LAME, LINT_SERVER_SILENT,
                                           LINT_VIEWS_DIFFER, LINT_ADDRESSES_VARY};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        struct lint_result result;

        row_lint(row, &result);
        if (row->said != LINT_WORDS && !has(&result, row->said, row->name))
            fail_msg("%s: %s is not said", row->title, lint_rules[row->said].word);
        for (size_t j = 0; j < sizeof words / sizeof words[0]; j++) {
            if (words[j] != row->said && has(&result, words[j], NULL))
                fail_msg("%s: %s is said", row->title, lint_rules[words[j]].word);
        }
        if (result.complete == row->incomplete)
            fail_msg("%s: complete %d", row->title, result.complete);
        lint_result_clear(&result);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
