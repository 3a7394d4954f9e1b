/*
 * header.h - name and value of the field that vouch_policy_header writes, for protocols that want them apart.
 */
#ifndef POLICY_HEADER_H
#define POLICY_HEADER_H

#define HEADER_NAME "Authentication-Results"

/* The value of such a field, without the blank before it: a view into it. */
const char *header_value(const char *header);

#endif
