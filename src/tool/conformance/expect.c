/*
 * expect.c - compares an outcome with what a suite expects. Every value is compared as its word.
 */
#include "base/text.h"
#include "tool/conformance/scenario.h"

#include <string.h>

/* Writes one value of the outcome as its word; nothing stands for null. */
struct expect_key {
    const char *key;
    void (*write)(const struct outcome *outcome, struct text *text);
};

static void write_csa(const struct outcome *outcome, struct text *text)
{
    text_add(text, vouch_csa_word(outcome->verdict.csa));
}

static void write_reason(const struct outcome *outcome, struct text *text)
{
    text_add(text, vouch_reason_word(outcome->verdict.reason));
}

static void write_domain(const struct outcome *outcome, struct text *text)
{
    text_add(text, outcome->verdict.domain);
}

static void write_secure(const struct outcome *outcome, struct text *text)
{
    text_add(text, outcome->verdict.secure ? "true" : "false");
}

static void write_identity(const struct outcome *outcome, struct text *text)
{
    text_add(text, vouch_identity_word(outcome->verdict.identity));
}

static void write_rating(const struct outcome *outcome, struct text *text)
{
    text_add(text, vouch_rating_word(outcome->verdict.rating));
}

static void write_service(const struct outcome *outcome, struct text *text)
{
    text_add(text, outcome->verdict.service_name);
}

static void write_level(const struct outcome *outcome, struct text *text)
{
    text_add(text, vouch_level_word(outcome->verdict.level));
}

static void write_score(const struct outcome *outcome, struct text *text)
{
    text_add_signed(text, outcome->verdict.score);
}

static void write_verb(const struct outcome *outcome, struct text *text)
{
    text_add(text, vouch_verb_word(outcome->verb));
}

static void write_reply(const struct outcome *outcome, struct text *text)
{
    text_add(text, outcome->reply);
}

static void write_header(const struct outcome *outcome, struct text *text)
{
    const char *result = strstr(outcome->header, "; ");

    text_add(text, result == NULL ? outcome->header : result + 2);
}

static void write_queries(const struct outcome *outcome, struct text *text)
{
    text_add_unsigned(text, outcome->verdict.questions);
}

static void write_ttl(const struct outcome *outcome, struct text *text)
{
    if (outcome->verdict.has_ttl)
        text_add_unsigned(text, outcome->verdict.ttl_s);
}

static void write_incomplete(const struct outcome *outcome, struct text *text)
{
    text_add(text, outcome->verdict.incomplete ? "true" : "false");
}

static const struct expect_key expect_keys[] = {
    {"csa", write_csa},           {"reason", write_reason}, {"domain", write_domain},         {"secure", write_secure},
    {"identity", write_identity}, {"rating", write_rating}, {"service", write_service},       {"level", write_level},
    {"score", write_score},       {"verb", write_verb},     {"reply", write_reply},           {"header", write_header},
    {"queries", write_queries},   {"ttl", write_ttl},       {"incomplete", write_incomplete},
};

/* expect_word - what the suite says, yes and no as true and false, null as nothing */
static const char *expect_word(const yaml_node_t *node)
{
    static const char *const words[][2] = {{"yes", "true"}, {"no", "false"}};
    const char *text = yaml_text(node);

    if (yaml_is_null(node))
        return "";
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(text, words[i][0]) == 0)
            return words[i][1];
    }
    return text;
}

/* expect_differ - add one difference */
static bool expect_differ(struct text *difference, const char *key, const char *expected, const char *came)
{
    text_add(difference, difference->length == 0 ? "" : "; ");
    text_add(difference, key);
    text_add(difference, ": expected ");
    text_add_printable(difference, text_bytes(expected[0] == '\0' ? "null" : expected));
    text_add(difference, ", got ");
    text_add_printable(difference, text_bytes(came[0] == '\0' ? "null" : came));
    return false;
}

/* expect_scalar - compare one value; of a reply only the beginning is expected */
static bool expect_scalar(const struct expect_key *key, const yaml_node_t *node, const struct outcome *outcome,
                          struct text *difference)
{
    char came[VOUCH_HEADER_SIZE];
    struct text text;
    const char *expected = expect_word(node);

    text_init(&text, came, sizeof came);
    key->write(outcome, &text);
    if (strcmp(key->key, "reply") == 0 && expected[0] != '\0' && strncmp(came, expected, strlen(expected)) == 0)
        return true;
    return strcmp(came, expected) == 0 || expect_differ(difference, key->key, expected, came);
}

/* expect_evidence - compare the rows "token points" or "token 0 why" */
static bool expect_evidence(struct yaml *yaml, const yaml_node_t *node, const struct outcome *outcome,
                            struct text *difference)
{
    char came[EXPECT_SIZE / 4], expected[EXPECT_SIZE / 4];
    struct text text;
    const char *key;
    yaml_node_t *value;

