/*
 * hosts.h - the hosts file of a machine.
 */
#ifndef OBSERVE_HOSTS_H
#define OBSERVE_HOSTS_H

#include "observe/machine.h"

/* One line: its address as it stands there, and the names behind it, to take apart with hosts_name. */
typedef void hosts_reader(void *owner, const char *address, char *names);

/* Hands over each line of /etc/hosts; nothing if it cannot be read. */
void hosts_read(const struct machine *machine, hosts_reader *reader, void *owner);

/* Takes the next name off; null: there are no more. */
char *hosts_name(char **names);

#endif
