/*
 * progress.h - a bar on standard error for long work, only where that is a terminal.
 */
#ifndef TOOL_PROGRESS_H
#define TOOL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress_bar {
    const char *what; /* a file, mostly; may be hostile */
    uint64_t total;   /* octets; 0: not known */
    int shown;        /* percent, or units of 64 MiB; -1: nothing yet */
};

void progress_begin(struct progress_bar *bar, const char *what, uint64_t total);

/* So much is done; draws only where something changes. */
void progress_step(struct progress_bar *bar, uint64_t done);

/* Wipes the bar. */
void progress_end(const struct progress_bar *bar);

#endif
