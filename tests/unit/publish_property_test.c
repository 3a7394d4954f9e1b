/*
 * publish_property_test.c - for any description, what is printed does what was described: judged by the evaluator over
 * the printed master file. The descriptions are random, their seeds fixed.
 */
#include "base/address.h"
#include "base/text.h"
#include "dns/zone.h"
#include "publish/answer_size.h"
#include "publish/compare.h"
#include "publish/form.h"
#include "publish/hoster.h"
#include "publish/name.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#define ROUNDS 600

static const char *const domains[] = {"example.org", "mail.example.net", "a.b.c.example.com", "e.d.c.b.a.example"};
static const char *const labels[] = {"mail", "mx1", "www", "out", "a", "b", "x-y", "relay", "9"};

/* The domain and its zone, as text and as what answers. */
static struct description description;
static struct plan plan;
static char *printed;
static struct zones *zones;
static uint64_t dice;

/* roll - a number below `sides`: the same row for the same seed (xorshift) */
static size_t roll(size_t sides)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (size_t)(dice % sides);
}

static void random_name(char name[VOUCH_NAME_SIZE], const char *below)
{
    struct text text;

    text_init(&text, name, VOUCH_NAME_SIZE);
    for (size_t depth = roll(4) == 0 ? 1 + roll(4) : 1; depth > 0; depth--) {
        text_add(&text, labels[roll(COUNT(labels))]);
        text_add_char(&text, '.');
    }
    text_add(&text, below);
}

static struct vouch_address random_address(void)
{
    struct vouch_address address = {.family = roll(2) == 0 ? 4 : 6};

    for (size_t i = 0; i < address_length(&address); i++)
        address.octets[i] = (uint8_t)(1 + roll(200));
    return address;
}

static void random_host(void)
{
    static const char *const others[] = {"example.info", "elsewhere.example"};
    char name[VOUCH_NAME_SIZE];
    struct description_host *host;
    size_t before = description.hosts_count;
    char address[VOUCH_ADDRESS_SIZE];

    random_name(name, roll(8) == 0 ? others[roll(2)] : description.domain);
    host = description_host(&description, roll(6) == 0 ? description.domain : name);
    assert_non_null(host);
    if (description.hosts_count == before)
        return;
    host->kind = (enum host_kind)roll(3);
    for (size_t i = host->kind == HOST_SENDS ? 1 + roll(roll(6) == 0 ? 40 : 5) : 0; i > 0; i--) {
        struct vouch_address random = random_address();

        vouch_address_format(&random, address);
        description_address(host, address);
    }
}

static void random_description(uint64_t seed)
{
    static const char *const services[] = {"accred.example", "csv_vouch.example.net", "rating.test"};
    const char *domain;

    dice = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    for (size_t i = 0; i < 8; i++)
        roll(2);
    description_init(&description);
    domain = domains[roll(COUNT(domains))];
    memcpy(description.domain, domain, strlen(domain) + 1);
    description.ttl_s = (uint32_t)roll(7200);
    description.complete = roll(3) != 0;
    for (size_t i = roll(7); i > 0; i--)
        random_host();
    if (roll(2) == 0)
        assert_true(description_disown(&description, description.domain));
    if (roll(3) == 0) {
        char name[VOUCH_NAME_SIZE];

        random_name(name, description.domain);
        assert_true(description_disown(&description, name));
    }
    for (size_t i = roll(COUNT(services) + 1); i > 0; i--)
        assert_true(description_accreditor(&description, services[i - 1]));
    if (roll(2) == 0) {
        const char *hoster = hoster_rows[roll(hoster_rows_count)].hoster;

        memcpy(description.hoster, hoster, strlen(hoster) + 1);
    }
}

