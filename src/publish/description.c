/*
 * description.c - reads and writes the description of a domain.
 */
#include "publish/description.h"
