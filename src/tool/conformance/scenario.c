/*
 * scenario.c - builds and plays one session of a conformance suite.
 */
#include "tool/conformance/scenario.h"

#include "accredit/list.h"
#include "base/text.h"
#include "dns/zone.h"

#include <string.h>

/* scenario_set_option - set one option; of a list all values stand in a sequence */
static bool scenario_set_option(struct yaml *yaml, const struct conf_option *option, void *base,
                                const yaml_node_t *value)
{
    char error[CONF_ERROR_SIZE];
    const char *key;
    yaml_node_t *entry;

    if (!conf_is_list(option->type))
        return conf_set(option, base, yaml_text(value), error) || yaml_fail(yaml, value, "%s", error);
    if (value->type != YAML_SEQUENCE_NODE)
        return yaml_fail(yaml, value, "%s: must be a list", option->name);
    conf_clear(option, base);
    for (size_t i = 0; yaml_entry(yaml, value, i, &key, &entry); i++) {
        if (!conf_set(option, base, yaml_text(entry), error))
            return yaml_fail(yaml, entry, "%s", error);
    }
    return true;
}

/* scenario_set - set options of a table from a mapping; keys in `skip` are somebody else's */
static bool scenario_set(struct yaml *yaml, const yaml_node_t *mapping, const struct conf_option *options, size_t count,
                         void *base, const char *const *skip)
{
    const char *key;
    yaml_node_t *value;

    for (size_t i = 0; yaml_entry(yaml, mapping, i, &key, &value); i++) {
        const struct conf_option *option = key == NULL ? NULL : conf_find(options, count, key);
        const char *const *skipped = skip;

        while (key != NULL && *skipped != NULL && strcmp(*skipped, key) != 0)
            skipped++;
        if (key != NULL && *skipped != NULL)
            continue;
        if (option == NULL)
            return yaml_fail(yaml, value, "no such option '%.100s'", key == NULL ? "?" : key);
        if (!scenario_set_option(yaml, option, base, value))
            return false;
    }
    return true;
}

/* scenario_build_list - the entries of a private list */
static bool scenario_build_list(struct list **list, struct yaml *yaml, const yaml_node_t *entries)
{
    const char *name;
    yaml_node_t *value;
    char error[LIST_ERROR_SIZE];

    *list = list_new();
    if (*list == NULL)
        return yaml_fail(yaml, entries, "out of memory");
    for (size_t i = 0; yaml_entry(yaml, entries, i, &name, &value); i++) {
        if (!list_add(*list, name == NULL ? "" : name, yaml_text(value), "", i, error))
            return yaml_fail(yaml, value, "%s", error);
    }
    return list_seal(*list, yaml->path, error) || yaml_fail(yaml, entries, "%s", error);
}

/* scenario_read_suspended - yes or no; the health of a service is no option of a file */
static bool scenario_read_suspended(struct yaml *yaml, const yaml_node_t *node, bool *suspended)
{
    const char *text = node == NULL ? "no" : yaml_text(node);

    *suspended = strcmp(text, "yes") == 0;
    return *suspended || strcmp(text, "no") == 0 || yaml_fail(yaml, node, "suspended: must be yes or no");
}

/* scenario_build_service - one accreditor: its name, or a mapping */
static bool scenario_build_service(struct scenario *scenario, struct yaml *yaml, const yaml_node_t *node)
{
    static const char *const skip[] = {"name", "entries", "suspended", NULL};
    unsigned index = scenario->conf.settings.services_count;
    const yaml_node_t *name = node->type == YAML_SCALAR_NODE ? node : yaml_find(yaml, node, "name");
    struct conf_accreditor accreditor;
    char error[CONF_ERROR_SIZE];

    if (!conf_accreditor_init(&accreditor, yaml_text(name), error))
        return yaml_fail(yaml, node, "%s", error);
    if (node->type == YAML_MAPPING_NODE &&
        !scenario_set(yaml, node, conf_accreditor_options, conf_accreditor_options_count, &accreditor, skip))
        return false;
    if (node->type == YAML_MAPPING_NODE &&
        !scenario_read_suspended(yaml, yaml_find(yaml, node, "suspended"), &accreditor.service.suspended))
        return false;
    if (!conf_add_accreditor(&scenario->conf, &accreditor, error))
        return yaml_fail(yaml, node, "%s", error);
    if (accreditor.service.style != VOUCH_STYLE_LIST)
        return true;
    return scenario_build_list(&scenario->lists[index], yaml, yaml_find(yaml, node, "entries"));
}

