/*
 * session_test.c - whom a session asks: DNS sources, the store, lists; what the health of accreditors is told; what
 * happens to questions that are open when the session ends. Sources and store are played here, without a loop.
 */
#include "accredit/health.h"
#include "accredit/list.h"
#include "accredit/organization.h"
#include "dns/dns.h"
#include "session/session.h"
#include "store/store.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#define QUESTIONS_MAX 32

enum { OF_DNS, OF_ACCREDITOR, OF_STORE, SIDES };

/* One question that came in, to a source or to the store; its address is the ticket. */
struct asked {
    char name[VOUCH_NAME_TEXT_SIZE];
    char more[VOUCH_NAME_SIZE]; /* of the store: the organization, or the list */
    dns_done *done;
    void *owner;
    bool open, cancelled, listing;
};

/* Somebody who is asked, and who answers at once if that is wanted. */
struct side {
    struct dns_source source;
    struct store store;
    struct asked asked[QUESTIONS_MAX];
    unsigned count;
    const struct vouch_answer *at_once; /* null: later */
};

static struct side sides[SIDES];
static struct sources sources;
static struct conf *conf;
static unsigned dones, heard;

/* side_take - one question more; its ticket, or null if it was answered at once */
static struct asked *side_take(struct side *side, const char *name, const char *more, dns_done *done, void *owner)
{
    struct asked *asked = &side->asked[side->count++];

    assert_in_range(side->count, 1, QUESTIONS_MAX);
    memset(asked, 0, sizeof *asked);
    memcpy(asked->name, name, strlen(name) + 1);
    memcpy(asked->more, more, strlen(more) + 1);
    asked->done = done;
    asked->owner = owner;
    asked->open = side->at_once == NULL;
    if (side->at_once == NULL)
        return asked;
    done(owner, side->at_once);
    return NULL;
}

static void side_cancel(struct asked *asked)
{
    assert_true(asked->open && !asked->cancelled);
    asked->open = false;
    asked->cancelled = true;
}

static struct dns_ticket *source_ask(struct dns_source *source, const char *name, enum vouch_type type, dns_done *done,
                                     void *owner)
{
    (void)type;
    return (struct dns_ticket *)(void *)side_take((struct side *)(void *)source, name, "", done, owner);
}

static void source_cancel(struct dns_source *source, struct dns_ticket *ticket)
{
    struct side *side = (struct side *)(void *)source;
    struct asked *asked = (struct asked *)(void *)ticket;

    assert_true(asked >= side->asked && asked < side->asked + side->count); /* each source gets its own tickets back */
    side_cancel(asked);
}

static const struct dns_source_verbs source_verbs = {source_ask, source_cancel, NULL};

static struct store_ticket *ask_reputation(struct store *store, const char *name, const char *organization,
                                           store_done *done, void *owner)
{
    (void)store;
    return (struct store_ticket *)(void *)side_take(&sides[OF_STORE], name, organization, done, owner);
}

static struct store_ticket *ask_listing(struct store *store, const char *list, const char *name, store_done *done,
                                        void *owner)
{
    struct asked *asked = side_take(&sides[OF_STORE], name, list, done, owner);

    (void)store;
    if (asked != NULL)
        asked->listing = true;
    return (struct store_ticket *)(void *)asked;
}

static void cancel_store(struct store *store, struct store_ticket *ticket)
{
    assert_ptr_equal(store, &sides[OF_STORE].store);
    side_cancel((struct asked *)(void *)ticket);
}

static const struct store_verbs store_verbs = {
    .ask_reputation = ask_reputation, .ask_listing = ask_listing, .cancel = cancel_store};

static void session_is_done(void *self)
{
    (void)self;
    dones++;
}

static void session_has_heard(void *self, unsigned id, const struct vouch_answer *answer)
{
    (void)self;
    (void)id;
    (void)answer;
    heard++;
}

static const struct session_owner owner = {session_is_done, session_has_heard, NULL};

/* begin - nobody was asked yet; one DNS source, no accreditors, no store */
static void begin(void)
{
    memset(sides, 0, sizeof sides);
    memset(&sources, 0, sizeof sources);
    for (unsigned i = 0; i < SIDES; i++) {
        sides[i].source.verbs = &source_verbs;
        sides[i].store.verbs = &store_verbs;
    }
    conf_init(conf);
    sources.conf = conf;
    sources.dns = &sides[OF_DNS].source;
    dones = heard = 0;
}

