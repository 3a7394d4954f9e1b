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
    HOSTER_SAID_BY_GUIDE,  /* somebody's guide to its web form */
    HOSTER_SAID_BY_SOURCE  /* the source code of the form */
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

/* The pictures of doc/publishing.md, A and on; which of them a form looks like. */
enum hoster_picture {
    HOSTER_PICTURE_PARTS,    /* a field for each part: service, protocol, name, the numbers, target */
    HOSTER_PICTURE_NAME,     /* the whole name in one field */
    HOSTER_PICTURE_VALUE,    /* the whole name in one field, the numbers and the target in another */
    HOSTER_PICTURE_PRIORITY, /* the same, but the priority in a field of its own */
    HOSTER_PICTURE_ZONE,     /* service and protocol, none for the name: the zone's own, as far as is known */
    HOSTER_PICTURE_FILE,     /* a master file, or the zone as text */
    HOSTER_PICTURES          /* how many */
};

/*
 * How a hoster's web form asks for an SRV record: "LABEL=VALUE|...", the labels as the form has them, in its order. In
 * a value stand %o _client._smtp.HOST within the zone, %f the same with the zone, %h the host within the zone, "@" for
 * the zone itself, %b the same, "(empty)" for the zone itself, %p priority, %w weight, %n port, %t target without a
 * final dot, %s TTL in seconds. Of HOSTER_PICTURE_FILE it is what to choose there.
 */
struct hoster_form {
    const char *hoster;
    enum hoster_picture picture;
    const char *fields;
    enum hoster_source source;
    const char *where;
};

extern const struct hoster_form hoster_forms[];
extern const size_t hoster_forms_count;

/* The form for one record, or null: not known. */
const struct hoster_form *hoster_form_find(const char *hoster);

/* Where it takes a master file or the zone as text, or null: not known. */
const struct hoster_form *hoster_form_find_file(const char *hoster);

/* The letter of a picture. */
char hoster_picture_letter(enum hoster_picture picture);

/* The row, or null: no such limit is known. */
const struct hoster_row *hoster_find(const char *hoster, enum hoster_limit limit);

/* Does any row or form name this hoster? */
bool hoster_is_known(const char *hoster);

/* What the limit is, and what comes nearest and what that costs, in sentences. */
const char *hoster_limit_text(enum hoster_limit limit);
const char *hoster_nearest_text(enum hoster_limit limit);
const char *hoster_source_text(enum hoster_source source);

#endif
