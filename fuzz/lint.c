/*
 * lint.c - any text as a zone: lint ends, whatever it holds, and what it finds is printable.
 */
#include "lint/lint.h"
#include "dns/zone.h"
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#define ASKED_MAX 4096 /* questions about one name, far above what rules ask */

/* The zones, and the answers that rules still look at. */
struct world {
    struct zones *zones;
    struct vouch_answer answers[ASKED_MAX];
    struct vouch_record records[ASKED_MAX][16];
    size_t count;
};

/* world_ask - the answer of the zones; its records are views into the zones, which live as long, but for wildcards */
static const struct vouch_answer *world_ask(void *owner, const char *name, uint16_t type)
{
    static const struct vouch_answer failed = {.status = VOUCH_FAILED};
    struct world *world = owner;
    struct vouch_answer *answer;

    if (world->count == ASKED_MAX)
        return &failed;
    answer = &world->answers[world->count];
    zones_answer(world->zones, name, (enum vouch_type)type, answer);
    if (answer->records_count > FUZZ_COUNT(world->records[0]))
        answer->records_count = FUZZ_COUNT(world->records[0]);
    for (size_t i = 0; i < answer->records_count; i++)
        world->records[world->count][i] = answer->records[i];
    answer->records = world->records[world->count++];
    answer->message = (struct vouch_bytes){NULL, 0};
    answer->note = (struct vouch_bytes){NULL, 0};
    answer->additional_count = 0;
    return answer;
}

/* check_lines - a text of lines holds printable ASCII and newlines only */
static void check_lines(const char *text)
{
    for (const char *at = text; *at != '\0'; at++)
        REQUIRE(*at == '\n' || (*at >= ' ' && *at <= '~'));
}

/* check_result - what every result keeps */
static void check_result(const struct lint_result *result)
{
    for (size_t i = 0; i < result->findings_count; i++) {
        const struct lint_finding *finding = &result->findings[i];

        REQUIRE(finding->rule >= lint_rules && finding->rule < lint_rules + lint_rules_count);
        fuzz_require_clean(finding->name);
        fuzz_require_clean(finding->evidence);
        fuzz_require_clean(finding->advice);
        check_lines(finding->mend);
    }
    for (size_t i = 0; i < result->troubles_count; i++)
        fuzz_require_clean(result->troubles[i]);
    REQUIRE(result->complete || result->troubles_count > 0);
}

/* keep_all - every record counts */
static bool keep_all(void *owner, const struct vouch_record *record, uint64_t position)
{
    (void)owner;
    (void)record;
    (void)position;
    return true;
}

/* tell_misplaced - a record out of place becomes a finding */
static void tell_misplaced(void *owner, enum zone_misplaced how, unsigned line, const struct vouch_record *record)
{
    static const enum lint_place places[] = {
        [ZONE_OUTSIDE] = LINT_OUTSIDE, [ZONE_BESIDE_ALIAS] = LINT_BESIDE_ALIAS, [ZONE_BELOW_CUT] = LINT_BELOW_CUT};
    struct lint_misplaced misplaced = {places[how], "\033[2Jzone", line, NULL, *record};
    char name[VOUCH_NAME_TEXT_SIZE];
    struct lint_result result;

    vouch_name_format(record->owner.data, name);
    misplaced.owner = name;
    lint_result_init(&result);
    lint_misplaced(&result, owner, &misplaced);
    check_result(&result);
    lint_result_clear(&result);
}

/* read_zone - as lint reads a file: what is out of place is told, and names below a cut are outside */
static void read_zone(struct world *world, struct lint_world *rules, const uint8_t *data, size_t size)
{
    struct zones_filter filter = {rules, keep_all, tell_misplaced};
    FILE *file = size == 0 ? NULL : fmemopen((void *)(uintptr_t)data, size, "r");
    char error[ZONE_ERROR_SIZE] = "";

    if (file == NULL)
        return;
    if (!zones_read_some(world->zones, file, "zone", &filter, error))
        fuzz_require_clean(error);
    fclose(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"mail.example.org", "a.b.example.org", "example.org", "mail_1.example.org"};
    static struct world world;
    struct lint_view view = {.label = "zone", .owner = &world, .ask = world_ask, .is_files = true};
    struct lint_world rules = {.views = &view, .views_count = 1};

    world.zones = zones_new();
    if (world.zones == NULL)
        return 0;
    read_zone(&world, &rules, data, size);
    for (size_t i = 0; i < FUZZ_COUNT(names); i++) {
        struct lint_result result;

        world.count = 0;
        lint_result_init(&result);
        REQUIRE(lint_host(&result, &rules, names[i], LINT_HELO | LINT_ALONE));
        REQUIRE(lint_host(&result, &rules, names[i], LINT_POINTERS | LINT_WILDCARD));
        REQUIRE(lint_domain(&result, &rules, names[i], LINT_ALONE));
        REQUIRE(lint_reports(&result, &rules, names[i]));
        lint_result_sort(&result);
        check_result(&result);
        lint_result_clear(&result);
    }
    zones_free(world.zones);
    return 0;
}
