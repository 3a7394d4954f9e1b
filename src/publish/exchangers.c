/*
 * exchangers.c - asks the domain's MX records for hosts that Explicit would have refused.
 */
#include "publish/exchangers.h"

#include "base/text.h"
#include "publish/name.h"
#include "publish/rdata.h"
#include "publish/wildcard.h"

#include <string.h>

#define TYPE_MX        15
#define EXCHANGERS_MAX 32

/* The look at the exchangers below one record. */
struct exchangers {
    struct plan *plan;
    const struct plan_source *source;
    struct plan_record *record;                        /* Explicit, until one is found */
    char owner[PLAN_NAME_SIZE + VOUCH_NAME_TEXT_SIZE]; /* of the CSA record asked for */
    bool has_csa;                                      /* it is there */
    bool trouble;
};

/* exchangers_trouble - does the answer leave open what is there? Then say so, and end the comparison */
static bool exchangers_trouble(struct exchangers *exchangers, const struct vouch_answer *answer, const char *name,
                               const char *type)
{
    if (answer->status <= VOUCH_CHAIN && !answer->cut)
        return false;
    exchangers->trouble = true;
    plan_remark(exchangers->plan, PLAN_WARNING, COMPARE_UNSEEN, name, type,
                answer->cut ? "too many records" : vouch_status_word(answer->status));
    return true;
}

/* exchangers_take_csa - the answer to the SRV question of an exchanger */
static void exchangers_take_csa(void *self, const struct vouch_answer *answer)
{
    struct exchangers *exchangers = self;

    if (exchangers_trouble(exchangers, answer, exchangers->owner, "SRV"))
        return;
    for (size_t i = 0; answer->status == VOUCH_FOUND && i < answer->records_count; i++) {
        const struct vouch_bytes octets = answer->records[i].rdata;

        exchangers->has_csa = exchangers->has_csa ||
                              (octets.length > 2 && octets.data[0] == 0 && octets.data[1] == PLAN_PRIORITY);
    }
}

/* exchangers_look - is there a CSA record of this exchanger? */
static bool exchangers_look(struct exchangers *exchangers, const char *name)
{
    const char *owner = exchangers->owner;
    struct text text;

    exchangers->has_csa = false;
    text_init(&text, exchangers->owner, sizeof exchangers->owner);
    text_add(&text, "_client._smtp.");
    text_add(&text, name);
    if (wildcard_find(exchangers->source, owner, VOUCH_TYPE_SRV, exchangers->plan->description->domain) != WILDCARD_YES)
        exchangers->source->ask(exchangers->source->owner, owner, VOUCH_TYPE_SRV, exchangers_take_csa, exchangers);
    return exchangers->has_csa;
}

/* The names of the exchangers below a record: the answer that they come from is gone when they are asked about. */
struct exchanger_names {
    struct exchangers *exchangers;
    size_t count;
    char names[EXCHANGERS_MAX][VOUCH_NAME_TEXT_SIZE];
};

/* exchangers_add - keep a name, once; false: no room */
static bool exchangers_add(struct exchanger_names *names, const char *name)
{
    struct text text;

    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->names[i], name) == 0)
            return true;
    }
    if (names->count == sizeof names->names / sizeof names->names[0])
        return false;
    text_init(&text, names->names[names->count++], sizeof names->names[0]);
    text_add(&text, name);
    return true;
}

/* exchangers_take - the answer to the MX question of the domain */
static void exchangers_take(void *self, const struct vouch_answer *answer)
{
    struct exchanger_names *names = self;
    const struct plan *plan = names->exchangers->plan;
    const char *host = names->exchangers->record->host;
    struct vouch_answer whole = *answer;

    for (size_t i = 0; answer->status == VOUCH_FOUND && i < answer->records_count; i++) {
        const struct vouch_bytes octets = answer->records[i].rdata;
        char name[VOUCH_NAME_TEXT_SIZE];

        if (octets.length > 2 && rdata_name(answer, (struct vouch_bytes){octets.data + 2, octets.length - 2}, name) &&
            publish_name_is_within(name, host) && strcmp(name, host) != 0 && plan_find(plan, name) == NULL &&
            !exchangers_add(names, name))
            whole.cut = true;
    }
    exchangers_trouble(names->exchangers, &whole, plan->description->domain, "MX");
}

bool exchangers_withhold(struct plan *plan, const struct plan_source *source, struct plan_record *record)
{
    struct exchangers exchangers = {.plan = plan, .source = source, .record = record};
    struct exchanger_names names = {.exchangers = &exchangers};

    if (record->type != VOUCH_TYPE_SRV || record->port != PLAN_EXPLICIT)
        return true;
    source->ask(source->owner, plan->description->domain, (enum vouch_type)TYPE_MX, exchangers_take, &names);
    for (size_t i = 0; i < names.count && !exchangers.trouble; i++) {
        if (exchangers_look(&exchangers, names.names[i]) || exchangers.trouble)
            continue;
        plan_disown_nobody(plan, record);
        plan_remark(
            plan, PLAN_WARNING,
            "nothing is disowned below %s: %s is a mail exchanger (MX) of %s, has no record, and the description "
            "does not name it. Receivers would refuse what it sends: name it as host, as elsewhere, or under "
            "never if it sends nothing, not even bounces",
            record->host, names.names[i], plan->description->domain);
    }
    return !exchangers.trouble;
}
