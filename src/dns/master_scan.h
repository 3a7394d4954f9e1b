/*
 * master_scan.h - takes a master file apart into entries: comments, quotes, parentheses and lines.
 *
 * An entry is one record or control line as one line of text: comments and parentheses are gone, blanks are one space,
 * quotes and escapes stand as they were. Knows nothing of what the fields mean. A file passes through a window, so
 * memory does not grow with it. [RFC 1035 5.1]
 */
#ifndef DNS_MASTER_SCAN_H
#define DNS_MASTER_SCAN_H

#include "vouchsafe.h"

#include <stdio.h>

#define MASTER_ENTRY_SIZE 65000 /* text of one entry with its final NUL; what libldns can hold, with room to spare */
#define MASTER_DIRECTIVE_SIZE                                                                                          \
    262144                 /* a whole DNS message in hexadecimal, a blank behind each octet, and its owner             \
                            */
#define MASTER_CHUNK 65536 /* octets that are read from a file at once */

enum master_part {
    MASTER_PART_ENTRY,
    MASTER_PART_DIRECTIVE, /* a comment line that begins with ";!" */
    MASTER_PART_END,
    MASTER_PART_ERROR
};

struct master_scan {
    struct vouch_bytes text; /* what is at hand: a whole text, or the window; never a NUL in it */
    size_t at;
    uint64_t passed;       /* octets before what is at hand */
    FILE *file;            /* null: there is no more than what is at hand */
    size_t chunk;          /* octets to read at once, MASTER_CHUNK at most */
    const char *end_cause; /* why the text ends too early, or null */
    int end_errno;         /* of a file that cannot be read, else 0 */
    unsigned line;         /* of `at` */
    unsigned start_line;   /* where the part that was read last began; of an error its place */
    bool begins_blank;     /* the entry began with a blank: it has no owner of its own */
    const char *cause;     /* of an error */
    bool blank_before;     /* a space is due before the next character */
    size_t length;
    char entry[MASTER_DIRECTIVE_SIZE]; /* the entry, or what stands behind the ";!" of a directive */
    uint8_t window[MASTER_CHUNK + 1];
};

/* Either a text that lives as long, or a file that is read from where it stands. */
void master_scan_init(struct master_scan *scan, struct vouch_bytes text);
void master_scan_init_file(struct master_scan *scan, FILE *file);

enum master_part master_scan_next(struct master_scan *scan);

/* Takes the next field of an entry, quotes and escapes kept; empty at the end. `*rest` moves on to the field after. */
struct vouch_bytes master_scan_field(const char **rest);

#endif
