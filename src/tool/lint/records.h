/*
 * records.h - the record sets that decide about mail of a name, as a report of lint shows them.
 */
#ifndef TOOL_LINT_RECORDS_H
#define TOOL_LINT_RECORDS_H

#include "lint/lint.h"

#include <jansson.h>

/*
 * Adds the SRV set of a name, the addresses of the targets that allow, and the set of its pointers; `exchangers`: also
 * those of its mail exchangers within it:
 *
 *     {"_client._smtp.mail.example.org": {"SRV": ["1 2 0 mail.example.org."]},
 *      "mail.example.org": {"A": ["192.0.2.10"], "AAAA": [], "PTR": null}}
 *
 * RDATA stands sorted, in lower case; null is a set that could not be asked for. False: an answer is still missing, ask
 * again once it is there. Out of memory sets *failed.
 */
bool lint_records_add(json_t *records, const struct lint_view *view, const char *name, bool exchangers, bool *failed);

#endif
