/*
 * files.h - opens what `vouchsafe observe` reads: configurations at their places, logs and messages, packed by
 * gzip or not; and gives them to the readers.
 */
#ifndef TOOL_OBSERVE_FILES_H
#define TOOL_OBSERVE_FILES_H

#include "observe/machine.h"
#include "observe/sightings.h"

#define OBSERVE_COMMAND "observe"

/* Whose files they are. */
struct observe_host {
    const char
        *root; /* folder that stands for "/": before the paths that configurations name, and before the defaults */
    char hostname[VOUCH_NAME_SIZE], canonical[VOUCH_NAME_SIZE];
    struct machine machine; /* points at the three above */
    struct sightings *sightings;
};

/* Prepares; `hostname` null: that of this machine, or ROOT/etc/hostname. The whole name is looked up in etc/hosts. */
void observe_host_init(struct observe_host *host, const char *root, const char *hostname, struct sightings *sightings);

/*
 * Read a configuration: a folder of Postfix with the instances that it names; a file or folder of Exim; a file or
 * folder of Sendmail. False after saying what is wrong. *found (null: must be there) says whether there is one.
 */
bool observe_postfix(struct observe_host *host, const char *folder, bool *found);
bool observe_exim(struct observe_host *host, const char *path, bool *found);
bool observe_sendmail(struct observe_host *host, const char *path, bool *found);

/* Opens a file, "-" for standard input, unpacked where it is packed; null with errno. */
FILE *observe_open(const char *path);

#endif
