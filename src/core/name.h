/*
 * name.h - DNS names inside the core: wire form, lower case, checked once on the way in.
 *
 * A struct name that name_read or name_set filled may be trusted: labels of 1 to 63 octets, the root at the end, at
 * most 255 octets. [RFC 1035 3.1, 4.1.4]
 */
#ifndef CORE_NAME_H
#define CORE_NAME_H

#include "base/cursor.h"

struct name {
    uint8_t length; /* of wire, the root's zero included; 0: no name */
    uint8_t wire[255];
};

/*
 * Reads the wire name at the cursor, in lower case. Pointers are followed into `message`, strictly backwards. False,
 * the cursor failed and the name empty, for anything malformed.
 */
bool name_read(struct name *name, struct cursor *cursor, struct vouch_bytes message);

/* The same for a view that must hold the name and nothing else. */
bool name_read_view(struct name *name, struct vouch_bytes view, struct vouch_bytes message);

/* From master-file text, in lower case; false and empty if it is no name. */
bool name_set(struct name *name, const char *text, size_t length);

bool name_equals(const struct name *a, const struct name *b);
bool name_is_root(const struct name *name);

/* Order of the names as text without the final dot, in byte order: negative, 0, positive. */
int name_order(const struct name *a, const struct name *b);

#endif
