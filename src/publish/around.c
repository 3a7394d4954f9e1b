/*
 * around.c - looks around the names of a plan.
 */
#include "publish/around.h"

#include "base/text.h"
#include "publish/name.h"
#include "publish/rdata.h"
#include "publish/wildcard.h"

#include <string.h>

#define TYPE_MX    15
#define WORDS_SIZE 64

/* A type of records; a null word ends a table. */
struct around_type {
    uint16_t type;
    const char *word;
};

/* One name that is looked at. */
struct around {
    struct plan *plan;
    const struct plan_source *source;
    const char *name;
    bool wildcard; /* its record is that of a wildcard */
    bool trouble;
};

/* around_above - the name without its first label; null: it has only one */
static const char *around_above(const char *name)
{
    const char *dot = strchr(name, '.');

    return dot == NULL ? NULL : dot + 1;
}

/* around_is_asked - does the plan itself disown all names below this one? */
static bool around_is_asked(const struct plan *plan, const char *name)
{
    for (; name != NULL; name = around_above(name)) {
        const struct plan_record *record = plan_find(plan, name);

        if (record != NULL && record->port == PLAN_EXPLICIT)
            return true;
    }
    return false;
}

/* around_explicit - a record disowns names that the description does not disown: who is right, people must say */
static void around_explicit(const struct around *around, const char *rdata)
{
    plan_remark(around->plan, PLAN_WARNING,
                "%s: _client._smtp.%s. SRV %s%s disowns all names below it that have no record [CSA 6], which the "
                "description does not ask for: receivers refuse them. %s, or have the description say so",
                around->name, around->name, rdata, around->wildcard ? ", which a wildcard gives it," : "",
                around->wildcard ? "Name it, under never or as a host, so that it has a record of its own"
                                 : "Delete it");
}

/* around_take - the answer to the SRV question of a name */
static void around_take(void *self, const struct vouch_answer *answer)
{
    struct around *around = self;

    around->trouble = answer->status > VOUCH_CHAIN;
    for (size_t i = 0; answer->status == VOUCH_FOUND && i < answer->records_count; i++) {
        const struct vouch_bytes octets = answer->records[i].rdata;
        char rdata[PLAN_RDATA_SIZE];

        if (!rdata_format(answer, &answer->records[i], rdata) || octets.length < 6 || octets.data[0] != 0 ||
            octets.data[1] != PLAN_PRIORITY || (octets.data[5] & PLAN_EXPLICIT) == 0)
            continue;
        around_explicit(around, rdata);
    }
}

/* around_ask - look for Explicit at one name that has no record in the plan */
static void around_ask(struct plan *plan, const struct plan_source *source, const char *name)
{
    size_t labels = publish_name_labels(name);
    struct around around = {.plan = plan, .source = source, .name = name};
    char owner[PLAN_NAME_SIZE];
    struct text text;

    if (labels < PLAN_LEVEL_MIN || labels > PLAN_LEVEL_MAX || plan_find(plan, name) != NULL ||
        around_is_asked(plan, name))
        return;
    text_init(&text, owner, sizeof owner);
    text_add(&text, "_client._smtp.");
    text_add(&text, name);
    if (wildcard_find(source, owner, VOUCH_TYPE_SRV, plan->description->domain) == WILDCARD_YES) {
        around.wildcard = wildcard_find(source, owner, VOUCH_TYPE_SRV, name) != WILDCARD_NO;
        if (!around.wildcard)
            return; /* one above the name answers no more once the name exists; one below it does [RFC 4592 3.3.1] */
    }
    source->ask(source->owner, owner, VOUCH_TYPE_SRV, around_take, &around);
    if (around.trouble)
        plan_remark(plan, PLAN_WARNING, "%s: whether it disowns the names below it could not be seen", name);
}

