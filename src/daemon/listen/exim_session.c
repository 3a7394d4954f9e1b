/*
 * exim_session.c - one question of Exim: a line in, a line out, and the connection ends, as ${readsocket} waits for.
 */
#include "daemon/judge/visit.h"
#include "daemon/listen/protocol.h"
#include "daemon/log/log.h"
#include "proto/exim.h"

#include <stdlib.h>
#include <string.h>

#define ANSWER_SIZE 8192

struct exim_session {
    struct stream *stream;
    struct visit visit;
    struct exim_request *request; /* null until it came */
    bool answering, finished;
};

/* exim_stage - the word of the request; recipients are what is asked about unless it says otherwise */
static enum vouch_stage exim_stage(const char *word)
{
    if (strcmp(word, "helo") == 0)
        return VOUCH_STAGE_HELO;
    return strcmp(word, "mail") == 0 ? VOUCH_STAGE_MAIL : VOUCH_STAGE_RCPT;
}

/* exim_act_word - what to do now */
static const char *exim_act_word(enum visit_act act)
{
    switch (act) {
    case VISIT_PASS:
        return "pass";
    case VISIT_TRUSTED:
        return "trusted";
    case VISIT_DEFER:
        return "defer";
    case VISIT_REJECT:
        return "reject";
    }
    return "pass";
}

/* exim_answer - the line out */
static void exim_answer(struct exim_session *session)
{
    const struct vouch_verdict *verdict = &session->visit.verdict;
    bool judged = session->visit.judged;
    char reply[VOUCH_REPLY_SIZE];
    char header[VOUCH_HEADER_SIZE];
    char buffer[ANSWER_SIZE];
    char number[16];
    struct recipient recipient;
    struct text out, score;
    enum visit_act act;

    recipient_parse_address(&recipient, text_bytes(session->request->recipient));
    act = visit_act(&session->visit, exim_stage(session->request->stage), &recipient, reply);
    text_init(&score, number, sizeof number);
    text_add_signed(&score, judged ? verdict->score : 0);
    visit_header(&session->visit, header);
    text_init(&out, buffer, sizeof buffer);
    exim_add(&out, "act", exim_act_word(act));
    exim_add(&out, "id", session->visit.id);
    exim_add(&out, "judged", judged ? "yes" : visit_exempt_word(session->visit.exempt));
    exim_add(&out, "csa", judged ? vouch_csa_word(verdict->csa) : "");
    exim_add(&out, "reason", judged ? vouch_reason_word(verdict->reason) : "");
    exim_add(&out, "identity", judged ? vouch_identity_word(verdict->identity) : "");
    exim_add(&out, "dna", judged ? vouch_rating_word(verdict->rating) : "");
    exim_add(&out, "service", judged ? verdict->service_name : "");
    exim_add(&out, "trust", judged ? vouch_level_word(verdict->level) : "");
    exim_add(&out, "score", number);
    exim_add(&out, "verb", judged ? vouch_verb_word(visit_verb(&session->visit)) : "");
    exim_add(&out, "reply", reply);
    exim_add(&out, "header", header);
    exim_end(&out);
    stream_write(session->stream, out.data, out.length);
    session->finished = true;
}

/* exim_heard - the verdict is there */
static void exim_heard(void *owner)
{
    struct exim_session *session = owner;

    if (!session->answering)
        return;
    session->answering = false;
    exim_answer(session);
    stream_resume(session->stream);
}

/* exim_take - judge what the line says */
static void exim_take(struct exim_session *session)
{
    const struct exim_request *request = session->request;
    struct visit_facts facts = {
        .facts = {.helo = {.data = (const uint8_t *)request->helo, .length = request->helo_length},
                  .tls_name = text_bytes(request->tls_name)},
        .local = request->client[0] == '\0',
        .authenticated = request->authenticated[0] != '\0',
    };

    (void)vouch_address_parse(&facts.facts.client, request->client,
                              strlen(request->client)); /* family 0 says that there is none */
    visit_begin(&session->visit, &facts);
    if (visit_is_waiting(&session->visit)) {
        session->answering = true;
        stream_pause(session->stream);
    } else {
        exim_answer(session);
    }
}

/* exim_refuse - say what is wrong with the line */
static void exim_refuse(struct exim_session *session, const char *cause)
{
    char buffer[256];
    struct text out;

    log_line(LOG_WARNING, "exim: a request is malformed: %s", cause);
    text_init(&out, buffer, sizeof buffer);
    exim_add(&out, "error", cause);
    exim_end(&out);
    stream_write(session->stream, out.data, out.length);
}

/* exim_input - the line, or what has come of it */
static size_t exim_input(void *self, struct vouch_bytes bytes)
{
    struct exim_session *session = self;
    size_t used = 0;

    if (session->finished)
        return STREAM_CLOSE;
    if (session->request == NULL)
        session->request = calloc(1, sizeof *session->request);
    if (session->request == NULL)
        return STREAM_CLOSE;
    switch (exim_read(bytes, session->request, &used)) {
    case EXIM_MORE:
        return 0;
    case EXIM_BAD:
        exim_refuse(session, session->request->cause);
        return STREAM_CLOSE;
    case EXIM_REQUEST:
        break;
    }
    exim_take(session);
    return session->finished ? STREAM_CLOSE : 0; /* the line stays, so that stream_resume comes back here */
}

/* exim_is_idle - before the line has come */
static bool exim_is_idle(void *self)
{
    const struct exim_session *session = self;

    return session->request == NULL;
}

/* exim_closed - the connection is over */
static void exim_closed(void *self)
{
    struct exim_session *session = self;

    visit_close(&session->visit);
    free(session->request);
    free(session);
}

/* exim_open - begin a connection */
static bool exim_open(const struct worker *worker, const struct conf_listener *listener, struct stream *stream)
{
    struct exim_session *session = calloc(1, sizeof *session);
    struct stream_owner owner = {exim_input, exim_is_idle, exim_closed, session};

    if (session == NULL)
        return false;
    session->stream = stream;
    visit_init(&session->visit, worker, &worker->conf->profiles[listener->profile], "exim", exim_heard, session);
    stream_own(stream, &owner);
    return true;
}

const struct protocol exim_protocol = {"exim", EXIM_LINE_MAX, 0, exim_open};
