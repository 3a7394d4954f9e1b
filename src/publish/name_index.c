/*
 * name_index.c - finds things by name, in the balanced tree of the C library.
 */
#include "publish/name_index.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct named {
    const char *name; /* behind it in the same memory */
    size_t number;
};

/* named_order - the order of two names */
static int named_order(const void *left, const void *right)
{
    const struct named *a = left, *b = right;

    return strcmp(a->name, b->name);
}

void name_index_free(struct name_index *index)
{
    tdestroy(index->root, free);
    index->root = NULL;
}

bool name_index_add(struct name_index *index, const char *name, size_t number)
{
    size_t size = strlen(name) + 1;
    struct named *named = malloc(sizeof *named + size);
    struct named *const *node;

    if (named == NULL)
        return false;
    named->name = memcpy(named + 1, name, size);
    named->number = number;
    node = tsearch(named, &index->root, named_order);
    if (node == NULL || *node != named)
        free(named);
    return node != NULL;
}

bool name_index_find(const struct name_index *index, const char *name, size_t *number)
{
    const struct named key = {.name = name};
    struct named *const *node = tfind(&key, &index->root, named_order);

    if (node != NULL)
        *number = (*node)->number;
    return node != NULL;
}
