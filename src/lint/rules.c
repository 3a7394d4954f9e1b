/*
 * rules.c - the table of rules.
 */
#include "lint/lint.h"
