/*
 * print.h - what `vouchsafe observe` found, as a description with comments, and as JSON.
 */
#ifndef TOOL_OBSERVE_PRINT_H
#define TOOL_OBSERVE_PRINT_H

#include "observe/proposal.h"

struct organizations;

/* What is shown. */
struct observe_result {
    const struct sightings *sightings;
    const struct proposal *proposal;
    const struct organizations *organizations;
    const char *domain; /* of --domain; null: the domain of the names */
};

/* The domain of a host: the one asked for, if it is in it, else its organizational domain. */
const char *observe_domain(const struct observe_result *result, const struct proposal_host *host);

/* The exit code, after saying what is wrong: nothing found, or names of several domains. */
int observe_print_text(const struct observe_result *result);
int observe_print_json(const struct observe_result *result);

#endif
