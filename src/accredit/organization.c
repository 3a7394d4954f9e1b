/*
 * organization.c - organizational domains by libpsl.
 */
#include "accredit/organization.h"
