/*
 * machine.h - the machine whose configuration it is: its host name, and how its files are opened.
 */
#ifndef OBSERVE_MACHINE_H
#define OBSERVE_MACHINE_H

#include "observe/sightings.h"

struct machine {
    const char *hostname;                         /* as uname says; empty: not known */
    const char *canonical;                        /* its whole name by /etc/hosts; empty: not known from here */
    FILE *(*open)(void *owner, const char *path); /* a file that a configuration names; null with errno */
    void *owner;
};

#endif
