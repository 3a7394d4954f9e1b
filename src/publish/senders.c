/*
 * senders.c - asks the domain's MX and SPF records for hosts that Explicit would have refused.
 *
 * An answer is gone when the next question is asked: what it names is kept, and looked at later.
 */
#include "publish/senders.h"

#include "base/text.h"
#include "publish/name.h"
#include "publish/rdata.h"
#include "publish/spf.h"
#include "publish/wildcard.h"

#include <string.h>

#define TYPE_MX       15
#define SENDERS_MAX   64
#define QUESTIONS_MAX (2 * (SPF_RECORDS_MAX + 2)) /* of either type */

/* A host that may send. */
struct sender {
    char name[VOUCH_NAME_SIZE];
    char owner[VOUCH_NAME_TEXT_SIZE]; /* of the record that names it */
    bool exchanger;                   /* that is an MX record */
};

/* The MX records, or the SPF record, of a name. */
struct senders_question {
    char name[VOUCH_NAME_TEXT_SIZE];
    uint16_t type;
};

/* The look at the senders below one record. */
struct senders {
    struct plan *plan;
    const struct plan_source *source;
    struct plan_record *record; /* Explicit, until one is found */
    struct senders_question questions[QUESTIONS_MAX];
    size_t questions_count;
    const struct senders_question *asked; /* the question that is out */
    struct sender senders[SENDERS_MAX];
    size_t senders_count;
    bool has_csa, has_address; /* of the sender that is looked at */
    bool trouble;
};

/* senders_trouble - does the answer leave open what is there? Then say so, and end the comparison */
static bool senders_trouble(struct senders *senders, const struct vouch_answer *answer, bool cut)
{
    const char *type = senders->asked->type == TYPE_MX ? "MX" : vouch_type_word((enum vouch_type)senders->asked->type);

    if (answer->status <= VOUCH_CHAIN && !answer->cut && !cut)
        return false;
    senders->trouble = true;
    plan_remark(senders->plan, PLAN_WARNING, COMPARE_UNSEEN, senders->asked->name, type,
                answer->cut || cut ? "too many records" : vouch_status_word(answer->status));
    return true;
}

/* senders_plan - have a question asked, once; false: no room */
static bool senders_plan(struct senders *senders, const char *name, uint16_t type)
{
    struct senders_question *question = &senders->questions[senders->questions_count];
    struct text text;

    for (size_t i = 0; i < senders->questions_count; i++) {
        if (senders->questions[i].type == type && strcmp(senders->questions[i].name, name) == 0)
            return true;
    }
    if (senders->questions_count == QUESTIONS_MAX)
        return false;
    senders->questions_count++;
    question->type = type;
    text_init(&text, question->name, sizeof question->name);
    text_add(&text, name);
    return true;
}

/* senders_add - keep a host that Explicit is to refuse, once; false: no room */
static bool senders_add(struct senders *senders, const char *name)
{
    struct sender *sender = &senders->senders[senders->senders_count];
    const char *above = senders->record->host;
    char host[VOUCH_NAME_SIZE];
    struct text text;

    if (!publish_name_is_within(name, above) || strcmp(name, above) == 0 ||
        publish_name_parse(host, name, NULL) != NULL || plan_find(senders->plan, host) != NULL)
        return true; /* another's name, one that nobody can greet with, or one whose record is in the plan */
    for (size_t i = 0; i < senders->senders_count; i++) {
        if (strcmp(senders->senders[i].name, host) == 0)
            return true;
    }
    if (senders->senders_count == SENDERS_MAX)
        return false;
    senders->senders_count++;
    sender->exchanger = senders->asked->type == TYPE_MX;
    memcpy(sender->name, host, sizeof host);
    text_init(&text, sender->owner, sizeof sender->owner);
    text_add(&text, senders->asked->name);
    return true;
}

/* senders_read - take what one term of an SPF record names; false: no room */
static bool senders_read(struct senders *senders, const struct spf_term *term)
{
    switch (term->kind) {
    case SPF_HOST:
        return senders_add(senders, term->name);
    case SPF_EXCHANGERS:
        return senders_plan(senders, term->name, TYPE_MX);
    case SPF_RECORD:
        return !publish_name_is_within(term->name, senders->plan->description->domain) ||
               senders_plan(senders, term->name, VOUCH_TYPE_TXT);
    case SPF_ADDRESS:
        break;
    }
    return true;
}

