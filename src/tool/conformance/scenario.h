/*
 * scenario.h - one session of a conformance suite: built from its YAML, played on virtual time, compared.
 */
#ifndef TOOL_CONFORMANCE_SCENARIO_H
#define TOOL_CONFORMANCE_SCENARIO_H

#include "conf/conf.h"
#include "tool/conformance/yaml.h"
#include "tool/outcome.h"

struct list;
struct zones;

/* Everything that one session needs. */
struct scenario {
    struct conf conf;
    struct vouch_facts facts;
    struct list *lists[VOUCH_SERVICES_MAX];
    struct vouch_reputation reputation;
    bool silent; /* own lists and own experience do not answer */
};

/* Builds it from the session's mapping. False with yaml->error. scenario_clear it in any case. */
bool scenario_build(struct scenario *scenario, struct yaml *yaml, const yaml_node_t *session);
void scenario_clear(struct scenario *scenario);

/*
 * Plays it against the zones on a clock of its own and fills in the outcome. `backwards`: of answers that are due at
 * the same time the last asked comes first.
 */
void scenario_play(struct outcome *outcome, const struct scenario *scenario, struct zones *zones, bool backwards);

#define EXPECT_SIZE 4096

/*
 * Compares an outcome with the session's `expect` mapping. False with `difference` = what was expected and what came,
 * or with yaml->error if the expectation itself is malformed.
 */
bool expect_compare(struct yaml *yaml, const yaml_node_t *expect, const struct outcome *outcome,
                    const struct conf *conf, char difference[EXPECT_SIZE]);

#endif
