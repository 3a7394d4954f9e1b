/*
 * http.c - one HTTP connection: requests to votes, what became of them to answers.
 *
 * A request is judged as soon as its head is there, so that nobody without the token makes us wait for a body. What is
 * refused keeps the connection where its body can be passed over. One request is answered before the next is read.
 */
#include "daemon/listen/http.h"

#include "daemon/clock.h"
#include "daemon/keeper/client.h"
#include "daemon/listen/protocol.h"
#include "daemon/log/log.h"
#include "proto/http.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CONNECTIONS_MAX 100        /* of a worker; more are told to come again, twice as many are not even told */
#define IDLE_MAX_MS     30000      /* who posts needs no line that stays open for hours, as an MTA does */
#define PASS_MAX        (1U << 20) /* octets of a body that is not wanted */
#define RETRY_AFTER_S   30         /* trouble of the store lasts so long at least */
#define TELL_MS         60000      /* between two lines about wrong tokens */
#define ANSWER_SIZE     1024
#define BODY_SIZE       256

/* What all connections of the process share. */
static struct {
    char token[FEEDBACK_TOKEN_SIZE]; /* empty: nobody may post */
    size_t count;
} http;

/* A vote on its way; it outlives a connection that ends before it is counted. */
struct http_vote {
    struct http_session *session; /* null: gone */
    uint32_t count;               /* messages that it is about */
};

struct http_session {
    const struct worker *worker;
    struct stream *stream;
    struct http_vote *vote; /* null: none is awaited */
    bool crowded;           /* one connection too many */
    bool closes;            /* the answer that is awaited is the last */
    bool continued;         /* the client was told to send its body */
};

/* A body that asks for nothing more. */
struct http_refusal {
    unsigned status;
    const char *error; /* printable, without quotes */
    const char *allow;
};

/* http_send - an answer */
static void http_send(struct http_session *session, struct http_answer *answer)
{
    char buffer[ANSWER_SIZE], date[40];
    time_t now = time(NULL);
    struct tm utc;
    struct text out;

    if (gmtime_r(&now, &utc) != NULL && strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &utc) != 0)
        answer->date = date;
    text_init(&out, buffer, sizeof buffer);
    http_add_answer(&out, answer);
    stream_write(session->stream, out.data, out.length);
}

/* http_refuse - say why not; returns STREAM_CLOSE, or the octets of head and body, come or not */
static size_t http_refuse(struct http_session *session, const struct http_request *request,
                          const struct http_refusal *refusal, size_t head)
{
    char body[BODY_SIZE];
    struct http_answer answer = {.status = refusal->status, .body = body, .allow = refusal->allow};
    struct text text;

    answer.closes = head == 0 || request->closes || request->chunked || request->expects || session->crowded ||
                    request->length > PASS_MAX;
    answer.headless = text_is(request->method, "HEAD");
    answer.retry_after_s = refusal->status == 503 ? RETRY_AFTER_S : 0;
    text_init(&text, body, sizeof body);
    text_add(&text, "{\"error\":\"");
    text_add(&text, refusal->error);
    text_add(&text, "\"}");
    http_send(session, &answer);
    return answer.closes ? STREAM_CLOSE : head + (size_t)request->length;
}

/* http_has_token - does the client show the secret? How long that takes does not depend on what is right about it */
static bool http_has_token(struct vouch_bytes authorization)
{
    static const char scheme[] = "bearer ";
    size_t size = strlen(http.token), from = sizeof scheme - 1;
    unsigned different;

    if (authorization.length < from)
        return false;
    for (size_t i = 0; i < from; i++)
        if (text_lower((char)authorization.data[i]) != scheme[i])
            return false;
    different = authorization.length - from != size;
    for (size_t i = from; i < authorization.length; i++)
        different |= (unsigned)authorization.data[i] ^ (unsigned char)http.token[(i - from) % size];
    return different == 0;
}

/* http_tell_intruder - a wrong token, in the log, now and then */
static void http_tell_intruder(void)
{
    static int64_t told_ms;
    static unsigned long count;
    int64_t now_ms = clock_coarse_ms();

    count++;
    if (told_ms != 0 && now_ms - told_ms < TELL_MS)
        return;
    log_line(LOG_WARNING, "http: POST /v1/feedback without the right token (%lu times since the start)", count);
    told_ms = now_ms;
}

