/*
 * reputation.c - vouchsafe reputation.
 */
#include "tool/tool.h"
