/*
 * daemon_cache_test.c - the memory of verdicts: what comes out is what went in, who is forgotten first, when it is
 * over; the keyed hash.
 */
#include "daemon/judge/verdict_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char evaluation[DECISION_ID_SIZE]; /* of what was found last */

/* key_of - a key of this text; all have the same hash unless told otherwise */
static struct verdict_key key_of(const char *text, uint64_t hash)
{
    struct verdict_key key = {.length = strlen(text), .hash = hash};

    memcpy(key.octets, text, key.length);
    return key;
}

/* verdict_full - a verdict in which every field says something */
static struct vouch_verdict verdict_full(const char *name, const char *domain, const char *service)
{
    struct vouch_verdict verdict = {
        .csa = VOUCH_CSA_PERMERROR,
        .reason = VOUCH_REASON_TOO_MANY,
        .secure = true,
        .identity = VOUCH_IDENTITY_CSA,
        .rating = VOUCH_RATING_E,
        .service = VOUCH_SERVICES_MAX - 1,
        .reputation = {.score = -100, .confidence_milli = 1000, .ham = UINT32_MAX, .spam = UINT32_MAX - 1},
        .level = VOUCH_LEVEL_TRUSTED,
        .score = -100,
        .evidence_count = VOUCH_EVIDENCE_MAX,
        .questions = VOUCH_QUESTIONS_MAX,
        .has_ttl = true,
        .ttl_s = UINT32_MAX,
        .incomplete = true,
        .hoped = 99,
        .withheld = true,
        .suspended_name = "other.example",
    };

    for (int i = 0; i < VOUCH_EVIDENCE_MAX; i++)
        verdict.evidence[i] = (struct vouch_evidence){(enum vouch_token)i, (int16_t)(-100 + i), VOUCH_WITHHELD_QUORUM};
    memcpy(verdict.name, name, strlen(name));
    memcpy(verdict.domain, domain, strlen(domain));
    memcpy(verdict.service_name, service, strlen(service));
    return verdict;
}

/* expect_same - field by field */
static void expect_same(const struct vouch_verdict *a, const struct vouch_verdict *b)
{
    assert_int_equal(a->csa, b->csa);
    assert_int_equal(a->reason, b->reason);
    assert_int_equal(a->secure, b->secure);
    assert_string_equal(a->domain, b->domain);
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->identity, b->identity);
    assert_int_equal(a->rating, b->rating);
    assert_int_equal(a->service, b->service);
    assert_string_equal(a->service_name, b->service_name);
    assert_int_equal(a->reputation.score, b->reputation.score);
    assert_int_equal(a->reputation.confidence_milli, b->reputation.confidence_milli);
    assert_int_equal(a->reputation.ham, b->reputation.ham);
    assert_int_equal(a->reputation.spam, b->reputation.spam);
    assert_int_equal(a->level, b->level);
    assert_int_equal(a->score, b->score);
    assert_int_equal(a->questions, b->questions);
    assert_int_equal(a->has_ttl, b->has_ttl);
    assert_int_equal(a->ttl_s, b->ttl_s);
    assert_int_equal(a->incomplete, b->incomplete);
    assert_int_equal(a->hoped, b->hoped);
    assert_int_equal(a->withheld, b->withheld);
    assert_string_equal(a->suspended_name, b->suspended_name);
    assert_int_equal(a->evidence_count, b->evidence_count);
    for (int i = 0; i < a->evidence_count; i++) {
        assert_int_equal(a->evidence[i].token, b->evidence[i].token);
        assert_int_equal(a->evidence[i].points, b->evidence[i].points);
        assert_int_equal(a->evidence[i].why, b->evidence[i].why);
    }
}

static void test_round_trip(void **state)
{
    static const struct {
        const char *name, *domain, *service;
    } texts[] = {
        {"", "", ""},
        {"mail.example.org", "mail.example.org", "accred.example"},
        {"mail.example.org", "example.org", ""},
        {"mail.example.org", "", "a"},
        {"mail.example.org", "elsewhere.example.net", "accred.example"},
        {"a.example", "longer.a.example", ""},
        {"", "example.org", "accred.example"},
    };
    const size_t count = sizeof texts / sizeof texts[0];
    struct verdict_cache *cache = verdict_cache_open(count);
    struct vouch_verdict last;

    (void)state;
    assert_non_null(cache);
    for (size_t i = 0; i < count; i++) {
        struct vouch_verdict verdict = verdict_full(texts[i].name, texts[i].domain, texts[i].service);
        struct vouch_verdict nothing = {.csa = VOUCH_CSA_NONE, .service = -1};
        struct vouch_verdict found;
        struct verdict_key key = key_of("key", i);

        memset(&found, 0xee, sizeof found);
        verdict_cache_put(cache, &key, &verdict, "abcdefghij234", 100);
        assert_true(verdict_cache_find(cache, &key, 99, &found, evaluation));
        assert_string_equal(evaluation, "abcdefghij234");
        expect_same(&found, &verdict);
        verdict_cache_put(cache, &key, &nothing, "abcdefghij234", 100); /* instead of the other */
        assert_true(verdict_cache_find(cache, &key, 99, &found, evaluation));
        expect_same(&found, &nothing);
    }
    for (size_t i = 0; i < count; i++) { /* none took the room of two */
        struct verdict_key key = key_of("key", i);

        assert_true(verdict_cache_find(cache, &key, 99, &last, evaluation));
    }
    verdict_cache_clear(cache);
    for (size_t i = 0; i < count; i++) {
        struct verdict_key key = key_of("key", i);

        assert_false(verdict_cache_find(cache, &key, 99, &last, evaluation));
        verdict_cache_put(cache, &key, &(struct vouch_verdict){.service = -1}, "zbcdefghij234", 100);
        assert_true(verdict_cache_find(cache, &key, 99, &last, evaluation));
        assert_string_equal(evaluation, "zbcdefghij234");
    }
    verdict_cache_close(cache);
    verdict_cache_close(NULL);
}

