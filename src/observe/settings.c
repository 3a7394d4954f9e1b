/*
 * settings.c - keeps what configuration files set.
 */
#include "observe/settings.h"

#include <stdlib.h>
#include <string.h>

void settings_init(struct settings *settings)
{
    memset(settings, 0, sizeof *settings);
}

void settings_free(struct settings *settings)
{
    for (size_t i = 0; i < settings->count; i++) {
        free(settings->rows[i].name);
        free(settings->rows[i].value);
    }
    free(settings->rows);
    settings_init(settings);
}

/* settings_row - the row of this name, or null */
static struct setting *settings_row(const struct settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->count; i++) {
        if (strcmp(settings->rows[i].name, name) == 0)
            return &settings->rows[i];
    }
    return NULL;
}

/* settings_add - a new row at the end; null: no room */
static struct setting *settings_add(struct settings *settings, const char *name)
{
    if (settings->count == settings->room) {
        size_t room = settings->room == 0 ? 64 : 2 * settings->room;
        struct setting *rows = room > SETTINGS_MAX ? NULL : reallocarray(settings->rows, room, sizeof *rows);

        if (rows == NULL)
            return NULL;
        settings->rows = rows;
        settings->room = room;
    }
    settings->rows[settings->count].value = NULL;
    settings->rows[settings->count].name = strdup(name);
    return settings->rows[settings->count].name == NULL ? NULL : &settings->rows[settings->count++];
}

bool settings_set(struct settings *settings, const char *name, const char *value, const char *place)
{
    struct setting *row = settings_row(settings, name);
    char *copy = strdup(value);

    if (row == NULL && copy != NULL)
        row = settings_add(settings, name);
    if (row == NULL || copy == NULL) {
        free(copy);
        settings->full = true;
        return false;
    }
    free(row->value);
    row->value = copy;
    sightings_copy(row->place, sizeof row->place, place);
    return true;
}

const struct setting *settings_find(const struct settings *settings, const char *name)
{
    return settings_row(settings, name);
}
