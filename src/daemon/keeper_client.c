/*
 * keeper_client.c - a worker's line to the keeper.
 */
#include "daemon/keeper_client.h"
