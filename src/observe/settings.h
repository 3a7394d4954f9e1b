/*
 * settings.h - names with values and places, as configuration files set them; the last one counts.
 */
#ifndef OBSERVE_SETTINGS_H
#define OBSERVE_SETTINGS_H

#include "observe/sightings.h"

#define SETTINGS_MAX 4096

struct setting {
    char *name, *value;
    char place[SIGHTINGS_PLACE_SIZE];
};

struct settings {
    struct setting *rows;
    size_t count, room;
    bool full; /* something was left out: too many, or no memory */
};

void settings_init(struct settings *settings);
void settings_free(struct settings *settings);

/* Sets or replaces; the texts are copied. False: no room. */
bool settings_set(struct settings *settings, const char *name, const char *value, const char *place);

/* Null: not set. Good until the next settings_set. */
const struct setting *settings_find(const struct settings *settings, const char *name);

#endif