/* add - one more accreditor */
static struct conf_accreditor *add(const char *name, enum vouch_style style)
{
    unsigned index = conf->settings.services_count;
    struct conf_accreditor accreditor;
    char error[CONF_ERROR_SIZE];

    assert_true(conf_accreditor_init(&accreditor, name, error));
    accreditor.service.style = style;
    assert_true(conf_add_accreditor(conf, &accreditor, error));
    return &conf->accreditors[index];
}

/* start - a session of this HELO name */
static struct session *start(const char *helo)
{
    struct vouch_facts facts = {.client = {4, {192, 0, 2, 10}}, .helo = {(const uint8_t *)helo, strlen(helo)}};
    struct session *session;

    sources.settings = conf->settings;
    session = session_open(&facts, &sources, &owner);
    assert_non_null(session);
    session_start(session);
    return session;
}

/* answer_open - the same answer to all open questions of a side, also to those that follow */
static void answer_open(struct side *side, const struct vouch_answer *answer)
{
    for (unsigned i = 0; i < side->count; i++) {
        if (!side->asked[i].open)
            continue;
        side->asked[i].open = false;
        side->asked[i].done(side->asked[i].owner, answer);
    }
}

static const struct vouch_answer nothing = {.status = VOUCH_NXDOMAIN};
static const struct vouch_answer silence = {.status = VOUCH_TIMEOUT};

/* Reports go to the accreditor's own source where it has one, all else to the common one. */
static void test_sources(void **state)
{
    struct session *session;

    (void)state;
    begin();
    add("own.test", VOUCH_STYLE_DNA);
    add("common.test", VOUCH_STYLE_DNA);
    sources.accreditors[0] = &sides[OF_ACCREDITOR].source;
    session = start("mail.example.org");
    assert_int_equal(sides[OF_ACCREDITOR].count, 1);
    assert_string_equal(sides[OF_ACCREDITOR].asked[0].name, "mail.example.org.own.test");
    assert_int_equal(sides[OF_DNS].count, 3);
    assert_string_equal(sides[OF_DNS].asked[2].name, "mail.example.org.common.test");
    answer_open(&sides[OF_DNS], &nothing);
    assert_int_equal(dones, 0);
    answer_open(&sides[OF_ACCREDITOR], &nothing);
    assert_int_equal(dones, 1);
    session_close(session);
}

/* Whatever is open when a session expires or is closed is taken back where it was asked, once. */
static void test_cancel(void **state)
{
    (void)state;
    for (unsigned way = 0; way < 2; way++) {
        struct session *session;

        begin();
        add("own.test", VOUCH_STYLE_DNA);
        add("shared", VOUCH_STYLE_LIST)->shared = true;
        sources.accreditors[0] = &sides[OF_ACCREDITOR].source;
        sources.store = &sides[OF_STORE].store;
        conf->settings.use_reputation = true;
        session = start("mail.example.org");
        if (way == 0)
            session_expire(session);
        assert_int_equal(dones, way == 0);
        session_close(session);
        for (unsigned s = 0; s < SIDES; s++) {
            assert_true(sides[s].count != 0);
            for (unsigned i = 0; i < sides[s].count; i++)
                assert_true(sides[s].asked[i].cancelled);
        }
    }
}

