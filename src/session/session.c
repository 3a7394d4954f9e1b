/*
 * session.c - drives one evaluation.
 *
 * Sources may answer while they are being asked, so the pump is not re-entered: an answer that comes inside it is
 * taken, and the loop that is running already goes on. What an accreditor says, or fails to say in time, is told to the
 * health of the services; what we say in its place is not.
 */
#include "session/session.h"

#include "accredit/health.h"
#include "accredit/list.h"
#include "accredit/organization.h"
#include "base/siphash.h"
#include "base/text.h"
#include "dns/dns.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

/* DNS questions, private lists and the reputation. */
#define INQUIRIES_MAX (VOUCH_QUESTIONS_MAX + VOUCH_SERVICES_MAX + 1)

/* One question that is out, to a DNS source or (source null) to the store. */
struct inquiry {
    struct session *session;
    struct dns_source *source;
    struct dns_ticket *dns_ticket;
    struct store_ticket *store_ticket;
    unsigned id;
    int service;    /* of an accreditor's report; else -1 */
    uint64_t about; /* of a report: the name that is asked for, hashed */
    bool open;
};

struct session {
    struct vouch_eval eval;
    const struct sources *sources;
    struct session_owner owner;
    struct inquiry inquiries[INQUIRIES_MAX];
    size_t inquiries_count;
    char organization[VOUCH_NAME_SIZE]; /* of the HELO name, lower case; empty: none */
    bool pumping;
    bool done;
};

static void session_pump(struct session *session);

/* session_find_organization - that of the facts, else what the public suffixes say of the HELO name */
static void session_find_organization(struct session *session, const struct vouch_facts *facts)
{
    const struct organizations *organizations = session->sources->organizations;
    struct vouch_bytes name = facts->organization;
    char helo[VOUCH_NAME_SIZE];
    const char *found;
    struct text text;

    if (name.length == 0 && organizations != NULL)
        name = facts->helo;
    if (name.length >= sizeof helo)
        return;
    text_init(&text, helo, sizeof helo);
    for (size_t i = 0; i < name.length; i++) {
        char character = text_lower((char)name.data[i]);

        if (!text_is_alnum(character) && strchr("-_.", character) == NULL)
            return; /* no host name, so it has none */
        text_add_char(&text, character);
    }
    if (text.length != 0 && helo[text.length - 1] == '.')
        helo[text.length - 1] = '\0';
    found = facts->organization.length != 0 || organizations == NULL ? helo : organizations_find(organizations, helo);
    memcpy(session->organization, found, strlen(found) + 1);
}

struct session *session_open(const struct vouch_facts *facts, const struct sources *sources,
                             const struct session_owner *owner)
{
    struct session *session = calloc(1, sizeof *session);
    struct vouch_facts known = *facts;

    if (session == NULL)
        return NULL;
    session->sources = sources;
    session->owner = *owner;
    session_find_organization(session, facts);
    known.organization = text_bytes(session->organization);
    vouch_eval_init(&session->eval, &sources->settings, &known);
    return session;
}

/* session_take - hand an answer to owner and evaluator */
static void session_take(struct session *session, unsigned id, const struct vouch_answer *answer)
{
    if (session->owner.heard != NULL)
        session->owner.heard(session->owner.self, id, answer);
    vouch_eval_answer(&session->eval, id, answer);
}

/* session_tell_health - what an accreditor said, or that it said nothing in time */
static void session_tell_health(const struct inquiry *inquiry, const struct vouch_answer *answer)
{
    const struct sources *sources = inquiry->session->sources;
    struct vouch_report report;

    if (inquiry->service < 0 || sources->health == NULL)
        return;
    vouch_service_judge(&sources->settings, inquiry->service, answer, &report);
    health_heard(sources->health, inquiry->service, inquiry->about, &report);
}

/* session_heard - a source or the store answered */
static void session_heard(void *owner, const struct vouch_answer *answer)
{
    struct inquiry *inquiry = owner;

    inquiry->open = false;
    session_tell_health(inquiry, answer);
    session_take(inquiry->session, inquiry->id, answer);
    session_pump(inquiry->session);
}

/* session_inquire - a question that is about to go out */
static struct inquiry *session_inquire(struct session *session, const struct vouch_question *question)
{
    struct inquiry *inquiry = &session->inquiries[session->inquiries_count++];

    inquiry->session = session;
    inquiry->id = question->id;
    inquiry->service = -1;
    inquiry->open = true;
    return inquiry;
}

/* session_ask_dns - put a question to the DNS */
static void session_ask_dns(struct session *session, const struct vouch_question *question)
{
    struct inquiry *inquiry = session_inquire(session, question);

    inquiry->source = session->sources->dns;
    inquiry->dns_ticket = dns_ask(inquiry->source, question->name, question->type, session_heard, inquiry);
}

