/*
 * description.h - a description of a domain as a subject: what is published otherwise, as a report like those of lint.
 */
#ifndef TOOL_WATCH_DESCRIPTION_H
#define TOOL_WATCH_DESCRIPTION_H

#include "publish/compare.h"
#include "tool/watch/watch.h"

/* Who answers, and whether they are master files. */
struct watch_source {
    struct plan_source plan;
    bool is_files;
};

/*
 * Reads the description and compares it with what the source answers: {"subject", "complete", "findings", "troubles",
 * "known"}, as report.h of lint has them; "known" has a member for every name that trouble did not hide. `error` is
 * "FILE:LINE: cause" if the description is at fault, which the report says as its only finding; else empty. Null: out
 * of memory.
 */
json_t *watch_description_judge(const struct watch_subject *subject, const struct watch_source *source,
                                char error[WATCH_ERROR_SIZE]);

#endif
