/*
 * ledger.c - decisions, actions and feedback in a database.
 */
#include "store/ledger.h"
