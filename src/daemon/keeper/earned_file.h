/*
 * earned_file.h - replaces a file as a whole: the new one is written beside it and takes its place at the end, durably,
 * and only if it differs.
 */
#ifndef DAEMON_KEEPER_EARNED_FILE_H
#define DAEMON_KEEPER_EARNED_FILE_H

#include "daemon/keeper/earned.h"

#include <stdio.h>

/* A line that ends so may differ in files that are the same. */
#define EARNED_FILE_VOLATILE "; serial\n"

struct earned_file {
    char path[CONF_STRING_SIZE + 16], draft[CONF_STRING_SIZE + 16];
    FILE *stream; /* of the draft; null: not open */
};

/* Begins a draft beside `path`, which it locks; mode 0644. False with `error`. */
bool earned_file_open(struct earned_file *file, const char *path, char error[EARNED_ERROR_SIZE]);

/*
 * Ends it, open or not. With `keep` the draft takes the place of the file. False with `error`: it could not, or
 * something that was written to the stream was lost; the file is as it was.
 */
bool earned_file_close(struct earned_file *file, bool keep, char error[EARNED_ERROR_SIZE]);

#endif
