/*
 * feedback.c - a vote on the mail of a session: is the name proven, and then to store and ledger.
 *
 * Every way in ends here (learn, the content filter's field, POST /v1/feedback), so what counts is decided once.
 */
#include "session/feedback.h"

#include "accredit/organization.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* A vote on its way through the store. */
struct ballot {
    struct ledger *ledger;
    struct feedback feedback;
    feedback_done *done;
    void *owner;
    int64_t place; /* of its row in the ledger, which says how many may count; 0: it has none */
};

/* What the ledger says of a decision. */
struct finding {
    bool found, hashed, proven;
    char name[VOUCH_NAME_SIZE];
};

/* feedback_row - what the ledger notes of it */
static struct ledger_feedback feedback_row(const struct feedback *feedback, enum feedback_result result,
                                           uint32_t counted)
{
    struct ledger_feedback row = {
        .spam = feedback->spam,
        .source = feedback->source,
        .result = feedback_word(result),
        .counted = counted,
    };

    memcpy(row.id, feedback->id, sizeof row.id);
    return row;
}

/* feedback_has_note - does the ledger note votes like this one? */
static bool feedback_has_note(const struct ledger *ledger, const struct feedback *feedback)
{
    return feedback->id[0] != '\0' && ledger != NULL;
}

/* feedback_end - note it in the ledger, and tell; `counted` in trouble: what may be counted all the same */
static void feedback_end(const struct ballot *ballot, enum feedback_result result, uint32_t counted)
{
    struct ledger_feedback row = feedback_row(&ballot->feedback, result, counted);

    if (ballot->place != 0)
        ledger_feedback_end(ballot->ledger, &row, ballot->place);
    else if (feedback_has_note(ballot->ledger, &ballot->feedback) && result != FEEDBACK_UNKNOWN)
        ledger_feedback(ballot->ledger, &row);
    if (ballot->done != NULL)
        ballot->done(ballot->owner, result, result == FEEDBACK_TROUBLE ? 0 : counted);
}

/* feedback_reserve - note what may count before the store is asked, so that the next vote sees it; false: trouble */
static bool feedback_reserve(struct ballot *ballot, uint32_t part)
{
    struct ledger_feedback row = feedback_row(&ballot->feedback, FEEDBACK_TROUBLE, part);

    return !feedback_has_note(ballot->ledger, &ballot->feedback) ||
           ledger_feedback_begin(ballot->ledger, &row, ballot->done == NULL, &ballot->place);
}

/* feedback_voted - the store has it, or has not */
static void feedback_voted(void *owner, enum store_counted counted, uint32_t count)
{
    struct ballot *ballot = owner;
    enum feedback_result result = FEEDBACK_TROUBLE;

    switch (counted) {
    case STORE_COUNTED:
    case STORE_CAPPED:
        result = count < ballot->feedback.count ? FEEDBACK_CAPPED : FEEDBACK_COUNTED;
        break;
    case STORE_TROUBLE:
        break;
    }
    feedback_end(ballot, result, count);
    free(ballot);
}

/* feedback_is_hashed - is this no name, but what the ledger keeps instead? */
static bool feedback_is_hashed(const char *name)
{
    return strncmp(name, "h:", 2) == 0 || ledger_is_cut(name);
}

/* feedback_found - the decision of the id */
static bool feedback_found(void *owner, const struct ledger_decision *decision)
{
    struct finding *finding = owner;
    struct text text;

    finding->found = true;
    finding->hashed = feedback_is_hashed(decision->name);
    text_init(&text, finding->name, sizeof finding->name);
    text_add(&text, decision->name);
    finding->proven = ledger_decision_is_proven(decision) && decision->name[0] != '\0' && !text.cut;
    return false;
}

/* feedback_by_id - take the name from the decision; FEEDBACK_COUNTED: it is proven there */
static enum feedback_result feedback_by_id(const struct keeping *keeping, struct feedback *feedback)
{
    struct finding finding = {0};

    if (keeping->ledger == NULL)
        return FEEDBACK_UNKNOWN;
    if (!ledger_find(keeping->ledger, feedback->id, feedback_found, &finding))
        return FEEDBACK_TROUBLE;
    if (!finding.found || finding.hashed)
        return FEEDBACK_UNKNOWN;
    if (!finding.proven)
        return FEEDBACK_UNPROVEN;
    memcpy(feedback->name, finding.name, sizeof feedback->name);
    return FEEDBACK_COUNTED;
}

