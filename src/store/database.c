/*
 * database.c - one SQLite file: schema, migration, batched transactions.
 */
#include "store/database.h"
