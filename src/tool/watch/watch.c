/*
 * watch.c - vouchsafe watch: lints a list again, and tells only what changed since the last run.
 */
#include "tool/watch/watch.h"
#include "session/json_text.h"
#include "tool/arguments.h"
#include "tool/tool.h"
#include "tool/watch/look.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>

#define NAME         "watch"
#define PATIENCE     3
#define PATIENCE_MAX 1000

static const char usage[] =
    "usage: vouchsafe watch [--list FILE]... [--description FILE]... [--state FILE] [--mail ADDRESS]...\n"
    "                       [--from ADDRESS] [--sendmail COMMAND] [--webhook URL]... [--webhook-ca FILE] [--patience RUNS]\n"
    "                       [--zone FILE]... [--resolver ADDR[@PORT]]... [--trust-anchor FILE|none] [--json]\n"
    "                       [--quiet] [NAME...]\n";

/* The options that may be given several times, in the order of the table. */
enum { LISTS, DESCRIPTIONS, MAILS, HOOKS, ZONES, RESOLVERS };

/* All that one run works with. */
struct watch {
    struct argument_values values[7];
    struct lint_options lint;
    struct watch_mail mail;
    struct watch_rules rules;
    struct watch_list list;
    struct watch_state state;
    const char *state_path;
    const char *authorities; /* that webhooks are trusted by, or null: those of the system */
    bool json;
    json_t *changes;
};

/* watch_take_lint - the options of lint */
static bool watch_take_lint(struct watch *watch, const struct arguments *arguments)
{
    const struct argument_values *zones = &watch->values[ZONES], *resolvers = &watch->values[RESOLVERS];

    if (zones->count > LINT_OPTION_MAX || resolvers->count > LINT_OPTION_MAX) {
        arguments_wrong(arguments, "more than %d zone files or resolvers", LINT_OPTION_MAX);
        return false;
    }
    memcpy(watch->lint.zones, zones->values, zones->count * sizeof zones->values[0]);
    memcpy(watch->lint.resolvers, resolvers->values, resolvers->count * sizeof resolvers->values[0]);
    watch->lint.zones_count = zones->count;
    watch->lint.resolvers_count = resolvers->count;
    return true;
}

/* watch_take_channels - whom to tell; false after saying what is wrong */
static bool watch_take_channels(struct watch *watch, const struct arguments *arguments)
{
    const struct argument_values *mails = &watch->values[MAILS], *hooks = &watch->values[HOOKS];
    const char *fault;

    watch->mail.to = mails->values;
    watch->mail.to_count = mails->count;
    for (size_t i = 0; i < mails->count; i++) {
        if (!watch_address_is_sane(mails->values[i])) {
            arguments_wrong(arguments, "--mail %s: not a plain mail address", mails->values[i]);
            return false;
        }
    }
    if (watch->mail.from != NULL && !watch_address_is_sane(watch->mail.from)) {
        arguments_wrong(arguments, "--from %s: not a plain mail address", watch->mail.from);
        return false;
    }
    fault = watch_command_fault(watch->mail.command);
    if (fault != NULL) {
        arguments_wrong(arguments, "--sendmail %s: %s", watch->mail.command, fault);
        return false;
    }
    for (size_t i = 0; i < hooks->count; i++) {
        if (!watch_hook_is_sane(hooks->values[i])) {
            arguments_wrong(arguments, "--webhook %s: not an http or https URL", hooks->values[i]);
            return false;
        }
    }
    return true;
}

/* watch_take_subjects - what to watch; false after saying what is wrong */
static bool watch_take_subjects(struct watch *watch, const struct arguments *arguments)
{
    char error[WATCH_ERROR_SIZE];
    bool ok = true;

    for (size_t i = 0; ok && i < watch->values[LISTS].count; i++)
        ok = watch_list_read(&watch->list, watch->values[LISTS].values[i], error);
    for (size_t i = 0; ok && i < watch->values[DESCRIPTIONS].count; i++)
        ok = watch_list_add_description(&watch->list, watch->values[DESCRIPTIONS].values[i], error);
    for (int i = 0; ok && i < arguments->count; i++)
        ok = watch_list_add(&watch->list, arguments->operands[i], error);
    if (!ok)
        tool_fail(NAME, "%s", error);
    else if (watch->list.count == 0)
        arguments_wrong(arguments, "nothing to watch");
    return ok && watch->list.count != 0;
}

/* watch_take - the command line; false: the command ends here with *status */
static bool watch_take(struct watch *watch, int argc, char **argv, int *status)
{
    static const char *const repeated[] = {"--list", "--description", "--mail", "--webhook",
                                           "--zone", "--resolver",    NULL};
    static const long bounds[2] = {0, PATIENCE_MAX};
    const char *patience = NULL;
    const struct argument options[] = {
        {"--state", &watch->state_path, NULL},
        {"--from", &watch->mail.from, NULL},
        {"--sendmail", &watch->mail.command, NULL},
        {"--webhook-ca", &watch->authorities, NULL},
        {"--patience", &patience, NULL},
        {"--trust-anchor", &watch->lint.trust_anchor, NULL},
        {"--json", NULL, &watch->json},
        {"--quiet", NULL, &watch->rules.quiet_start},
        {NULL, NULL, NULL},
    };
    struct arguments arguments = {.command = NAME, .usage = usage, .options = options, .repeated = watch->values};

    for (size_t i = 0; i < sizeof repeated / sizeof repeated[0]; i++)
        watch->values[i].name = repeated[i];
    if (!arguments_take(&arguments, argc, argv, status))
        return false;
    if (watch->mail.command == NULL)
        watch->mail.command = "/usr/sbin/sendmail";
    *status = TOOL_USAGE;
    return arguments_number(&arguments, "--patience", patience, bounds, &watch->rules.patience) &&
           watch_take_lint(watch, &arguments) && watch_take_channels(watch, &arguments) &&
           watch_take_subjects(watch, &arguments);
}

