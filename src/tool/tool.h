/*
 * tool.h - the sub-commands of vouchsafe, one file each, and what they share.
 */
#ifndef TOOL_TOOL_H
#define TOOL_TOOL_H

/* Exit codes of all sub-commands. */
enum tool_exit {
    TOOL_FINE = 0,
    TOOL_REFUSED = 1, /* the session would be refused; a test failed; what was asked for is not there */
    TOOL_USAGE = 2,   /* usage, configuration or file trouble */
    TOOL_UNTOLD = 3   /* watch: somebody could not be told */
};

/* One row of the command table in main.c. `main` gets the arguments from the sub-command's name on. */
struct tool_command {
    const char *name, *help;
    int (*main)(int argc, char **argv);
};

int check_main(int argc, char **argv);
int config_main(int argc, char **argv);
int conformance_main(int argc, char **argv);
int demo_main(int argc, char **argv);
int explain_main(int argc, char **argv);
int learn_main(int argc, char **argv);
int lint_main(int argc, char **argv);
int list_main(int argc, char **argv);
int observe_main(int argc, char **argv);
int publish_main(int argc, char **argv);
int reload_main(int argc, char **argv);
int reputation_main(int argc, char **argv);
int store_main(int argc, char **argv);
int top_main(int argc, char **argv);
int watch_main(int argc, char **argv);

/* Writes "vouchsafe COMMAND: message" to standard error, control characters encoded; returns TOOL_USAGE. */
__attribute__((format(printf, 2, 3))) int tool_fail(const char *command, const char *format, ...);

#endif
