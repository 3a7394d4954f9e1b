/*
 * decision_test.c - the whole decision table of csa_decide against decisions.golden.
 *
 * The table is a function of the variables below. It is computed for all combinations of their values and written as
 * a decision diagram: variables that do not matter are left out, values with the same outcome share a line. Each line
 * is a set of combinations and their outcome; together the lines are all combinations, each once.
 *
 *     decision_test GOLDEN            compares
 *     decision_test GOLDEN --write    writes the golden file anew
 */
#include "base/text.h"
#include "core/csa.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum variable {
    STATUS,
    PROHIBITS,
    ALLOWS,
    IGNORES_TARGET,
    RESERVED_WEIGHT,
    BAD_RDATA,
    CUT,
    OTHER_VERSION,
    CONFIRMED,
    SECOND, /* which questions the second round has */
    FIRST_STATE,
    OTHER_STATE,
    RECORD_SECURE,
    FIRST_SECURE,
    OTHER_SECURE,
    VARIABLES
};

/* How an address answer (of a target) or an SRV answer (of an ancestor) came out. */
enum state { HIT, SEEN, EMPTY, ODD, NODATA, NXDOMAIN, CHAIN, FAILED, TIMEOUT, BOGUS, STATES };

enum second { NONE, ONE_TARGET, TWO_TARGETS, ONE_ANCESTOR, TWO_ANCESTORS, SECONDS };

struct values {
    const char *name;
    unsigned count;
    const char *words[10];
};

static const struct values variables[VARIABLES] = {
    [STATUS] = {"srv", 7, {"found", "nodata", "nxdomain", "chain", "failed", "timeout", "bogus"}},
    [PROHIBITS] = {"prohibits", 2, {"no", "yes"}},
    [ALLOWS] = {"allows", 2, {"no", "yes"}},
    [IGNORES_TARGET] = {"ignores-target", 2, {"no", "yes"}},
    [RESERVED_WEIGHT] = {"reserved-weight", 2, {"no", "yes"}},
    [BAD_RDATA] = {"bad-rdata", 2, {"no", "yes"}},
    [CUT] = {"cut", 2, {"no", "yes"}},
    [OTHER_VERSION] = {"other-version", 2, {"no", "yes"}},
    [CONFIRMED] = {"confirmed", 2, {"no", "yes"}},
    [SECOND] = {"second", SECONDS, {"none", "target", "targets", "ancestor", "ancestors"}},
    [FIRST_STATE] = {"1st",
                     STATES,
                     {"hit", "seen", "empty", "odd", "nodata", "nxdomain", "chain", "failed", "timeout", "bogus"}},
    [OTHER_STATE] = {"2nd",
                     STATES,
                     {"hit", "seen", "empty", "odd", "nodata", "nxdomain", "chain", "failed", "timeout", "bogus"}},
    [RECORD_SECURE] = {"srv-secure", 2, {"no", "yes"}},
    [FIRST_SECURE] = {"1st-secure", 2, {"no", "yes"}},
    [OTHER_SECURE] = {"2nd-secure", 2, {"no", "yes"}},
};

/* An outcome in two octets: result and flags, reason. */
struct outcome {
    uint8_t csa, reason;
};

#define SECURE     0x80
#define HAS_RECORD 0x40
#define ANCESTOR   0x20

#define LINE_SIZE 512

static struct outcome *outcomes_of_all;
static const char *golden_path;
static bool golden_write;

/* answer_of - one answer of the second round; ancestors know no addresses, targets no assertion */
static struct csa_answer answer_of(unsigned value, bool secure, bool ancestor)
{
    static const enum vouch_status statuses[STATES] = {
        [HIT] = VOUCH_FOUND,         [SEEN] = VOUCH_FOUND,  [EMPTY] = VOUCH_FOUND,   [ODD] = VOUCH_FOUND,
        [NODATA] = VOUCH_NODATA,     [CHAIN] = VOUCH_CHAIN, [FAILED] = VOUCH_FAILED, [TIMEOUT] = VOUCH_TIMEOUT,
        [NXDOMAIN] = VOUCH_NXDOMAIN, [BOGUS] = VOUCH_BOGUS,
    };
    struct csa_answer answer = {.status = statuses[value], .secure = secure};

    if (ancestor) {
        answer.asserts_explicit = value == HIT;
    } else {
        answer.addresses.matched = value == HIT;
        answer.addresses.seen = value == HIT || value == SEEN;
        answer.addresses.trouble = value == ODD;
    }
    return answer;
}

