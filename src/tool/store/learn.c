/*
 * learn.c - vouchsafe learn: the operator, or a program of theirs, says that mail was ham or spam.
 */
#include "base/text.h"
#include "session/feedback.h"
#include "tool/arguments.h"
#include "tool/kept.h"
#include "tool/tool.h"
#include "tool/view.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NAME      "learn"
#define COUNT_MAX 100000

static const char usage[] =
    "usage: vouchsafe learn [--config FILE] [--source WHO] [--count N] ham|spam ID|NAME|REPLY|-...\n";

struct learning {
    struct kept kept;
    struct feedback feedback; /* of every vote: kind, source and count */
    enum feedback_result result;
    uint32_t counted;
    bool refused, trouble; /* of any vote */
};

/* learn_done - what became of a vote */
static void learn_done(void *owner, enum feedback_result result, uint32_t counted)
{
    struct learning *learning = owner;

    learning->result = result;
    learning->counted = counted;
    learning->kept.done = true;
}

/* learn_meaning - what a result means */
static const char *learn_meaning(enum feedback_result result, bool hashed)
{
    switch (result) {
    case FEEDBACK_COUNTED:
        return "";
    case FEEDBACK_CAPPED:
        return "this source or this name has had its share of the day, or this decision all its votes";
    case FEEDBACK_UNPROVEN:
        return "nothing proved the name, so its mail says nothing about it";
    case FEEDBACK_UNKNOWN:
        return hashed ? "the ledger keeps only hashes of names (ledger.hash_names); vote by name, or it has no such "
                        "decision"
                      : "the ledger has no such decision, or no longer";
    case FEEDBACK_TROUBLE:
        return "the store did not take it";
    }
    return "";
}

/* learn_is_name - can a HELO name read so? */
static bool learn_is_name(const char *what)
{
    uint8_t wire[VOUCH_NAME_SIZE];

    for (const char *at = what; *at != '\0'; at++) {
        if (!text_is_alnum(*at) && *at != '-' && *at != '_' && *at != '.')
            return false;
    }
    return strchr(what, '.') != NULL && vouch_name_parse(wire, what, strlen(what)) != 0;
}

/* learn_print - a line about one vote: what became of it, how many of how many count, why not all; parts may be "" */
static void learn_print(const char *what, const char *word, const char *counts, const char *meaning)
{
    view_print(stdout, what);
    printf(": %s%s%s", word, counts[0] == '\0' ? "" : ": ", counts);
    printf("%s%s\n", meaning[0] == '\0' ? "" : counts[0] == '\0' ? ": " : "; ", meaning);
    fflush(stdout);
}

/* learn_tell - print what became of the vote */
static void learn_tell(const struct learning *learning, const char *what)
{
    bool taken = learning->result == FEEDBACK_COUNTED || learning->result == FEEDBACK_CAPPED;
    char counts[64] = "";

    if (taken && learning->feedback.count > 1)
        snprintf(counts, sizeof counts, "%" PRIu32 " of %" PRIu32, learning->counted, learning->feedback.count);
    learn_print(what, feedback_word(learning->result), counts,
                learn_meaning(learning->result, learning->kept.conf->ledger.hash_names));
}

/* learn_one - vote on what a text names; false: trouble that ends it all, and was said */
static bool learn_one(struct learning *learning, const char *what)
{
    struct feedback feedback = learning->feedback;
    struct text text;

    text_init(&text, feedback.name, sizeof feedback.name);
    if (!view_find_id(what, feedback.id)) {
        text_add(&text, what);
        if (text.cut || !learn_is_name(what)) {
            learn_print(what, "refused", "", "neither a decision id nor a host name");
            learning->refused = true;
            return true;
        }
    }
    learning->kept.done = false;
    feedback_take(&learning->kept.keeping, learning->kept.organizations, &feedback, learn_done, learning);
    if (!kept_wait(&learning->kept) || !kept_commit(&learning->kept))
        return false;
    learn_tell(learning, what);
    learning->refused |= learning->result == FEEDBACK_UNPROVEN || learning->result == FEEDBACK_UNKNOWN;
    learning->trouble |= learning->result == FEEDBACK_TROUBLE;
    return true;
}

/* learn_lines - vote on each line of standard input; empty ones and comments are skipped */
static bool learn_lines(struct learning *learning)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    bool fine = true;

    while (fine && (length = getline(&line, &size, stdin)) > 0) {
        char *start = line + strspn(line, " \t");

        for (size_t at = strlen(start); at > 0 && strchr(" \t\r\n", start[at - 1]) != NULL; at--)
            start[at - 1] = '\0';
        if (start[0] != '\0' && start[0] != '#')
            fine = learn_one(learning, start);
    }
    if (fine && ferror(stdin))
        fine = tool_fail(NAME, "standard input: %s", strerror(errno)) == TOOL_FINE;
    free(line);
    return fine;
}

/* learn_run - all votes */
static int learn_run(struct learning *learning, char **what, int count)
{
    for (int i = 0; i < count; i++) {
        if (!(strcmp(what[i], "-") == 0 ? learn_lines(learning) : learn_one(learning, what[i])))
            return TOOL_USAGE;
    }
    return view_end(NAME, learning->trouble ? TOOL_USAGE : learning->refused ? TOOL_REFUSED : TOOL_FINE);
}

/* learn_set - the parts of all votes that the command line says; false: said what is wrong */
static bool learn_set(struct learning *learning, const struct arguments *arguments, const char *source,
                      const char *count)
{
    struct feedback *feedback = &learning->feedback;
    const char *kind = arguments->count == 0 ? "" : arguments->operands[0];
    long number = 1;
    struct text text;

    if (strcmp(kind, "ham") != 0 && strcmp(kind, "spam") != 0) {
        arguments_wrong(arguments, "what was it, ham or spam? %s", kind);
        return false;
    }
    if (arguments->count < 2) {
        arguments_wrong(arguments, "needs a decision id or a name");
        return false;
    }
    if (!arguments_number(arguments, "--count", count, (const long[]){1, COUNT_MAX}, &number))
        return false;
    text_init(&text, feedback->source, sizeof feedback->source);
    text_add(&text, source == NULL ? "operator" : source);
    for (const char *at = feedback->source; *at != '\0'; at++)
        text.cut |= !text_is_printable(*at);
    if (text.cut || text.length == 0) {
        arguments_wrong(arguments, "--source %s: must be 1 to %d characters of printable ASCII", source,
                        STORE_SOURCE_SIZE - 1);
        return false;
    }
    feedback->spam = strcmp(kind, "spam") == 0;
    feedback->count = (uint32_t)number;
    return true;
}

int learn_main(int argc, char **argv)
{
    const char *config = NULL, *source = NULL, *count = NULL;
    const struct argument options[] = {
        {"--config", &config, NULL}, {"--source", &source, NULL}, {"--count", &count, NULL}, {NULL, NULL, NULL}};
    struct arguments arguments = {.command = NAME, .usage = usage, .options = options};
    struct learning learning = {.result = FEEDBACK_TROUBLE};
    int status = TOOL_USAGE;

    if (!arguments_take(&arguments, argc, argv, &status) || !learn_set(&learning, &arguments, source, count))
        return status;
    if (kept_open(&learning.kept, NAME, config, KEPT_LEDGER | KEPT_STORE | KEPT_WRITES | KEPT_ORGANIZATIONS))
        status = learn_run(&learning, arguments.operands + 1, arguments.count - 1);
    kept_close(&learning.kept);
    return status;
}
