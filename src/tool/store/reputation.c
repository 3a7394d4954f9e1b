/*
 * reputation.c - vouchsafe reputation: the receiver's own experience with names, and what it is worth.
 */
#include "accredit/organization.h"
#include "base/text.h"
#include "tool/arguments.h"
#include "tool/store/ranking.h"
#include "tool/store/standing.h"
#include "tool/tool.h"
#include "tool/view.h"

#include <inttypes.h>
#include <string.h>

#define NAME       "reputation"
#define SHOWN      10
#define SHOWN_MAX  10000
#define NAME_WIDTH 44
#define ALL_BELOW  " and all below it"

static const char usage[] = "usage: vouchsafe reputation [--config FILE] [--json] NAME...\n"
                            "       vouchsafe reputation [--config FILE] [--json] [--best N] [--worst N]\n";

/* What the command line says. */
struct request {
    const char *config, *best, *worst;
    long best_count, worst_count;
    bool json;
};

/* reputation_is_name - can it have a standing? `clean`: lower case, no final dot */
static bool reputation_is_name(const char *given, char clean[VOUCH_NAME_SIZE])
{
    size_t length = strlen(given);
    uint8_t wire[VOUCH_NAME_SIZE];
    struct vouch_address address;

    if (length > 1 && given[length - 1] == '.')
        length--;
    if (vouch_address_parse(&address, given, length)) /* whose digits would pass for labels */
        return false;
    if (length == 0 || length >= VOUCH_NAME_SIZE || vouch_name_parse(wire, given, length) == 0)
        return false;
    for (size_t i = 0; i < length; i++)
        clean[i] = text_lower(given[i]);
    clean[length] = '\0';
    return true;
}

/* reputation_ask - the standing of one name, appended to the names; false after saying what is wrong */
static bool reputation_ask(struct kept *kept, const char *given, json_t *names)
{
    struct standing standing = {.organization = ""};
    char name[VOUCH_NAME_SIZE], buffer[VOUCH_NAME_SIZE];
    const char *all;
    bool known;

    if (!reputation_is_name(given, name)) {
        tool_fail(NAME, "%s: not a domain name", given);
        return false;
    }
    standing.name = name;
    standing.organization = organizations_find(kept->organizations, name);
    all = store_organization_row(standing.organization, buffer);
    if (!kept_reputation(kept, name, standing.organization, &standing.own, &standing.known))
        return false;
    if (all[0] != '\0' && !kept_reputation(kept, all, "", &standing.others, &known))
        return false;
    return json_array_append_new(names, standing_object(kept->conf, &standing)) == 0 ||
           tool_fail(NAME, "out of memory") == TOOL_FINE;
}

/* reputation_names - the standing of each name; exit code 1: one is not known */
static int reputation_names(struct kept *kept, const struct request *request, char **given, int count)
{
    json_t *object = json_pack("{s:[]}", "names");
    json_t *names = json_object_get(object, "names"), *name;
    int status = TOOL_FINE, end = TOOL_USAGE;
    bool fine = object != NULL;
    size_t index;

    for (int i = 0; fine && i < count; i++)
        fine = reputation_ask(kept, given[i], names);
    if (fine) {
        json_array_foreach(names, index, name)
        {
            if (!view_bool(name, "known"))
                status = TOOL_REFUSED;
            if (!request->json) {
                fputs(index == 0 ? "" : "\n", stdout);
                standing_print(kept->conf, name);
            }
        }
        end = request->json ? view_json(NAME, object) : view_end(NAME, TOOL_FINE);
    }
    json_decref(object);
    return end == TOOL_FINE ? status : end;
}

/* reputation_print_row - a name in a table, an organization in words */
static void reputation_print_row(const json_t *row)
{
    const char *name = view_text(row, "name");
    char words[VOUCH_NAME_SIZE + sizeof ALL_BELOW];

    if (name[0] == '.')
        snprintf(words, sizeof words, "%s" ALL_BELOW, name + 1);
    else
        snprintf(words, sizeof words, "%s", name);
    fputs("  ", stdout);
    view_print_cell(stdout, words, NAME_WIDTH);
    printf(" %+6" PRId64 " %+6" PRId64 " %10.2f %8" PRId64 " %8" PRId64 "\n", view_number(row, "points"),
           view_number(row, "score"), json_real_value(json_object_get(row, "confidence")), view_number(row, "ham"),
           view_number(row, "spam"));
}

/* reputation_print_rows - a table of names */
static void reputation_print_rows(const char *title, const json_t *rows)
{
    json_t *row;
    size_t index;

    printf("\n%-*s %6s %6s %10s %8s %8s\n", NAME_WIDTH + 2, title, "points", "score", "confidence", "ham", "spam");
    if (json_array_size(rows) == 0)
        puts("  (none)");
    json_array_foreach(rows, index, row) reputation_print_row(row);
}

/* reputation_ranks - the best and the worst of all names */
static int reputation_ranks(struct kept *kept, const struct request *request)
{
    json_t *object = ranking_object(kept, (size_t)request->best_count, (size_t)request->worst_count);
    int status = TOOL_USAGE;

    if (object != NULL && request->json) {
        status = view_json(NAME, object);
    } else if (object != NULL) {
        printf("%" PRId64 " names are known\n", view_number(object, "known"));
        if (request->best_count != 0)
            reputation_print_rows("Best", json_object_get(object, "best"));
        if (request->worst_count != 0)
            reputation_print_rows("Worst", json_object_get(object, "worst"));
        status = view_end(NAME, TOOL_FINE);
    }
    json_decref(object);
    return status;
}

/* reputation_check - the options go together; false after saying what is wrong */
static bool reputation_check(struct request *request, const struct arguments *arguments)
{
    static const long bounds[2] = {1, SHOWN_MAX};

    if (arguments->count != 0 && (request->best != NULL || request->worst != NULL)) {
        arguments_wrong(arguments, "--best and --worst go without names");
        return false;
    }
    if (request->best == NULL && request->worst == NULL)
        request->best_count = request->worst_count = SHOWN;
    return arguments_number(arguments, "--best", request->best, bounds, &request->best_count) &&
           arguments_number(arguments, "--worst", request->worst, bounds, &request->worst_count);
}

int reputation_main(int argc, char **argv)
{
    struct request request = {.json = false};
    const struct argument options[] = {{"--config", &request.config, NULL},
                                       {"--best", &request.best, NULL},
                                       {"--worst", &request.worst, NULL},
                                       {"--json", NULL, &request.json},
                                       {NULL, NULL, NULL}};
    struct arguments arguments = {.command = NAME, .usage = usage, .options = options};
    int status = TOOL_USAGE;
    struct kept kept;

    if (!arguments_take(&arguments, argc, argv, &status) || !reputation_check(&request, &arguments))
        return status;
    if (kept_open(&kept, NAME, request.config, KEPT_STORE | KEPT_ORGANIZATIONS))
        status = arguments.count == 0 ? reputation_ranks(&kept, &request)
                                      : reputation_names(&kept, &request, arguments.operands, arguments.count);
    kept_close(&kept);
    return status;
}
