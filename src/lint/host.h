/*
 * host.h - one name under judgement: its CSA records, what they lead to, and the families of rules about it.
 */
#ifndef LINT_HOST_H
#define LINT_HOST_H

#include "lint/lines.h"
#include "lint/record.h"

#define HOST_RECORDS_MAX 32 /* SRV records of one name that are judged one by one */

/* Addresses of a name, through its aliases. */
struct host_addresses {
    const struct vouch_answer *a, *aaaa;
};

/* What the rules do to a record. */
enum host_change { HOST_STAYS, HOST_GOES, HOST_BETTER };

/* One SRV record, and what it should be. */
struct host_record {
    const struct vouch_record *record;
    struct csa_record csa;
    char target[VOUCH_NAME_TEXT_SIZE];
    struct host_addresses addresses; /* of the target; only of records that allow, or will */
    struct host_addresses listed;    /* the same, of the target that it should have */
    struct lint_srv better;          /* the record with all its faults mended */
    enum host_change change;
    bool faulty; /* a finding says so already */
};

struct host {
    struct lint_run *run;
    const char *name;
    char owner[VOUCH_NAME_TEXT_SIZE]; /* _client._smtp.NAME; empty: too long */
    const struct vouch_answer *srv;
    const struct vouch_answer *alias; /* of the owner; null: it is none, or a wildcard made it */
    bool through;                     /* the owner is an alias */
    struct host_addresses addresses;  /* of the name itself */
    uint32_t ttl_s;                   /* of records that a mend adds */
    bool synthesized;                 /* a wildcard made the SRV records */
    bool prohibits, allows, ignores;  /* records of this version say so */
    struct host_record records[HOST_RECORDS_MAX];
    size_t records_count;

    /* The mend of the records, see csa_mend.c. */
    const char *elsewhere;    /* the owner that the SRV records stand at by mistake; null: at the right one */
    struct lint_lines others; /* its lines about records of other names and types */
    struct lint_lines mend;   /* the whole */
    bool changed, retimed;    /* there is something to mend; all records get the TTL of the host */
    bool settled;             /* the mend is known */
    bool single;              /* then: no more than one record is left that says something */
    bool will_send;           /* then: one that allows */
    bool will_refuse;         /* then: one that prohibits */
};

/* What a name that lacks a record should publish: it sends unless it has no addresses for sure. */
void host_default(const struct host *host, struct lint_srv *srv);

/* Is it a record that receivers act upon: it prohibits, allows, or lets the addresses open? */
bool host_record_speaks(const struct csa_record *csa);

/* A name under judgement whose clients may send as far as its records say. */
bool host_may_send(const struct host *host);

/* Addresses of any name; the host itself gets those by a mend that clients on the Internet may have. */
void host_ask_addresses(struct lint_run *run, const char *name, struct host_addresses *addresses);
void host_publish_addresses(struct lint_draft *draft, const struct host *host, const struct host_addresses *addresses);
bool host_has_addresses(const struct host_addresses *addresses);
bool host_lacks_addresses(const struct lint_run *run, const struct host_addresses *addresses);

/* Is there an address that clients on the Internet may have? Is there surely none? */
bool host_lists(const struct host_addresses *addresses);
bool host_lists_nothing(const struct lint_run *run, const struct host_addresses *addresses);

/* Part of the addresses is not known, for trouble or since files say nothing: no mend may move or drop them. */
bool host_misses_addresses(const struct lint_run *run, const struct host_addresses *addresses);

/* Could a wildcard have made the answer? Then there is nothing at the name to delete. */
bool host_is_synthesized(struct lint_run *run, const char *name, const struct vouch_answer *answer, uint16_t type);

/* A mend may give records to the name: surely there are none that count yet. */
bool host_is_free(struct lint_run *run, const char *name);

/* Does the zone show that clients say the name in HELO? It takes mail, SPF lets it send, or a service vouches for it.
 */
bool host_sends(const struct host *host);

/* Would a record that says so, of Weight 1 to 3, make receivers refuse addresses of a name that sends? */
bool host_would_refuse(const struct host *host, const struct lint_srv *srv);

/* Do the MX records of the domain lead to the name? */
bool host_is_exchanger(struct lint_run *run, const char *domain, const char *name);

