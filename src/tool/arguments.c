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
static const struct argument *arguments_find(const struct arguments *arguments, const char *given)
{
    struct vouch_bytes name = {(const uint8_t *)given, strcspn(given, "=")};

    for (const struct argument *option = arguments->options; option->name != NULL; option++) {
        if (text_is(name, option->name))
            return option;
    }
    return NULL;
}

/* arguments_take_one - an option at argv[*at], and its value, which may stand behind it; false: said what is wrong */
static bool arguments_take_one(const struct arguments *arguments, int argc, char **argv, int *at)
{
    const char *given = argv[*at], *value = strchr(given, '=');
    const struct argument *option = arguments_find(arguments, given);

    if (option == NULL) {
        arguments_wrong(arguments, "unknown option: %s", given);
        return false;
    }
    if (option->value == NULL) {
        if (value != NULL)
            arguments_wrong(arguments, "%s: takes no value", given);
        *option->given = true;
        return value == NULL;
    }
    if (*option->value != NULL) {
        arguments_wrong(arguments, "%s: given twice", option->name);
        return false;
    }
    if (value != NULL)
        *option->value = value + 1;
    else if (*at + 1 < argc)
        *option->value = argv[++*at];
    if (*option->value == NULL)
        arguments_wrong(arguments, "%s needs a value", given);
    return *option->value != NULL;
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
