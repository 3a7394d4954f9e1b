/*
 * sendmail_mc.c - reads sendmail.mc: the m4 calls that decide name, addresses and smart host. Not m4 itself: what
 * stands within other calls is not seen, and said to be so.
 */
#include "observe/sendmail.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX      (1024 * 1024)
#define ARGUMENTS_MAX 4
#define ARGUMENT_SIZE 1024
#define INCLUDES_MAX  8

/* A file that is being read. */
struct mc {
    struct settings *settings;
    const struct machine *machine;
    struct sightings *sightings;
    const char *label, *text, *at;
    const char *counted; /* up to here, `line` counts line ends */
    unsigned long line;
    unsigned includes;
    bool comments;     /* "#" begins one: not once cf.m4 is there, which turns them off */
    bool local_config; /* lines of sendmail.cf follow as they are */
};

/* The arguments of a call, one level of quotes taken off. */
struct mc_call {
    char arguments[ARGUMENTS_MAX][ARGUMENT_SIZE];
    size_t count;
};

/* mc_place - where we are; the text is counted once */
static void mc_place(struct mc *mc, char place[SIGHTINGS_PLACE_SIZE])
{
    for (; mc->counted < mc->at; mc->counted++)
        mc->line += *mc->counted == '\n';
    sightings_place(place, mc->label, mc->line);
}

/* mc_quoted - the text behind the quote that begins at `at`, quotes within counted */
static const char *mc_quoted(const char *at)
{
    size_t depth = 0;

    for (; *at != '\0'; at++) {
        depth += *at == '`';
        if (*at == '\'' && --depth == 0)
            return at + 1;
    }
    return at;
}

/* mc_argument - takes one argument, up to "," or ")" outside of quotes and parentheses; false: the text ends */
static bool mc_argument(struct mc *mc, char argument[ARGUMENT_SIZE])
{
    size_t depth = 0;
    struct text text;

    text_init(&text, argument, ARGUMENT_SIZE);
    mc->at += strspn(mc->at, " \t\r\n");
    while (*mc->at != '\0' && (depth != 0 || (*mc->at != ',' && *mc->at != ')'))) {
        const char *begin = mc->at;

        if (*begin == '`') {
            mc->at = mc_quoted(begin);
            text_add_bytes(&text, begin + 1, (size_t)(mc->at - begin) - (mc->at - begin > 1 ? 2 : 1));
            continue;
        }
        depth += *begin == '(';
        depth -= *begin == ')';
        text_add_char(&text, *mc->at++);
    }
    return *mc->at != '\0';
}

/* mc_arguments - the arguments behind the "(" at mc->at */
static void mc_arguments(struct mc *mc, struct mc_call *call)
{
    char rest[ARGUMENT_SIZE];

    call->count = 0;
    do {
        mc->at++;
        if (!mc_argument(mc, call->count < ARGUMENTS_MAX ? call->arguments[call->count] : rest))
            break;
        call->count += call->count < ARGUMENTS_MAX;
    } while (*mc->at == ',');
    if (*mc->at == ')')
        mc->at++;
}

static void mc_read(struct mc *mc, FILE *file);

/* mc_include - read another file here; the machinery of Sendmail itself says nothing of this host */
static void mc_include(struct mc *mc, const char *path, bool must_be_there, const char *place)
{
    struct mc included = {.settings = mc->settings, .machine = mc->machine, .sightings = mc->sightings, .label = path};
    size_t length = strlen(path);
    FILE *file;

    if (length >= 5 && strcmp(path + length - 5, "cf.m4") == 0) {
        mc->comments = false;
        return;
    }
    file = mc->includes == INCLUDES_MAX ? NULL : mc->machine->open(mc->machine->owner, path);
    if (file == NULL) {
        if (must_be_there)
            sightings_remark(mc->sightings, place, "%.200s: %s: was not read", path,
                             mc->includes == INCLUDES_MAX ? "too many inclusions" : strerror(errno));
        return;
    }
    included.includes = mc->includes + 1;
    mc_read(&included, file);
    fclose(file);
}

/* mc_define - define(`NAME', `value') */
static void mc_define(struct mc *mc, const char *name, const char *value, const char *place)
{
    static const char *const names[][2] = {
        {"confDOMAIN_NAME", "$j"}, {"SMART_HOST", "$S"}, {"confHELO_NAME", "HeloName"}};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i][0]) == 0)
            settings_set(mc->settings, names[i][1], value, place);
    }
}

