/*
 * lines.c - reads a file by lines.
 */
#include "observe/lines.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r\n\v\f"

bool lines_open(struct lines *lines, FILE *file, const char *label)
{
    memset(lines, 0, sizeof *lines);
    lines->file = file;
    lines->label = label;
    lines->buffer = malloc(LINES_LENGTH_MAX + 1);
    return lines->buffer != NULL;
}

void lines_close(struct lines *lines)
{
    free(lines->buffer);
    lines->buffer = NULL;
}

/* lines_fill - read more behind what is there; false: nothing came, or there is no room */
static bool lines_fill(struct lines *lines)
{
    size_t length = lines->end - lines->begin, got;

    if (lines->ended || length == LINES_LENGTH_MAX)
        return false;
    memmove(lines->buffer, lines->buffer + lines->begin, length);
    lines->begin = 0;
    got = fread(lines->buffer + length, 1, LINES_LENGTH_MAX - length, lines->file);
    lines->end = length + got;
    lines->ended = got == 0;
    return got != 0;
}

/* lines_skip - drop what is left of a line that was cut */
static void lines_skip(struct lines *lines)
{
    char *stop;

    do {
        stop = memchr(lines->buffer + lines->begin, '\n', lines->end - lines->begin);
        lines->begin = stop == NULL ? lines->end : (size_t)(stop - lines->buffer) + 1;
    } while (stop == NULL && lines_fill(lines));
}

/* lines_find_end - the line end of the line that begins here, reading on; null: none before the end, or no room */
static char *lines_find_end(struct lines *lines)
{
    size_t looked = 0;

    for (;;) {
        char *stop = memchr(lines->buffer + lines->begin + looked, '\n', lines->end - lines->begin - looked);

        looked = lines->end - lines->begin;
        if (stop != NULL || !lines_fill(lines))
            return stop;
    }
}

bool lines_next(struct lines *lines)
{
    char *stop;

    if (lines->again) {
        lines->again = false;
        return true;
    }
    if (lines->cut)
        lines_skip(lines);
    stop = lines_find_end(lines);
    if (stop == NULL && lines->begin == lines->end)
        return false;
    lines->number++;
    lines->line = lines->buffer + lines->begin;
    lines->cut = stop == NULL && !lines->ended;
    if (stop == NULL)
        stop = lines->buffer + lines->end;
    lines->begin = stop < lines->buffer + lines->end ? (size_t)(stop - lines->buffer) + 1 : lines->end;
    if (stop > lines->line && stop[-1] == '\r')
        stop--;
    *stop = '\0';
    return true;
}

void lines_again(struct lines *lines)
{
    lines->again = true;
}

bool lines_next_folded(struct lines *lines, struct folded_line *line)
{
    struct text text;

    text_init(&text, line->text, line->size);
    line->number = 0;
    while (lines_next(lines)) {
        bool goes_on = lines->line[0] == ' ' || lines->line[0] == '\t';

        if (lines_is_comment(lines->line))
            continue;
        if (!goes_on && line->number != 0) {
            lines_again(lines);
            return true;
        }
        if (line->number == 0)
            line->number = lines->number;
        text_add(&text, lines->line);
    }
    return line->number != 0;
}

bool lines_is_comment(const char *line)
{
    line += strspn(line, BLANKS);
    return line[0] == '\0' || line[0] == '#';
}

char *lines_trim(char *line)
{
    size_t length;

    line += strspn(line, BLANKS);
    for (length = strlen(line); length != 0 && strchr(BLANKS, line[length - 1]) != NULL; length--)
        line[length - 1] = '\0';
    return line;
}
