/*
 * postfix_master.h - the services of master.cf, with their own parameters.
 */
#ifndef OBSERVE_POSTFIX_MASTER_H
#define OBSERVE_POSTFIX_MASTER_H

#include "observe/lines.h"
#include "observe/settings.h"

struct postfix_service {
    char name[128];
    char command[128];       /* the program, without folder */
    struct settings options; /* -o name=value; settings_free when done with the service */
};

/* The next service; false: the end. Lines that are none are remarks. */
bool postfix_master_next(struct lines *lines, struct postfix_service *service, struct sightings *sightings);

#endif
