/*
 * sources_lists.h - the part of sources that reads private lists from files.
 */
#ifndef SESSION_SOURCES_LISTS_H
#define SESSION_SOURCES_LISTS_H

#include "session/sources.h"

/* Writes "PATH: cause"; false, for returning. */
bool sources_fail(char error[SOURCES_ERROR_SIZE], const char *path, const char *cause);

/* Reads all lists that are in files. False with `error`. */
bool sources_lists_open(struct sources *sources, char error[SOURCES_ERROR_SIZE]);

struct text;

/* Adds what lines of the lists were left out, of each list the first and how many; nothing if none was. */
void sources_lists_notice(const struct sources *sources, struct text *notice);

/* Waits for what is being read, and frees all lists. */
void sources_lists_close(struct sources *sources);

#endif
