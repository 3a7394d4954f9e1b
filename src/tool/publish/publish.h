/*
 * publish.h - what `vouchsafe publish` consists of: the quick form of a description, and the DNS to compare with.
 */
#ifndef TOOL_PUBLISH_PUBLISH_H
#define TOOL_PUBLISH_PUBLISH_H

#include "publish/compare.h"
#include "tool/arguments.h"

/* The command line. */
struct publish_request {
    const char *form, *hoster, *server, *domain, *ttl, *trust_anchor;
    bool complete, disown;
    struct argument_values *zones, *resolvers, *send, *elsewhere, *never, *disowned, *accreditors;
    struct description description;
};

/* Makes the description from the options; false, after saying so, if something is wrong with them. */
bool publish_quick(struct publish_request *request, const struct arguments *arguments);

/* Compares the plan with the zone files or the DNS of the command line, if it names any; false: said what is wrong. */
bool publish_compare(struct publish_request *request, const struct arguments *arguments, struct plan *plan);

#endif
