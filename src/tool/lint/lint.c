/*
 * lint.c - vouchsafe lint: what is wrong with published records, and the records that mend it.
 */
#include "lint/lint.h"
#include "tool/arguments.h"
#include "tool/lint/report.h"
#include "tool/progress.h"
#include "tool/tool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME "lint"

static const char usage[] =
    "usage: vouchsafe lint [--zone FILE]... [--resolver ADDR[@PORT]]... [--trust-anchor FILE|none] [--port N]\n"
    "                      [--json] [--strict] DOMAIN|HOST|ZONEFILE...\n"
    "       vouchsafe lint --rules\n";

/* Exit codes beside those of tool.h. */
enum { LINT_INCOMPLETE = 3 };

/* What the command line says, and what was found. */
struct lint {
    struct lint_options options;
    bool json, strict, rules, color;
    unsigned errors, warnings, notes;
    bool incomplete;
};

/* paint - text in a colour, on a terminal */
static void paint(const struct lint *lint, const char *code, const char *text)
{
    printf("%s%s%s", lint->color ? code : "", text, lint->color ? "\033[0m" : "");
}

/* string - the text of a key */
static const char *string(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value == NULL ? "" : value;
}

/* print_lines - each line of a text, indented */
static void print_lines(const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        printf("      %.*s\n", (int)length, text);
        text += length + (text[length] == '\n');
    }
}

/* print_mend - what mends a finding; the same lines in a row only once */
static void print_mend(const char *mend, const char **printed)
{
    if (mend[0] == '\0')
        return;
    if (strcmp(mend, *printed) == 0) {
        printf("    mend: as above\n");
        return;
    }
    printf("    mend:\n");
    print_lines(mend);
    *printed = mend;
}

/* print_finding - one finding for people; `printed` is the last mend */
static void print_finding(const struct lint *lint, const json_t *finding, const char **printed)
{
    const char *severity = string(finding, "severity");
    const char *code = severity[0] == 'e' ? "\033[1;31m" : severity[0] == 'w' ? "\033[1;33m" : "\033[1;36m";

    printf("  ");
    paint(lint, code, severity);
    printf(" %s [%s]: %s\n", string(finding, "rule"), string(finding, "clause"), string(finding, "title"));
    if (string(finding, "evidence")[0] != '\0')
        printf("    seen: %s\n", string(finding, "evidence"));
    print_mend(string(finding, "mend"), printed);
    if (string(finding, "advice")[0] != '\0')
        printf("    %s\n", string(finding, "advice"));
}

/* print_report - one subject for people */
static void print_report(const struct lint *lint, const json_t *report)
{
    const json_t *findings = json_object_get(report, "findings"), *troubles = json_object_get(report, "troubles");
    const char *last = "", *printed = "";
    size_t at;
    json_t *entry;

    paint(lint, "\033[1m", string(report, "subject"));
    printf("%s\n", json_array_size(findings) == 0 && json_array_size(troubles) == 0 ? ": nothing wrong" : "");
    json_array_foreach(findings, at, entry)
    {
        if (strcmp(last, string(entry, "name")) != 0)
            printf(" %s\n", string(entry, "name"));
        last = string(entry, "name");
        print_finding(lint, entry, &printed);
    }
    if (json_array_size(troubles) != 0)
        printf(" not known, as the DNS did not answer:\n");
    json_array_foreach(troubles, at, entry) printf("    %s\n", json_string_value(entry));
}

/* count - what was found */
static void count(struct lint *lint, const json_t *report)
{
    size_t at;
    json_t *finding;

    json_array_foreach(json_object_get(report, "findings"), at, finding)
    {
        const char *severity = string(finding, "severity");

        lint->errors += severity[0] == 'e';
        lint->warnings += severity[0] == 'w';
        lint->notes += severity[0] == 'n';
    }
    lint->incomplete = lint->incomplete || !json_is_true(json_object_get(report, "complete"));
}