/* print - the plan as a master file, in `printed` */
static void print(void)
{
    size_t length = 0;
    FILE *file;

    free(printed);
    printed = NULL;
    file = open_memstream(&printed, &length);
    assert_non_null(file);
    form_master_write(&plan, file);
    assert_int_equal(fclose(file), 0);
    for (size_t i = 0; i < length; i++)
        assert_true(printed[i] == '\n' || (printed[i] >= ' ' && printed[i] <= '~'));
}

/* load - a zone of the domain that holds these records */
static void load(const char *records)
{
    char error[ZONE_ERROR_SIZE], *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);

    assert_non_null(file);
    assert_true(fprintf(file, "%s. 300 IN SOA ns.%s. hostmaster.%s. 1 3600 600 86400 300\n%s", description.domain,
                        description.domain, description.domain, records) > 0);
    assert_int_equal(fclose(file), 0);
    zones_free(zones);
    zones = zones_new();
    assert_non_null(zones);
    if (!zones_read_text(zones, text, length, "printed", error))
        fail_msg("%s in\n%s", error, text);
    free(text);
}

static struct vouch_verdict judge(const char *helo, const struct vouch_address *client)
{
    struct vouch_facts facts = {.client = *client, .helo = text_bytes(helo)};
    struct vouch_settings settings;
    struct vouch_question question;
    struct vouch_verdict verdict;
    struct vouch_eval eval;
    enum vouch_next next;

    vouch_settings_init(&settings);
    vouch_eval_init(&eval, &settings, &facts);
    while ((next = vouch_eval_next(&eval, &question)) == VOUCH_ASK) {
        struct vouch_answer answer;

        memset(&answer, 0, sizeof answer);
        assert_int_equal(zones_answer(zones, question.name, question.type, &answer), 0);
        vouch_eval_answer(&eval, question.id, &answer);
    }
    assert_int_equal(next, VOUCH_DONE);
    vouch_eval_verdict(&eval, &verdict);
    return verdict;
}

static void expect(uint64_t seed, const char *helo, const struct vouch_address *client, enum vouch_reason reason)
{
    struct vouch_verdict verdict = judge(helo, client);
    char address[VOUCH_ADDRESS_SIZE];

    vouch_address_format(client, address);
    if (verdict.reason != reason)
        fail_msg("seed %llu: %s from %s: %s, wanted %s, of\n%s", (unsigned long long)seed, helo, address,
                 vouch_reason_word(verdict.reason), vouch_reason_word(reason), printed);
}

static bool has_address(const struct description_host *host, const struct vouch_address *address)
{
    for (size_t i = 0; i < host->addresses_count; i++) {
        if (address_equals(&host->addresses[i], (struct vouch_bytes){address->octets, address_length(address)}))
            return true;
    }
    return false;
}

static bool has_family(const struct description_host *host, uint8_t family)
{
    for (size_t i = 0; i < host->addresses_count; i++) {
        if (host->addresses[i].family == family)
            return true;
    }
    return false;
}

static void expect_sender(uint64_t seed, const struct description_host *host)
{
    for (size_t i = 0; i < host->addresses_count; i++)
        expect(seed, host->name, &host->addresses[i], VOUCH_REASON_MATCH);
    for (size_t i = 0; i < 3; i++) {
        struct vouch_address other = random_address();

        if (!has_address(host, &other))
            expect(seed, host->name, &other,
                   has_family(host, other.family) ? VOUCH_REASON_MISMATCH : VOUCH_REASON_NO_ADDRESS);
    }
}

static void expect_host(uint64_t seed, const struct description_host *host)
{
    struct vouch_address client = random_address();

    if (!publish_name_is_within(host->name, description.domain)) {
        expect(seed, host->name, &client, VOUCH_REASON_NO_RECORD);
        return;
    }
    switch (host->kind) {
    case HOST_SENDS:
        expect_sender(seed, host);
        break;
    case HOST_ELSEWHERE:
        expect(seed, host->name, &client, VOUCH_REASON_IGNORE_TARGET);
        break;
    case HOST_NEVER:
        expect(seed, host->name, &client, VOUCH_REASON_PROHIBITED);
        break;
    }
}

