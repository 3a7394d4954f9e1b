/*
 * hoster.h - what known DNS hosters cannot hold, and what comes nearest.
 *
 * One row a limit, each with the kind of its source: only what somebody wrote down who met it. A hoster without rows is
 * not one without limits.
 */
#ifndef PUBLISH_HOSTER_H
#define PUBLISH_HOSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hoster_limit {
    HOSTER_PORT_ZERO,   /* SRV port 0 is refused */
    HOSTER_SRV_APEX,    /* SRV only as _service._protocol of the zone's own name, not below */
    HOSTER_SRV_FORM,    /* the web form offers fixed protocols only: no _smtp */
    HOSTER_NO_SRV,      /* no SRV records at all */
    HOSTER_NULL_TARGET, /* SRV target "." is refused */
    HOSTER_NO_PTR,      /* no PTR records outside of reverse zones */
    HOSTER_TTL_LOWEST,  /* no TTL below `value` seconds */
    HOSTER_LIMITS       /* how many */
};

/* Who says so. */
enum hoster_source {
    HOSTER_SAID_BY_HOSTER, /* the hoster's own documents */
    HOSTER_SAID_BY_DRIVER, /* a tool's driver for the hoster refuses it, or mends it before it sends it */
    HOSTER_SAID_BY_USER,   /* a customer's report */
    HOSTER_SAID_BY_GUIDE   /* somebody's guide to its web form */
};

struct hoster_row {
    const char *hoster; /* its word, as in a description */
    enum hoster_limit limit;
    uint32_t value; /* HOSTER_TTL_LOWEST */
    enum hoster_source source;
    const char *where; /* where it stands written */
};

extern const struct hoster_row hoster_rows[];
extern const size_t hoster_rows_count;

/* How a hoster's web form asks for an SRV record; null: that field is not there. */
struct hoster_form {
    const char *hoster;
    const char *service, *protocol; /* what goes into the fields; null: `name` takes all three */
    const char *name;               /* what the field for the name is called */
    const char *target;             /* the same of the target */
    bool dot;                       /* the target ends with a dot */
    bool value;                     /* priority, weight, port and target are one field */
    enum hoster_source source;
    const char *where;
};

extern const struct hoster_form hoster_forms[];
extern const size_t hoster_forms_count;

/* The form, or null: not known. */
const struct hoster_form *hoster_form_find(const char *hoster);

/* The row, or null: no such limit is known. */
const struct hoster_row *hoster_find(const char *hoster, enum hoster_limit limit);

/* Does any row or form name this hoster? */
bool hoster_is_known(const char *hoster);

/* What the limit is, and what comes nearest and what that costs, in sentences. */
const char *hoster_limit_text(enum hoster_limit limit);
const char *hoster_nearest_text(enum hoster_limit limit);
const char *hoster_source_text(enum hoster_source source);

#endif
