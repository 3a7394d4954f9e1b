/*
 * flight.c - single flight: identical questions that are out at the same time are asked once.
 *
 * Questions in flight stand in a balanced tree (tsearch), so names chosen by an attacker cost no more than others. A
 * question leaves the tree before its waiters are served: what they ask then is a new question.
 */
#define _GNU_SOURCE
#include "dns/flight.h"

#include "base/text.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct flight_waiter;

struct flight_question {
    struct flight_waiter *first, **last; /* served in the order in which they came */
    struct dns_ticket *inner;
    struct flight *flight;
    bool asking;   /* the inner source has not returned from ask yet */
    bool answered; /* out of the tree; the waiters are served */
    enum vouch_type type;
    char name[]; /* lower case */
};

struct flight_waiter {
    struct flight_waiter *next, **from; /* `from` points at what points here */
    struct flight_question *question;
    dns_done *done;
    void *owner;
};

struct flight {
    struct dns_source source; /* first: a pointer to it is one to this */
    struct dns_source *inner;
    void *questions; /* root of the tree */
};

/* question_order - by name, then by type */
static int question_order(const void *left, const void *right)
{
    const struct flight_question *a = left;
    const struct flight_question *b = right;
    int order = strcmp(a->name, b->name);

    if (order != 0 || a->type == b->type)
        return order;
    return a->type < b->type ? -1 : 1;
}

/* question_new - a question without waiters, not in the tree yet */
static struct flight_question *question_new(struct flight *flight, const char *name, enum vouch_type type)
{
    size_t length = strlen(name);
    struct flight_question *question = calloc(1, sizeof *question + length + 1);

    if (question == NULL)
        return NULL;
    for (size_t i = 0; i < length; i++)
        question->name[i] = text_lower(name[i]);
    question->flight = flight;
    question->type = type;
    question->last = &question->first;
    return question;
}

/* question_free - free a question and the waiters that it still has */
static void question_free(void *data)
{
    struct flight_question *question = data;

    while (question->first != NULL) {
        struct flight_waiter *waiter = question->first;

        question->first = waiter->next;
        free(waiter);
    }
    free(question);
}

/* waiter_unlink - take a waiter out of its question */
static void waiter_unlink(struct flight_waiter *waiter)
{
    *waiter->from = waiter->next;
    if (waiter->next != NULL)
        waiter->next->from = waiter->from;
    else
        waiter->question->last = waiter->from;
}

/* waiter_link - put a waiter behind those that the question has */
static void waiter_link(struct flight_waiter *waiter, struct flight_question *question)
{
    waiter->question = question;
    waiter->from = question->last;
    *question->last = waiter;
    question->last = &waiter->next;
}

/* question_done - serve all who wait; a waiter's `done` may ask, and cancel those behind it */
static void question_done(void *data, const struct vouch_answer *answer)
{
    struct flight_question *question = data;

    tdelete(question, &question->flight->questions, question_order);
    question->answered = true;
    while (question->first != NULL) {
        struct flight_waiter *waiter = question->first;
        dns_done *done = waiter->done;
        void *owner = waiter->owner;

        waiter_unlink(waiter);
        free(waiter);
        done(owner, answer);
    }
    if (!question->asking)
        question_free(question);
}

/* question_ask - put a new question to the inner source; false if it was answered at once and is gone */
static bool question_ask(struct flight_question *question)
{
    struct dns_ticket *inner;

    question->asking = true;
    inner = dns_ask(question->flight->inner, question->name, question->type, question_done, question);
    question->asking = false;
    question->inner = inner;
    if (!question->answered)
        return true;
    question_free(question);
    return false;
}

/* flight_find - the question of this name and type in flight, or a new one put into the tree; null: out of memory */
static struct flight_question *flight_find(struct flight *flight, const char *name, enum vouch_type type)
{
    struct flight_question *question = question_new(flight, name, type);
    struct flight_question *const *found = NULL;

    if (question != NULL)
        found = tsearch(question, &flight->questions, question_order);
    if (found == NULL || *found != question)
        free(question);
    return found == NULL ? NULL : *found;
}

static struct dns_ticket *flight_ask(struct dns_source *source, const char *name, enum vouch_type type, dns_done *done,
                                     void *owner)
{
    struct vouch_answer trouble = {.status = VOUCH_FAILED, .note = text_bytes("out of memory")};
    struct flight_waiter *waiter = calloc(1, sizeof *waiter);
    struct flight_question *question = NULL;
    bool is_new;

    if (waiter != NULL)
        question = flight_find((struct flight *)source, name, type);
    if (question == NULL) {
        free(waiter);
        done(owner, &trouble);
        return NULL;
    }
    is_new = question->first == NULL;
    waiter->done = done;
    waiter->owner = owner;
    waiter_link(waiter, question);
    if (is_new && !question_ask(question))
        return NULL;
    return (struct dns_ticket *)waiter;
}

static void flight_cancel(struct dns_source *source, struct dns_ticket *ticket)
{
    struct flight *flight = (struct flight *)source;
    struct flight_waiter *waiter = (struct flight_waiter *)ticket;
    struct flight_question *question = waiter->question;

    waiter_unlink(waiter);
    free(waiter);
    if (question->first != NULL || question->answered) /* while it is being asked, who asks is in the list */
        return;
    tdelete(question, &flight->questions, question_order);
    dns_cancel(flight->inner, question->inner);
    question_free(question);
}

static void flight_close(struct dns_source *source)
{
    struct flight *flight = (struct flight *)source;

    dns_close(flight->inner);
    tdestroy(flight->questions, question_free);
    free(flight);
}

static const struct dns_source_verbs flight_verbs = {flight_ask, flight_cancel, flight_close};

struct dns_source *flight_open(struct dns_source *inner)
{
    struct flight *flight = calloc(1, sizeof *flight);

    if (flight == NULL) {
        dns_close(inner);
        return NULL;
    }
    flight->source.verbs = &flight_verbs;
    flight->inner = inner;
    return &flight->source;
}