/* session_ask_report - put a question to an accreditor, unless it is known not to answer */
static void session_ask_report(struct session *session, const struct vouch_question *question)
{
    static const struct siphash_key key; /* who finds two names alike has one failure of them counted for nothing */
    const struct sources *sources = session->sources;
    struct vouch_answer silence = {.status = VOUCH_TIMEOUT, .note = text_bytes("not asked: it does not answer now")};
    struct inquiry *inquiry;

    if (sources->health != NULL && health_is_silent(sources->health, question->service)) {
        session_take(session, question->id, &silence);
        return;
    }
    inquiry = session_inquire(session, question);
    inquiry->service = question->service;
    inquiry->about = siphash(&key, question->name, strlen(question->name));
    inquiry->source = sources->accreditors[question->service];
    if (inquiry->source == NULL)
        inquiry->source = sources->dns;
    inquiry->dns_ticket = dns_ask(inquiry->source, question->name, question->type, session_heard, inquiry);
}

/* session_ask_shared - look a name up in a list that the store holds */
static void session_ask_shared(struct session *session, const struct vouch_question *question)
{
    struct vouch_answer nothing = {.status = VOUCH_FAILED, .note = text_bytes("there is no store")};
    const char *list = session->sources->settings.services[question->service].name;
    struct inquiry *inquiry;

    if (session->sources->store == NULL) {
        session_take(session, question->id, &nothing);
        return;
    }
    inquiry = session_inquire(session, question);
    inquiry->store_ticket = store_ask_listing(session->sources->store, list, question->name, session_heard, inquiry);
}

/* session_ask_file - look a name up in a list that was read from a file */
static void session_ask_file(struct session *session, const struct vouch_question *question)
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

/* session_organization_of - the organization of the HELO name, perhaps the name itself; "": there is none */
static const char *session_organization_of(const struct session *session, const char *name)
{
    size_t length = strlen(name), suffix = strlen(session->organization);
    const char *end = name + length - (suffix <= length ? suffix : 0);

    return strcmp(end, session->organization) == 0 && (end == name || end[-1] == '.') ? end : "";
}

/* session_ask_reputation - ask for our own experience with the HELO name */
static void session_ask_reputation(struct session *session, const struct vouch_question *question)
{
    struct vouch_answer nothing = {.status = VOUCH_NXDOMAIN};
    struct inquiry *inquiry;

    if (session->sources->store == NULL) {
        session_take(session, question->id, &nothing); /* no store, no experience */
        return;
    }
    inquiry = session_inquire(session, question);
    inquiry->store_ticket = store_ask_reputation(session->sources->store, question->name,
                                                 session_organization_of(session, question->name), session_heard,
                                                 inquiry);
}

/* session_ask - put one question to whoever answers its kind */
static void session_ask(struct session *session, const struct vouch_question *question)
{
    switch (question->purpose) {
    case VOUCH_ASK_CSA:
    case VOUCH_ASK_ADDRESS:
    case VOUCH_ASK_POINTERS:
    case VOUCH_ASK_TARGET:
    case VOUCH_ASK_PARENT:
        session_ask_dns(session, question);
        break;
    case VOUCH_ASK_REPORT:
        session_ask_report(session, question);
        break;
    case VOUCH_ASK_LIST:
        if (session->sources->conf->accreditors[question->service].shared)
            session_ask_shared(session, question);
        else
            session_ask_file(session, question);
        break;
    case VOUCH_ASK_REPUTATION:
        session_ask_reputation(session, question);
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
        if (inquiry->source != NULL)
            dns_cancel(inquiry->source, inquiry->dns_ticket);
        else
            store_cancel(session->sources->store, inquiry->store_ticket);
    }
}

/* session_patience_ms - how long a service has for its answer */
static uint32_t session_patience_ms(const struct sources *sources, int service)
{
    uint32_t own_ms = sources->conf->accreditors[service].timeout_ms, all_ms = sources->conf->dns.timeout_ms;

    return own_ms != 0 && own_ms < all_ms ? own_ms : all_ms;
}

void session_tell_silence(const struct session *session, int64_t asked_ms)
{
    const struct vouch_answer silence = {.status = VOUCH_TIMEOUT};
    const struct sources *sources = session->sources;

    for (size_t i = 0; i < session->inquiries_count; i++) {
        const struct inquiry *inquiry = &session->inquiries[i];

        /* one that hangs on the sender's pointers may have been asked just now, which the sender could bring about */
        if (inquiry->open && inquiry->service >= 0 && !sources->settings.services[inquiry->service].only_if_listed &&
            asked_ms >= session_patience_ms(sources, inquiry->service))
            session_tell_health(inquiry, &silence);
    }
}

void session_expire(struct session *session)
{
    if (session->done)
        return;
    session_tell_silence(session, INT64_MAX);
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
