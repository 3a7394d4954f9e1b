/*
 * store.c - vouchsafe store.
 */
#include "tool/tool.h"
