/*
 * grow.c - arrays that grow by one element at a time.
 */
#include "publish/grow.h"

#include <stdlib.h>

void *grow_one(void *array, size_t count, size_t size)
{
    if (count != 0 && (count & (count - 1)) != 0)
        return array;
    return reallocarray(array, count == 0 ? 1 : 2 * count, size);
}
