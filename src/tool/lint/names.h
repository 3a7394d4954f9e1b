/*
 * names.h - zone files for the rules: what is kept of them, and which of their names are judged.
 */
#ifndef TOOL_LINT_NAMES_H
#define TOOL_LINT_NAMES_H

#include "dns/zone.h"

/* One name of a zone and its roles, see enum lint_role; 0: something stands beside it that may be a mistake. */
struct lint_named {
    char *name;
    unsigned roles;
    bool reports; /* a service's reports stand there */
};

/* A record out of place, and its owner. */
struct lint_stray {
    enum zone_misplaced how;
    unsigned line;
    char *owner;
    struct vouch_record record; /* its RDATA is kept */
};

struct lint_names {
    struct lint_named *names; /* sorted, each once */
    size_t count, size;
    struct lint_stray *strays; /* below a cut only records that rules are about, not glue */
    size_t strays_count, strays_size;
    char domain[VOUCH_NAME_TEXT_SIZE];
    bool failed; /* out of memory */
};

/*
 * Reads a master file into the zones, as far as rules look at it. `path` is a file or "-". With `names` the names of
 * the file that are to be judged are noted, too, and records out of place; without, only those below a cut may be out
 * of place. False with `error` = "LABEL:LINE: cause".
 */
bool lint_names_read(struct zones *zones, const char *path, struct lint_names *names, char error[ZONE_ERROR_SIZE]);
/* Writes "PLACE: cause", or the cause alone of an empty place; always false. */
bool lint_fail(char error[ZONE_ERROR_SIZE], const char *place, const char *cause);
void lint_names_free(struct lint_names *names);

#endif
