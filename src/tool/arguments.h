/*
 * arguments.h - the command line of a sub-command: long options from a table, before or behind the operands.
 */
#ifndef TOOL_ARGUMENTS_H
#define TOOL_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

/* One option. */
struct argument {
    const char *name;   /* with its hyphens; null ends the table */
    const char **value; /* takes a value, once; null: takes none */
    bool *given;        /* where it takes none */
};

#define ARGUMENT_VALUES_MAX 256

/* The values of an option that may be given several times, in their order. */
struct argument_values {
    const char *name; /* of the option, with its hyphens; null ends the table */
    const char *values[ARGUMENT_VALUES_MAX];
    size_t count;
};

struct arguments {
    const char *command, *usage;
    const struct argument *options;
    struct argument_values *repeated; /* options that may be given several times; null: none */
    char **operands;
    int count;
};

/*
 * Takes the options out of argv, from argv[1] on, and leaves the operands; "--" ends the options, "-" is an operand.
 * False: the command ends here with *status (help was asked for, or something is wrong and was said).
 */
bool arguments_take(struct arguments *arguments, int argc, char **argv, int *status);

/* Says what is wrong and how it is used; returns TOOL_USAGE. */
__attribute__((format(printf, 2, 3))) int arguments_wrong(const struct arguments *arguments, const char *format, ...);

/* Reads a whole number of these bounds; false, after saying so, if `value` is none. Null leaves *number as it is. */
bool arguments_number(const struct arguments *arguments, const char *option, const char *value, const long bounds[2],
                      long *number);

#endif
