/*
 * arguments.c - reads the command line of a sub-command.
 */
#include "tool/arguments.h"

#include "base/text.h"
#include "tool/tool.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int arguments_wrong(const struct arguments *arguments, const char *format, ...)
{
    char message[1024];
    va_list values;

    va_start(values, format);
    if (vsnprintf(message, sizeof message, format, values) < 0)
        message[0] = '\0';
    va_end(values);
    tool_fail(arguments->command, "%s", message);
    fputs(arguments->usage, stderr);
    return TOOL_USAGE;
}

/* arguments_find - the row of an option, whole, with or without "=VALUE" */
static const struct argument *arguments_find(const struct arguments *arguments, struct vouch_bytes name)
{
    for (const struct argument *option = arguments->options; option->name != NULL; option++) {
        if (text_is(name, option->name))
            return option;
    }
    return NULL;
}

/* arguments_find_repeated - the same of those that may be given several times */
static struct argument_values *arguments_find_repeated(const struct arguments *arguments, struct vouch_bytes name)
{
    for (struct argument_values *option = arguments->repeated; option != NULL && option->name != NULL; option++) {
        if (text_is(name, option->name))
            return option;
    }
    return NULL;
}

/* arguments_keep - one more value of an option; false: said what is wrong */
static bool arguments_keep(const struct arguments *arguments, struct argument_values *repeated, const char *value)
{
    if (repeated->count == ARGUMENT_VALUES_MAX) {
        arguments_wrong(arguments, "%s: given more than %d times", repeated->name, ARGUMENT_VALUES_MAX);
        return false;
    }
    repeated->values[repeated->count++] = value;
    return true;
}

/* arguments_take_one - an option at argv[*at], and its value, which may stand behind it; false: said what is wrong */
static bool arguments_take_one(const struct arguments *arguments, int argc, char **argv, int *at)
{
    const char *given = argv[*at], *value = strchr(given, '=');
    struct vouch_bytes name = {(const uint8_t *)given, strcspn(given, "=")};
    const struct argument *option = arguments_find(arguments, name);
    struct argument_values *repeated = arguments_find_repeated(arguments, name);

    if (option == NULL && repeated == NULL) {
        arguments_wrong(arguments, "unknown option: %s", given);
        return false;
    }
    if (option != NULL && option->value == NULL) {
        if (value != NULL)
            arguments_wrong(arguments, "%s: takes no value", given);
        *option->given = true;
        return value == NULL;
    }
    if (option != NULL && *option->value != NULL) {
        arguments_wrong(arguments, "%s: given twice", option->name);
        return false;
    }
    if (value != NULL)
        value++;
    else if (*at + 1 < argc)
        value = argv[++*at];
    if (value == NULL)
        arguments_wrong(arguments, "%s needs a value", given);
    else if (option != NULL)
        *option->value = value;
    else
        return arguments_keep(arguments, repeated, value);
    return value != NULL;
}

bool arguments_take(struct arguments *arguments, int argc, char **argv, int *status)
{
    bool options = true;

    arguments->operands = argv + 1;
    arguments->count = 0;
    for (int at = 1; at < argc; at++) {
        const char *given = argv[at];

        if (options && (strcmp(given, "--help") == 0 || strcmp(given, "-h") == 0)) {
            *status = fputs(arguments->usage, stdout) == EOF ? TOOL_USAGE : TOOL_FINE;
            return false;
        }
        if (options && strcmp(given, "--") == 0) {
            options = false;
        } else if (!options || given[0] != '-' || given[1] == '\0') {
            arguments->operands[arguments->count++] = argv[at];
        } else if (!arguments_take_one(arguments, argc, argv, &at)) {
            *status = TOOL_USAGE;
            return false;
        }
    }
    return true;
}

bool arguments_number(const struct arguments *arguments, const char *option, const char *value, const long bounds[2],
                      long *number)
{
    char *end;
    long read;

    if (value == NULL)
        return true;
    errno = 0;
    read = strtol(value, &end, 10);
    if (!text_is_digit(value[0]) || *end != '\0' || errno != 0 || read < bounds[0] || read > bounds[1]) {
        arguments_wrong(arguments, "%s %s: must be %ld to %ld", option, value, bounds[0], bounds[1]);
        return false;
    }
    *number = read;
    return true;
}