/* feedback_by_name - has anything proven the name? FEEDBACK_COUNTED: yes */
static enum feedback_result feedback_by_name(const struct keeping *keeping, const struct feedback *feedback)
{
    if (keeping->ledger == NULL || feedback->name[0] == '\0' || feedback_is_hashed(feedback->name))
        return FEEDBACK_UNPROVEN;
    if (ledger_is_proven(keeping->ledger, feedback->name))
        return FEEDBACK_COUNTED;
    return database_trouble(keeping->database) == NULL ? FEEDBACK_UNPROVEN : FEEDBACK_TROUBLE;
}

/* feedback_clean - the name as stores know names, the source printable */
static void feedback_clean(struct feedback *clean, const struct feedback *feedback)
{
    size_t length = strnlen(feedback->name, sizeof feedback->name - 1);
    struct text text;

    *clean = (struct feedback){
        .spam = feedback->spam, .count = feedback->count == 0 ? 1 : feedback->count, .filter = feedback->filter};
    memcpy(clean->id, feedback->id, strnlen(feedback->id, sizeof clean->id - 1));
    while (length > 0 && feedback->name[length - 1] == '.')
        length--;
    for (size_t i = 0; i < length; i++)
        clean->name[i] = text_lower(feedback->name[i]);
    text_init(&text, clean->source, sizeof clean->source);
    text_add_printable(&text, (struct vouch_bytes){(const uint8_t *)feedback->source,
                                                   strnlen(feedback->source, sizeof feedback->source - 1)});
    if (text.length == 0)
        text_add(&text, "unnamed");
}

/* feedback_judge - is there a proven name to vote on? FEEDBACK_COUNTED: yes, in `feedback` */
static enum feedback_result feedback_judge(const struct keeping *keeping, struct feedback *feedback)
{
    if (feedback->id[0] == '\0')
        return feedback_by_name(keeping, feedback);
    if (feedback->name[0] == '\0')
        return feedback_by_id(keeping, feedback);
    return FEEDBACK_COUNTED; /* the caller knows */
}

/* feedback_part - of the count of a vote, what is left of this kind on the decision as the ledger knows it */
static uint32_t feedback_part(const struct keeping *keeping, const struct feedback *feedback)
{
    uint32_t left = FEEDBACK_PER_ID;

    if (feedback->id[0] == '\0' || keeping->ledger == NULL)
        return feedback->count;
    left -= ledger_counted(keeping->ledger, feedback->id, feedback->spam, FEEDBACK_PER_ID);
    return feedback->count < left ? feedback->count : left;
}

void feedback_take(struct keeping *keeping, const struct organizations *organizations, const struct feedback *feedback,
                   feedback_done *done, void *owner)
{
    struct ballot first = {.ledger = keeping->ledger, .done = done, .owner = owner};
    struct ballot *ballot;
    struct store_vote vote;
    enum feedback_result result;
    uint32_t part;

    feedback_clean(&first.feedback, feedback);
    result = feedback_judge(keeping, &first.feedback);
    part = result == FEEDBACK_COUNTED ? feedback_part(keeping, &first.feedback) : 0;
    if (result == FEEDBACK_COUNTED && part == 0)
        result = FEEDBACK_CAPPED;
    if (result != FEEDBACK_COUNTED) {
        feedback_end(&first, result, 0);
        return;
    }
    ballot = malloc(sizeof *ballot);
    if (ballot == NULL || !feedback_reserve(&first, part)) {
        free(ballot);
        feedback_end(&first, FEEDBACK_TROUBLE, 0);
        return;
    }
    *ballot = first;
    vote = (struct store_vote){
        .name = ballot->feedback.name,
        .organization = organizations == NULL ? "" : organizations_find(organizations, ballot->feedback.name),
        .source = ballot->feedback.source,
        .spam = ballot->feedback.spam,
        .count = part,
        .waits = done == NULL,
        .filter = ballot->feedback.filter,
    };
    store_vote(keeping->store, &vote, feedback_voted, ballot);
}

const char *feedback_word(enum feedback_result result)
{
    switch (result) {
    case FEEDBACK_COUNTED:
        return "counted";
    case FEEDBACK_CAPPED:
        return "capped";
    case FEEDBACK_UNPROVEN:
        return "unproven";
    case FEEDBACK_UNKNOWN:
        return "unknown";
    case FEEDBACK_TROUBLE:
        return "trouble";
    }
    return "trouble";
}
