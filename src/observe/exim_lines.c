/*
 * exim_lines.c - Exim's macros (6.4), conditional skips (6.6) and inclusions (6.3); numbers of sections of its manual.
 */
#include "observe/exim_lines.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS         " \t\r\n"
#define INCLUDED_MAX   1024
#define EXPANSIONS_MAX 256 /* macros put into one line */

void exim_lines_init(struct exim_lines *lines, const struct machine *machine, struct sightings *sightings)
{
    memset(lines, 0, sizeof *lines);
    lines->machine = machine;
    lines->sightings = sightings;
    settings_init(&lines->macros);
}

void exim_lines_free(struct exim_lines *lines)
{
    settings_free(&lines->macros);
}

void exim_lines_define(struct exim_lines *lines, const char *name, const char *value, const char *place)
{
    if (settings_find(&lines->macros, name) == NULL)
        settings_set(&lines->macros, name, value, place);
}

/* exim_is_upper - do macro names begin with it? */
static bool exim_is_upper(char character)
{
    return character >= 'A' && character <= 'Z';
}

/* exim_is_name - may it stand in a macro's name? */
static bool exim_is_name(char character)
{
    return text_is_alnum(character) || character == '_';
}

/* exim_macro_at - the longest macro whose name stands here, or null */
static const struct setting *exim_macro_at(const struct exim_lines *lines, const char *at)
{
    const struct setting *found = NULL;

    for (size_t i = 0; exim_is_upper(at[0]) && i < lines->macros.count; i++) {
        const struct setting *macro = &lines->macros.rows[i];
        size_t length = strlen(macro->name);

        if (strncmp(at, macro->name, length) == 0 && (found == NULL || length > strlen(found->name)))
            found = macro;
    }
    return found;
}

/* exim_put - text with macros put in, once (what a macro holds was expanded when it was set); how many */
static unsigned exim_put(const struct exim_lines *lines, const char *from, char *to, size_t size)
{
    struct text text;
    unsigned count = 0;

    text_init(&text, to, size);
    while (*from != '\0') {
        const struct setting *macro = count < EXPANSIONS_MAX ? exim_macro_at(lines, from) : NULL;

        if (macro == NULL) {
            text_add_char(&text, *from++);
            continue;
        }
        text_add(&text, macro->value);
        from += strlen(macro->name);
        count++;
    }
    return count;
}

/* exim_define - is it "NAME = value" or "NAME == value"? Then define it */
static bool exim_define(struct exim_lines *lines, const char *line, const char *place)
{
    size_t length = 0;
    const char *value;
    char *copy, *name;

    while (exim_is_name(line[length]))
        length++;
    value = line + length + strspn(line + length, BLANKS);
    if (!exim_is_upper(line[0]) || *value != '=')
        return false;
    copy = malloc(EXIM_LINE_SIZE);
    name = strndup(line, length);
    if (copy != NULL && name != NULL) {
        exim_put(lines, value + 1 + (value[1] == '='), copy, EXIM_LINE_SIZE);
        if (!settings_set(&lines->macros, name, lines_trim(copy), place))
            sightings_remark(lines->sightings, place, "too many macros: the rest was left out");
    }
    free(copy);
    free(name);
    return true;
}

/* exim_is_skipping - do lines here not count? */
static bool exim_is_skipping(const struct exim_lines *lines)
{
    return lines->conditions_lost != 0 ||
           (lines->conditions_count != 0 && !lines->conditions[lines->conditions_count - 1].taken);
}

/* exim_is_defined - does the text name a macro, or something that every Exim has (such names begin with "_")? */
static bool exim_is_defined(const struct exim_lines *lines, const char *text)
{
    text += strspn(text, BLANKS);
    if (*text == '_')
        return true;
    for (; *text != '\0'; text++) {
        if (exim_macro_at(lines, text) != NULL)
            return true;
    }
    return false;
}

/* exim_branch - begin a branch whose condition holds, or does not */
static void exim_branch(struct exim_lines *lines, bool holds)
{
    unsigned last = lines->conditions_count - 1;

    lines->conditions[last].taken = holds && !lines->conditions[last].decided;
    lines->conditions[last].decided |= holds;
}

/* exim_begin_condition - ".ifdef" and ".ifndef" */
static void exim_begin_condition(struct exim_lines *lines, bool holds)
{
    bool skipping = exim_is_skipping(lines);

    if (lines->conditions_count == EXIM_CONDITIONS_MAX) {
        lines->conditions_lost++;
        return;
    }
    lines->conditions[lines->conditions_count].taken = false;
    lines->conditions[lines->conditions_count++].decided = skipping;
    exim_branch(lines, holds);
}

