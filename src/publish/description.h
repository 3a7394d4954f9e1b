/*
 * description.h - what a domain owner says about a domain: who sends, who never does, what is disowned, who vouches.
 *
 * `publish` turns it into records, `observe` proposes one. The file is read by libconfuse; publishing.md and
 * vouchsafe(1) describe it:
 *
 *     domain = "example.org"
 *     ttl = 3600
 *     complete = yes                      # all names that send stand here: without it nothing is disowned
 *     host "mail" { addresses = {"192.0.2.10", "2001:db8::10"} }
 *     host "cloud" { elsewhere = yes }    # sends, but its addresses cannot be told
 *     never = {"www", "ftp"}
 *     disown = {"@"}                      # every other name below example.org; or below these subdomains
 *     accreditors = {"accred.example"}
 *     hoster = ""                         # whose web form the records go into
 *
 * Host names are relative to the domain, "@" is the domain itself, or absolute with a final dot.
 */
#ifndef PUBLISH_DESCRIPTION_H
#define PUBLISH_DESCRIPTION_H

#include "publish/name_index.h"
#include "vouchsafe.h"

#include <stdio.h>

#define DESCRIPTION_ERROR_SIZE    512
#define DESCRIPTION_ADDRESSES_MAX 64
#define DESCRIPTION_TTL_MAX       604800 /* a week: beyond it a mistake would outlive all patience */

enum host_kind {
    HOST_SENDS,     /* from its addresses only: weight 2 */
    HOST_ELSEWHERE, /* may send, its addresses cannot be told: weight 3 */
    HOST_NEVER      /* weight 1 */
};

struct description_host {
    char name[VOUCH_NAME_SIZE]; /* whole name, lower case, no final dot */
    enum host_kind kind;
    struct vouch_address addresses[DESCRIPTION_ADDRESSES_MAX];
    size_t addresses_count;
    char note[128]; /* for people, a comment beside it: where `observe` saw it; may be empty */
};

struct description {
    char domain[VOUCH_NAME_SIZE];
    uint32_t ttl_s;
    bool complete;
    struct description_host *hosts; /* in the order of the file */
    size_t hosts_count;
    struct name_index index;           /* of the hosts; description_host keeps it */
    char (*disowned)[VOUCH_NAME_SIZE]; /* whole names; what stands below them and has no record is disowned */
    size_t disowned_count;
    char (*accreditors)[VOUCH_NAME_SIZE];
    size_t accreditors_count;
    char hoster[32]; /* word of the hoster table; empty: none */
};

/* An empty one with the defaults: TTL 3600, not complete. */
void description_init(struct description *description);
void description_free(struct description *description);

/* Adds a host, or finds it: the one of this name; good until the next is added. Null: out of memory. */
struct description_host *description_host(struct description *description, const char *name);

enum description_address { DESCRIPTION_ADDRESS_FINE, DESCRIPTION_ADDRESS_NONE, DESCRIPTION_ADDRESS_TWICE };

/* Adds an address to a host that has room for it: fine; the text is none; or the host has it already. */
enum description_address description_address(struct description_host *host, const char *text);

/* Add a name, whole and in lower case, unless it is there; false: out of memory. */
bool description_disown(struct description *description, const char *name);
bool description_accreditor(struct description *description, const char *name);

/* Reads a file; false with `error` = "LABEL:LINE: cause". */
bool description_read(struct description *description, FILE *file, const char *label,
                      char error[DESCRIPTION_ERROR_SIZE]);

/* Writes a file that description_read reads back as the same, control characters nowhere; false: errno. */
bool description_write(const struct description *description, FILE *file);

#endif
