/*
 * keeping.c - opens database, store and ledger.
 */
#include "session/keeping.h"