static void test_keys(void **state)
{
    struct verdict_cache *cache = verdict_cache_open(10);
    struct verdict_key one = key_of("one", 7), two = key_of("two", 7), three = key_of("one", 8),
                       more = key_of("one!", 7);
    struct verdict_key none = {.length = 0, .hash = 7};
    struct vouch_verdict verdict = {.score = 1}, found;

    (void)state;
    verdict_cache_put(cache, &one, &verdict, "abcdefghij234", 100);
    verdict.score = 2;
    verdict_cache_put(cache, &two, &verdict, "abcdefghij234", 100); /* the same hash */
    assert_true(verdict_cache_find(cache, &one, 0, &found, evaluation));
    assert_int_equal(found.score, 1);
    assert_true(verdict_cache_find(cache, &two, 0, &found, evaluation));
    assert_int_equal(found.score, 2);
    assert_false(verdict_cache_find(cache, &three, 0, &found, evaluation));
    assert_false(verdict_cache_find(cache, &more, 0, &found, evaluation));
    verdict_cache_put(cache, &none, &verdict, "abcdefghij234", 100);
    assert_false(verdict_cache_find(cache, &none, 0, &found, evaluation));
    assert_true(verdict_cache_find(cache, &one, 99, &found, evaluation)); /* over at its end, and then gone */
    assert_false(verdict_cache_find(cache, &one, 100, &found, evaluation));
    assert_false(verdict_cache_find(cache, &one, 99, &found, evaluation));
    verdict_cache_close(cache);
}

static void test_bound(void **state)
{
    struct vouch_verdict verdict = verdict_full("mail.example.org", "example.org", ""), found;
    struct verdict_cache *cache = verdict_cache_open(100), *none = verdict_cache_open(0);
    char text[32];

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        struct verdict_key key;

        assert_true(snprintf(text, sizeof text, "key%u", i) > 0);
        key = key_of(text, i % 13);
        verdict_cache_put(cache, &key, &verdict, "abcdefghij234", 100);
        verdict_cache_put(none, &key, &verdict, "abcdefghij234", 100);
        assert_false(verdict_cache_find(none, &key, 0, &found, evaluation));
        key = key_of("key0", 0); /* used all the time: never the one that goes */
        assert_true(verdict_cache_find(cache, &key, 0, &found, evaluation));
    }
    for (unsigned i = 0; i < 1000; i++) { /* a hundred are left */
        struct verdict_key key;

        assert_true(snprintf(text, sizeof text, "key%u", i) > 0);
        key = key_of(text, i % 13);
        assert_int_equal(verdict_cache_find(cache, &key, 0, &found, evaluation), i == 0 || i > 900);
    }
    verdict_cache_close(cache);
    verdict_cache_close(none);
}

static void test_size(void **state)
{
    char name[240], service[256], text[VERDICT_KEY_MAX];
    struct verdict_cache *cache = verdict_cache_open(1000);
    struct vouch_verdict verdict, found;
    struct verdict_key key;
    size_t before;

    (void)state;
    memset(name, 'a', sizeof name);
    memset(service, 'b', sizeof service);
    memset(text, 'c', sizeof text);
    name[239] = service[255] = text[239 + 19] = '\0';
    verdict = verdict_full(name, name + 100, service);
    key = key_of(text, 0);
    verdict_cache_put(cache, &key, &verdict, "abcdefghij234", 100); /* the longest of all names are remembered */
    assert_true(verdict_cache_find(cache, &key, 0, &found, evaluation));
    expect_same(&found, &verdict);
    text[239 + 19] = 'c';
    text[VERDICT_KEY_MAX - 1] = '\0';
    key = key_of(text, 0); /* with a monstrous certificate name they are not */
    verdict_cache_put(cache, &key, &verdict, "abcdefghij234", 100);
    assert_false(verdict_cache_find(cache, &key, 0, &found, evaluation));
    verdict = verdict_full("mail.example.org", "mail.example.org", "accred.example");
    before = mallinfo2().uordblks;
    for (uint64_t i = 0; i < 900; i++) {
        key = key_of("\004abcd\001\020mail.example.org", i);
        verdict_cache_put(cache, &key, &verdict, "abcdefghij234", 100);
    }
    print_message("a usual verdict takes %zu octets\n", (mallinfo2().uordblks - before) / 900);
    assert_true((mallinfo2().uordblks - before) / 900 < 1024);
    verdict_cache_close(cache);
}

static void test_hash(void **state)
{
    static const struct {
        struct siphash_key key;
        const char *text;
        uint64_t hash;
    } known[] = {
        {{{0, 0}}, "a", 0x407448d2b89b1813},
        {{{0, 0}}, "1234567", 0xa33d651594fdae81},
        {{{0, 0}}, "12345678", 0x3489982430560a87},
        {{{0, 0}}, "123456789", 0x0fbc0f0007965fcf},
        {{{0x0706050403020100, 0x0f0e0d0c0b0a0908}}, "", 0xabac0158050fc4dc},
    };
    struct siphash_key one, two;

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        assert_true(siphash(&known[i].key, known[i].text, strlen(known[i].text)) == known[i].hash);
    assert_true(siphash_key_make(&one));
    assert_true(siphash_key_make(&two));
    assert_memory_not_equal(&one, &two, sizeof one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_keys), cmocka_unit_test(test_bound),
        cmocka_unit_test(test_size),       cmocka_unit_test(test_hash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