/* is_described - has this name a record of its own? */
static bool is_described(const char *name)
{
    for (size_t i = 0; i < description.hosts_count; i++) {
        if (strcmp(description.hosts[i].name, name) == 0)
            return true;
    }
    for (size_t i = 0; description.complete && i < description.disowned_count; i++) {
        if (strcmp(description.disowned[i], name) == 0)
            return true;
    }
    return false;
}

static bool is_disowned(const char *name)
{
    for (size_t i = 0; description.complete && i < description.disowned_count; i++) {
        if (publish_name_is_within(name, description.disowned[i]))
            return true;
    }
    return false;
}

/* expect_others - names that the description does not name */
static void expect_others(uint64_t seed)
{
    struct vouch_address client = random_address();

    for (size_t i = 0; i < 8; i++) {
        char name[VOUCH_NAME_SIZE];

        random_name(name, i % 2 == 0 && description.disowned_count != 0 ? description.disowned[0] : description.domain);
        if (!is_described(name))
            expect(seed, name, &client, is_disowned(name) ? VOUCH_REASON_EXPLICIT : VOUCH_REASON_NO_RECORD);
    }
    for (size_t i = 0; description.complete && i < description.disowned_count; i++) {
        bool host = false;

        for (size_t k = 0; k < description.hosts_count; k++)
            host = host || strcmp(description.hosts[k].name, description.disowned[i]) == 0;
        if (!host)
            expect(seed, description.disowned[i], &client, VOUCH_REASON_PROHIBITED);
    }
}

/* is_possible - may all that is disowned be disowned? */
static bool is_possible(void)
{
    for (size_t i = 0; description.complete && i < description.disowned_count; i++) {
        if (publish_name_labels(description.disowned[i]) > PLAN_LEVEL_MAX)
            return false;
    }
    return true;
}

/* begin - a random description and its plan; false: what it disowns cannot be, and that was said */
static bool begin(uint64_t seed)
{
    char error[PLAN_ERROR_SIZE];

    random_description(seed);
    if (plan_make(&plan, &description, error)) {
        assert_true(is_possible());
        assert_false(plan.failed);
        return true;
    }
    assert_false(is_possible());
    assert_non_null(strstr(error, "six labels"));
    description_free(&description);
    return false;
}

static void end(void)
{
    plan_free(&plan);
    description_free(&description);
    zones_free(zones);
    zones = NULL;
    free(printed);
    printed = NULL;
}

static void test_as_described(void **state)
{
    size_t kinds[3] = {0}, explicit = 0, refused = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        if (!begin(seed)) {
            refused++;
            continue;
        }
        print();
        load(printed);
        for (size_t i = 0; i < description.hosts_count; i++) {
            expect_host(seed, &description.hosts[i]);
            kinds[description.hosts[i].kind]++;
        }
        expect_others(seed);
        explicit += description.complete && description.disowned_count != 0;
        end();
    }
    assert_true(kinds[HOST_SENDS] > 100 && kinds[HOST_ELSEWHERE] > 100 && kinds[HOST_NEVER] > 100);
    assert_true(explicit > 100 && refused > 5);
}

/* says - is there a remark of these words about this host? */
static bool says(const char *host, const char *words)
{
    for (size_t i = 0; i < plan.remarks_count; i++) {
        const char *text = plan.remarks[i].text;

        if (strncmp(text, host, strlen(host)) == 0 && text[strlen(host)] == ':' && strstr(text, words) != NULL)
            return true;
    }
    return false;
}

static void test_large_answers_are_told(void **state)
{
    size_t large = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        if (!begin(seed))
            continue;
        for (size_t i = 0; i < description.hosts_count; i++) {
            const struct description_host *host = &description.hosts[i];
            size_t size = plan_answer_size(&plan, host->name), least = 12 + 2 * strlen(host->name);

            assert_true(size > least);
            assert_int_equal(size > ANSWER_SIZE_MAX, says(host->name, "the answer about it has"));
            large += size > ANSWER_SIZE_MAX;
        }
        end();
    }
    assert_true(large > 10);
}

