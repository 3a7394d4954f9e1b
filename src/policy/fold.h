/*
 * fold.h - folds a header field for a message. [RFC 5322 2.2.3]
 */
#ifndef POLICY_FOLD_H
#define POLICY_FOLD_H

#include "base/text.h"

/*
 * Appends a value, as it stands behind "NAME: ", with a fold, LF and a tab, in place of a blank wherever a line would
 * grow beyond 78 columns; never inside a quoted-string. A word that is longer than a line stands on a line of its own,
 * the first one too: the value then begins with a fold.
 */
void fold_add(struct text *out, const char *name, const char *value);

#endif
