/*
 * senders.c - asks MX and SPF records for hosts that Explicit would have refused.
 *
 * An answer is gone when the next question is asked: what it names is kept, and looked at later.
 */
#include "publish/senders.h"

#include "base/text.h"
#include "core/name.h"
#include "publish/grow.h"
#include "publish/name.h"
#include "publish/rdata.h"
#include "publish/wildcard.h"

#include <stdlib.h>
#include <string.h>

#define TYPE_MX     15
#define SENDERS_MAX 64 /* that answers may name; files name as many as they hold */
#define SAID_MAX    16 /* senders that are told one by one */

/* The MX records, or the SPF record, of a name. */
struct senders_question {
    char *name;
    uint16_t type;
};

/* A host that may send. */
struct sender {
    char name[VOUCH_NAME_SIZE];
    const char *owner; /* of the record that names it */
    bool exchanger;    /* that is an MX record */
    bool judged, refused;
};

/* A look at one sender. */
struct senders_look {
    struct senders *senders;
    struct senders_question question;
    bool has_csa, has_address;
};

/* senders_trouble - does the answer leave open what is there? Then say so, and end the comparison */
static bool senders_trouble(struct senders *senders, const struct senders_question *asked,
                            const struct vouch_answer *answer, bool cut)
{
    const char *type = asked->type == TYPE_MX ? "MX" : vouch_type_word((enum vouch_type)asked->type);

    if (answer->status <= VOUCH_CHAIN && !answer->cut && !cut)
        return false;
    senders->trouble = true;
    plan_remark(senders->plan, PLAN_WARNING, COMPARE_UNSEEN, asked->name, type,
                answer->cut || cut ? "too many records" : vouch_status_word(answer->status));
    return true;
}

/* senders_fail - out of memory: the plan says so, and nothing follows from what was seen */
static bool senders_fail(struct senders *senders)
{
    senders->plan->failed = true;
    senders->trouble = true;
    return true;
}

/* senders_plan - have a question asked, once; false: records lead to too many */
static bool senders_plan(struct senders *senders, const char *name, uint16_t type)
{
    struct name_index *index = type == TYPE_MX ? &senders->exchangers : &senders->texts;
    struct senders_question *questions;
    char *copy;
    size_t number;

    if (name_index_find(index, name, &number))
        return true;
    if (senders->questions_known != 0 && senders->questions_count == (SPF_RECORDS_MAX + 1) * senders->questions_known)
        return false;
    questions = grow_one(senders->questions, senders->questions_count, sizeof *questions);
    if (questions == NULL)
        return senders_fail(senders);
    senders->questions = questions;
    copy = strdup(name);
    if (copy == NULL || !name_index_add(index, name, senders->questions_count)) {
        free(copy);
        return senders_fail(senders);
    }
    questions[senders->questions_count++] = (struct senders_question){copy, type};
    return true;
}

/* senders_is_disowned - may Explicit be about this name? */
static bool senders_is_disowned(const struct senders *senders, const char *name)
{
    const struct description *description = senders->plan->description;

    for (size_t i = 0; i < description->disowned_count; i++) {
        if (publish_name_is_within(name, description->disowned[i]) && strcmp(name, description->disowned[i]) != 0)
            return true;
    }
    return false;
}

/* senders_add - keep a host that the record of this question names, once; false: too many */
static bool senders_add(struct senders *senders, const char *name, size_t number)
{
    const struct senders_question *question = &senders->questions[number];
    char host[VOUCH_NAME_SIZE];
    struct sender *list;
    size_t before;

    if (!senders_is_disowned(senders, name) || publish_name_parse(host, name, NULL) != NULL ||
        plan_find(senders->plan, host) != NULL || name_index_find(&senders->index, host, &before))
        return true; /* another's name, one that nobody can greet with, one with a record in the plan, or known */
    if (senders->source->each == NULL && senders->count == SENDERS_MAX)
        return false;
    list = grow_one(senders->list, senders->count, sizeof *list);
    if (list == NULL)
        return senders_fail(senders);
    senders->list = list;
    if (!name_index_add(&senders->index, host, senders->count))
        return senders_fail(senders);
    list += senders->count++;
    *list = (struct sender){.owner = question->name, .exchanger = question->type == TYPE_MX};
    memcpy(list->name, host, sizeof host);
    return true;
}