/* senders_take - the answer to the MX or TXT question of a name */
static void senders_take(void *self, const struct vouch_answer *answer)
{
    struct senders *senders = self;
    bool fine = true;

    for (size_t i = 0; answer->status == VOUCH_FOUND && i < answer->records_count; i++) {
        const struct vouch_bytes octets = answer->records[i].rdata;
        char name[VOUCH_NAME_TEXT_SIZE];
        struct spf_term term;
        struct spf spf;

        if (senders->asked->type == TYPE_MX) {
            if (octets.length > 2 && rdata_name(answer, (struct vouch_bytes){octets.data + 2, octets.length - 2}, name))
                fine = senders_add(senders, name) && fine;
        } else if (spf_open(&spf, senders->asked->name, octets)) {
            while (spf_next(&spf, &term))
                fine = senders_read(senders, &term) && fine;
        }
    }
    senders_trouble(senders, answer, !fine);
}

/* senders_take_csa - the answer to the SRV question of a sender */
static void senders_take_csa(void *self, const struct vouch_answer *answer)
{
    struct senders *senders = self;

    if (senders_trouble(senders, answer, false))
        return;
    for (size_t i = 0; answer->status == VOUCH_FOUND && i < answer->records_count; i++) {
        const struct vouch_bytes octets = answer->records[i].rdata;

        senders->has_csa = senders->has_csa ||
                           (octets.length > 2 && octets.data[0] == 0 && octets.data[1] == PLAN_PRIORITY);
    }
}

/* senders_take_address - the answer to the A or AAAA question of a sender: it has none if that is sure; files know
 * nothing of names outside of them */
static void senders_take_address(void *self, const struct vouch_answer *answer)
{
    struct senders *senders = self;
    bool outside = answer->status == VOUCH_NXDOMAIN && answer->soa_owner.length == 1;

    if (outside || (answer->status != VOUCH_NODATA && answer->status != VOUCH_NXDOMAIN))
        senders->has_address = true;
}

/* senders_ask - have one question about a sender answered */
static void senders_ask(struct senders *senders, const char *name, enum vouch_type type,
                        void (*take)(void *self, const struct vouch_answer *answer))
{
    struct senders_question question = {.type = (uint16_t)type};
    struct text text;

    text_init(&text, question.name, sizeof question.name);
    text_add(&text, name);
    senders->asked = &question;
    senders->source->ask(senders->source->owner, question.name, type, take, senders);
    senders->asked = NULL;
}

/* senders_is_refused - would Explicit have this sender refused? One that SPF names and that has no address is gone */
static bool senders_is_refused(struct senders *senders, const struct sender *sender)
{
    char owner[PLAN_NAME_SIZE];
    struct text text;

    senders->has_csa = false;
    senders->has_address = sender->exchanger;
    text_init(&text, owner, sizeof owner);
    text_add(&text, "_client._smtp.");
    text_add(&text, sender->name);
    if (wildcard_find(senders->source, owner, VOUCH_TYPE_SRV, senders->plan->description->domain) != WILDCARD_YES)
        senders_ask(senders, owner, VOUCH_TYPE_SRV, senders_take_csa);
    if (!senders->trouble && !senders->has_csa && !senders->has_address)
        senders_ask(senders, sender->name, VOUCH_TYPE_A, senders_take_address);
    if (!senders->trouble && !senders->has_csa && !senders->has_address)
        senders_ask(senders, sender->name, VOUCH_TYPE_AAAA, senders_take_address);
    return !senders->trouble && !senders->has_csa && senders->has_address;
}

/* senders_say - Explicit is withheld for the sake of this one */
static void senders_say(const struct senders *senders, const struct sender *sender)
{
    plan_remark(senders->plan, PLAN_WARNING,
                "nothing is disowned below %s: %s is %s %s, has no record, and the description does not name it. "
                "Receivers would refuse what it sends: name it as host, as elsewhere, or under never if it sends "
                "nothing, not even bounces",
                senders->record->host, sender->name,
                sender->exchanger ? "a mail exchanger (MX) of" : "let send by the SPF record of", sender->owner);
}

bool senders_withhold(struct plan *plan, const struct plan_source *source, struct plan_record *record)
{
    struct senders senders = {.plan = plan, .source = source, .record = record};
    const char *const names[] = {plan->description->domain, record->host};

    if (record->type != VOUCH_TYPE_SRV || record->port != PLAN_EXPLICIT)
        return true;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        senders_plan(&senders, names[i], TYPE_MX);
        senders_plan(&senders, names[i], VOUCH_TYPE_TXT);
    }
    for (size_t i = 0; i < senders.questions_count && !senders.trouble; i++) {
        senders.asked = &senders.questions[i];
        source->ask(source->owner, senders.asked->name, (enum vouch_type)senders.asked->type, senders_take, &senders);
    }
    for (size_t i = 0; i < senders.senders_count && !senders.trouble; i++) {
        if (!senders_is_refused(&senders, &senders.senders[i]))
            continue;
        plan_disown_nobody(plan, record);
        senders_say(&senders, &senders.senders[i]);
    }
    return !senders.trouble;
}
