/*
 * conformance.c - vouchsafe conformance: runs suites of sessions against the evaluator. [conformance/README.md]
 *
 * Every session is played twice, with the answers in two orders; the verdict must be the same.
 */
#include "base/text.h"
#include "dns/zone.h"
#include "tool/conformance/scenario.h"
#include "tool/tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME "conformance"

/* What a run counts, and the memory that every session uses again. */
struct run {
    unsigned passed, failed;
    struct scenario scenario;
    struct outcome outcome, backwards;
};

/* run_fail - say what is wrong and count it */
static void run_fail(struct run *run, const char *message)
{
    char safe[2 * EXPECT_SIZE];
    struct text text;

    text_init(&text, safe, sizeof safe);
    text_add_printable(&text, text_bytes(message));
    printf("FAILED %s\n", safe);
    run->failed++;
}

/* run_judge - play a session that was built, in both orders, and compare */
static bool run_judge(struct run *run, struct yaml *yaml, const yaml_node_t *session, struct zones *zones,
                      char difference[EXPECT_SIZE])
{
    const struct scenario *scenario = &run->scenario;
    struct text text;

    scenario_play(&run->outcome, scenario, zones, false);
    scenario_play(&run->backwards, scenario, zones, true);
    if (memcmp(&run->outcome.verdict, &run->backwards.verdict, sizeof run->outcome.verdict) != 0) {
        text_init(&text, difference, EXPECT_SIZE);
        text_add(&text, "the order of answers changes the verdict");
        return false;
    }
    return expect_compare(yaml, yaml_find(yaml, session, "expect"), &run->outcome, &scenario->conf, difference);
}

/* run_session - one session of a document */
static void run_session(struct run *run, struct yaml *yaml, const char *name, const yaml_node_t *session,
                        struct zones *zones)
{
    char difference[EXPECT_SIZE] = "";
    char message[2 * EXPECT_SIZE];

    yaml->error[0] = '\0';
    if (scenario_build(&run->scenario, yaml, session) && run_judge(run, yaml, session, zones, difference)) {
        run->passed++;
    } else if (yaml->error[0] != '\0') {
        run_fail(run, yaml->error);
    } else if (snprintf(message, sizeof message, "%s:%zu: %s: %s", yaml->path, session->start_mark.line + 1, name,
                        difference) > 0) {
        run_fail(run, message);
    }
    scenario_clear(&run->scenario);
}

/* run_zones - the DNS world of a document, or null with yaml->error */
static struct zones *run_zones(struct yaml *yaml, const yaml_node_t *list)
{
    struct zones *zones = zones_new();
    char error[ZONE_ERROR_SIZE];
    const char *key;
    yaml_node_t *value;

    if (zones == NULL) {
        yaml_fail(yaml, list, "out of memory");
        return NULL;
    }
    for (size_t i = 0; yaml_entry(yaml, list, i, &key, &value); i++) {
        if (zones_read_text(zones, yaml_text(value), strlen(yaml_text(value)), "zone", error))
            continue;
        yaml_fail(yaml, value, "%s", error);
        zones_free(zones);
        return NULL;
    }
    return zones;
}

/* run_document - all sessions of one document */
static void run_document(struct run *run, struct yaml *yaml, const yaml_node_t *root)
{
    static const char *const keys[] = {"description", "zones", "tests", NULL};
    const yaml_node_t *tests = yaml_find(yaml, root, "tests");
    struct zones *zones = NULL;
    const char *name;
    yaml_node_t *session;

    yaml->error[0] = '\0';
    if (yaml_check_keys(yaml, root, keys))
        zones = run_zones(yaml, yaml_find(yaml, root, "zones"));
    if (zones != NULL && tests == NULL)
        yaml_fail(yaml, root, "no tests");
    if (yaml->error[0] != '\0')
        run_fail(run, yaml->error);
    else
        for (size_t i = 0; yaml_entry(yaml, tests, i, &name, &session); i++)
            run_session(run, yaml, name == NULL ? "?" : name, session, zones);
    zones_free(zones);
}

/* run_parser_error - what libyaml has to say */
static void run_parser_error(struct run *run, const char *path, const yaml_parser_t *parser)
{
    char message[1024];

    if (snprintf(message, sizeof message, "%s:%zu: %s", path, parser->problem_mark.line + 1,
                 parser->problem == NULL ? "not YAML" : parser->problem) > 0)
        run_fail(run, message);
}

/* run_file - all documents of one file */
static void run_file(struct run *run, const char *path, FILE *file)
{
    struct yaml yaml = {.path = path};
    yaml_parser_t parser;

    if (yaml_parser_initialize(&parser) == 0) {
        run_fail(run, "out of memory");
        return;
    }
    yaml_parser_set_input_file(&parser, file);
    for (;;) {
        const yaml_node_t *root;

        if (yaml_parser_load(&parser, &yaml.document) == 0) {
            run_parser_error(run, path, &parser);
            break;
        }
        root = yaml_document_get_root_node(&yaml.document);
        if (root != NULL)
            run_document(run, &yaml, root);
        yaml_document_delete(&yaml.document);
        if (root == NULL)
            break;
    }
    yaml_parser_delete(&parser);
}

int conformance_main(int argc, char **argv)
{
    struct run *run = calloc(1, sizeof *run);
    unsigned failed;

    if (run == NULL)
        return tool_fail(NAME, "out of memory");
    if (argc < 2 || argv[1][0] == '-') {
        free(run);
        return tool_fail(NAME, "usage: vouchsafe conformance FILE...");
    }
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "re");
        char message[1024];

        if (file != NULL) {
            run_file(run, argv[i], file);
            fclose(file);
        } else if (snprintf(message, sizeof message, "%s: %s", argv[i], strerror(errno)) > 0) {
            run_fail(run, message);
        }
    }
    printf("%u passed, %u failed\n", run->passed, run->failed);
    failed = run->failed;
    free(run);
    return failed == 0 ? TOOL_FINE : TOOL_REFUSED;
}
