/*
 * progress.c - draws a bar of 40 columns and a percentage, or what is done where the total is not known.
 */
#include "tool/progress.h"

#include "tool/view.h"

#include <stdio.h>
#include <unistd.h>

#define COLUMNS 40
#define UNIT    (64U * 1024 * 1024)

void progress_begin(struct progress_bar *bar, const char *what, uint64_t total)
{
    bar->what = what;
    bar->total = total;
    bar->shown = -1;
}

void progress_step(struct progress_bar *bar, uint64_t done)
{
    int shown = bar->total == 0 ? (int)(done / UNIT) : done >= bar->total ? 100 : (int)(done * 100 / bar->total);

    if (shown == bar->shown || isatty(STDERR_FILENO) != 1)
        return;
    bar->shown = shown;
    fputc('\r', stderr);
    if (bar->total == 0) {
        fprintf(stderr, "%d MiB  ", shown * 64);
    } else {
        fputc('[', stderr);
        for (int i = 0; i < COLUMNS; i++)
            fputc(i < shown * COLUMNS / 100 ? '#' : ' ', stderr);
        fprintf(stderr, "] %3d %%  ", shown);
    }
    view_print_cell(stderr, bar->what, 30);
}

void progress_end(const struct progress_bar *bar)
{
    if (bar->shown >= 0)
        fputs("\r\033[K", stderr);
}
