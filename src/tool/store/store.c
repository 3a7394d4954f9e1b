/*
 * store.c - vouchsafe store: copies of the store, its health, and room given back.
 */
#include "base/text.h"
#include "tool/arguments.h"
#include "tool/kept.h"
#include "tool/store/transfer.h"
#include "tool/tool.h"
#include "tool/view.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define NAME   "store"
#define MIB    (1024.0 * 1024.0)
#define DAY_MS (24 * 3600 * 1000LL)

static const char usage[] = "usage: vouchsafe store [--config FILE] export [FILE]\n"
                            "       vouchsafe store [--config FILE] import FILE\n"
                            "       vouchsafe store [--config FILE] vacuum\n"
                            "       vouchsafe store [--config FILE] status [--json]\n";

/* What the command line says. */
struct store_command {
    struct arguments arguments;
    const char *config;
    bool json;
};

/* store_is_standard - do these operands name a standard stream instead of a file? */
static bool store_is_standard(const struct arguments *arguments)
{
    return arguments->count < 2 || strcmp(arguments->operands[1], "-") == 0;
}

/* store_export - all rows to a file or to standard output */
static int store_export(struct kept *kept, const struct store_command *command)
{
    return transfer_export(kept, store_is_standard(&command->arguments) ? NULL : command->arguments.operands[1]);
}

/* store_import - all rows of a file or of standard input */
static int store_import(struct kept *kept, const struct store_command *command)
{
    bool standard = store_is_standard(&command->arguments);
    const char *path = standard ? "standard input" : command->arguments.operands[1];
    FILE *file = standard ? stdin : fopen(path, "re");
    int status;

    if (file == NULL)
        return tool_fail(NAME, "%s: %s", path, strerror(errno));
    status = transfer_import(kept, file, path);
    if (!standard)
        fclose(file);
    return status;
}

/* store_vacuum - give room back to the file system, and say how much */
static int store_vacuum(struct kept *kept, const struct store_command *command)
{
    uint64_t before = database_size(kept->keeping.database), after;

    (void)command;
    if (!database_vacuum(kept->keeping.database)) {
        if (kept_is_well(kept))
            tool_fail(NAME, "%s: could not be done now", kept->conf->store.file);
        return TOOL_USAGE;
    }
    after = database_size(kept->keeping.database);
    view_print(stdout, kept->conf->store.file);
    printf(": was %.1f MiB, is %.1f MiB\n", (double)before / MIB, (double)after / MIB);
    return view_end(NAME, TOOL_FINE);
}

/* What stands in the store: rows, but of suspensions the services, each of which several hosts may have suspended. */
struct store_tally {
    json_int_t rows;
    json_t *services;
};

/* store_count - one row more; of suspensions, one service that is suspended now */
static bool store_count(void *owner, const struct store_row *row)
{
    struct store_tally *counted = owner;

    if (row->kind != STORE_SUSPENSION)
        counted->rows++;
    else if (row->until_s > kept_now_ms() / 1000)
        json_object_set_new(counted->services, row->name, json_true());
    return true;
}

/* store_count_decision - one decision more */
static bool store_count_decision(void *owner, const struct ledger_decision *decision)
{
    uint64_t *rows = owner;

    (void)decision;
    ++*rows;
    return true;
}

/* store_status_rows - what is in the store and in the ledger, null where that cannot be had */
static void store_status_rows(struct kept *kept, json_t *status)
{
    static const struct {
        enum store_kind kind;
        const char *key;
    } kinds[] = {{STORE_REPUTATION, "reputation"}, {STORE_LIST, "lists"}, {STORE_SUSPENSION, "suspensions"}};
    uint64_t dropped, rows = 0;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct store_tally counted = {0, json_object()};
        bool fine = store_trouble(kept->keeping.store, &dropped) == NULL &&
                    kept_each(kept, kinds[i].kind, store_count, &counted);

        counted.rows += (json_int_t)json_object_size(counted.services);
        json_object_set_new(status, kinds[i].key, fine ? json_integer(counted.rows) : json_null());
        json_decref(counted.services);
    }
    if (database_trouble(kept->keeping.database) == NULL && kept->conf->ledger.keep_days != 0 &&
        ledger_decisions(kept->keeping.ledger, kept_now_ms() - DAY_MS, NULL, store_count_decision, &rows))
        json_object_set_new(status, "decisions_today", json_integer((json_int_t)rows));
    else
        json_object_set_new(status, "decisions_today", json_null());
}