/* decide - the outcome for one combination of values */
static struct outcome decide(const unsigned values[VARIABLES])
{
    const struct csa_records records = {
        .prohibits = values[PROHIBITS] != 0,
        .allows = values[ALLOWS] != 0,
        .ignores_target = values[IGNORES_TARGET] != 0,
        .reserved_weight = values[RESERVED_WEIGHT] != 0,
        .bad_rdata = values[BAD_RDATA] != 0,
        .cut = values[CUT] != 0,
        .other_version = values[OTHER_VERSION] != 0,
        .confirmed = values[CONFIRMED] != 0,
    };
    struct csa_case csa = {.records = &records};
    struct csa_outcome outcome = {.csa = VOUCH_CSA_NONE};
    struct outcome result;

    csa.record.status = (enum vouch_status)values[STATUS];
    csa.record.secure = values[RECORD_SECURE] != 0;
    if (values[SECOND] == ONE_TARGET || values[SECOND] == TWO_TARGETS)
        csa.targets_count = values[SECOND] - NONE;
    if (values[SECOND] == ONE_ANCESTOR || values[SECOND] == TWO_ANCESTORS)
        csa.ancestors_count = values[SECOND] - TWO_TARGETS;
    csa.targets[0] = answer_of(values[FIRST_STATE], values[FIRST_SECURE] != 0, false);
    csa.targets[1] = answer_of(values[OTHER_STATE], values[OTHER_SECURE] != 0, false);
    csa.ancestors[0] = answer_of(values[FIRST_STATE], values[FIRST_SECURE] != 0, true);
    csa.ancestors[1] = answer_of(values[OTHER_STATE], values[OTHER_SECURE] != 0, true);
    csa_decide(&outcome, &csa);
    result.csa = (uint8_t)((unsigned)outcome.csa | (outcome.secure ? SECURE : 0) |
                           (outcome.has_record ? HAS_RECORD : 0) | (outcome.ancestor != 0 ? ANCESTOR : 0));
    result.reason = (uint8_t)outcome.reason;
    return result;
}

/* block - how many combinations the variables from `variable` on have */
static size_t block(unsigned variable)
{
    size_t size = 1;

    for (unsigned v = variable; v < VARIABLES; v++)
        size *= variables[v].count;
    return size;
}

/* advance - the next combination, the last variable running fastest */
static void advance(unsigned values[VARIABLES])
{
    for (unsigned v = VARIABLES; v-- > 0;) {
        if (++values[v] < variables[v].count)
            break;
        values[v] = 0;
    }
}

/* compute - the outcomes of all combinations */
static int compute(void **state)
{
    unsigned values[VARIABLES] = {0};

    (void)state;
    outcomes_of_all = calloc(block(0), sizeof *outcomes_of_all);
    if (outcomes_of_all == NULL)
        return -1;
    for (size_t i = 0; i < block(0); i++, advance(values))
        outcomes_of_all[i] = decide(values);
    return 0;
}

static int forget(void **state)
{
    (void)state;
    free(outcomes_of_all);
    return 0;
}

/* write_line - the outcome, then the combinations that have it */
static void write_line(FILE *file, const char *combinations, struct outcome outcome)
{
    char words[LINE_SIZE];
    struct text text;

    text_init(&text, words, sizeof words);
    text_add(&text, vouch_csa_word((enum vouch_csa)(outcome.csa & 0x1f)));
    text_add_char(&text, ' ');
    text_add(&text, vouch_reason_word((enum vouch_reason)outcome.reason));
    text_add(&text, (outcome.csa & HAS_RECORD) != 0 ? " record" : "");
    text_add(&text, (outcome.csa & ANCESTOR) != 0 ? " 2nd" : "");
    text_add(&text, (outcome.csa & SECURE) != 0 ? " secure" : "");
    fprintf(file, "%-40s: %s\n", words, combinations);
}

static void write_block(FILE *file, const char *line, unsigned variable, const struct outcome *outcomes);

/* write_values - one line or more for all values of a variable whose outcomes equal those of value `first` */
static void write_values(FILE *file, const char *line, unsigned variable, const struct outcome *outcomes,
                         unsigned first)
{
    const struct values *values = &variables[variable];
    size_t size = block(variable + 1);
    char longer[LINE_SIZE];
    struct text text;
    unsigned alike = 0;

    text_init(&text, longer, sizeof longer);
    text_add(&text, line);
    text_add(&text, line[0] == '\0' ? "" : " ");
    text_add(&text, values->name);
    for (unsigned i = 0; i < values->count; i++) {
        if (memcmp(outcomes + i * size, outcomes + first * size, size * sizeof *outcomes) != 0)
            continue;
        text_add(&text, alike++ == 0 ? "=" : "|");
        text_add(&text, values->words[i]);
    }
    assert_false(text.cut);
    write_block(file, alike == values->count ? line : longer, variable + 1, outcomes + first * size);
}