/* The alias at the name itself goes, and the name gets what it led to; false: part of that is not known, no lines. */
bool host_replace_alias(struct lint_draft *draft, const struct host *host, const struct vouch_answer *alias);

/* The alias at the owner goes, if there is one. */
void host_delete_alias(struct lint_draft *draft, const struct host *host);

/* Judges the SRV records of the host, and mends all that is wrong with them by one mend. host.c */
void host_records_lint(struct host *host);

/* Judges a name whose zone and name servers are known. host.c */
void host_judge(struct lint_run *run, const char *name);

/* ---- the families; each adds findings ---- */

/* False: it is no name that can be looked up. name.c */
bool name_lint(struct lint_run *run, const char *name);

/* alabel.c */
bool alabel_is_valid(struct vouch_bytes label);

/* csa_record.c, csa_target.c, csa_set.c, csa_missing.c */
void csa_record_lint(struct host *host);
void csa_target_lint(struct host *host, struct host_record *record);
void csa_set_lint(struct host *host);
void csa_missing_lint(struct host *host);

/*
 * csa_mend.c: the draft is mended by the mend of the whole record set. Lines that the draft's mend holds already, about
 * other names or types, become part of it. The record at fault is replaced by its better one, or removed.
 */
void csa_mend(struct lint_draft *draft, struct host *host);
void csa_replace(struct lint_draft *draft, struct host *host, struct host_record *record);
void csa_remove(struct lint_draft *draft, struct host *host, struct host_record *record);

/* Makes the mend of all that was said so; adds it to a draft. */
void csa_mend_settle(struct host *host);
void csa_mend_add(struct lint_draft *draft, const struct host *host);

/* Does the mend delete this record of another name or type? */
bool csa_mend_deletes(const struct host *host, const char *owner, const struct vouch_record *record,
                      struct vouch_bytes message);

/* Records that stand at another owner than the right one. csa_missing.c */
void csa_elsewhere_lint(struct host *host);

/* A record in the middle of whose owner a "*" stands; false: there is none. csa_missing.c */
bool csa_star_lint(struct lint_run *run, const char *name);

/* size.c */
void size_lint(struct host *host);
void ttl_lint(struct host *host);

/* A name that can have no record; true: it is one. dname.c */
bool dname_lint(struct host *host);

/* explicit.c: Explicit of the name's own record; the top-most ancestor that asserts it; wildcards below a name. */
void explicit_lint(struct host *host);
bool explicit_above(struct lint_run *run, const char *name, char ancestor[VOUCH_NAME_TEXT_SIZE]);
bool explicit_is_synthesized(struct lint_run *run, const char *name, const struct vouch_answer *srv);
void wildcard_lint(struct lint_run *run, const char *name);

/* spf.c: judges the hosts that the domain's SPF record names. */
void spf_lint(struct lint_run *run, const char *name);

/* What the SPF records of a name and of its domain say of the name: nothing; that it may send; or that some of its
 * addresses may, or what is not known. */
enum spf_sender { SPF_SILENT, SPF_SENDS, SPF_UNCLEAR };

enum spf_sender spf_sender(struct lint_run *run, const char *name, const struct host_addresses *own);

/* neighbour.c */
void neighbour_lint(struct host *host);

/* pointer.c, service.c: one pointer and the service that it names. */
void pointer_lint(struct host *host);
void service_lint(struct host *host, const struct vouch_answer *ptr, size_t at, const char *service);
void report_lint(struct lint_run *run, const char *name, const struct vouch_answer *txt);

/* zone.c, dnssec.c, view.c */
void zone_find_root(struct lint_run *run, const char *name);
void zone_find_servers(struct lint_run *run);
void server_lint(struct host *host);
void dnssec_lint(struct lint_run *run);
void dnssec_lint_answer(struct lint_run *run, const char *name, uint16_t type);
void view_lint(struct host *host);

/* Views that should say the same, and the rule that they break if they do not. */
struct view_set {
    const struct lint_view *views[LINT_SERVERS_MAX];
    size_t count;
    enum lint_word word;
    const char *domain; /* name servers: of what lies in it they tell no more than the first link; null: resolvers */
    const char *advice;
};

void view_compare(struct host *host, const struct view_set *set);

#endif
