/*
 * feedback.c - a vote on the mail of a session.
 */
#include "session/feedback.h"
