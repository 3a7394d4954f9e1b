/*
 * sendmail.h - what sendmail.cf, or the sendmail.mc that makes it, says of mail that leaves.
 *
 * HeloName or $j for the name, ClientPortOptions for the addresses and for names of interfaces, the macro S for a smart
 * host. A mailertable is named in a remark.
 */
#ifndef OBSERVE_SENDMAIL_H
#define OBSERVE_SENDMAIL_H

#include "observe/lines.h"
#include "observe/machine.h"
#include "observe/settings.h"

/*
 * Read a file into settings: macros by "$" and their names ("$j"), options by theirs ("HeloName"), ClientPortOptions by
 * "ClientPortOptions inet" and "... inet6", a mailertable by "mailertable".
 */
void sendmail_read_cf(struct settings *settings, struct lines *lines, struct sightings *sightings);
void sendmail_read_mc(struct settings *settings, FILE *file, const char *label, const struct machine *machine,
                      struct sightings *sightings);

/* Adds the sender. `label` names the configuration for people. */
void sendmail_sender(struct sightings *sightings, const struct settings *settings, const struct machine *machine,
                     const char *label);

/* Sets ClientPortOptions from its text; both readers use it. */
void sendmail_set_client(struct settings *settings, const char *text, const char *place, struct sightings *sightings);

#endif
