/*
 * postfix.h - what main.cf and master.cf of a Postfix instance say of mail that leaves.
 *
 * smtp_helo_name, smtp_bind_address and smtp_bind_address6 (or the one address of inet_interfaces), for every smtp
 * transport of master.cf with its own -o options; relayhost, default_transport, relay_transport and the texts of
 * transport tables for where mail goes.
 */
#ifndef OBSERVE_POSTFIX_H
#define OBSERVE_POSTFIX_H

#include "observe/lines.h"
#include "observe/machine.h"
#include "observe/settings.h"

/* Reads main.cf into settings; the rest of parameters have their defaults. */
void postfix_read_main(struct settings *settings, struct lines *lines, struct sightings *sightings);

/*
 * Adds the senders of an instance. `master` may be null: then the transport that every Postfix has. `folder` is the
 * instance's name for people.
 */
void postfix_senders(struct sightings *sightings, const struct settings *main, struct lines *master,
                     const struct machine *machine, const char *folder);

/* Does postmulti start an instance that another one names? Says, where it does not, or where that is not set. */
bool postfix_is_enabled(const struct settings *main, struct sightings *sightings, const char *folder);

/* One parameter as this Postfix has it, $ expanded; false: it cannot be known from here, or does not fit. */
bool postfix_parameter(const struct settings *main, const struct machine *machine, const char *name, char *value,
                       size_t size);

#endif
