/*
 * sight.c - notes which names trouble hides, while a plan is compared.
 */
#include "tool/watch/sight.h"

#include "lint/record.h"
#include "publish/name.h"

#include <stdlib.h>
#include <string.h>

#define SILENT_MAX 8 /* questions; each may have taken its time: a DNS that is down shall not be asked everything */

enum { TYPE_DNAME = 39 }; /* [RFC 6672 2.1] */

/* What is seen of a name in trouble. */
static const struct vouch_answer nothing = {.status = VOUCH_NODATA};

/* One question. */
struct question {
    struct watch_sight *sight;
    const char *name;
    enum vouch_type type;
    void (*take)(void *self, const struct vouch_answer *answer);
    void *self;
    bool is_alias; /* master files: what they do not hold is where an alias leads, and not the name */
};

bool watch_sight_begin(struct watch_sight *sight, const struct plan_source *source, bool is_files)
{
    *sight = (struct watch_sight){source, is_files, json_array(), json_array(), json_array(), false, 0, false};
    return sight->names != NULL && sight->branches != NULL && sight->troubles != NULL;
}

void watch_sight_end(struct watch_sight *sight)
{
    json_decref(sight->names);
    json_decref(sight->branches);
    json_decref(sight->troubles);
}

/* list_has - does a list of texts hold this one? */
static bool list_has(const json_t *list, const char *text)
{
    size_t i;
    json_t *one;

    json_array_foreach(list, i, one)
    {
        if (strcmp(json_string_value(one), text) == 0)
            return true;
    }
    return false;
}

/* sight_add - put a text into a list, once */
static void sight_add(struct watch_sight *sight, json_t *list, const char *text)
{
    if (!list_has(list, text) && json_array_append_new(list, json_string(text)) != 0)
        sight->failed = true;
}

/* host_of - the host that a question is about */
static const char *host_of(const char *name)
{
    static const char *const leads[] = {"*.", "_client._smtp.", "_smtp."};

    for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++) {
        if (strncmp(name, leads[i], strlen(leads[i])) == 0)
            name += strlen(leads[i]);
    }
    return name;
}

/* sight_darken - note what cannot be known: of the host asked about, of all below a zone or a wildcard, of senders */
static void sight_darken(const struct question *question)
{
    struct watch_sight *sight = question->sight;
    const char *host = host_of(question->name);
    unsigned type = question->type;
    bool is_zone = type == LINT_TYPE_NS || type == VOUCH_TYPE_SOA || type == TYPE_DNAME;

    if (strncmp(question->name, "*.", 2) == 0 || is_zone)
        sight_add(sight, sight->branches, host);
    else if (type == LINT_TYPE_MX || type == VOUCH_TYPE_TXT)
        sight->senders = true;
    else
        sight_add(sight, sight->names, host);
}

/* sight_is_lost - is so little known of the host that there is nothing to ask? */
static bool sight_is_lost(const struct watch_sight *sight, const char *host)
{
    size_t i;
    json_t *name;

    json_array_foreach(sight->branches, i, name)
    {
        if (publish_name_is_within(host, json_string_value(name)))
            return true;
    }
    return list_has(sight->names, host);
}

/* sight_tell - put the trouble into words */
static void sight_tell(const struct question *question, const struct vouch_answer *answer)
{
    struct lint_text text = {NULL, 0, 0, false};

    lint_add(&text, "%s ", question->name);
    lint_add_type(&text, (uint16_t)question->type);
    lint_add(&text, answer->cut ? ": too many records" : ": ");
    if (!answer->cut)
        lint_add_trouble(&text, answer);
    if (text.failed)
        question->sight->failed = true;
    else
        sight_add(question->sight, question->sight->troubles, text.data);
    free(text.data);
}

/* sight_take - the answer: handed on, or hidden */
static void sight_take(void *self, const struct vouch_answer *answer)
{
    const struct question *question = self;
    struct watch_sight *sight = question->sight;
    bool trouble = answer->status > VOUCH_NXDOMAIN || answer->cut;
    bool outside = sight->is_files && answer->status == VOUCH_NXDOMAIN && answer->soa_owner.length == 1 &&
                   !question->is_alias;

    if (trouble || outside)
        sight_darken(question);
    if (trouble) {
        sight->silent++;
        sight_tell(question, answer);
    }
    question->take(question->self, trouble && sight->silent <= SILENT_MAX ? &nothing : answer);
}

/* sight_take_alias - the answer to the CNAME question of a name */
static void sight_take_alias(void *self, const struct vouch_answer *answer)
{
    bool *is_alias = self;

    *is_alias = answer->status == VOUCH_FOUND;
}

void watch_sight_ask(void *owner, const char *name, enum vouch_type type,
                     void (*take)(void *self, const struct vouch_answer *answer), void *self)
{
    struct watch_sight *sight = owner;
    struct question question = {sight, name, type, take, self, false};
    struct question alias = {sight, name, VOUCH_TYPE_CNAME, sight_take_alias, &question.is_alias, false};

    if (sight_is_lost(sight, host_of(name))) {
        sight_darken(&question); /* this one may say more than of the host */
        take(self, &nothing);
        return;
    }
    if (sight->is_files)
        sight->source->ask(sight->source->owner, name, VOUCH_TYPE_CNAME, sight_take, &alias);
    sight->source->ask(sight->source->owner, name, type, sight_take, &question);
}

void watch_sight_each(void *owner, void *self, void (*see)(void *self, const struct vouch_record *record))
{
    const struct watch_sight *sight = owner;

    sight->source->each(sight->source->owner, self, see);
}

bool watch_sight_is_dark(const struct watch_sight *sight, const char *host)
{
    size_t i;
    json_t *name;

    json_array_foreach(sight->names, i, name)
    {
        if (publish_name_is_within(json_string_value(name), host))
            return true;
    }
    json_array_foreach(sight->branches, i, name)
    {
        if (publish_name_is_within(json_string_value(name), host))
            return true;
    }
    return sight_is_lost(sight, host);
}