/* lint_all - one subject after the other; JSON as an array if there are several */
static int lint_all(struct lint *lint, char **subjects, int subjects_count)
{
    char notice[LINT_ERROR_SIZE], error[LINT_ERROR_SIZE];
    struct lint_session *session = lint_session_open(&lint->options, notice, error);
    json_t *reports = json_array();
    struct progress_bar bar;
    int status = TOOL_FINE;

    if (session == NULL || reports == NULL)
        status = tool_fail(NAME, "%s", session == NULL ? error : "out of memory");
    else if (notice[0] != '\0')
        tool_fail(NAME, "%s", notice);
    for (int i = 0; i < subjects_count && session != NULL && status == TOOL_FINE; i++) {
        json_t *report;

        progress_begin(&bar, subjects[i], (uint64_t)subjects_count);
        progress_step(&bar, (uint64_t)i);
        report = lint_session_judge(session, subjects[i], error);
        progress_end(&bar); /* a bar does not run into text */
        if (report == NULL) {
            status = tool_fail(NAME, "%s", error);
            break;
        }
        count(lint, report);
        if (!lint->json)
            print_report(lint, report);
        if (json_array_append_new(reports, report) != 0)
            status = tool_fail(NAME, "out of memory");
    }
    if (lint->json && status == TOOL_FINE &&
        (json_dumpf(subjects_count == 1 ? json_array_get(reports, 0) : reports, stdout,
                    JSON_INDENT(2) | JSON_ENSURE_ASCII) != 0 ||
         puts("") == EOF))
        status = tool_fail(NAME, "standard output: %s", strerror(errno));
    json_decref(reports);
    lint_session_close(session);
    return status;
}

/* print_rules - the table of rules: word, severity, clause, title, parted by tabs */
static int print_rules(void)
{
    for (size_t i = 0; i < lint_rules_count; i++)
        printf("%s\t%s\t%s\t%s\n", lint_rules[i].word, lint_severity_word(lint_rules[i].severity), lint_rules[i].clause,
               lint_rules[i].title);
    return fflush(stdout) == 0 ? TOOL_FINE : tool_fail(NAME, "standard output: %s", strerror(errno));
}

/* lint_exit - the exit code that fits what was found */
static int lint_exit(const struct lint *lint)
{
    if (lint->errors != 0 || (lint->strict && lint->warnings != 0))
        return TOOL_REFUSED;
    return lint->incomplete ? LINT_INCOMPLETE : TOOL_FINE;
}

int lint_main(int argc, char **argv)
{
    static const long ports[2] = {1, 65535};
    struct lint lint = {.color = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == NULL};
    const char *port = NULL;
    struct argument_values repeated[] = {{.name = "--zone"}, {.name = "--resolver"}, {.name = NULL}};
    const struct argument options[] = {{.name = "--trust-anchor", .value = &lint.options.trust_anchor},
                                       {.name = "--port", .value = &port},
                                       {.name = "--json", .given = &lint.json},
                                       {.name = "--strict", .given = &lint.strict},
                                       {.name = "--rules", .given = &lint.rules},
                                       {.name = NULL}};
    struct arguments arguments = {.command = NAME, .usage = usage, .options = options, .repeated = repeated};
    int status = TOOL_USAGE;
    long number = 0;

    if (!arguments_take(&arguments, argc, argv, &status))
        return status;
    if (lint.rules)
        return print_rules();
    if (!arguments_number(&arguments, "--port", port, ports, &number))
        return TOOL_USAGE;
    lint.options.server_port = (uint16_t)number;
    if (repeated[0].count > LINT_OPTION_MAX || repeated[1].count > LINT_OPTION_MAX)
        return arguments_wrong(&arguments, "more than %d zone files or resolvers", LINT_OPTION_MAX);
    memcpy(lint.options.zones, repeated[0].values, repeated[0].count * sizeof repeated[0].values[0]);
    memcpy(lint.options.resolvers, repeated[1].values, repeated[1].count * sizeof repeated[1].values[0]);
    lint.options.zones_count = repeated[0].count;
    lint.options.resolvers_count = repeated[1].count;
    if (arguments.count == 0)
        return arguments_wrong(&arguments, "needs a domain, a host or a zone file");
    if (lint.options.zones_count != 0 && (lint.options.resolvers_count != 0 || lint.options.trust_anchor != NULL))
        return arguments_wrong(&arguments, "--zone and --%s exclude each other",
                               lint.options.resolvers_count != 0 ? "resolver" : "trust-anchor");
    lint.options.only_files = true;
    for (int i = 0; i < arguments.count; i++)
        lint.options.only_files = lint.options.only_files && lint_is_file(arguments.operands[i]);
    status = lint_all(&lint, arguments.operands, arguments.count);
    if (fflush(stdout) != 0)
        return tool_fail(NAME, "standard output: %s", strerror(errno));
    return status == TOOL_FINE ? lint_exit(&lint) : status;
}
