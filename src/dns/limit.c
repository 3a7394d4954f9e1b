/*
 * limit.c - a time limit over another source.
 */
#include "dns/limit.h"