/* around_words - the types of these that a wildcard gives the name; false: trouble */
static bool around_words(const struct plan *plan, const struct plan_source *source, const char *name,
                         const struct around_type *types, char words[WORDS_SIZE])
{
    bool fine = true;
    struct text text;

    text_init(&text, words, WORDS_SIZE);
    for (; types->word != NULL; types++) {
        enum wildcard wildcard = wildcard_find(source, name, (enum vouch_type)types->type, plan->description->domain);

        fine = fine && wildcard != WILDCARD_TROUBLE;
        if (wildcard != WILDCARD_YES)
            continue;
        text_add(&text, text.length == 0 ? "" : ", ");
        text_add(&text, types->word);
    }
    return fine;
}

/* around_wildcard - say which records a wildcard gives a name, and will not; `host`: it gets records itself */
static void around_wildcard(struct plan *plan, const struct plan_source *source, const char *name,
                            const struct plan_record *host)
{
    static const struct around_type places[] = {
        {VOUCH_TYPE_A, "A"}, {VOUCH_TYPE_AAAA, "AAAA"}, {VOUCH_TYPE_CNAME, "CNAME"}, {0, NULL}};
    static const struct around_type others[] = {{TYPE_MX, "MX"}, {VOUCH_TYPE_TXT, "TXT"}, {0, NULL}};
    bool sends = host != NULL && host->weight == 2;
    char addresses[WORDS_SIZE], more[WORDS_SIZE];
    bool fine = around_words(plan, source, name, places, addresses);

    fine = around_words(plan, source, name, others, more) && fine;
    if (!fine)
        plan_remark(plan, PLAN_WARNING, "%s: whether a wildcard gives it records could not be seen", name);
    if (sends && addresses[0] != '\0')
        plan_remark(plan, PLAN_NOTE,
                    "%s: a wildcard gives it records, and will not once it has a CSA record [RFC 4592 2.2]: all that "
                    "it sends with stand here",
                    name);
    if (more[0] != '\0' || (!sends && addresses[0] != '\0'))
        plan_remark(plan, PLAN_WARNING,
                    "%s: a wildcard gives it %s%s%s, and will not once %s [RFC 4592 2.2]. Give it such records of its "
                    "own first",
                    name, sends ? "" : addresses, sends || addresses[0] == '\0' || more[0] == '\0' ? "" : ", ", more,
                    host != NULL ? "it has a CSA record" : "a record stands below it");
}

/* around_is_new - is a record of this host, whose SRV record is number `index`, to be entered in the domain's zone? */
static bool around_is_new(const struct plan *plan, size_t index)
{
    for (size_t i = plan_span(plan, index); i > 0; i--) {
        const struct plan_record *record = &plan->records[index + i - 1];

        if (!record->outside && !record->there)
            return true;
    }
    return false;
}

/* Names that were looked at: several hosts stand below them. */
struct around_seen {
    struct name_index asked, covered;
};

/* around_is_first - is this the first look at the name? Takes note of it */
static bool around_is_first(struct plan *plan, struct name_index *seen, const char *name)
{
    size_t number;

    if (name_index_find(seen, name, &number))
        return false;
    plan->failed = !name_index_add(seen, name, 0) || plan->failed;
    return true;
}

/* around_host - the names from the host of SRV record number `index` upwards */
static void around_host(struct plan *plan, const struct plan_source *source, size_t index, struct around_seen *seen)
{
    const struct plan_record *host = &plan->records[index];
    const char *domain = plan->description->domain;
    bool is_new = !host->outside && around_is_new(plan, index);

    for (const char *at = host->host; at != NULL; at = around_above(at)) {
        if (!host->hidden && around_is_first(plan, &seen->asked, at))
            around_ask(plan, source, at);
        if (is_new && strcmp(at, domain) != 0 && publish_name_is_within(at, domain) &&
            around_is_first(plan, &seen->covered, at))
            around_wildcard(plan, source, at, plan_find(plan, at));
    }
}

void around_look(struct plan *plan, const struct plan_source *source)
{
    struct around_seen seen = {{NULL}, {NULL}};

    for (size_t i = 0; i < plan->records_count; i++) {
        if (plan->records[i].type == VOUCH_TYPE_SRV &&
            publish_name_is_within(plan->records[i].host, plan->description->domain))
            around_host(plan, source, i, &seen);
    }
    name_index_free(&seen.asked);
    name_index_free(&seen.covered);
}
