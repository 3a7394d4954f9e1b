/*
 * policy_session.c - one connection of the Postfix policy service: requests one after the other, of any session.
 *
 * Requests of one session and transaction share a visit, so they share one decision id and one line in the log. Never
 * answers OK or PERMIT, which would let a client relay.
 */
#include "daemon/judge/visit.h"
#include "daemon/listen/protocol.h"
#include "daemon/log/log.h"
#include "policy/recipient.h"
#include "proto/postfix.h"

#include <stdlib.h>
#include <string.h>

#define INSTANCE_SIZE 64
#define ACTION_SIZE   (VOUCH_HEADER_SIZE + 16)

/* What one request is about, kept while its verdict is awaited. */
struct policy_question {
    enum vouch_stage stage;
    bool decides; /* at CONNECT nothing is known, behind RCPT it is too late to refuse */
    bool marks;   /* a header may be prepended */
    char recipient[RECIPIENT_SIZE];
    size_t recipient_length;
};

struct policy_session {
    struct stream *stream;
    struct visit visit;
    struct vouch_address client; /* of the visit */
    char instance[INSTANCE_SIZE];
    char tls_name[VOUCH_NAME_SIZE];
    bool authenticated;
    bool marked; /* the header was prepended in this instance */
    bool answering;
    struct policy_question question;
};

/* What a protocol_state asks for. */
struct policy_state {
    const char *word;
    enum vouch_stage stage;
    bool decides, marks;
};

static const struct policy_state policy_states[] = {
    {"CONNECT", VOUCH_STAGE_HELO, false, false},
    {"EHLO", VOUCH_STAGE_HELO, true, false},
    {"HELO", VOUCH_STAGE_HELO, true, false},
    {"MAIL", VOUCH_STAGE_MAIL, true, false},
    {"RCPT", VOUCH_STAGE_RCPT, true, true},
    {"DATA", VOUCH_STAGE_RCPT, false, true},
    {"END-OF-MESSAGE", VOUCH_STAGE_RCPT, false, false}, /* PREPEND comes too late there */
};

/* policy_understand - what the request is about; an unknown state, such as VRFY, is answered and not judged */
static void policy_understand(struct policy_question *question, const struct postfix_request *request)
{
    memset(question, 0, sizeof *question);
    for (size_t i = 0; i < sizeof policy_states / sizeof policy_states[0]; i++) {
        const struct policy_state *state = &policy_states[i];

        if (!text_is(request->protocol_state, state->word))
            continue;
        question->stage = state->stage;
        question->decides = state->decides;
        question->marks = state->marks;
    }
    question->recipient_length = recipient_keep(question->recipient, request->recipient);
}

/* policy_is_same - does the request belong to the visit that is there? */
static bool policy_is_same(const struct policy_session *session, const struct postfix_request *request,
                           const struct visit_facts *facts)
{
    return visit_has_begun(&session->visit) && session->visit.helo != NULL && request->instance.length != 0 &&
           memcmp(&session->client, &facts->facts.client, sizeof session->client) == 0 &&
           text_is(facts->facts.helo, session->visit.helo) && text_is(request->instance, session->instance) &&
           text_is(facts->facts.tls_name, session->tls_name) && session->authenticated == facts->authenticated;
}

/* policy_begin - the visit of a request: the one that is there, or a new one */
static void policy_begin(struct policy_session *session, const struct postfix_request *request)
{
    struct visit_facts facts = {.facts = {.helo = request->helo_name, .tls_name = request->ccert_subject}};
    struct text instance, tls_name;

    (void)vouch_address_parse(&facts.facts.client, (const char *)request->client_address.data,
                              request->client_address.length); /* family 0 says that there is none */
    facts.authenticated = request->sasl_username.length != 0 || request->sasl_method.length != 0;
    if (policy_is_same(session, request, &facts))
        return;
    session->client = facts.facts.client;
    session->authenticated = facts.authenticated;
    session->marked = false;
    text_init(&instance, session->instance, sizeof session->instance);
    text_add_bytes(&instance, request->instance.data, request->instance.length);
    text_init(&tls_name, session->tls_name, sizeof session->tls_name);
    text_add_bytes(&tls_name, request->ccert_subject.data, request->ccert_subject.length);
    visit_begin(&session->visit, &facts);
}

/* policy_mark - "PREPEND header", once a message; false: nothing to prepend */
static bool policy_mark(struct policy_session *session, struct text *action)
{
    char header[VOUCH_HEADER_SIZE];

    if (!session->visit.profile->prepend || session->marked || !session->question.marks)
        return false;
    visit_header(&session->visit, header);
    if (header[0] == '\0')
        return false;
    session->marked = true;
    text_add(action, "PREPEND ");
    text_add(action, header);
    return true;
}