/* http_is_json - JSON, whatever its parameters, or not said */
static bool http_is_json(struct vouch_bytes type)
{
    static const char json[] = "application/json";
    size_t end = sizeof json - 1;
    struct vouch_bytes word = {type.data, type.length < end ? type.length : end};

    return type.length == 0 ||
           (text_is_nocase(word, json) && (type.length == end || strchr("; \t", type.data[end]) != NULL));
}

/* http_judge_head - is this a request that we serve? False with the refusal */
static bool http_judge_head(const struct http_session *session, const struct http_request *request,
                            struct http_refusal *refusal)
{
    if (session->crowded)
        *refusal = (struct http_refusal){503, "too many connections", NULL};
    else if (!text_is(request->path, "/v1/feedback"))
        *refusal = (struct http_refusal){404, "nothing is here", NULL};
    else if (!text_is(request->method, "POST"))
        *refusal = (struct http_refusal){405, "only POST", "POST"};
    else if (http.token[0] == '\0')
        *refusal = (struct http_refusal){403, "feedback.token_file is not set: nobody may post", NULL};
    else if (!http_has_token(request->authorization))
        *refusal = (struct http_refusal){401, "Authorization: Bearer TOKEN is missing, or not the right one", NULL};
    else if (session->worker->keeper == NULL)
        *refusal = (struct http_refusal){403, "store.type is none: nothing is remembered here", NULL};
    else if (!http_is_json(request->content_type))
        *refusal = (struct http_refusal){415, "Content-Type is not application/json", NULL};
    else if (request->chunked || !request->has_length)
        *refusal = (struct http_refusal){411, "Content-Length is needed", NULL};
    else if (request->length > FEEDBACK_BODY_MAX)
        *refusal = (struct http_refusal){413, "the body is longer than 4096 octets", NULL};
    else
        return true;
    return false;
}

/* http_status - of what became of a vote */
static unsigned http_status(enum feedback_result result)
{
    switch (result) {
    case FEEDBACK_COUNTED:
    case FEEDBACK_CAPPED:
        return 200;
    case FEEDBACK_UNPROVEN:
        return 409;
    case FEEDBACK_UNKNOWN:
        return 404;
    case FEEDBACK_TROUBLE:
        return 503;
    }
    return 503;
}

/* http_voted - the keeper has it, or has not */
static void http_voted(void *owner, enum feedback_result result, uint32_t counted)
{
    struct http_vote *vote = owner;
    struct http_session *session = vote->session;
    struct http_answer answer = {.status = http_status(result)};
    uint32_t of = vote->count;
    char body[BODY_SIZE];
    struct text text;

    free(vote);
    if (session == NULL)
        return;
    session->vote = NULL;
    text_init(&text, body, sizeof body);
    text_add(&text, "{\"result\":\"");
    text_add(&text, feedback_word(result));
    text_add(&text, "\"");
    if (result == FEEDBACK_COUNTED || result == FEEDBACK_CAPPED) {
        text_add(&text, ",\"counted\":");
        text_add_unsigned(&text, counted);
        text_add(&text, ",\"of\":");
        text_add_unsigned(&text, of);
    }
    text_add(&text, "}");
    answer.body = body;
    answer.closes = session->closes;
    answer.retry_after_s = answer.status == 503 ? RETRY_AFTER_S : 0;
    http_send(session, &answer);
    if (session->closes)
        stream_close(session->stream);
    else
        stream_resume(session->stream);
}

/* http_vote - hand the vote to the keeper and wait; false: out of memory */
static bool http_vote(struct http_session *session, const struct feedback *feedback, bool closes)
{
    struct http_vote *vote = malloc(sizeof *vote);

    if (vote == NULL)
        return false;
    vote->session = session;
    vote->count = feedback->count;
    session->vote = vote;
    session->closes = closes;
    stream_pause(session->stream);
    keeper_client_feedback(session->worker->keeper, feedback, http_voted, vote);
    return true;
}

/* http_continue - the client may wait to be asked for its body; once */
static void http_continue(struct http_session *session, const struct http_request *request)
{
    char buffer[64];
    struct text out;

    if (!request->expects || session->continued)
        return;
    session->continued = true;
    text_init(&out, buffer, sizeof buffer);
    http_add_continue(&out);
    stream_write(session->stream, out.data, out.length);
}

