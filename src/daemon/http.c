/*
 * http.c - POST /v1/feedback.
 */
#include "daemon/http.h"
