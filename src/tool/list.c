/*
 * list.c - vouchsafe list.
 */
#include "tool/tool.h"