/* http_take - one request whose head is there; returns what http_refuse returns, 0: the body has not come */
static size_t http_take(struct http_session *session, struct http_request *request, struct vouch_bytes bytes,
                        size_t head)
{
    struct http_refusal refusal;
    struct feedback feedback;

    if (!http_judge_head(session, request, &refusal)) {
        if (refusal.status == 401)
            http_tell_intruder();
        return http_refuse(session, request, &refusal, head);
    }
    if (bytes.length - head < request->length) {
        http_continue(session, request);
        return 0;
    }
    session->continued = false;
    refusal = (struct http_refusal){.status = 400};
    bytes = (struct vouch_bytes){bytes.data + head, (size_t)request->length};
    head += (size_t)request->length;
    request->length = 0; /* it is there */
    request->expects = false;
    if (!feedback_read(&feedback, bytes, &refusal.error)) {
        if (refusal.error == NULL)
            refusal = (struct http_refusal){503, "out of memory", NULL};
        return http_refuse(session, request, &refusal, head);
    }
    if (http_vote(session, &feedback, request->closes))
        return head;
    refusal = (struct http_refusal){503, "out of memory", NULL};
    return http_refuse(session, request, &refusal, head);
}

/* http_input - requests that are there, up to one whose answer must wait */
static size_t http_input(void *self, struct vouch_bytes bytes)
{
    struct http_session *session = self;
    size_t taken = 0;

    while (session->vote == NULL && !session->closes && taken < bytes.length) {
        struct vouch_bytes rest = {bytes.data + taken, bytes.length - taken};
        struct http_request request;
        struct http_refusal refusal;
        size_t head, done = 0;

        switch (http_read(rest, &request, &head)) {
        case HTTP_MORE:
            return taken;
        case HTTP_BAD:
            refusal = (struct http_refusal){request.status, request.text, NULL};
            return http_refuse(session, &request, &refusal, 0);
        case HTTP_REQUEST:
            done = http_take(session, &request, rest, head);
            break;
        }
        if (done == STREAM_CLOSE)
            return done;
        if (done == 0)
            return taken;
        if (done > rest.length)
            stream_skip(session->stream, done - rest.length);
        taken += done < rest.length ? done : rest.length;
    }
    return taken;
}

/* http_is_idle - between two requests */
static bool http_is_idle(void *self)
{
    const struct http_session *session = self;

    return session->vote == NULL;
}

/* http_closed - the connection is over; a vote is counted all the same */
static void http_closed(void *self)
{
    struct http_session *session = self;

    if (session->vote != NULL)
        session->vote->session = NULL;
    http.count--;
    free(session);
}

/* http_open - begin a connection */
static bool http_open(const struct worker *worker, const struct conf_listener *listener, struct stream *stream)
{
    struct http_session *session = http.count < 2 * (size_t)CONNECTIONS_MAX ? calloc(1, sizeof *session) : NULL;
    struct stream_owner owner = {http_input, http_is_idle, http_closed, session};

    (void)listener;
    if (session == NULL)
        return false;
    session->worker = worker;
    session->stream = stream;
    session->crowded = http.count >= CONNECTIONS_MAX;
    http.count++;
    stream_own(stream, &owner);
    return true;
}

const struct protocol http_protocol = {"http", HTTP_HEAD_MAX + FEEDBACK_BODY_MAX, IDLE_MAX_MS, http_open};

/* http_listens - is there such a listener? */
static bool http_listens(const struct conf *conf)
{
    for (size_t i = 0; i < conf->listeners_count; i++)
        if (conf->listeners[i].protocol == CONF_HTTP)
            return true;
    return false;
}

bool http_prepare(const struct conf *conf, char error[CONF_ERROR_SIZE])
{
    http.token[0] = '\0';
    return !http_listens(conf) || conf->feedback.token_file[0] == '\0' ||
           feedback_read_token(conf->feedback.token_file, http.token, error);
}

/* http_is_loopback - can only this host reach the listener? */
static bool http_is_loopback(const struct vouch_address *address)
{
    static const uint8_t six[16] = {[15] = 1};

    if (address->family == 6)
        return memcmp(address->octets, six, sizeof six) == 0;
    return address->family != 4 || address->octets[0] == 127;
}

void http_warn(const struct conf *conf)
{
    for (size_t i = 0; i < conf->listeners_count; i++) {
        const struct conf_listener *listener = &conf->listeners[i];

        if (listener->protocol == CONF_HTTP && !http_is_loopback(&listener->address))
            log_line(LOG_WARNING, "listener %s: HTTP without encryption can be reached from other hosts",
                     listener->title);
    }
    if (http_listens(conf) && conf->store.type == CONF_STORE_NONE)
        log_line(LOG_WARNING, "store.type is none: no feedback is taken");
    else if (http_listens(conf) && conf->feedback.token_file[0] == '\0')
        log_line(LOG_WARNING, "feedback.token_file is not set: nobody may post feedback");
}
