/*
 * earned.c - writes the earned allow-list.
 */
#include "daemon/earned.h"
