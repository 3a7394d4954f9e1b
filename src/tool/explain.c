/*
 * explain.c - vouchsafe explain.
 */
#include "tool/tool.h"
