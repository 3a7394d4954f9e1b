/*
 * authres.h - is an Authentication-Results field one that only we may have written? [RFC 8601 2.2, 5]
 */
#ifndef POLICY_AUTHRES_H
#define POLICY_AUTHRES_H

#include "vouchsafe.h"

/*
 * `value` is what stands behind "Authentication-Results:", folds and comments included. True if its authserv-id is
 * `authserv_id` (case does not matter, it may be quoted, a version may follow) and one of its results is of `method`
 * (any version of it; null: whatever it holds). A field that begins with the id and is malformed behind it counts as
 * ours: a lenient reader might see our result in it. Malformed is what breaks the list of results, their properties,
 * comments or quoted-strings, or what says nothing; characters that a value may not hold, and a ";" too many, are not.
 */
bool authres_is_ours(struct vouch_bytes value, const char *authserv_id, const char *method);

#endif
