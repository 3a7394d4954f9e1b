/*
 * wildcard.h - does a wildcard answer for a name? [RFC 4592]
 *
 * It no longer does once anything exists at or below the name, as the CSA record that is to be published.
 */
#ifndef PUBLISH_WILDCARD_H
#define PUBLISH_WILDCARD_H

#include "publish/compare.h"

enum wildcard { WILDCARD_NO, WILDCARD_YES, WILDCARD_TROUBLE };

/*
 * Are the records of `owner` those of a wildcard above it, at `domain` or below? A name with the same records of its
 * own looks the same, and is WILDCARD_YES. Trouble with any answer is said.
 */
enum wildcard wildcard_find(const struct plan_source *source, const char *owner, enum vouch_type type,
                            const char *domain);

#endif
