/*
 * exim.h - what an Exim configuration says of mail that leaves.
 *
 * primary_hostname; helo_data and interface of every smtp transport; the routers that use it, for where mail goes.
 * Macros, .ifdef and .include are followed as Exim does; of an expansion only $primary_hostname is known here,
 * and both sides of ${if.
 */
#ifndef OBSERVE_EXIM_H
#define OBSERVE_EXIM_H

#include "observe/exim_lines.h"

/* What one configuration says; it may come from several files, one after the other. */
struct exim;

/* Null: out of memory. */
struct exim *exim_new(const struct machine *machine, struct sightings *sightings);
void exim_free(struct exim *exim);

/* Reads a file, or the next one of a split configuration. */
void exim_read(struct exim *exim, struct lines *lines);

/* What update-exim4.conf makes of Debian's update-exim4.conf.conf: macros. *split: the configuration is in conf.d. */
void exim_read_debian(struct exim *exim, struct lines *lines, bool *split);

/* Adds the senders. `label` names the configuration for people. */
void exim_senders(struct exim *exim, const char *label);

#endif
