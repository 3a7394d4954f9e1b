/*
 * lines.h - lines of configuration files and logs, one after the other, in constant memory.
 *
 * Whatever is in the file: a line longer than LINES_LENGTH_MAX is cut, a NUL ends its line's text.
 */
#ifndef OBSERVE_LINES_H
#define OBSERVE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define LINES_LENGTH_MAX 65535

struct lines {
    FILE *file;
    const char *label; /* what the file is called, for places */
    unsigned long number;
    char *line; /* of lines_next, without its end; good until the next one */
    char *buffer;
    size_t begin, end;
    bool ended, again, cut;
};

/* False: out of memory. lines_close in any case; `file` and `label` stay the caller's. */
bool lines_open(struct lines *lines, FILE *file, const char *label);
void lines_close(struct lines *lines);

/* The next line: lines->line and lines->number. False: the end, or a failed read (ferror). */
bool lines_next(struct lines *lines);

/* The same line comes once more. */
void lines_again(struct lines *lines);

/* A logical line: those that begin with blanks go on, comments and blank lines between them do not count. */
struct folded_line {
    char *text;
    size_t size;
    unsigned long number; /* of its first line */
};

/* The next one; false: the end. What does not fit is cut. */
bool lines_next_folded(struct lines *lines, struct folded_line *line);

/* Is it a comment ("#" behind any blanks), or blank? */
bool lines_is_comment(const char *line);

/* Cuts blanks at both ends, in place; returns the first octet that is left. */
char *lines_trim(char *line);

#endif
