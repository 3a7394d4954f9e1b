/*
 * health.c - which accreditors can be believed now.
 */
#include "accredit/health.h"
