/*
 * keeper.c - the process that remembers.
 */
#include "daemon/keeper.h"