/* store_print - a member of the status, if it is there */
static void store_print(const json_t *status, const char *key, const char *label, const char *unit)
{
    const json_t *value = json_object_get(status, key);

    view_label(stdout, label);
    if (json_is_integer(value))
        printf("%" JSON_INTEGER_FORMAT "%s", json_integer_value(value), unit);
    else
        view_print(stdout, json_is_string(value) ? json_string_value(value) : "?");
    puts("");
}

/* store_print_status - the status for people */
static int store_print_status(const json_t *status, uint32_t keep_days)
{
    const char *trouble = view_text(status, "trouble");

    store_print(status, "type", "type", "");
    store_print(status, "file", "file", "");
    view_label(stdout, "size");
    printf("%.1f MiB\n", (double)view_number(status, "size") / MIB);
    if (view_text(status, "redis")[0] != '\0')
        store_print(status, "redis", "redis", "");
    store_print(status, "reputation", "reputation", " rows, one for each name and day");
    store_print(status, "lists", "lists", " entries");
    store_print(status, "suspensions", "suspended", " services now");
    if (keep_days == 0) {
        view_label(stdout, "ledger");
        puts("off (ledger.keep = 0)");
    } else {
        store_print(status, "decisions_today", "ledger", " decisions in the last 24 hours");
    }
    view_label(stdout, "trouble");
    view_print(stdout, trouble[0] == '\0' ? "none" : trouble);
    puts("");
    return view_end(NAME, TOOL_FINE);
}

/* store_status - what there is, and what is wrong; exit code 1 if anything is */
static int store_status(struct kept *kept, const struct store_command *command)
{
    const char *trouble = kept_trouble(kept);
    bool redis = kept->conf->store.type == CONF_STORE_REDIS;
    json_t *status = json_pack("{s:s, s:o, s:o, s:I, s:o}", "type", redis ? "redis" : "sqlite", "file",
                               json_text(text_bytes(kept->conf->store.file)), "redis",
                               redis ? json_text(text_bytes(kept->conf->store.redis)) : json_null(), "size",
                               (json_int_t)database_size(kept->keeping.database), "trouble",
                               trouble == NULL ? json_null() : json_text(text_bytes(trouble)));
    int end;

    if (status != NULL)
        store_status_rows(kept, status);
    end = command->json || status == NULL ? view_json(NAME, status)
                                          : store_print_status(status, kept->conf->ledger.keep_days);
    json_decref(status);
    return end == TOOL_FINE && trouble != NULL ? TOOL_REFUSED : end;
}

/* The verbs: how many operands they take, and what they need. */
static const struct store_verb {
    const char *name;
    int min, max;
    unsigned needs;
    int (*run)(struct kept *kept, const struct store_command *command);
} verbs[] = {
    {"export", 0, 1, KEPT_STORE, store_export},
    {"import", 1, 1, KEPT_STORE | KEPT_WRITES, store_import},
    {"vacuum", 0, 0, KEPT_WRITES | KEPT_FILE, store_vacuum},
    {"status", 0, 0, KEPT_STORE | KEPT_TROUBLED, store_status},
};

/* store_find - the verb that the operands name, with as many others as it takes; null after saying what is wrong */
static const struct store_verb *store_find(const struct store_command *command)
{
    const struct arguments *arguments = &command->arguments;
    const char *name = arguments->count == 0 ? "" : arguments->operands[0];

    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        const struct store_verb *verb = &verbs[i];

        if (strcmp(verb->name, name) != 0)
            continue;
        if (arguments->count - 1 < verb->min || arguments->count - 1 > verb->max) {
            arguments_wrong(arguments, arguments->count - 1 < verb->min ? "%s needs a file" : "%s: too many arguments",
                            name);
            return NULL;
        }
        if (!command->json || verb->run == store_status)
            return verb;
        arguments_wrong(arguments, "--json goes with status");
        return NULL;
    }
    arguments_wrong(arguments, "export, import, vacuum or status? %s", name);
    return NULL;
}

int store_main(int argc, char **argv)
{
    struct store_command command = {.json = false};
    const struct argument options[] = {
        {"--config", &command.config, NULL}, {"--json", NULL, &command.json}, {NULL, NULL, NULL}};
    const struct store_verb *verb;
    int status = TOOL_USAGE;
    struct kept kept;

    command.arguments = (struct arguments){.command = NAME, .usage = usage, .options = options};
    if (!arguments_take(&command.arguments, argc, argv, &status))
        return status;
    verb = store_find(&command);
    if (verb == NULL)
        return TOOL_USAGE;
    if (kept_open(&kept, NAME, command.config, verb->needs))
        status = verb->run(&kept, &command);
    else
        status = TOOL_USAGE;
    kept_close(&kept);
    return status;
}
