/*
 * look.h - one look at all subjects: lint judges names and zone files, descriptions are compared with the DNS.
 */
#ifndef TOOL_WATCH_LOOK_H
#define TOOL_WATCH_LOOK_H

#include "tool/lint/report.h"
#include "tool/watch/watch.h"

struct watch_look {
    const struct watch_list *list;
    const struct watch_rules *rules;
    struct lint_options *lint; /* only_files is set here */
    json_t *root;              /* of the state */
    json_t *changes;
    bool fault; /* a file cannot be read, which was said */
};

/* Looks, takes what is seen over into the state, and appends the changes. False, after saying why: nothing was seen. */
bool watch_look(struct watch_look *look);

#endif
