/*
 * redis.c - the store in a Redis server, shared by the hosts of a fleet.
 */
#include "store/store.h"
