/*
 * exim_lines.h - logical lines of an Exim configuration, with macros put in and conditions and inclusions followed.
 */
#ifndef OBSERVE_EXIM_LINES_H
#define OBSERVE_EXIM_LINES_H

#include "observe/lines.h"
#include "observe/machine.h"
#include "observe/settings.h"

#define EXIM_CONDITIONS_MAX 32
#define EXIM_INCLUDES_MAX   16
#define EXIM_LINE_SIZE      65536

/* Gets every line that is neither macro nor directive. */
typedef void exim_line(void *owner, char *line, const char *place);

struct exim_lines {
    const struct machine *machine;
    struct sightings *sightings;
    struct settings macros;
    struct {
        bool taken;   /* lines here count */
        bool decided; /* a branch has been taken, or none may be */
    } conditions[EXIM_CONDITIONS_MAX];
    unsigned conditions_count, conditions_lost, includes;
    size_t included; /* files in all: an inclusion may double itself */
    exim_line *line;
    void *owner;
};

void exim_lines_init(struct exim_lines *lines, const struct machine *machine, struct sightings *sightings);
void exim_lines_free(struct exim_lines *lines);

/* Reads a file to its end. */
void exim_lines_read(struct exim_lines *reader, struct lines *lines);

/* Defines a macro unless it is there. */
void exim_lines_define(struct exim_lines *lines, const char *name, const char *value, const char *place);

#endif
