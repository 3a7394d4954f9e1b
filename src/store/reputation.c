/*
 * reputation.c - from counts to a score with a confidence.
 */
#include "store/reputation.h"
