/*
 * sqlite.c - the store in a database.
 */
#include "store/store.h"