/* The store: reputation of the name and its organization, shared lists; its trouble is trouble. */
static void test_store(void **state)
{
    static const struct vouch_answer standing = {.status = VOUCH_FOUND,
                                                 .reputation = {.score = 50, .confidence_milli = 800, .ham = 40}};
    static const struct vouch_answer blocked = {
        .status = VOUCH_FOUND, .listing = VOUCH_LISTED_BLOCKED, .note = {(const uint8_t *)"why", 3}};

    (void)state;
    for (unsigned trouble = 0; trouble < 2; trouble++) {
        struct session *session;
        struct vouch_verdict verdict;
        struct vouch_report report;
        char error[ORGANIZATION_ERROR_SIZE];

        begin();
        add("shared", VOUCH_STYLE_LIST)->shared = true;
        sources.store = &sides[OF_STORE].store;
        sources.organizations = organizations_open("", error);
        assert_non_null(sources.organizations);
        conf->settings.use_reputation = true;
        session = start("Mail.Example.ORG.");
        assert_int_equal(sides[OF_STORE].count, 2);
        assert_string_equal(sides[OF_STORE].asked[0].name, "mail.example.org");
        assert_string_equal(sides[OF_STORE].asked[0].more, "example.org");
        assert_true(sides[OF_STORE].asked[1].listing);
        assert_string_equal(sides[OF_STORE].asked[1].more, "shared");
        answer_open(&sides[OF_DNS], &nothing);
        for (unsigned i = 0; i < 2; i++) {
            struct asked *asked = &sides[OF_STORE].asked[i];

            asked->open = false;
            asked->done(asked->owner, trouble != 0 ? &silence : i == 0 ? &standing : &blocked);
        }
        assert_int_equal(dones, 1);
        vouch_eval_verdict(session_eval(session), &verdict);
        assert_true(vouch_eval_report(session_eval(session), 0, &report));
        assert_int_equal(verdict.incomplete, trouble != 0);
        assert_int_equal(verdict.reputation.ham, trouble != 0 ? 0 : 40);
        assert_int_equal(verdict.score, trouble != 0 ? 0 : -100);
        assert_string_equal(report.info, trouble != 0 ? "" : "why");
        assert_int_equal(report.error, trouble != 0 ? VOUCH_TIMEOUT : VOUCH_FOUND);
        session_close(session);
        organizations_close(sources.organizations);
    }
}

/* Without a store there is no experience, and a list that would be in it is in trouble. */
static void test_no_store(void **state)
{
    struct session *session;
    struct vouch_report report;

    (void)state;
    begin();
    add("shared", VOUCH_STYLE_LIST)->shared = true;
    conf->settings.use_reputation = true;
    session = start("mail.example.org");
    answer_open(&sides[OF_DNS], &nothing);
    assert_int_equal(dones, 1);
    assert_true(vouch_eval_report(session_eval(session), 0, &report));
    assert_int_equal(report.error, VOUCH_FAILED);
    session_close(session);
}

/* A name that is its own organization has that to be judged by as well, and a public suffix has none. */
static void test_organizations(void **state)
{
    static const struct {
        const char *helo, *given, *organization;
    } rows[] = {
        {"a.b.example.co.uk", "", "example.co.uk"},
        {"example.co.uk", "", "example.co.uk"},
        {"co.uk", "", ""},
        {"www.ck", "", "www.ck"},
        {"mail.example.org", "mail.example.org", "mail.example.org"},
        {"mail.example.org", "a.mail.example.org", ""},
        {"a.mail.example.org", "Mail.Example.Org", "mail.example.org"},
        {"mail.example.org", "other.test", ""},
        {"mail.example.org", "ample.org", ""},
    };
    char error[ORGANIZATION_ERROR_SIZE];
    struct organizations *organizations = organizations_open("", error);

    (void)state;
    assert_non_null(organizations);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct vouch_facts facts = {.helo = {(const uint8_t *)rows[i].helo, strlen(rows[i].helo)},
                                    .organization = {(const uint8_t *)rows[i].given, strlen(rows[i].given)}};
        struct session *session;

        begin();
        sources.store = &sides[OF_STORE].store;
        sources.organizations = organizations;
        conf->settings.use_reputation = true;
        sources.settings = conf->settings;
        session = session_open(&facts, &sources, &owner);
        session_start(session);
        assert_int_equal(sides[OF_STORE].count, 1);
        if (strcmp(sides[OF_STORE].asked[0].more, rows[i].organization) != 0)
            fail_msg("%s: %s", rows[i].helo, sides[OF_STORE].asked[0].more);
        session_close(session);
    }
    organizations_close(organizations);
}

/* HELO arguments of any octets and lengths reach the public suffixes only as host names. */
static void test_odd_helos(void **state)
{
    char error[ORGANIZATION_ERROR_SIZE], longest[400];
    struct organizations *organizations = organizations_open("", error);

    (void)state;
    assert_non_null(organizations);
    memset(longest, 'a', sizeof longest);
    for (unsigned i = 0; i < 256 + 3; i++) {
        const char name[4] = {'a', '.', (char)i, 'c'};
        struct vouch_facts facts = {.helo = {(const uint8_t *)name, sizeof name}};
        struct session *session;

        if (i >= 256)
            facts.helo = (struct vouch_bytes){(const uint8_t *)longest, i == 256 ? 255 : i == 257 ? 256 : 400};
        begin();
        add("s.test", VOUCH_STYLE_VBR);
        conf->settings.services[0].ask_organization = true;
        sources.organizations = organizations;
        sources.settings = conf->settings;
        session = session_open(&facts, &sources, &owner);
        session_start(session);
        session_close(session);
    }
    organizations_close(organizations);
}