/* watch_show - the changes on standard output; false after saying what is wrong */
static bool watch_show(const struct watch *watch)
{
    char *text = NULL;
    bool ok;

    if (watch->json) {
        text = json_text_dump(watch->changes, true);
        ok = text != NULL && puts(text) >= 0;
        free(text);
    } else {
        ok = watch_print(watch->changes, stdout);
    }
    if (ok && fflush(stdout) == 0)
        return true;
    tool_fail(NAME, "standard output: %s", strerror(errno));
    return false;
}

/* watch_queue - put the changes before the channels, and forget channels that are no more */
static bool watch_queue(struct watch *watch)
{
    const struct argument_values *hooks = &watch->values[HOOKS];
    json_t *before = json_incref(json_object_get(watch->state.root, "untold"));
    json_t *kept = json_object(), *untold;
    bool ok = json_object_set_new(watch->state.root, "untold", kept) == 0;

    for (size_t i = 0; ok && i <= hooks->count; i++) {
        const char *channel = i < hooks->count ? hooks->values[i] : WATCH_MAIL;

        if (i == hooks->count && watch->mail.to_count == 0)
            continue;
        untold = json_object_get(before, channel);
        ok = (untold == NULL || json_object_set(kept, channel, untold) == 0) &&
             watch_untold_add(watch->state.root, channel, watch->changes);
    }
    json_decref(before);
    return ok;
}

/* watch_tell_one - tell one channel what it does not know; false after saying what is wrong */
static bool watch_tell_one(struct watch *watch, const char *channel)
{
    const json_t *untold = watch_untold(watch->state.root, channel);
    char error[WATCH_ERROR_SIZE] = "";
    bool ok;

    if (untold == NULL)
        return true;
    ok = strcmp(channel, WATCH_MAIL) == 0 ? watch_mail_send(&watch->mail, untold, error)
                                          : watch_hook_post(channel, watch->authorities, untold, error);
    if (ok)
        watch_untold_clear(watch->state.root, channel);
    else
        tool_fail(NAME, "not told, the next run tries again: %s", error);
    return ok;
}

/* watch_tell - tell all channels */
static bool watch_tell(struct watch *watch)
{
    const struct argument_values *hooks = &watch->values[HOOKS];
    bool ok = watch_tell_one(watch, WATCH_MAIL);

    for (size_t i = 0; i < hooks->count; i++)
        ok = watch_tell_one(watch, hooks->values[i]) && ok;
    return ok;
}

/* watch_save - keep the state; false after saying what is wrong */
static bool watch_save(struct watch *watch)
{
    char error[WATCH_ERROR_SIZE] = "";

    if (watch_state_save(&watch->state, error))
        return true;
    tool_fail(NAME, "%s", error);
    return false;
}

/* watch_run - look, show, remember, tell, remember who knows */
static int watch_run(struct watch *watch)
{
    struct watch_look look = {&watch->list, &watch->rules, &watch->lint, NULL, watch->changes, false};
    char error[WATCH_ERROR_SIZE] = "";
    bool told;

    if (!watch_state_open(&watch->state, watch->state_path, error))
        return tool_fail(NAME, "%s", error);
    look.root = watch->state.root;
    if (!watch_look(&look))
        return TOOL_USAGE;
    if (!watch_show(watch))
        return TOOL_UNTOLD;
    if (!watch_forget(watch->state.root, &watch->list) || !watch_queue(watch))
        return tool_fail(NAME, "%s", strerror(ENOMEM));
    if (!watch_save(watch))
        return TOOL_USAGE;
    told = watch_tell(watch);
    if (!watch_save(watch) || look.fault)
        return TOOL_USAGE;
    if (!told)
        return TOOL_UNTOLD;
    return watch_is_worse(watch->changes) ? TOOL_REFUSED : TOOL_FINE;
}

int watch_main(int argc, char **argv)
{
    struct watch *watch = calloc(1, sizeof *watch);
    int status = TOOL_USAGE;
    time_t now = time(NULL);
    struct tm utc;

    if (watch == NULL || gmtime_r(&now, &utc) == NULL)
        return tool_fail(NAME, "%s", strerror(errno));
    if (strftime(watch->rules.now, sizeof watch->rules.now, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        watch->rules.now[0] = '\0';
    watch->rules.patience = PATIENCE;
    watch->state.lock = -1;
    watch->changes = json_array();
    if (watch->changes == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        status = tool_fail(NAME, "%s", strerror(ENOMEM));
    else if (watch_take(watch, argc, argv, &status))
        status = watch_run(watch);
    watch_state_close(&watch->state);
    watch_list_free(&watch->list);
    json_decref(watch->changes);
    free(watch);
    curl_global_cleanup();
    return status;
}
