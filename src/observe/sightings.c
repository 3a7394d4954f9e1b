/*
 * sightings.c - the HELO names and source addresses that were seen in use.
 */
#include "publish/description.h"