    text_init(&text, came, sizeof came);
    for (unsigned i = 0; i < outcome->verdict.evidence_count; i++) {
        const struct vouch_evidence *row = &outcome->verdict.evidence[i];

        text_add(&text, i == 0 ? "" : ", ");
        text_add(&text, vouch_token_word(row->token));
        text_add_char(&text, ' ');
        text_add_signed(&text, row->points);
        text_add(&text, row->why == VOUCH_WITHHELD_NOT ? "" : " ");
        text_add(&text, row->why == VOUCH_WITHHELD_NOT ? "" : vouch_withheld_word(row->why));
    }
    text_init(&text, expected, sizeof expected);
    for (size_t i = 0; yaml_entry(yaml, node, i, &key, &value); i++) {
        text_add(&text, i == 0 ? "" : ", ");
        text_add(&text, yaml_text(value));
    }
    return strcmp(came, expected) == 0 || expect_differ(difference, "evidence", expected, came);
}

/* expect_report_word - one value of a report; null for a key that is none */
static const char *expect_report_word(const struct vouch_report *report, const struct conf *conf, const char *key)
{
    if (strcmp(key, "service") == 0)
        return conf->settings.services[report->service].name;
    if (strcmp(key, "style") == 0)
        return vouch_style_word(conf->settings.services[report->service].style);
    if (strcmp(key, "listed") == 0)
        return report->listed ? "true" : "false";
    if (strcmp(key, "used") == 0)
        return report->used ? "true" : "false";
    if (strcmp(key, "rating") == 0)
        return vouch_rating_word(report->rating);
    if (strcmp(key, "info") == 0)
        return report->info;
    if (strcmp(key, "error") != 0)
        return NULL;
    if (report->too_many)
        return "too-many";
    return report->error == VOUCH_FOUND ? "" : vouch_status_word(report->error);
}

/* expect_reports - compare all reports in order; of each the keys that are given */
static bool expect_reports(struct yaml *yaml, const yaml_node_t *node, const struct outcome *outcome,
                           const struct conf *conf, struct text *difference)
{
    struct vouch_report report;
    const char *none;
    yaml_node_t *mapping;
    size_t count = 0;
    bool same = true;

    for (; vouch_eval_report(&outcome->eval, count, &report); count++) {
        const char *key;
        yaml_node_t *value;

        if (!yaml_entry(yaml, node, count, &none, &mapping))
            return expect_differ(difference, "reports", "fewer", "more");
        for (size_t i = 0; yaml_entry(yaml, mapping, i, &key, &value); i++) {
            const char *came = key == NULL ? NULL : expect_report_word(&report, conf, key);

            if (came == NULL)
                return yaml_fail(yaml, value, "unknown key in a report");
            if (strcmp(came, expect_word(value)) != 0)
                same = expect_differ(difference, key, expect_word(value), came);
        }
    }
    if (yaml_entry(yaml, node, count, &none, &mapping))
        return expect_differ(difference, "reports", "more", "fewer");
    return same;
}

/* expect_one - compare what stands under one key */
static bool expect_one(struct yaml *yaml, const char *key, const yaml_node_t *node, const struct outcome *outcome,
                       const struct conf *conf, struct text *difference)
{
    if (strcmp(key, "evidence") == 0)
        return expect_evidence(yaml, node, outcome, difference);
    if (strcmp(key, "reports") == 0)
        return expect_reports(yaml, node, outcome, conf, difference);
    for (size_t i = 0; i < sizeof expect_keys / sizeof expect_keys[0]; i++) {
        if (strcmp(key, expect_keys[i].key) == 0)
            return expect_scalar(&expect_keys[i], node, outcome, difference);
    }
    return yaml_fail(yaml, node, "expect: unknown key '%.100s'", key);
}

bool expect_compare(struct yaml *yaml, const yaml_node_t *expect, const struct outcome *outcome,
                    const struct conf *conf, char buffer[EXPECT_SIZE])
{
    struct text difference;
    const char *key;
    yaml_node_t *value;
    bool same = true;

    text_init(&difference, buffer, EXPECT_SIZE);
    if (yaml_find(yaml, expect, "csa") == NULL || yaml_find(yaml, expect, "reason") == NULL)
        return yaml_fail(yaml, expect, "expect: csa and reason are needed");
    for (size_t i = 0; yaml_entry(yaml, expect, i, &key, &value); i++) {
        if (!expect_one(yaml, key, value, outcome, conf, &difference))
            same = false;
    }
    return same && yaml->error[0] == '\0';
}
