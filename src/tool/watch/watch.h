/*
 * watch.h - lints the same subjects again and again, and tells what changed; the parts of vouchsafe watch.
 *
 * The state is one JSON object: what is wrong with each subject as far as somebody was told, and for each channel the
 * changes that it was not told yet. It is written before anybody is told, and after; so a crash or a dead channel
 * delays a change or tells it twice, and never loses it.
 *
 *     {"vouchsafe_watch": 1,
 *      "subjects": {"example.org": {
 *          "findings": {"RULE NAME": {"rule", "name", "severity", "clause", "title", "evidence": [...], "mend",
 *                                     "advice", "runs", "told"}},
 *          "trouble": {"runs", "told", "texts": [...]},
 *          "records": {"OWNER": {"SRV|A|AAAA|PTR": ["RDATA", ...]}}}},
 *      "untold": {"mail": {"changes": [...], "dropped"}, "https://hook.example/": {...}}}
 *
 * A change, as it stands in the state, in `--json` and in what a webhook gets; trouble has "runs" and "texts" instead
 * of what a finding says:
 *
 *     {"time": "2005-02-20T12:00:00Z", "subject", "change": "new|changed|gone|trouble|trouble-over", "severity",
 *      "rule", "clause", "title", "name", "evidence": [...], "was": [...], "was_severity", "mend", "advice"}
 *
 * One of a record set, "evidence" is null if the set is not looked at any more:
 *
 *     {"time", "subject", "change": "records", "name", "type", "was": ["RDATA", ...], "evidence": ["RDATA", ...]}
 */
#ifndef TOOL_WATCH_WATCH_H
#define TOOL_WATCH_WATCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#define WATCH_ERROR_SIZE  1024
#define WATCH_UNTOLD_MAX  1000 /* changes that wait for one channel; older ones are dropped, and counted */
#define WATCH_MAIL        "mail"
#define WATCH_UNREADABLE  "description-unreadable" /* rule: a description is at fault, nothing is compared with it */
#define WATCH_DEADLINE_MS 60000                    /* of a sendmail command, and of a webhook */

struct watch_subject {
    char *text;       /* as people and the state know it: a name, the path of a zone file, "description PATH" */
    const char *path; /* of a description, within `text`; null: a name or a zone file */
};

/* What is watched. */
struct watch_list {
    struct watch_subject *subjects;
    size_t count;
};

/* Adds a subject, once: names in lower case without the final dot, paths as they are. False with `error`: it is none,
 * or memory is short. */
bool watch_list_add(struct watch_list *list, const char *subject, char error[WATCH_ERROR_SIZE]);

/* Adds a description, once. */
bool watch_list_add_description(struct watch_list *list, const char *path, char error[WATCH_ERROR_SIZE]);

/* Adds those of a file, one a line, descriptions as "description PATH"; "#" begins a comment; "-" is standard input.
 * The error is "FILE:LINE: cause". */
bool watch_list_read(struct watch_list *list, const char *path, char error[WATCH_ERROR_SIZE]);
void watch_list_free(struct watch_list *list);

struct watch_state {
    const char *path; /* null: nothing is remembered */
    int lock;
    json_t *root;
};

/* Locks the state and reads it; none yet is an empty one. False with `error`: held, damaged, or not to be written. */
bool watch_state_open(struct watch_state *state, const char *path, char error[WATCH_ERROR_SIZE]);
bool watch_state_save(struct watch_state *state, char error[WATCH_ERROR_SIZE]);
void watch_state_close(struct watch_state *state);

/* How changes are judged. */
struct watch_rules {
    long patience;    /* trouble is told once it lasts for more runs */
    bool quiet_start; /* what is wrong with a subject that is seen for the first time is recorded, not told */
    char now[32];     /* the time of a change */
};

/*
 * Compares a report of lint, or of description.h, with what the state knows of its subject, takes it over into the
 * state, and appends the changes. An incomplete report makes nothing gone but at the names that are members of its
 * object "known". False: out of memory.
 */
bool watch_compare(json_t *root, const json_t *report, const struct watch_rules *rules, json_t *changes);

/* Compares the record sets of a report with those of the subject's state, for watch_compare. */
bool watch_compare_records(json_t *state, const json_t *report, const struct watch_rules *rules, json_t *changes);

/*
 * Did something get worse, or may have: a finding above a note that is new, or changed without getting milder; other
 * records; trouble that lasts?
 */
bool watch_is_worse(const json_t *changes);

/* Forgets subjects that the list does not hold. False: out of memory. */
bool watch_forget(json_t *root, const struct watch_list *list);

/* A member that is a string, of a change or a report; empty if it is none. */
const char *watch_text(const json_t *object, const char *key);

/* The changes in words, printable ASCII, lines of 900 octets at most. False: `out` could not be written. */
bool watch_print(const json_t *changes, FILE *out);

/* One line: how many changes, of whom. */
void watch_headline(const json_t *changes, char *line, size_t size);

/* Puts changes behind those that a channel was not told yet. False: out of memory. */
bool watch_untold_add(json_t *root, const char *channel, const json_t *changes);

/* {"changes", "dropped"} of a channel, or null: nothing. */
const json_t *watch_untold(const json_t *root, const char *channel);
void watch_untold_clear(json_t *root, const char *channel);

struct watch_mail {
    const char *command; /* words, parted by blanks; no shell */
    const char *from;    /* or null: the sendmail command's own */
    const char *const *to;
    size_t to_count;
};

/* An address that can stand in a header and as an argument as it is. */
bool watch_address_is_sane(const char *address);

/* What is wrong with a sendmail command as it is written, or null. */
const char *watch_command_fault(const char *command);

/* Hands a mail to the sendmail command. False with `error`: it did not take it. */
bool watch_mail_send(const struct watch_mail *mail, const json_t *untold, char error[WATCH_ERROR_SIZE]);

/* An URL that a webhook can have: http or https. */
bool watch_hook_is_sane(const char *url);

/* What may be shown of a webhook: its URL up to the host, as the rest may be secret. */
void watch_hook_name(const char *url, char *name, size_t size);

/*
 * Posts {"changes", "dropped", "watch": "vouchsafe"}. `authorities` is a file of the certificates to trust, or null:
 * those of the system. False with `error`: the answer was not of the 2xx kind.
 */
bool watch_hook_post(const char *url, const char *authorities, const json_t *untold, char error[WATCH_ERROR_SIZE]);

#endif
