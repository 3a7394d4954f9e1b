/*
 * canary.c - rounds of canaries.
 */
#include "daemon/canary.h"