/* exim_end_condition - ".endif" */
static void exim_end_condition(struct exim_lines *lines)
{
    if (lines->conditions_lost != 0)
        lines->conditions_lost--;
    else if (lines->conditions_count != 0)
        lines->conditions_count--;
}

/* exim_condition - a directive of conditions; false: it is none */
static bool exim_condition(struct exim_lines *lines, struct vouch_bytes word, const char *rest)
{
    bool inside = lines->conditions_count != 0 && lines->conditions_lost == 0;

    if (text_is(word, ".ifdef") || text_is(word, ".ifndef"))
        exim_begin_condition(lines, exim_is_defined(lines, rest) == text_is(word, ".ifdef"));
    else if (text_is(word, ".endif"))
        exim_end_condition(lines);
    else if (text_is(word, ".else") && inside)
        exim_branch(lines, true);
    else if ((text_is(word, ".elifdef") || text_is(word, ".elifndef")) && inside)
        exim_branch(lines, exim_is_defined(lines, rest) == text_is(word, ".elifdef"));
    else
        return text_is(word, ".else") || text_is(word, ".elifdef") || text_is(word, ".elifndef");
    return true;
}

/* exim_include - read another file here */
static void exim_include(struct exim_lines *lines, char *path, bool must_be_there, const char *place)
{
    struct lines included;
    FILE *file;

    path = lines_trim(path);
    if (path[0] == '"') {
        path++;
        path[strcspn(path, "\"")] = '\0';
    }
    if (lines->includes == EXIM_INCLUDES_MAX || lines->included == INCLUDED_MAX) {
        sightings_remark(lines->sightings, place, "too many inclusions: %.200s was not read", path);
        return;
    }
    file = lines->machine->open(lines->machine->owner, path);
    if (file == NULL) {
        if (must_be_there || errno != ENOENT)
            sightings_remark(lines->sightings, place, "%.200s: %s: was not read", path, strerror(errno));
        return;
    }
    lines->includes++;
    lines->included++;
    if (lines_open(&included, file, path))
        exim_lines_read(lines, &included);
    lines_close(&included);
    lines->includes--;
    fclose(file);
}

/* exim_directive - a line that begins with a dot; false: it is no directive */
static bool exim_directive(struct exim_lines *lines, const char *line, const char *place)
{
    struct vouch_bytes word = {(const uint8_t *)line, strcspn(line, BLANKS)};
    const char *rest = line + word.length;
    char *path;

    if (line[0] != '.' || exim_condition(lines, word, rest))
        return line[0] == '.';
    if (exim_is_skipping(lines) || (!text_is(word, ".include") && !text_is(word, ".include_if_exists")))
        return true;
    path = malloc(EXIM_LINE_SIZE);
    if (path != NULL) {
        exim_put(lines, rest, path, EXIM_LINE_SIZE);
        exim_include(lines, path, text_is(word, ".include"), place);
    }
    free(path);
    return true;
}

/* exim_take - one logical line */
static void exim_take(struct exim_lines *lines, const char *line, const char *place)
{
    char *put;

    line += strspn(line, BLANKS);
    if (exim_directive(lines, line, place) || exim_is_skipping(lines) || exim_define(lines, line, place))
        return;
    put = malloc(EXIM_LINE_SIZE);
    if (put != NULL) {
        exim_put(lines, line, put, EXIM_LINE_SIZE);
        lines->line(lines->owner, lines_trim(put), place);
    }
    free(put);
}

/* exim_join - add a line to the logical one; does the next one go on with it? */
static bool exim_join(struct text *text, char *line)
{
    size_t length;

    if (text->length != 0)
        line += strspn(line, BLANKS);
    for (length = strlen(line); length != 0 && strchr(BLANKS, line[length - 1]) != NULL; length--)
        continue;
    if (length == 0 || line[length - 1] != '\\') {
        text_add(text, line);
        return false;
    }
    text_add_bytes(text, line, length - 1);
    return true;
}

void exim_lines_read(struct exim_lines *reader, struct lines *lines)
{
    char place[SIGHTINGS_PLACE_SIZE];
    char *logical = malloc(EXIM_LINE_SIZE);
    struct text text;
    bool more = false;

    if (logical == NULL)
        return;
    text_init(&text, logical, EXIM_LINE_SIZE);
    while (lines_next(lines)) {
        const char *begin = lines->line + strspn(lines->line, BLANKS);

        if (begin[0] == '#' || (begin[0] == '\0' && !more))
            continue;
        if (!more)
            sightings_place(place, lines->label, lines->number);
        more = exim_join(&text, lines->line);
        if (more)
            continue;
        exim_take(reader, logical, place);
        text_init(&text, logical, EXIM_LINE_SIZE);
    }
    if (more)
        exim_take(reader, logical, place);
    free(logical);
}
