/*
 * kinds.c - the tables of answers, and the making of them.
 */
#include "kinds.h"

#include <stdlib.h>
#include <string.h>

#define PURPOSES  (VOUCH_ASK_REPUTATION + 1)
#define PER_KIND  6
#define COUNT(t)  (sizeof(t) / sizeof(t)[0])
#define T(n)      "t" #n ".example.net"
#define TOP_LEVEL "org"

struct srv {
    uint16_t priority, weight, port;
    const char *target; /* null: end of the list; "": malformed */
};

struct srv_row {
    const char *what;
    enum vouch_status status;
    unsigned facts;
    unsigned targets;
    struct srv records[PER_KIND];
    const char *additional; /* address of T(1) */
    const char *soa;
    bool cut;
};

static const struct srv_row srv_rows[] = {
    {"allows self", VOUCH_FOUND, FACT_ALLOWS | FACT_SELF, 0, {{1, 2, 0, SELF}}, NULL, NULL, false},
    {"allows self, cut", VOUCH_FOUND, FACT_ALLOWS | FACT_SELF | FACT_TOO_MANY, 0, {{1, 2, 0, SELF}}, NULL, NULL, true},
    {"allows another", VOUCH_FOUND, FACT_ALLOWS, 1, {{1, 2, 0, T(1)}}, NULL, NULL, false},
    {"allows self and another",
     VOUCH_FOUND,
     FACT_ALLOWS | FACT_SELF,
     1,
     {{1, 2, 0, SELF}, {1, 2, 0, T(1)}},
     NULL,
     NULL,
     false},
    {"allows two, one ignored",
     VOUCH_FOUND,
     FACT_ALLOWS | FACT_IGNORES_TARGET,
     2,
     {{1, 3, 0, T(3)}, {1, 2, 0, T(2)}, {1, 2, 0, T(1)}},
     NULL,
     NULL,
     false},
    {"allows four",
     VOUCH_FOUND,
     FACT_ALLOWS,
     4,
     {{1, 2, 0, T(4)}, {1, 2, 0, T(3)}, {1, 2, 0, T(2)}, {1, 2, 1, T(1)}},
     NULL,
     NULL,
     false},
    {"allows five",
     VOUCH_FOUND,
     FACT_ALLOWS | FACT_TOO_MANY,
     4,
     {{1, 2, 0, T(5)}, {1, 2, 0, T(4)}, {1, 2, 0, T(3)}, {1, 2, 0, T(2)}, {1, 2, 0, T(1)}},
     NULL,
     NULL,
     false},
    {"allows nobody", VOUCH_FOUND, FACT_ALLOWS, 0, {{1, 2, 0, "."}}, NULL, NULL, false},
    {"allows, confirmed", VOUCH_FOUND, FACT_ALLOWS | FACT_CONFIRMED, 0, {{1, 2, 0, T(1)}}, CLIENT, NULL, false},
    {"allows, Additional elsewhere", VOUCH_FOUND, FACT_ALLOWS, 1, {{1, 2, 0, T(1)}}, OTHER, NULL, false},
    {"allows beside others",
     VOUCH_FOUND,
     FACT_ALLOWS | FACT_RESERVED_WEIGHT | FACT_OTHER_VERSION | FACT_BAD_RDATA,
     1,
     {{1, 2, 0, T(1)}, {1, 4, 0, T(2)}, {2, 2, 0, T(3)}, {0, 0, 0, ""}},
     NULL,
     NULL,
     false},
    {"prohibits", VOUCH_FOUND, FACT_PROHIBITS, 0, {{1, 1, 0, SELF}}, NULL, NULL, false},
    {"prohibits by weight 0", VOUCH_FOUND, FACT_PROHIBITS, 0, {{1, 0, 1, SELF}}, NULL, NULL, false},
    {"prohibits and allows",
     VOUCH_FOUND,
     FACT_PROHIBITS | FACT_ALLOWS | FACT_SELF | FACT_CONFIRMED,
     0,
     {{1, 2, 0, SELF}, {1, 2, 0, T(1)}, {1, 1, 0, SELF}},
     CLIENT,
     NULL,
     false},
    {"ignores its target", VOUCH_FOUND, FACT_IGNORES_TARGET, 0, {{1, 3, 0, SELF}}, NULL, NULL, false},
    {"reserved weight", VOUCH_FOUND, FACT_RESERVED_WEIGHT, 0, {{1, 6, 0, SELF}}, NULL, NULL, false},
    {"malformed", VOUCH_FOUND, FACT_BAD_RDATA, 0, {{0, 0, 0, ""}}, NULL, NULL, false},
    {"other version", VOUCH_FOUND, FACT_OTHER_VERSION, 0, {{2, 2, 0, SELF}}, NULL, NULL, false},
    {"foreign", VOUCH_FOUND, 0, 0, {{1, 0, 443, "www.example.org"}}, NULL, NULL, false},
    {"foreign, cut", VOUCH_FOUND, FACT_TOO_MANY, 0, {{1, 0, 443, "www.example.org"}}, NULL, NULL, true},
    {"found nothing", VOUCH_FOUND, 0, 0, {{0}}, NULL, NULL, false},
    {"nodata", VOUCH_NODATA, 0, 0, {{0}}, NULL, "example.org", false},
    {"nxdomain", VOUCH_NXDOMAIN, 0, 0, {{0}}, NULL, NULL, false},
    {"nxdomain of the top level", VOUCH_NXDOMAIN, FACT_NO_SEARCH, 0, {{0}}, NULL, TOP_LEVEL, false},
    {"nxdomain of the root", VOUCH_NXDOMAIN, FACT_NO_SEARCH, 0, {{0}}, NULL, ".", false},
    {"chain", VOUCH_CHAIN, 0, 0, {{0}}, NULL, NULL, false},
    {"failed", VOUCH_FAILED, 0, 0, {{0}}, NULL, NULL, false},
    {"timeout", VOUCH_TIMEOUT, 0, 0, {{0}}, NULL, NULL, false},
    {"bogus", VOUCH_BOGUS, 0, 0, {{1, 1, 0, SELF}}, NULL, NULL, false},
};