#define IN_REPUTATION(member) offsetof(struct vouch_reputation, member), sizeof(((struct vouch_reputation *)0)->member)

/* The keys of `reputation`, in the form of the option table. */
static const struct conf_option reputation_keys[] = {
    {"score", CONF_NUMBER, IN_REPUTATION(score), -100, 100, "0", NULL, CONF_RELOAD, ""},
    {"confidence", CONF_MILLI, IN_REPUTATION(confidence_milli), 0, 1000, "0", NULL, CONF_RELOAD, ""},
    {"ham", CONF_NUMBER, IN_REPUTATION(ham), 0, INT32_MAX, "0", NULL, CONF_RELOAD, ""},
    {"spam", CONF_NUMBER, IN_REPUTATION(spam), 0, INT32_MAX, "0", NULL, CONF_RELOAD, ""},
};

/* scenario_build_reputation - the receiver's experience with the name */
static bool scenario_build_reputation(struct scenario *scenario, struct yaml *yaml, const yaml_node_t *node)
{
    static const char *const none[] = {NULL};

    if (node == NULL)
        return true;
    scenario->conf.settings.use_reputation = true;
    return scenario_set(yaml, node, reputation_keys, sizeof reputation_keys / sizeof reputation_keys[0],
                        &scenario->reputation, none);
}

/* scenario_build_memory - whether own lists and own experience answer */
static bool scenario_build_memory(struct scenario *scenario, struct yaml *yaml, const yaml_node_t *node)
{
    if (node == NULL)
        return true;
    scenario->conf.settings.use_reputation = true;
    scenario->silent = strcmp(yaml_text(node), "silent") == 0;
    return scenario->silent || yaml_fail(yaml, node, "memory: must be silent, or left out");
}

bool scenario_build(struct scenario *scenario, struct yaml *yaml, const yaml_node_t *session)
{
    static const char *const keys[] = {"clause",   "counter",      "comment",  "client",   "helo",
                                       "tls_name", "organization", "settings", "services", "reputation",
                                       "memory",   "expect",       NULL};
    static const char *const none[] = {NULL};
    const yaml_node_t *client = yaml_find(yaml, session, "client");
    const yaml_node_t *services = yaml_find(yaml, session, "services");
    const char *key;
    yaml_node_t *value;

    memset(scenario, 0, sizeof *scenario);
    conf_init(&scenario->conf);
    if (!yaml_check_keys(yaml, session, keys))
        return false;
    if (!vouch_address_parse(&scenario->facts.client, yaml_text(client), strlen(yaml_text(client))))
        return yaml_fail(yaml, session, "client: not an IP address");
    scenario->facts.helo = text_bytes(yaml_text(yaml_find(yaml, session, "helo")));
    scenario->facts.tls_name = text_bytes(yaml_text(yaml_find(yaml, session, "tls_name")));
    scenario->facts.organization = text_bytes(yaml_text(yaml_find(yaml, session, "organization")));
    if (!scenario_set(yaml, yaml_find(yaml, session, "settings"), conf_options, conf_options_count, &scenario->conf,
                      none))
        return false;
    for (size_t i = 0; yaml_entry(yaml, services, i, &key, &value); i++) {
        if (!scenario_build_service(scenario, yaml, value))
            return false;
    }
    return scenario_build_reputation(scenario, yaml, yaml_find(yaml, session, "reputation")) &&
           scenario_build_memory(scenario, yaml, yaml_find(yaml, session, "memory"));
}