static void ask_zones(void *owner, const char *name, enum vouch_type type,
                      void (*take)(void *self, const struct vouch_answer *answer), void *self)
{
    struct vouch_answer answer;

    (void)owner;
    memset(&answer, 0, sizeof answer);
    assert_int_equal(zones_answer(zones, name, type, &answer), 0);
    take(self, &answer);
}

static const struct plan_source world = {NULL, ask_zones, NULL};

static void test_what_is_published_is_not_missing(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        if (!begin(seed))
            continue;
        print();
        load(printed);
        plan_compare(&plan, &world);
        assert_true(plan.compared);
        assert_int_equal(plan.removals_count, 0);
        for (size_t i = 0; i < plan.records_count; i++)
            assert_int_equal(plan.records[i].there, !plan.records[i].outside);
        print();
        assert_non_null(strstr(printed, "; nothing is missing\n"));
        end();
    }
}

/* drop - take the lines of removals out of a zone's text */
static void drop(char *text)
{
    for (size_t i = 0; i < plan.removals_count; i++) {
        char owner[PLAN_NAME_SIZE + 2], rdata[PLAN_RDATA_SIZE + 2];
        bool found = false;

        assert_true(snprintf(owner, sizeof owner, "\n%s. ", plan.removals[i].owner) > 0);
        assert_true(snprintf(rdata, sizeof rdata, " %s\n", plan.removals[i].rdata) > 0);
        for (char *line = strstr(text, owner); line != NULL; line = strstr(line + 1, owner)) {
            char *stop = strchr(line + 1, '\n');

            if (stop == NULL || strncmp(stop + 1 - strlen(rdata), rdata, strlen(rdata) - 1) != 0)
                continue;
            memset(line + 1, ' ', (size_t)(stop - line) - 1);
            found = true;
        }
        if (!found)
            fail_msg("no line %s%s to remove in%s", owner + 1, rdata, text);
    }
}

/* add_wildcard - to a zone's text: one that gives all names the first address of some host; the longer text */
static char *add_wildcard(char *text)
{
    size_t size = strlen(text) + VOUCH_NAME_SIZE + VOUCH_ADDRESS_SIZE + 32;
    char *longer, address[VOUCH_ADDRESS_SIZE];
    const struct description_host *host = NULL;

    for (size_t i = 0; i < description.hosts_count; i++) {
        if (description.hosts[i].addresses_count != 0)
            host = &description.hosts[i];
    }
    if (host == NULL || roll(4) == 0)
        return text;
    longer = malloc(size);
    assert_non_null(longer);
    vouch_address_format(&host->addresses[0], address);
    assert_true(snprintf(longer, size, "%s\n*.%s. 300 IN %s %s\n", text, description.domain,
                         host->addresses[0].family == 4 ? "A" : "AAAA", address) > 0);
    free(text);
    return longer;
}

/* add_alias - to a zone's text: one at the CSA record's name of a host that has none; `leads`: to another's record,
 * else to nothing; the longer text, or the same */
static char *add_alias(char *text, bool leads)
{
    const struct description_host *host = description.hosts_count == 0 ? NULL : &description.hosts[0];
    size_t size = strlen(text) + 8 * VOUCH_NAME_SIZE;
    char *longer, owner[PLAN_NAME_SIZE];

    if (host == NULL || !publish_name_is_within(host->name, description.domain) ||
        snprintf(owner, sizeof owner, "_client._smtp.%s. ", host->name) >= (int)sizeof owner ||
        strstr(text, owner) != NULL)
        return text;
    longer = malloc(size);
    assert_non_null(longer);
    assert_true(snprintf(longer, size, "%s\n%s300 IN CNAME _client._smtp.alias-target.%s.\n", text, owner,
                         description.domain) > 0);
    if (leads)
        assert_true(snprintf(longer + strlen(longer), size - strlen(longer),
                             "_client._smtp.alias-target.%s. 300 IN SRV 1 1 0 alias-target.%s.\n", description.domain,
                             description.domain) > 0);
    free(text);
    return longer;
}