static const struct srv_row parent_rows[] = {
    {"explicit", VOUCH_FOUND, FACT_HIT, 0, {{1, 1, 1, T(1)}}, NULL, NULL, false},
    {"explicit, allows", VOUCH_FOUND, FACT_HIT, 0, {{1, 2, 3, T(1)}}, CLIENT, NULL, false},
    {"explicit among others",
     VOUCH_FOUND,
     FACT_HIT,
     0,
     {{1, 2, 0, T(1)}, {0, 0, 0, ""}, {1, 0, 1, T(1)}},
     NULL,
     NULL,
     true},
    {"not explicit", VOUCH_FOUND, 0, 0, {{1, 1, 2, T(1)}}, NULL, NULL, false},
    {"other version", VOUCH_FOUND, 0, 0, {{2, 1, 1, T(1)}}, NULL, NULL, false},
    {"reserved weight", VOUCH_FOUND, 0, 0, {{1, 4, 1, T(1)}}, NULL, NULL, false},
    {"foreign", VOUCH_FOUND, 0, 0, {{1, 0, 443, T(1)}}, NULL, NULL, false},
    {"malformed", VOUCH_FOUND, 0, 0, {{1, 1, 1, ""}}, NULL, NULL, false},
    {"found nothing", VOUCH_FOUND, 0, 0, {{0}}, NULL, NULL, false},
    {"nodata", VOUCH_NODATA, 0, 0, {{1, 1, 1, T(1)}}, NULL, "example.org", false},
    {"nxdomain", VOUCH_NXDOMAIN, 0, 0, {{0}}, NULL, ".", false},
    {"chain", VOUCH_CHAIN, 0, 0, {{1, 1, 1, T(1)}}, NULL, NULL, false},
    {"failed", VOUCH_FAILED, 0, 0, {{0}}, NULL, NULL, false},
    {"timeout", VOUCH_TIMEOUT, 0, 0, {{0}}, NULL, NULL, false},
    {"bogus", VOUCH_BOGUS, 0, 0, {{1, 1, 1, T(1)}}, NULL, NULL, false},
};

/* An answer of other types: up to three texts, of addresses, pointers or reports; "!" is malformed RDATA. */
struct text_row {
    const char *what;
    enum vouch_status status;
    unsigned facts;
    const char *texts[3];
    bool cut;
};

static const struct text_row address_rows[] = {
    {"the client", VOUCH_FOUND, FACT_HIT | FACT_SEEN, {CLIENT}, false},
    {"the client among others", VOUCH_FOUND, FACT_HIT | FACT_SEEN, {OTHER, CLIENT, OTHER}, false},
    {"the client, cut", VOUCH_FOUND, FACT_HIT | FACT_SEEN | FACT_TROUBLE, {CLIENT}, true},
    {"the client and a malformed one", VOUCH_FOUND, FACT_HIT | FACT_SEEN | FACT_TROUBLE, {"!", CLIENT}, false},
    {"another", VOUCH_FOUND, FACT_SEEN, {OTHER}, false},
    {"another, cut", VOUCH_FOUND, FACT_SEEN | FACT_TROUBLE, {OTHER}, true},
    {"malformed", VOUCH_FOUND, FACT_TROUBLE, {"!"}, false},
    {"of the other family", VOUCH_FOUND, FACT_TROUBLE, {"2001:db8::1"}, false},
    {"found nothing", VOUCH_FOUND, 0, {NULL}, false},
    {"nodata", VOUCH_NODATA, 0, {CLIENT}, false},
    {"nxdomain", VOUCH_NXDOMAIN, 0, {NULL}, false},
    {"chain", VOUCH_CHAIN, 0, {CLIENT}, false},
    {"failed", VOUCH_FAILED, 0, {NULL}, false},
    {"timeout", VOUCH_TIMEOUT, 0, {NULL}, false},
    {"bogus", VOUCH_BOGUS, 0, {CLIENT}, false},
};

