/*
 * grow.h - arrays that grow by one element at a time.
 */
#ifndef PUBLISH_GROW_H
#define PUBLISH_GROW_H

#include <stddef.h>

/*
 * Room for one more element behind `count` of this size: doubles the array where a power of two is full. It may move.
 * Null: out of memory, and the array is as it was.
 */
void *grow_one(void *array, size_t count, size_t size);

#endif