static void health_changed(void *self, int service, bool suspended, const char *cause)
{
    (void)self;
    (void)service;
    (void)suspended;
    (void)cause;
}

/* health_of - a registry that suspends after two failures in a row */
static struct health *health_of(void)
{
    static const struct health_rules rules = {.recover = 1, .failures = 2};
    static const struct health_owner nobody = {health_changed, NULL};
    struct health *health = health_open(&rules, &nobody);

    assert_non_null(health);
    return health;
}

/* Answers that fail, codes that are none and deadlines are told, each name once in a row; a service that is silent is
 * not asked any more. */
static void test_health(void **state)
{
    static const uint8_t strange[4] = {127, 9, 9, 9};
    static const struct vouch_record record = {.type = VOUCH_TYPE_A, .rdata = {strange, 4}};
    static const struct vouch_answer code = {.status = VOUCH_FOUND, .records = &record, .records_count = 1};
    static const struct vouch_answer *const answers[] = {&silence, NULL};
    static const char *const names[] = {"mail.example.org", "mail.example.org", "MAIL.example.org", "mx.example.org"};

    (void)state;
    for (size_t way = 0; way < COUNT(answers); way++) { /* trouble that comes, or none before the deadline */
        struct session *session;

        begin();
        add("s.test", VOUCH_STYLE_DOMAIN_LIST);
        sources.accreditors[0] = &sides[OF_ACCREDITOR].source;
        sources.health = health_of();
        for (unsigned i = 0; i < COUNT(names); i++) {
            assert_false(health_is_silent(sources.health, 0));
            session = start(names[i]);
            answer_open(&sides[OF_DNS], &nothing);
            if (answers[way] != NULL)
                answer_open(&sides[OF_ACCREDITOR], answers[way]);
            else
                session_expire(session);
            session_close(session);
        }
        assert_true(health_is_silent(sources.health, 0));
        assert_int_equal(sides[OF_ACCREDITOR].count, COUNT(names));
        dones = heard = 0;
        session = start("mail.example.org");
        assert_int_equal(sides[OF_ACCREDITOR].count, COUNT(names));
        assert_int_equal(heard, 1); /* the answer in its place */
        answer_open(&sides[OF_DNS], &nothing);
        assert_int_equal(dones, 1);
        session_close(session);
        health_close(sources.health);
    }
    begin();
    add("s.test", VOUCH_STYLE_DOMAIN_LIST);
    sources.accreditors[0] = &sides[OF_ACCREDITOR].source;
    sides[OF_ACCREDITOR].at_once = &code;
    sources.health = health_of();
    for (unsigned i = 0; i < COUNT(names); i++) {
        assert_false(health_is_suspended(sources.health, 0));
        session_close(start(names[i]));
    }
    assert_non_null(strstr(health_cause(sources.health, 0), "unknown code 127.9.9.9"));
    health_close(sources.health);
}

/* A session that is closed before its deadline says nothing about the health of those who were asked. */
static void test_closed_early(void **state)
{
    (void)state;
    begin();
    add("s.test", VOUCH_STYLE_DNA);
    sources.health = health_of();
    for (unsigned i = 0; i < 5; i++)
        session_close(start("mail.example.org"));
    assert_false(health_is_suspended(sources.health, 0));
    health_close(sources.health);
}

static int set_up(void **state)
{
    (void)state;
    conf = calloc(1, sizeof *conf);
    return conf == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(conf);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sources),  cmocka_unit_test(test_cancel),        cmocka_unit_test(test_store),
        cmocka_unit_test(test_no_store), cmocka_unit_test(test_organizations), cmocka_unit_test(test_odd_helos),
        cmocka_unit_test(test_health),   cmocka_unit_test(test_closed_early),
    };

    return cmocka_run_group_tests_name("session", tests, set_up, tear_down);
}