/* senders_read - take what one term of an SPF record names; false: too many */
static bool senders_read(struct senders *senders, const struct spf_term *term)
{
    switch (term->kind) {
    case SPF_HOST:
        return senders_add(senders, term->name, senders->at);
    case SPF_EXCHANGERS:
        return senders_plan(senders, term->name, TYPE_MX);
    case SPF_RECORD:
        return !publish_name_is_within(term->name, senders->plan->description->domain) ||
               senders_plan(senders, term->name, VOUCH_TYPE_TXT);
    case SPF_ADDRESS:
        break;
    }
    return spf_addresses_add(&senders->addresses, &term->address, senders->at) || senders_fail(senders);
}

/* senders_take - the answer to the MX or TXT question of a name */
static void senders_take(void *self, const struct vouch_answer *answer)
{
    struct senders *senders = self;
    const struct senders_question asked = senders->questions[senders->at]; /* they may move */
    bool fine = true;

    for (size_t i = 0; answer->status == VOUCH_FOUND && i < answer->records_count; i++) {
        const struct vouch_bytes octets = answer->records[i].rdata;
        char name[VOUCH_NAME_TEXT_SIZE];
        struct spf_term term;
        struct spf spf;

        if (asked.type == TYPE_MX) {
            if (octets.length > 2 && rdata_name(answer, (struct vouch_bytes){octets.data + 2, octets.length - 2}, name))
                fine = senders_add(senders, name, senders->at) && fine;
        } else if (spf_open(&spf, asked.name, octets)) {
            while (spf_next(&spf, &term))
                fine = senders_read(senders, &term) && fine;
        }
    }
    senders_trouble(senders, &asked, answer, !fine);
}

/* senders_owner - the owner of a record of a file, in lower case; false: it is no name */
static bool senders_owner(const struct vouch_record *record, char name[VOUCH_NAME_TEXT_SIZE])
{
    struct name lower;

    if (!name_read_view(&lower, record->owner, record->owner))
        return false;
    vouch_name_format(lower.wire, name);
    return true;
}

/* senders_see - a record of a file: one that names senders is asked for as others are, since a fault may be there */
static void senders_see(void *self, const struct vouch_record *record)
{
    struct senders *senders = self;
    bool exchanger = (unsigned)record->type == TYPE_MX;
    char name[VOUCH_NAME_TEXT_SIZE];
    struct spf spf;

    if ((!exchanger && record->type != VOUCH_TYPE_TXT) || !senders_owner(record, name))
        return;
    if (exchanger || spf_open(&spf, name, record->rdata))
        senders_plan(senders, name, (uint16_t)record->type);
}

/* senders_see_address - a record of a file: has its owner an address that SPF lists by itself? */
static void senders_see_address(void *self, const struct vouch_record *record)
{
    struct senders *senders = self;
    char name[VOUCH_NAME_TEXT_SIZE];
    size_t number;

    if (spf_addresses_find(&senders->addresses, record, &number) && senders_owner(record, name))
        senders_add(senders, name, number);
}

/* senders_plan_name - have a name asked for both */
static void senders_plan_name(struct senders *senders, const char *name)
{
    if (!publish_name_is_within(name, senders->plan->description->domain))
        return;
    senders_plan(senders, name, TYPE_MX);
    senders_plan(senders, name, VOUCH_TYPE_TXT);
}

/* senders_begin - find all who may send: those that files name, and those that the description's names lead to */
static void senders_begin(struct senders *senders)
{
    const struct description *description = senders->plan->description;
    const struct plan_source *source = senders->source;

    senders->begun = true;
    senders_plan_name(senders, description->domain);
    for (size_t i = 0; i < description->disowned_count; i++)
        senders_plan_name(senders, description->disowned[i]);
    for (size_t i = 0; i < description->hosts_count; i++)
        senders_plan_name(senders, description->hosts[i].name);
    if (source->each != NULL)
        source->each(source->owner, senders, senders_see);
    senders->questions_known = senders->questions_count;
    for (senders->at = 0; senders->at < senders->questions_count && !senders->trouble; senders->at++) {
        const struct senders_question *asked = &senders->questions[senders->at];

        source->ask(source->owner, asked->name, (enum vouch_type)asked->type, senders_take, senders);
    }
    if (source->each != NULL && !senders->trouble)
        source->each(source->owner, senders, senders_see_address);
}

