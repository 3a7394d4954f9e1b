/*
 * organization.h - the organizational domain of a host name: one label below its public suffix.
 */
#ifndef ACCREDIT_ORGANIZATION_H
#define ACCREDIT_ORGANIZATION_H

#include "vouchsafe.h"

#define ORGANIZATION_ERROR_SIZE 512

struct organizations;

/*
 * Reads a public suffix list: `path`, text or DAFSA; empty: the newest of the system's and the one built into libpsl.
 * Null with `error` naming the file and the cause.
 */
struct organizations *organizations_open(const char *path, char error[ORGANIZATION_ERROR_SIZE]);

/*
 * The organizational domain of `name` (lower case, no final dot): a view into it, never copied; or "" if it is a public
 * suffix itself, or has one label. [RFC 7489 3.2]
 */
const char *organizations_find(const struct organizations *organizations, const char *name);

/* Null is allowed. */
void organizations_close(struct organizations *organizations);

#endif
