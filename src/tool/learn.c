/*
 * learn.c - vouchsafe learn.
 */
#include "tool/tool.h"
