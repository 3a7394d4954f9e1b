/*
 * name.h - names as people write them in descriptions: relative, absolute or "@".
 */
#ifndef PUBLISH_NAME_H
#define PUBLISH_NAME_H

#include "vouchsafe.h"

#define PUBLISH_POINTER "_vouch._smtp." /* what a pointer has before the name of its service [DNA 4] */

/*
 * Reads a host name as a HELO must be [RFC 5321 4.1.1.1]: lower case, no final dot. With a `domain`, the text is
 * relative to it, "@" is the domain itself, and a name with a final dot is absolute; without one (null) it is absolute
 * in any case. Returns null, or the cause of trouble in words, good until the next.
 */
const char *publish_name_parse(char name[VOUCH_NAME_SIZE], const char *text, const char *domain);

/* The same for an accreditation service, whose name may hold underscores [DNA 6] and comes without PUBLISH_POINTER. */
const char *publish_service_parse(char name[VOUCH_NAME_SIZE], const char *text);

/* How many labels; whole names without a final dot, lower case. The root "." has none, and all names are within it. */
size_t publish_name_labels(const char *name);

/* Is `name` the domain itself or below it? */
bool publish_name_is_within(const char *name, const char *domain);

#endif
