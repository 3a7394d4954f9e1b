/*
 * cut.c - finds zone cuts: names with NS records, and owners of SOA records below the domain; and names with a DNAME.
 */
#include "publish/cut.h"

#include "base/text.h"
#include "publish/name.h"
#include "publish/rdata.h"

#include <string.h>

#define TYPE_NS    2
#define TYPE_DNAME 39

/* What the answer to one question says. */
struct sight {
    const char *name;
    bool found, trouble;
    char zone[VOUCH_NAME_TEXT_SIZE]; /* owner of the SOA record of a negative answer; empty: none */
    const char *status;
};

/* sight_take - take the answer: a name that is an alias has no records of its own */
static void sight_take(void *self, const struct vouch_answer *answer)
{
    struct sight *sight = self;

    sight->trouble = answer->status > VOUCH_CHAIN;
    sight->status = vouch_status_word(answer->status);
    for (size_t i = 0; answer->status == VOUCH_FOUND && i < answer->records_count; i++) {
        char owner[VOUCH_NAME_TEXT_SIZE];

        sight->found = sight->found ||
                       (rdata_name(answer, answer->records[i].owner, owner) && strcmp(owner, sight->name) == 0);
    }
    if (answer->status == VOUCH_NODATA || answer->status == VOUCH_NXDOMAIN)
        rdata_name(answer, answer->soa_owner, sight->zone);
}

/* cut_look - ask for one type of a name; false: trouble, and it is said */
static bool cut_look(struct plan *plan, const struct plan_source *source, struct sight *sight, unsigned type)
{
    const char *word = type == TYPE_DNAME ? "DNAME" : type == TYPE_NS ? "NS" : "SOA";

    source->ask(source->owner, sight->name, (enum vouch_type)type, sight_take, sight);
    if (sight->trouble)
        plan_remark(plan, PLAN_WARNING, COMPARE_UNSEEN, sight->name, word, sight->status);
    return !sight->trouble;
}

/* cut_find_zone - look for the highest zone cut between the host and the domain */
static enum cut cut_find_zone(struct plan *plan, const struct plan_source *source, const char *host,
                              char name[VOUCH_NAME_SIZE])
{
    const char *domain = plan->description->domain, *cut = NULL;
    struct sight soa = {0};
    struct text text;

    for (const char *at = host; strcmp(at, domain) != 0 && publish_name_is_within(at, domain);
         at = strchr(at, '.') + 1) {
        struct sight sight = {.name = at};

        if (!cut_look(plan, source, &sight, TYPE_NS))
            return CUT_TROUBLE;
        if (sight.found || strcmp(sight.zone, at) == 0)
            cut = at;
    }
    text_init(&text, name, VOUCH_NAME_SIZE);
    if (cut == NULL)
        return CUT_NO;
    text_add(&text, cut);
    soa.name = cut;
    if (!cut_look(plan, source, &soa, VOUCH_TYPE_SOA))
        return CUT_TROUBLE;
    return soa.found ? CUT_SEEN : CUT_HIDDEN;
}

/* cut_find_dname - look for a DNAME above the name of the host's CSA record */
static enum cut cut_find_dname(struct plan *plan, const struct plan_source *source, const char *host,
                               char name[VOUCH_NAME_SIZE])
{
    const char *domain = plan->description->domain;
    char above[PLAN_NAME_SIZE];
    struct text text;

    text_init(&text, above, sizeof above);
    text_add(&text, "_smtp.");
    text_add(&text, host);
    for (const char *at = above; publish_name_is_within(at, domain); at = strchr(at, '.') + 1) {
        struct sight sight = {.name = at};

        if (!cut_look(plan, source, &sight, TYPE_DNAME))
            return CUT_TROUBLE;
        if (sight.found) {
            text_init(&text, name, VOUCH_NAME_SIZE);
            text_add(&text, at);
            return CUT_DNAME;
        }
        if (strcmp(at, domain) == 0)
            break;
    }
    return CUT_NO;
}

enum cut cut_find(struct plan *plan, const struct plan_source *source, const char *host, char name[VOUCH_NAME_SIZE])
{
    enum cut cut = cut_find_zone(plan, source, host, name), dname;

    if (cut == CUT_TROUBLE)
        return cut;
    dname = cut_find_dname(plan, source, host, name);
    return dname == CUT_NO ? cut : dname;
}