/* senders_take_csa - the answer to the SRV question of a sender */
static void senders_take_csa(void *self, const struct vouch_answer *answer)
{
    struct senders_look *look = self;

    if (senders_trouble(look->senders, &look->question, answer, false))
        return;
    for (size_t i = 0; answer->status == VOUCH_FOUND && i < answer->records_count; i++) {
        const struct vouch_bytes octets = answer->records[i].rdata;

        look->has_csa = look->has_csa || (octets.length > 2 && octets.data[0] == 0 && octets.data[1] == PLAN_PRIORITY);
    }
}

/* senders_take_address - the answer to the A or AAAA question of a sender: it has none if that is sure; files know
 * nothing of names outside of them */
static void senders_take_address(void *self, const struct vouch_answer *answer)
{
    struct senders_look *look = self;
    bool outside = answer->status == VOUCH_NXDOMAIN && answer->soa_owner.length == 1;

    if (outside || (answer->status != VOUCH_NODATA && answer->status != VOUCH_NXDOMAIN))
        look->has_address = true;
}

/* senders_ask - have one question about a sender answered */
static void senders_ask(struct senders_look *look, char *name, enum vouch_type type,
                        void (*take)(void *self, const struct vouch_answer *answer))
{
    const struct plan_source *source = look->senders->source;

    look->question = (struct senders_question){name, (uint16_t)type};
    source->ask(source->owner, name, type, take, look);
}

/* senders_is_refused - would Explicit have this sender refused? One that SPF names and that has no address is gone */
static bool senders_is_refused(struct senders *senders, struct sender *sender)
{
    static const enum vouch_type types[] = {VOUCH_TYPE_A, VOUCH_TYPE_AAAA};
    struct senders_look look = {.senders = senders, .has_address = sender->exchanger};
    char owner[PLAN_NAME_SIZE];
    struct text text;

    if (sender->judged)
        return sender->refused;
    text_init(&text, owner, sizeof owner);
    text_add(&text, "_client._smtp.");
    text_add(&text, sender->name);
    if (wildcard_find(senders->source, owner, VOUCH_TYPE_SRV, senders->plan->description->domain) != WILDCARD_YES)
        senders_ask(&look, owner, VOUCH_TYPE_SRV, senders_take_csa);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (!senders->trouble && !look.has_csa && !look.has_address)
            senders_ask(&look, sender->name, types[i], senders_take_address);
    }
    sender->judged = true;
    sender->refused = !senders->trouble && !look.has_csa && look.has_address;
    return sender->refused;
}

/* senders_say - Explicit is withheld for the sake of this one */
static void senders_say(struct plan *plan, const struct plan_record *record, const struct sender *sender)
{
    plan_remark(plan, PLAN_WARNING,
                "nothing is disowned below %s: %s is %s %s, has no record, and the description does not name it. "
                "Receivers would refuse what it sends: name it as host, as elsewhere, or under never if it sends "
                "nothing, not even bounces",
                record->host, sender->name,
                sender->exchanger ? "a mail exchanger (MX) of" : "let send by the SPF record of", sender->owner);
}

bool senders_withhold(struct senders *senders, struct plan_record *record)
{
    size_t refused = 0;

    if (record->type != VOUCH_TYPE_SRV || record->port != PLAN_EXPLICIT)
        return true;
    if (!senders->begun)
        senders_begin(senders);
    for (size_t i = 0; i < senders->count && !senders->trouble; i++) {
        struct sender *sender = &senders->list[i];

        if (!publish_name_is_within(sender->name, record->host) || strcmp(sender->name, record->host) == 0 ||
            !senders_is_refused(senders, sender))
            continue;
        if (refused == 0)
            plan_disown_nobody(senders->plan, record);
        if (++refused <= SAID_MAX)
            senders_say(senders->plan, record, sender);
    }
    if (refused > SAID_MAX)
        plan_remark(senders->plan, PLAN_WARNING, "nothing is disowned below %s: %zu more hosts like these",
                    record->host, refused - SAID_MAX);
    return !senders->trouble;
}

void senders_free(struct senders *senders)
{
    for (size_t i = 0; i < senders->questions_count; i++)
        free(senders->questions[i].name);
    free(senders->questions);
    free(senders->list);
    name_index_free(&senders->exchangers);
    name_index_free(&senders->texts);
    name_index_free(&senders->addresses.index);
    name_index_free(&senders->index);
}
