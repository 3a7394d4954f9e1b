/*
 * main.c - vouchsafe: finds the sub-command and runs it.
 */
#include "base/text.h"
#include "tool/tool.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct tool_command commands[] = {
    {"check", "judge one client: vouchsafe check [options] IP HELO", check_main},
    {"config", "print or check a configuration: vouchsafe config defaults|sample|check [FILE]", config_main},
    {"conformance", "run suites of sessions: vouchsafe conformance FILE...", conformance_main},
    {"demo", "play a small world of senders and show their verdicts", demo_main},
    {"explain", "the whole reasoning of a decision: vouchsafe explain ID", explain_main},
    {"learn", "say what the mail of a session was: vouchsafe learn ham|spam ID|NAME...", learn_main},
    {"lint", "what is wrong with published records, and what mends it: vouchsafe lint [options] NAME|FILE...",
     lint_main},
    {"list", "private lists in the store: vouchsafe list show|add|remove ...", list_main},
    {"observe", "what sends mail here, as a description for publish: vouchsafe observe [options]", observe_main},
    {"publish", "the records of a domain that sends mail: vouchsafe publish [options] FILE", publish_main},
    {"reload", "tell the daemon to take its configuration anew: vouchsafe reload [--config FILE]", reload_main},
    {"reputation", "own experience with names: vouchsafe reputation [NAME...]", reputation_main},
    {"store", "copy or mend the store: vouchsafe store export|import|vacuum|status", store_main},
    {"top", "what is happening now", top_main},
    {"watch", "tell what changed in published records: vouchsafe watch [options] NAME...", watch_main},
};

int tool_fail(const char *command, const char *format, ...)
{
    char message[2048];
    char safe[4096];
    struct text text;
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    text_init(&text, safe, sizeof safe);
    for (size_t at = length > 0 ? strlen(message) : 0; at > 0 && message[at - 1] == ' '; at--)
        message[at - 1] = '\0'; /* a word that was not given */
    if (length > 0)
        text_add_printable(&text, text_bytes(message));
    fprintf(stderr, "vouchsafe%s%s: %s\n", command[0] == '\0' ? "" : " ", command, safe);
    return TOOL_USAGE;
}

/* main_help - list the sub-commands */
static void main_help(FILE *out)
{
    fputs("usage: vouchsafe COMMAND ...\n\n", out);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        fprintf(out, "  %-12s %s\n", commands[i].name, commands[i].help);
    fputs("  version      print the version\n"
          "  help         print this\n\n"
          "Exit status: 0 fine, 1 refused or failed, 2 usage, configuration or file trouble. See vouchsafe(1).\n",
          out);
}

int main(int argc, char **argv)
{
    const char *name = argc < 2 ? "" : argv[1];

    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        main_help(stdout);
        return TOOL_FINE;
    }
    if (strcmp(name, "version") == 0 || strcmp(name, "--version") == 0) {
        puts("vouchsafe " VOUCH_VERSION);
        return TOOL_FINE;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return commands[i].main(argc - 1, argv + 1);
    }
    if (name[0] != '\0')
        return tool_fail("", "no such command: %s; see vouchsafe help", name);
    main_help(stderr);
    return TOOL_USAGE;
}