/* Another description's records are there, an alias, and a wildcard: what is printed, and what it says must go, still
 * let every sender pass. */
static void test_other_records_were_there(void **state)
{
    size_t removed = 0, wild = 0, aliases = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        char *both, *old;
        size_t length;

        if (!begin(seed))
            continue;
        print();
        old = printed;
        printed = NULL;
        end();
        if (!begin(seed + 100000)) {
            free(old);
            continue;
        }
        if (strstr(old, description.domain) == NULL ||
            strncmp(strstr(old, " as ") + 4, description.domain, strlen(description.domain)) != 0) {
            free(old);
            end();
            continue;
        }
        old = add_wildcard(old);
        wild += strstr(old, "\n*.") != NULL;
        old = add_alias(old, seed % 2 == 0);
        aliases += strstr(old, "CNAME _client._smtp.alias-target") != NULL;
        load(old);
        plan_compare(&plan, &world);
        assert_true(plan.compared);
        removed += plan.removals_count;
        print();
        drop(old);
        length = strlen(old) + strlen(printed) + 2;
        both = malloc(length);
        assert_non_null(both);
        assert_true(snprintf(both, length, "%s\n%s", old, printed) > 0);
        load(both);
        for (size_t i = 0; i < description.hosts_count; i++) {
            const struct description_host *host = &description.hosts[i];

            if (host->kind != HOST_SENDS || !publish_name_is_within(host->name, description.domain))
                expect_host(seed, host);
            for (size_t k = 0; publish_name_is_within(host->name, description.domain) && k < host->addresses_count; k++)
                expect(seed, host->name, &host->addresses[k], VOUCH_REASON_MATCH);
        }
        free(both);
        free(old);
        end();
    }
    assert_true(removed > 20 && wild > 20 && aliases > 20);
}

/* What is written is read back as the same. */
static void test_written_descriptions(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        char error[DESCRIPTION_ERROR_SIZE], *text = NULL;
        struct description again;
        size_t length = 0;
        FILE *file;

        if (!begin(seed))
            continue;
        file = open_memstream(&text, &length);
        assert_non_null(file);
        assert_true(description_write(&description, file));
        assert_int_equal(fclose(file), 0);
        file = fmemopen(text, length, "r");
        assert_non_null(file);
        description_init(&again);
        if (!description_read(&again, file, "written", error))
            fail_msg("seed %llu: %s in\n%s", (unsigned long long)seed, error, text);
        assert_int_equal(fclose(file), 0);
        for (size_t i = 0; i < description.hosts_count; i++) {
            const struct description_host *host = description_host(&again, description.hosts[i].name);

            assert_non_null(host);
            assert_int_equal(host->kind, description.hosts[i].kind);
            assert_int_equal(host->addresses_count, description.hosts[i].addresses_count);
            assert_memory_equal(host->addresses, description.hosts[i].addresses, sizeof host->addresses);
        }
        assert_int_equal(again.hosts_count, description.hosts_count);
        assert_int_equal(again.disowned_count, description.disowned_count);
        assert_int_equal(again.accreditors_count, description.accreditors_count);
        assert_int_equal(again.complete, description.complete);
        assert_int_equal(again.ttl_s, description.ttl_s);
        assert_string_equal(again.hoster, description.hoster);
        assert_string_equal(again.domain, description.domain);
        description_free(&again);
        free(text);
        end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_described),
        cmocka_unit_test(test_large_answers_are_told),
        cmocka_unit_test(test_what_is_published_is_not_missing),
        cmocka_unit_test(test_other_records_were_there),
        cmocka_unit_test(test_written_descriptions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