static const struct text_row report_rows[] = {
    {"A", VOUCH_FOUND, FACT_PRAISE, {"MARID,1,A;good"}, false},
    {"B", VOUCH_FOUND, FACT_PRAISE, {"MARID,1,B"}, false},
    {"C", VOUCH_FOUND, 0, {"MARID,1,C"}, false},
    {"D", VOUCH_FOUND, FACT_BLAME, {"MARID,1,D"}, false},
    {"E", VOUCH_FOUND, FACT_BLAME, {"MARID,1,E;bad"}, false},
    {"A and E", VOUCH_FOUND, FACT_BLAME, {"MARID,1,A", "other", "MARID,1,E"}, false},
    {"no report", VOUCH_FOUND, 0, {"v=spf1 -all"}, false},
    {"malformed", VOUCH_FOUND, 0, {"!"}, false},
    {"found nothing", VOUCH_FOUND, 0, {NULL}, false},
    {"nodata", VOUCH_NODATA, 0, {"MARID,1,E"}, false},
    {"nxdomain", VOUCH_NXDOMAIN, 0, {NULL}, false},
    {"chain", VOUCH_CHAIN, 0, {"MARID,1,E"}, false},
    {"failed", VOUCH_FAILED, 0, {NULL}, false},
    {"timeout", VOUCH_TIMEOUT, 0, {NULL}, false},
    {"bogus", VOUCH_BOGUS, 0, {"MARID,1,E"}, false},
};

static const struct text_row pointer_rows[] = {
    {"names the service", VOUCH_FOUND, FACT_LISTED, {"_vouch._smtp." SERVICE(2)}, false},
    {"names it among others", VOUCH_FOUND, FACT_LISTED, {"x.example", "!", "_VOUCH._SMTP." SERVICE(2)}, true},
    {"names another", VOUCH_FOUND, 0, {"_vouch._smtp.unknown.example"}, false},
    {"without prefix", VOUCH_FOUND, 0, {SERVICE(2)}, false},
    {"malformed", VOUCH_FOUND, 0, {"!"}, false},
    {"found nothing", VOUCH_FOUND, 0, {NULL}, false},
    {"nodata", VOUCH_NODATA, 0, {NULL}, false},
    {"nxdomain", VOUCH_NXDOMAIN, 0, {NULL}, false},
    {"chain", VOUCH_CHAIN, 0, {NULL}, false},
    {"failed", VOUCH_FAILED, 0, {NULL}, false},
    {"timeout", VOUCH_TIMEOUT, 0, {NULL}, false},
    {"bogus", VOUCH_BOGUS, 0, {"_vouch._smtp." SERVICE(2)}, false},
};

/* Answers of private lists and of the reputation store. */
static const struct local_row {
    const char *what;
    enum vouch_purpose purpose;
    enum vouch_status status;
    unsigned facts;
    enum vouch_listing listing;
    int16_t score;
} local_rows[] = {
    {"not listed", VOUCH_ASK_LIST, VOUCH_FOUND, 0, VOUCH_UNLISTED, 0},
    {"trusted", VOUCH_ASK_LIST, VOUCH_FOUND, FACT_PRAISE, VOUCH_LISTED_TRUSTED, 0},
    {"blocked", VOUCH_ASK_LIST, VOUCH_FOUND, FACT_BLAME, VOUCH_LISTED_BLOCKED, 0},
    {"failed", VOUCH_ASK_LIST, VOUCH_FAILED, 0, VOUCH_LISTED_BLOCKED, 0},
    {"unknown", VOUCH_ASK_REPUTATION, VOUCH_NODATA, 0, VOUCH_UNLISTED, -100},
    {"good", VOUCH_ASK_REPUTATION, VOUCH_FOUND, FACT_PRAISE, VOUCH_UNLISTED, 100},
    {"bad", VOUCH_ASK_REPUTATION, VOUCH_FOUND, FACT_BLAME, VOUCH_UNLISTED, -100},
    {"failed", VOUCH_ASK_REPUTATION, VOUCH_FAILED, 0, VOUCH_UNLISTED, -100},
};