/* mc_feature - FEATURE(`NAME', `argument') */
static void mc_feature(struct mc *mc, const char *name, const char *argument, const char *place)
{
    if (strcmp(name, "nullclient") == 0)
        settings_set(mc->settings, "$S", argument, place);
    else if (strcmp(name, "mailertable") == 0)
        settings_set(mc->settings, "mailertable", argument, place);
}

/* mc_call - a macro with arguments */
static void mc_call(struct mc *mc, struct vouch_bytes name, const struct mc_call *call, const char *place)
{
    const char *first = call->count > 0 ? call->arguments[0] : "";
    const char *second = call->count > 1 ? call->arguments[1] : "";

    if (text_is(name, "define"))
        mc_define(mc, first, second, place);
    else if (text_is(name, "FEATURE"))
        mc_feature(mc, first, second, place);
    else if (text_is(name, "CLIENT_OPTIONS"))
        sendmail_set_client(mc->settings, first, place, mc->sightings);
    else if (text_is(name, "include") || text_is(name, "sinclude"))
        mc_include(mc, first, text_is(name, "include"), place);
    else if (text_is(name, "ifdef") || text_is(name, "ifelse") || text_is(name, "changequote"))
        sightings_remark(mc->sightings, place,
                         "%.*s(...) was not worked out: give the sendmail.cf that is in use instead", (int)name.length,
                         (const char *)name.data);
}

/* mc_local - a line of sendmail.cf behind LOCAL_CONFIG: "Dxvalue" */
static void mc_local(struct mc *mc, const char *place)
{
    char name[] = "$x", value[ARGUMENT_SIZE];
    size_t length = strcspn(mc->at, "\r\n");
    struct text text;

    if (mc->at[0] == 'D' && length > 2 && mc->at[1] != '{') {
        name[1] = mc->at[1];
        text_init(&text, value, sizeof value);
        text_add_bytes(&text, mc->at + 2, length - 2);
        settings_set(mc->settings, name, value, place);
    }
    mc->at += length;
}

/* mc_word - a name: skip what it makes m4 skip, or take its call */
static void mc_word(struct mc *mc)
{
    struct vouch_bytes name = {(const uint8_t *)mc->at, 0};
    char place[SIGHTINGS_PLACE_SIZE];
    struct mc_call call;

    while (text_is_alnum(mc->at[name.length]) || mc->at[name.length] == '_')
        name.length++;
    if (text_is(name, "dnl")) {
        mc->at += strcspn(mc->at, "\n");
        return;
    }
    if (text_is(name, "LOCAL_CONFIG") || text_is(name, "MAILER_DEFINITIONS") || text_is(name, "LOCAL_RULESETS"))
        mc->local_config = text_is(name, "LOCAL_CONFIG");
    if (mc->at[name.length] != '(') {
        mc->at += name.length;
        return;
    }
    mc_place(mc, place);
    mc->at += name.length;
    mc_arguments(mc, &call);
    mc_call(mc, name, &call, place);
}

/* mc_walk - the whole text */
static void mc_walk(struct mc *mc)
{
    char place[SIGHTINGS_PLACE_SIZE];

    for (mc->at = mc->text; *mc->at != '\0';) {
        bool line_begin = mc->at == mc->text || mc->at[-1] == '\n';

        if (mc->local_config && line_begin && mc->at[0] == 'D') {
            mc_place(mc, place);
            mc_local(mc, place);
        } else if (*mc->at == '`') {
            mc->at = mc_quoted(mc->at);
        } else if (mc->comments && *mc->at == '#') {
            mc->at += strcspn(mc->at, "\n");
        } else if (text_is_alnum(*mc->at) || *mc->at == '_') {
            mc_word(mc);
        } else {
            mc->at++;
        }
    }
}

/* mc_read - one file, up to a bound */
static void mc_read(struct mc *mc, FILE *file)
{
    char *text = malloc(FILE_MAX + 1);
    size_t length = text == NULL ? 0 : fread(text, 1, FILE_MAX, file);

    if (text == NULL)
        return;
    text[length] = '\0';
    mc->text = mc->counted = text;
    mc->line = 1;
    mc->comments = strstr(text, "/cf.m4") != NULL;
    mc_walk(mc);
    free(text);
}

void sendmail_read_mc(struct settings *settings, FILE *file, const char *label, const struct machine *machine,
                      struct sightings *sightings)
{
    struct mc mc = {.settings = settings, .machine = machine, .sightings = sightings, .label = label};

    mc_read(&mc, file);
}
