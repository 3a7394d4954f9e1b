/*
 * session.c - drives one evaluation.
 *
 * Sources may answer while they are being asked, so the pump is not re-entered: an answer that comes inside it is
 * taken, and the loop that is running already goes on.
 */
#include "session/session.h"

#include "accredit/list.h"
#include "base/text.h"
#include "dns/dns.h"

#include <stdlib.h>
#include <string.h>

/* One DNS question that is out. */
struct inquiry {
    struct session *session;
    struct dns_ticket *ticket;
    unsigned id;
    bool open;
};

struct session {
    struct vouch_eval eval;
    const struct sources *sources;
    struct session_owner owner;
    struct inquiry inquiries[VOUCH_QUESTIONS_MAX];
    size_t inquiries_count;
    bool pumping;
    bool done;
};

static void session_pump(struct session *session);

struct session *session_open(const struct vouch_facts *facts, const struct sources *sources,
                             const struct session_owner *owner)
{
    struct session *session = calloc(1, sizeof *session);

    if (session == NULL)
        return NULL;
    session->sources = sources;
    session->owner = *owner;
    vouch_eval_init(&session->eval, &sources->settings, facts);
    return session;
}

/* session_take - hand an answer to owner and evaluator */
static void session_take(struct session *session, unsigned id, const struct vouch_answer *answer)
{
    if (session->owner.heard != NULL)
        session->owner.heard(session->owner.self, id, answer);
    vouch_eval_answer(&session->eval, id, answer);
}

/* session_heard_dns - a source answered */
static void session_heard_dns(void *owner, const struct vouch_answer *answer)
{
    struct inquiry *inquiry = owner;

    inquiry->open = false;
    session_take(inquiry->session, inquiry->id, answer);
    session_pump(inquiry->session);
}

/* session_ask_dns - put a question to the DNS */
static void session_ask_dns(struct session *session, const struct vouch_question *question)
{
    struct inquiry *inquiry = &session->inquiries[session->inquiries_count++];

    inquiry->session = session;
    inquiry->id = question->id;
    inquiry->open = true;
    inquiry->ticket = dns_ask(session->sources->dns, question->name, question->type, session_heard_dns, inquiry);
}

/* session_ask_list - look a name up in a private list */
static void session_ask_list(struct session *session, const struct vouch_question *question)
{
    struct vouch_answer answer = {.status = VOUCH_NXDOMAIN};
    const struct list *list = session->sources->lists[question->service].list;
    const char *comment = "";

    if (list != NULL)
        answer.listing = list_find(list, question->name, &comment);
    else
        answer.status = VOUCH_FAILED;
    if (answer.listing != VOUCH_UNLISTED)
        answer.status = VOUCH_FOUND;
    answer.note = text_bytes(comment);
    session_take(session, question->id, &answer);
}

/* session_ask - put one question to whoever answers its kind */
static void session_ask(struct session *session, const struct vouch_question *question)
{
    struct vouch_answer nothing = {.status = VOUCH_NXDOMAIN};

    switch (question->purpose) {
    case VOUCH_ASK_CSA:
    case VOUCH_ASK_ADDRESS:
    case VOUCH_ASK_POINTERS:
    case VOUCH_ASK_REPORT:
    case VOUCH_ASK_TARGET:
    case VOUCH_ASK_PARENT:
        session_ask_dns(session, question);
        break;
    case VOUCH_ASK_LIST:
        session_ask_list(session, question);
        break;
    case VOUCH_ASK_REPUTATION:
        session_take(session, question->id, &nothing); /* no store, no experience */
        break;
    }
}

/* session_pump - ask until there is nothing to ask; tell the owner when it is over */
static void session_pump(struct session *session)
{
    struct vouch_question question;
    enum vouch_next next;

    if (session->pumping || session->done)
        return;
    session->pumping = true;
    while ((next = vouch_eval_next(&session->eval, &question)) == VOUCH_ASK)
        session_ask(session, &question);
    session->pumping = false;
    if (next == VOUCH_DONE) {
        session->done = true;
        session->owner.done(session->owner.self);
    }
}

void session_start(struct session *session)
{
    session_pump(session);
}

/* session_cancel - take back the questions that are out */
static void session_cancel(struct session *session)
{
    for (size_t i = 0; i < session->inquiries_count; i++) {
        struct inquiry *inquiry = &session->inquiries[i];

        if (!inquiry->open)
            continue;
        inquiry->open = false;
        dns_cancel(session->sources->dns, inquiry->ticket);
    }
}

void session_expire(struct session *session)
{
    if (session->done)
        return;
    session_cancel(session);
    vouch_eval_expire(&session->eval);
    session_pump(session);
}

const struct vouch_eval *session_eval(const struct session *session)
{
    return &session->eval;
}

void session_close(struct session *session)
{
    if (session == NULL)
        return;
    session_cancel(session);
    free(session);
}