/* write_block - the lines for all combinations of the variables from `variable` on */
static void write_block(FILE *file, const char *line, unsigned variable, const struct outcome *outcomes)
{
    size_t size;

    if (variable == VARIABLES) {
        write_line(file, line, outcomes[0]);
        return;
    }
    size = block(variable + 1);
    for (unsigned first = 0; first < variables[variable].count; first++) {
        bool seen = false;

        for (unsigned i = 0; i < first; i++)
            seen = seen || memcmp(outcomes + i * size, outcomes + first * size, size * sizeof *outcomes) == 0;
        if (!seen)
            write_values(file, line, variable, outcomes, first);
    }
}

/* write_table - the whole golden file */
static void write_table(FILE *file)
{
    fputs(
        "# The decision table of CSA, SPEC 8.2. Written by decision_test --write: review every change.\n"
        "#\n"
        "# srv: how the question at the exact name ended; then what its records hold; second: what else was asked.\n"
        "# 1st, 2nd: the answers. Of targets: hit, the client's address; seen, other addresses; empty, none; odd,\n"
        "# malformed ones. Of ancestors: hit, Explicit. What is not named does not matter. Each line begins with its\n"
        "# outcome: result, reason; record: the exact name's record decided; 2nd: the second ancestor did; secure.\n",
        file);
    write_block(file, "", 0, outcomes_of_all);
}

/* read_whole - a file as text, freed by the caller */
static char *read_whole(FILE *file)
{
    size_t room = 1 << 20, length;
    char *text = malloc(room);

    assert_non_null(text);
    rewind(file);
    length = fread(text, 1, room - 1, file);
    assert_true(length < room - 1);
    text[length] = '\0';
    return text;
}

static void test_table_is_golden(void **state)
{
    FILE *golden = fopen(golden_path, golden_write ? "w" : "r"), *now = tmpfile();
    char *expected, *actual;

    (void)state;
    assert_non_null(golden);
    assert_non_null(now);
    write_table(golden_write ? golden : now);
    if (!golden_write) {
        expected = read_whole(golden);
        actual = read_whole(now);
        assert_string_equal(actual, expected);
        free(expected);
        free(actual);
    }
    assert_int_equal(fclose(now), 0);
    assert_int_equal(fclose(golden), 0);
}

/* is_trouble - did this answer leave the truth unknown? */
static bool is_trouble(unsigned value)
{
    return value == ODD || value == CHAIN || value == FAILED || value == TIMEOUT || value == BOGUS;
}

/* check_row - the rules that hold whatever the table says */
static bool check_row(const unsigned values[VARIABLES], struct outcome outcome)
{
    bool first = values[SECOND] != NONE, other = values[SECOND] == TWO_TARGETS || values[SECOND] == TWO_ANCESTORS;
    bool targets = values[SECOND] == ONE_TARGET || values[SECOND] == TWO_TARGETS;
    bool hit = (first && values[FIRST_STATE] == HIT) || (other && values[OTHER_STATE] == HIT);
    bool trouble = (first && is_trouble(values[FIRST_STATE])) || (other && is_trouble(values[OTHER_STATE]));
    bool found = values[STATUS] == VOUCH_FOUND;

    switch (outcome.csa & 0x1f) {
    case VOUCH_CSA_PASS:
        return found && values[ALLOWS] && !values[PROHIBITS] && ((targets && hit) || values[CONFIRMED]);
    case VOUCH_CSA_FAIL:
        if (outcome.reason == VOUCH_REASON_PROHIBITED)
            return found && values[PROHIBITS];
        if (outcome.reason == VOUCH_REASON_EXPLICIT)
            return values[STATUS] <= VOUCH_NXDOMAIN && first && !targets && hit;
        return found && values[ALLOWS] && !hit && !(targets && trouble) && !values[CUT];
    case VOUCH_CSA_TEMPERROR:
        return (outcome.csa & SECURE) == 0;
    default:
        return true;
    }
}

static void test_rules_hold(void **state)
{
    unsigned values[VARIABLES] = {0};

    (void)state;
    for (size_t i = 0; i < block(0); i++, advance(values)) {
        bool ancestors = values[SECOND] == ONE_ANCESTOR || values[SECOND] == TWO_ANCESTORS;

        if (ancestors && values[ALLOWS] != 0)
            continue; /* no such session */
        if (!check_row(values, outcomes_of_all[i]))
            fail_msg("combination %zu: %s", i, vouch_csa_word((enum vouch_csa)(outcomes_of_all[i].csa & 0x1f)));
    }
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_is_golden),
        cmocka_unit_test(test_rules_hold),
    };

    if (argc < 2) {
        fprintf(stderr, "usage: decision_test GOLDEN [--write]\n");
        return 2;
    }
    golden_path = argv[1];
    golden_write = argc > 2 && strcmp(argv[2], "--write") == 0;
    return cmocka_run_group_tests_name("decision", tests, compute, forget);
}
