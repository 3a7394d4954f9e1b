/*
 * report.h - lints one subject after the other: opens the DNS once, judges, and reports as JSON.
 */
#ifndef TOOL_LINT_REPORT_H
#define TOOL_LINT_REPORT_H

#include "vouchsafe.h"

#include <jansson.h>

#define LINT_OPTION_MAX 32 /* values of an option that may be given several times */
#define LINT_ERROR_SIZE 768

struct lint_options {
    const char *zones[LINT_OPTION_MAX]; /* master files: the world; no packet leaves then */
    size_t zones_count;
    const char *resolvers[LINT_OPTION_MAX]; /* "ADDR" or "ADDR@PORT"; the first is judged, the others compared */
    size_t resolvers_count;
    const char *trust_anchor; /* a file, "none", or null: the system's root anchor */
    uint16_t server_port;     /* of the name servers of a zone; 0: 53 */
    bool only_files;          /* no subject is a name: nothing is opened but files */
};

struct lint_session;

/*
 * Opens what answers. Null with `error` = "PLACE: cause" for a file or an option at fault. `notice` (LINT_ERROR_SIZE
 * octets) is what is worth telling once, or empty. One session at a time; `options` must live as long.
 */
struct lint_session *lint_session_open(const struct lint_options *options, char notice[LINT_ERROR_SIZE],
                                       char error[LINT_ERROR_SIZE]);
void lint_session_close(struct lint_session *session);

/* Is the subject a zone file, not a name? */
bool lint_is_file(const char *subject);

/*
 * Lints a domain, a host or a zone file (has a "/", is the name of a file, or is "-", standard input):
 *
 *     {"subject": "example.org", "complete": true,
 *      "findings": [{"rule", "severity": "error|warning|note", "clause", "title", "name", "evidence", "mend",
 *                    "advice"}],
 *      "troubles": ["text", ...], "records": as in records.h}
 *
 * All strings are printable; a mend has a line a record, parted by newlines. Findings stand in the order of the names,
 * errors first. Null with `error`: the file cannot be read, the subject is no name, or memory is short.
 */
json_t *lint_session_judge(struct lint_session *session, const char *subject, char error[LINT_ERROR_SIZE]);

#endif
