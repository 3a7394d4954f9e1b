/*
 * plan.h - the records that a description asks for, and what to tell its author.
 *
 * Rules: one SRV record a host, priority 1; weight 2 and the host itself as target for a host that sends from its
 * addresses, weight 3 for one that sends from elsewhere, weight 1 for one that never sends, always with the owner's
 * name as target; port 1 only where names below are disowned [CSA 4, 5, 6]. Addresses have the TTL of the SRV record.
 * Pointers to accreditation services at every host that sends [DNA 4]. No record here makes a stated sender fail.
 */
#ifndef PUBLISH_PLAN_H
#define PUBLISH_PLAN_H

#include "publish/description.h"

#define PLAN_NAME_SIZE  (VOUCH_NAME_SIZE + 16) /* a host name and the two labels before it */
#define PLAN_RDATA_SIZE (PLAN_NAME_SIZE + 24)
#define PLAN_ERROR_SIZE 1024
#define PLAN_WHY_SIZE   512

/* Bits of an SRV record's fields. [CSA 4] */
#define PLAN_PRIORITY  1
#define PLAN_EXPLICIT  1 /* port */
#define PLAN_UNKNOWN   2 /* port: a bit that means nothing, for hosters that refuse 0 */
#define PLAN_LEVEL_MAX 6 /* deepest name that may assert Explicit [CSA 6] */
#define PLAN_LEVEL_MIN 2 /* and the highest */

struct plan_record {
    char owner[PLAN_NAME_SIZE]; /* whole, no final dot */
    char host[VOUCH_NAME_SIZE]; /* the host that it is about */
    uint16_t type;              /* SRV, A, AAAA or PTR */
    uint16_t priority, weight, port;
    char target[PLAN_NAME_SIZE]; /* SRV, PTR: no final dot */
    struct vouch_address address;
    uint32_t ttl_s;
    char why[PLAN_WHY_SIZE]; /* for people; printable */
    bool outside;            /* not in the domain's zone: not in the domain, or below a zone cut */
    bool compared;           /* SRV: plan_compare looked at its host */
    bool hidden;             /* outside, and what is there cannot be seen */
    bool nowhere;            /* hidden, since it is below a DNAME or beside a CNAME: nobody can publish it */
    bool there;              /* published already, seen by plan_compare */
    bool left_out;           /* Explicit, and who sends below it could not be seen: no form prints it */
};

/* A published record that contradicts the plan. */
struct plan_removal {
    char host[VOUCH_NAME_SIZE]; /* the host that it is about */
    char owner[PLAN_NAME_SIZE];
    uint16_t type;
    char rdata[PLAN_RDATA_SIZE];
    char why[PLAN_WHY_SIZE];
};

enum plan_severity { PLAN_NOTE, PLAN_WARNING };

/* The words of enum plan_severity. */
extern const char *const plan_severities[];

struct plan_remark {
    enum plan_severity severity;
    char text[PLAN_ERROR_SIZE]; /* printable */
};

struct plan {
    const struct description *description;
    uint32_t ttl_s;              /* the description's, or the lowest that its hoster takes */
    bool compared;               /* `there` and the removals say what is published */
    size_t trouble;              /* a comparison that failed: number of the remark that says why */
    struct plan_record *records; /* those of a host stand together, its SRV record first */
    size_t records_count;
    struct name_index index;       /* number of the SRV record of each host; for plan_find */
    struct plan_removal *removals; /* plan_compare has those of a host together */
    size_t removals_count;
    struct name_index removed; /* number of the first removal of each host; plan_remove keeps it */
    struct plan_remark *remarks;
    size_t remarks_count;
    bool failed; /* out of memory: the plan says too little */
};

/*
 * Makes the plan; the description must live as long. False with `error`: what the description disowns cannot be, or
 * names no hoster that is known.
 */
bool plan_make(struct plan *plan, const struct description *description, char error[PLAN_ERROR_SIZE]);
void plan_free(struct plan *plan);

/* Append. */
void plan_remove(struct plan *plan, const struct plan_removal *removal);
__attribute__((format(printf, 3, 4))) void plan_remark(struct plan *plan, enum plan_severity severity,
                                                       const char *format, ...);

/* The SRV record of a host, or null. */
struct plan_record *plan_find(const struct plan *plan, const char *host);

/* How many records, from number `first` on, are about the same host. */
size_t plan_span(const struct plan *plan, size_t first);

/* The host's answer to the SRV question with all addresses of the plan, in octets; 0: out of memory. */
size_t plan_answer_size(const struct plan *plan, const char *host);

/* Looks for answers that are too large, odd addresses, and what the hoster cannot hold; plan_make calls it. */
void plan_inspect(struct plan *plan);

/*
 * Takes Explicit back from a record, and says so, above a host that sends and has no record that could be printed here:
 * it stands below a zone cut or a DNAME, or where the hoster takes no SRV record. What plan_compare saw there is no
 * cause.
 */
void plan_withhold(struct plan *plan, struct plan_record *record);

/* Takes Explicit back from an SRV record, and what its reason says of it; the caller says why. */
void plan_disown_nobody(struct plan *plan, struct plan_record *record);

/* Must this record wait for others: Explicit, while a host that sends below it is without its record? */
bool plan_waits(const struct plan *plan, const struct plan_record *record);

/* Withholds, and says what must be entered last; after plan_compare, if there is one. */
void plan_order(struct plan *plan);

/* RDATA as a master file has it, names with a final dot. */
void plan_rdata_format(const struct plan_record *record, char text[PLAN_RDATA_SIZE]);

#endif
