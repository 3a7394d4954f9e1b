/*
 * top.c - vouchsafe top.
 */
#include "tool/tool.h"