void scenario_clear(struct scenario *scenario)
{
    for (size_t i = 0; i < VOUCH_SERVICES_MAX; i++)
        list_free(scenario->lists[i]);
}

/* A DNS question that is out, and when its answer is due. */
struct pending {
    struct vouch_question question;
    uint32_t due_ms;
};

/* The state of one play. */
struct play {
    const struct scenario *scenario;
    struct outcome *outcome;
    struct zones *zones;
    struct pending pending[VOUCH_QUESTIONS_MAX];
    size_t pending_count;
    uint32_t now_ms;
    bool backwards;
};

/* play_take - hand an answer over */
static void play_take(struct play *play, const struct vouch_question *question, const struct vouch_answer *answer)
{
    vouch_eval_answer(&play->outcome->eval, question->id, answer);
}

/* play_ask - answer a local question; put a DNS question in the queue */
static void play_ask(struct play *play, const struct vouch_question *question)
{
    struct vouch_answer answer = {.status = VOUCH_NXDOMAIN};
    const char *comment;
    uint32_t delay_ms;

    if (question->type == VOUCH_TYPE_NONE && play->scenario->silent) {
        answer.status = VOUCH_TIMEOUT;
        play_take(play, question, &answer);
    } else if (question->purpose == VOUCH_ASK_LIST) {
        answer.listing = list_find(play->scenario->lists[question->service], question->name, &comment);
        answer.status = answer.listing == VOUCH_UNLISTED ? VOUCH_NXDOMAIN : VOUCH_FOUND;
        play_take(play, question, &answer);
    } else if (question->purpose == VOUCH_ASK_REPUTATION) {
        answer.status = VOUCH_FOUND;
        answer.reputation = play->scenario->reputation;
        play_take(play, question, &answer);
    } else {
        delay_ms = zones_answer(play->zones, question->name, question->type, &answer);
        play->pending[play->pending_count].question = *question;
        play->pending[play->pending_count++].due_ms = delay_ms >= ZONE_NEVER - play->now_ms ? ZONE_NEVER
                                                                                            : play->now_ms + delay_ms;
    }
}

/* play_wait - let time pass until the next answer is due, or the deadline */
static void play_wait(struct play *play)
{
    struct vouch_answer answer;
    struct pending next;
    size_t first = 0;

    for (size_t i = 1; i < play->pending_count; i++) {
        if (play->pending[i].due_ms < play->pending[first].due_ms ||
            (play->backwards && play->pending[i].due_ms == play->pending[first].due_ms))
            first = i;
    }
    next = play->pending[first];
    if (play->pending_count == 0 || next.due_ms >= play->scenario->conf.dns.timeout_ms) {
        vouch_eval_expire(&play->outcome->eval);
        return;
    }
    play->pending_count--;
    memmove(&play->pending[first], &play->pending[first + 1], (play->pending_count - first) * sizeof next);
    play->now_ms = next.due_ms;
    zones_answer(play->zones, next.question.name, next.question.type, &answer);
    play_take(play, &next.question, &answer);
}

void scenario_play(struct outcome *outcome, const struct scenario *scenario, struct zones *zones, bool backwards)
{
    struct play play = {.scenario = scenario, .outcome = outcome, .zones = zones, .backwards = backwards};
    struct vouch_question question;
    enum vouch_next next;

    memset(outcome, 0, sizeof *outcome);
    outcome->facts = scenario->facts;
    vouch_eval_init(&outcome->eval, &scenario->conf.settings, &scenario->facts);
    while ((next = vouch_eval_next(&outcome->eval, &question)) != VOUCH_DONE) {
        if (next == VOUCH_ASK)
            play_ask(&play, &question);
        else
            play_wait(&play);
    }
    outcome->elapsed_ms = play.now_ms;
    outcome_conclude(outcome, &scenario->conf);
}
