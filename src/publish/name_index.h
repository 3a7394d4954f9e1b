/*
 * name_index.h - finds things by name: a number for each, such as where it stands in an array.
 */
#ifndef PUBLISH_NAME_INDEX_H
#define PUBLISH_NAME_INDEX_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed it is empty. */
struct name_index {
    void *root;
};

void name_index_free(struct name_index *index);

/* Keeps the number of a name that has none yet; the name is copied. False: out of memory. */
bool name_index_add(struct name_index *index, const char *name, size_t number);

bool name_index_find(const struct name_index *index, const char *name, size_t *number);

#endif
