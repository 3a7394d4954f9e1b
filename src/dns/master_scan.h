/*
 * master_scan.h - takes a master file apart into entries: comments, quotes, parentheses and lines.
 *
 * An entry is one record or control line as one line of text: comments and parentheses are gone, blanks are one space,
 * quotes and escapes stand as they were. Knows nothing of what the fields mean. [RFC 1035 5.1]
 */
#ifndef DNS_MASTER_SCAN_H
#define DNS_MASTER_SCAN_H

#include "vouchsafe.h"

#define MASTER_ENTRY_SIZE 65000 /* text of one entry with its final NUL; what libldns can hold, with room to spare */

enum master_part {
    MASTER_PART_ENTRY,
    MASTER_PART_DIRECTIVE, /* a comment line that begins with ";!" */
    MASTER_PART_END,
    MASTER_PART_ERROR
};

struct master_scan {
    struct vouch_bytes text;
    size_t at;
    unsigned line;       /* of `at` */
    unsigned start_line; /* where the part that was read last began; of an error its place */
    bool begins_blank;   /* the entry began with a blank: it has no owner of its own */
    struct vouch_bytes directive;
    const char *cause; /* of an error */
    bool blank_before; /* a space is due before the next character */
    size_t length;
    char entry[MASTER_ENTRY_SIZE];
};

void master_scan_init(struct master_scan *scan, struct vouch_bytes text);
enum master_part master_scan_next(struct master_scan *scan);

/* Takes the next field of an entry, quotes and escapes kept; empty at the end. `*rest` moves on to the field after. */
struct vouch_bytes master_scan_field(const char **rest);

#endif