/* policy_recipient - the parts of the recipient of a question */
static struct recipient policy_recipient(const struct policy_question *question)
{
    struct vouch_bytes text = {.data = (const uint8_t *)question->recipient, .length = question->recipient_length};
    struct recipient recipient;

    recipient_parse_address(&recipient, text);
    return recipient;
}

/* policy_must_wait - does the answer depend on the verdict? A class or a header does in mode monitor too */
static bool policy_must_wait(const struct policy_session *session)
{
    const struct policy_question *question = &session->question;
    struct recipient recipient = policy_recipient(question);
    const struct conf_profile *deciding = visit_deciding(&session->visit, question->stage, &recipient);

    if (!visit_is_waiting(&session->visit))
        return false;
    if (question->marks && session->visit.profile->prepend)
        return true;
    return question->decides && deciding != NULL &&
           (deciding->mode == VOUCH_MODE_ENFORCE || deciding->trusted_class[0] != '\0');
}

/* policy_answer - the action for the question, now that nothing is awaited */
static void policy_answer(struct policy_session *session)
{
    const struct policy_question *question = &session->question;
    struct recipient recipient = policy_recipient(question);
    const struct conf_profile *deciding = visit_deciding(&session->visit, question->stage, &recipient);
    char reply[VOUCH_REPLY_SIZE] = "";
    char buffer[ACTION_SIZE];
    char answer[ACTION_SIZE + 16];
    enum visit_act act = VISIT_PASS;
    struct text action, out;

    if (question->decides)
        act = visit_act(&session->visit, question->stage, &recipient, reply);
    text_init(&action, buffer, sizeof buffer);
    if (act == VISIT_REJECT || act == VISIT_DEFER)
        text_add(&action, reply);
    else if (act == VISIT_TRUSTED && deciding != NULL && deciding->trusted_class[0] != '\0')
        text_add(&action, deciding->trusted_class);
    else if (!policy_mark(session, &action))
        text_add(&action, "DUNNO");
    text_init(&out, answer, sizeof answer);
    postfix_add_action(&out, buffer);
    stream_write(session->stream, out.data, out.length);
}

/* policy_heard - the verdict is there, or nothing is to be awaited */
static void policy_heard(void *owner)
{
    struct policy_session *session = owner;

    if (!session->answering)
        return;
    session->answering = false;
    policy_answer(session);
    stream_resume(session->stream);
}

/* policy_take - one request: judged if it must be, answered now or when the verdict is there */
static void policy_take(struct policy_session *session, const struct postfix_request *request)
{
    policy_understand(&session->question, request);
    if (session->question.decides || session->question.marks)
        policy_begin(session, request);
    if (policy_must_wait(session)) {
        session->answering = true;
        stream_pause(session->stream);
    } else {
        policy_answer(session);
    }
}

/* policy_input - requests that are there, one after the other */
static size_t policy_input(void *self, struct vouch_bytes bytes)
{
    struct policy_session *session = self;
    size_t taken = 0;

    while (!session->answering) {
        struct vouch_bytes rest = {.data = bytes.data + taken, .length = bytes.length - taken};
        struct postfix_request request;
        size_t used = 0;

        switch (postfix_read(rest, &request, &used)) {
        case POSTFIX_REQUEST:
            policy_take(session, &request);
            taken += used;
            break;
        case POSTFIX_MORE:
            return taken;
        case POSTFIX_BAD:
            log_line(LOG_WARNING, "policy: a request is malformed: %s; connection closed", request.cause);
            return STREAM_CLOSE;
        }
    }
    return taken;
}

/* policy_is_idle - between two requests */
static bool policy_is_idle(void *self)
{
    const struct policy_session *session = self;

    return !session->answering;
}

/* policy_closed - the connection is over */
static void policy_closed(void *self)
{
    struct policy_session *session = self;

    visit_close(&session->visit);
    free(session);
}

/* policy_open - begin a connection */
static bool policy_open(const struct worker *worker, const struct conf_listener *listener, struct stream *stream)
{
    struct policy_session *session = calloc(1, sizeof *session);
    struct stream_owner owner = {policy_input, policy_is_idle, policy_closed, session};

    if (session == NULL)
        return false;
    session->stream = stream;
    visit_init(&session->visit, worker, &worker->conf->profiles[listener->profile], "policy", policy_heard, session);
    stream_own(stream, &owner);
    return true;
}

const struct protocol policy_protocol = {"policy", POSTFIX_REQUEST_MAX, 0, policy_open};