static struct {
    size_t count;
    struct kind kinds[KINDS_MAX];
} table[PURPOSES];

/* kinds_add - begin one more kind of a purpose */
static struct made *kinds_add(enum vouch_purpose purpose, const char *what, unsigned facts, enum vouch_status status)
{
    struct kind *kind = &table[purpose].kinds[table[purpose].count++];

    if (table[purpose].count > KINDS_MAX)
        abort();
    kind->what = what;
    kind->facts = facts;
    made_init(&kind->made, status);
    kind->made.answer.secure = true;
    kind->made.answer.has_ttl = true;
    kind->made.answer.ttl_s = 60;
    return &kind->made;
}

/* kinds_add_srv - one row of SRV records */
static void kinds_add_srv(enum vouch_purpose purpose, const struct srv_row *row)
{
    struct made *made = kinds_add(purpose, row->what, row->facts, row->status);

    table[purpose].kinds[table[purpose].count - 1].targets = row->targets;
    for (const struct srv *srv = row->records; srv < row->records + PER_KIND && srv->target != NULL; srv++) {
        if (srv->target[0] == '\0')
            made_add(made, VOUCH_TYPE_SRV, "\0\1\0\1\0\1", 6);
        else
            made_add_srv(made, srv->priority, srv->weight, srv->port, srv->target);
    }
    if (row->additional != NULL)
        made_add_additional(made, T(1), row->additional);
    if (row->soa != NULL)
        made_set_soa(made, row->soa);
    made->answer.cut = row->cut;
}

/* kinds_add_texts - one row of addresses, pointers or reports */
static void kinds_add_texts(enum vouch_purpose purpose, enum vouch_type type, const struct text_row *row)
{
    struct made *made = kinds_add(purpose, row->what, row->facts, row->status);

    for (size_t i = 0; i < COUNT(row->texts) && row->texts[i] != NULL; i++) {
        if (row->texts[i][0] == '!')
            made_add(made, (uint16_t)type, "\xff!", 2);
        else if (type == VOUCH_TYPE_A)
            made_add_address(made, row->texts[i]);
        else if (type == VOUCH_TYPE_PTR)
            made_add_pointer(made, row->texts[i]);
        else
            made_add_text(made, row->texts[i]);
    }
    made->answer.cut = row->cut;
}

void kinds_init(void)
{
    for (size_t i = 0; i < COUNT(srv_rows); i++)
        kinds_add_srv(VOUCH_ASK_CSA, &srv_rows[i]);
    for (size_t i = 0; i < COUNT(parent_rows); i++)
        kinds_add_srv(VOUCH_ASK_PARENT, &parent_rows[i]);
    for (size_t i = 0; i < COUNT(address_rows); i++) {
        kinds_add_texts(VOUCH_ASK_ADDRESS, VOUCH_TYPE_A, &address_rows[i]);
        kinds_add_texts(VOUCH_ASK_TARGET, VOUCH_TYPE_A, &address_rows[i]);
    }
    for (size_t i = 0; i < COUNT(report_rows); i++)
        kinds_add_texts(VOUCH_ASK_REPORT, VOUCH_TYPE_TXT, &report_rows[i]);
    for (size_t i = 0; i < COUNT(pointer_rows); i++)
        kinds_add_texts(VOUCH_ASK_POINTERS, VOUCH_TYPE_PTR, &pointer_rows[i]);
    for (size_t i = 0; i < COUNT(local_rows); i++) {
        struct made *made = kinds_add(local_rows[i].purpose, local_rows[i].what, local_rows[i].facts,
                                      local_rows[i].status);

        made->answer.listing = local_rows[i].listing;
        made->answer.reputation.score = local_rows[i].score;
        made->answer.reputation.confidence_milli = 1000;
    }
}

const struct kind *kinds_of(enum vouch_purpose purpose, size_t *count)
{
    *count = table[purpose].count;
    return table[purpose].kinds;
}

bool kind_is_trouble(const struct kind *kind)
{
    if (kind == NULL || (kind->facts & FACT_TROUBLE) != 0)
        return true;
    switch (kind->made.answer.status) {
    case VOUCH_FAILED:
    case VOUCH_TIMEOUT:
    case VOUCH_BOGUS:
        return true;
    case VOUCH_FOUND:
    case VOUCH_NODATA:
    case VOUCH_NXDOMAIN:
    case VOUCH_CHAIN:
        break;
    }
    return false;
}

bool kind_has(const struct kind *kind, unsigned facts)
{
    return kind != NULL && (kind->facts & facts) != 0;
}
