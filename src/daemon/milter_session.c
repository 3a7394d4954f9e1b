/*
 * milter_session.c - one milter connection: commands of an SMTP session to visits and answers.
 *
 * The verdict is asked for at HELO and awaited only where something is decided, at the latest at the end of a message,
 * for the header. Nothing is ever answered with ACCEPT, which would end our part of the whole connection.
 */
#include "daemon/milter_session.h"

#include "daemon/log.h"

#include <stdlib.h>
#include <string.h>

#define ANSWER_SIZE (2 * VOUCH_REPLY_SIZE + 16) /* a "%" is doubled */

/* milter_say - an answer without data */
static void milter_say(struct milter_session *session, enum milter_answer answer)
{
    char buffer[16];
    struct text out;

    text_init(&out, buffer, sizeof buffer);
    milter_add_answer(&out, answer);
    stream_write(session->stream, out.data, out.length);
}

/* milter_decide - answer HELO, MAIL or RCPT by what follows from the verdict */
static void milter_decide(struct milter_session *session, enum milter_command command)
{
    enum vouch_stage stage = command == MILTER_HELO   ? VOUCH_STAGE_HELO
                             : command == MILTER_MAIL ? VOUCH_STAGE_MAIL
                                                      : VOUCH_STAGE_RCPT;
    struct vouch_bytes recipient = {.data = (const uint8_t *)session->recipient, .length = session->recipient_length};
    char reply[VOUCH_REPLY_SIZE];
    char buffer[ANSWER_SIZE];
    enum visit_act act;
    struct text out;

    if (stage != VOUCH_STAGE_RCPT)
        recipient.length = 0;
    act = visit_act(&session->visit, stage, recipient, reply);
    if (act != VISIT_DEFER && act != VISIT_REJECT) {
        milter_say(session, MILTER_CONTINUE);
        return;
    }
    text_init(&out, buffer, sizeof buffer);
    milter_add_reply(&out, reply);
    stream_write(session->stream, out.data, out.length);
}

/* milter_answer - answer a command for which nothing is awaited any more */
static void milter_answer(struct milter_session *session, enum milter_command command)
{
    if (command == MILTER_END_OF_MESSAGE)
        milter_finish_message(session);
    else if (!milter_is_silent(session, command))
        milter_decide(session, command);
}

/* milter_await - answer a command now, or when the verdict is there */
static void milter_await(struct milter_session *session, enum milter_command command)
{
    if (!visit_is_waiting(&session->visit)) {
        milter_answer(session, command);
        return;
    }
    session->awaiting = command;
    stream_pause(session->stream);
}

/* milter_heard - the verdict is there */
static void milter_heard(void *owner)
{
    struct milter_session *session = owner;
    enum milter_command command = session->awaiting;

    if (command == 0)
        return;
    session->awaiting = 0;
    milter_answer(session, command);
    stream_resume(session->stream);
}

/* milter_decides - must the answer to this command know the verdict? */
static bool milter_decides(const struct milter_session *session, enum milter_command command, enum vouch_stage stage)
{
    return !milter_is_silent(session, command) && visit_decides_at(&session->visit, stage);
}

/* milter_continue - go on, unless nobody wants to hear it */
static void milter_continue(struct milter_session *session, enum milter_command command)
{
    if (!milter_is_silent(session, command))
        milter_say(session, MILTER_CONTINUE);
}

/* milter_begin_visit - a HELO, or mail without one */
static void milter_begin_visit(struct milter_session *session, struct vouch_bytes helo)
{
    struct visit_facts facts = {
        .facts = {.client = session->client, .helo = helo, .tls_name = milter_tls_name(&session->macros)},
        .local = session->local,
        .daemon_name = text_bytes(session->macros.daemon_name),
    };

    visit_begin(&session->visit, &facts);
    milter_take_macros(&session->macros, MILTER_HELO, text_bytes("")); /* they were about this HELO only */
}

/* milter_end_session - the SMTP session is over */
static void milter_end_session(struct milter_session *session)
{
    visit_end(&session->visit);
    milter_forget_message(session);
    memset(&session->macros, 0, sizeof session->macros);
    memset(&session->client, 0, sizeof session->client);
    session->connected = false;
    session->local = false;
}

/* milter_on_connect - a client; what it was before it is not any more, but the macros of the connect came already */
static void milter_on_connect(struct milter_session *session, const struct milter_event *event)
{
    visit_end(&session->visit);
    milter_forget_message(session);
    session->connected = true;
    session->served = true;
    session->client = event->client;
    session->local = event->family == 'L';
    milter_continue(session, MILTER_CONNECT);
}

/* milter_on_helo - a new name, and all starts over [CSV 5.1] */
static void milter_on_helo(struct milter_session *session, const struct milter_event *event)
{
    milter_forget_message(session);
    milter_begin_visit(session, event->argument);
    if (milter_decides(session, MILTER_HELO, VOUCH_STAGE_HELO))
        milter_await(session, MILTER_HELO);
    else
        milter_continue(session, MILTER_HELO);
}

/* milter_on_mail - a message begins */
static void milter_on_mail(struct milter_session *session)
{
    milter_forget_message(session);
    if (!visit_has_begun(&session->visit))
        milter_begin_visit(session, text_bytes(""));
    if (session->macros.authenticated)
        visit_authenticate(&session->visit);
    if (milter_decides(session, MILTER_MAIL, VOUCH_STAGE_MAIL))
        milter_await(session, MILTER_MAIL);
    else
        milter_continue(session, MILTER_MAIL);
}

/* milter_on_rcpt - a recipient */
static void milter_on_rcpt(struct milter_session *session, const struct milter_event *event)
{
    session->recipient_length = recipient_keep(session->recipient, event->argument);
    if (milter_decides(session, MILTER_RCPT, VOUCH_STAGE_RCPT))
        milter_await(session, MILTER_RCPT);
    else
        milter_continue(session, MILTER_RCPT);
}

/* milter_on_header - one field of the message */
static void milter_on_header(struct milter_session *session, const struct milter_event *event)
{
    milter_count_header(session, event);
    milter_continue(session, MILTER_HEADER);
}

/* milter_take - one event; false: close the connection */
static bool milter_take(struct milter_session *session, const struct milter_event *event)
{
    if (!session->agreed && event->command != MILTER_OPTIONS) {
        log_line(LOG_WARNING, "milter: a command before the negotiation; connection closed");
        return false;
    }
    switch (event->command) {
    case MILTER_OPTIONS:
        milter_agree(session, event);
        return true;
    case MILTER_CONNECT:
        milter_on_connect(session, event);
        return true;
    case MILTER_HELO:
        milter_on_helo(session, event);
        return true;
    case MILTER_MAIL:
        milter_on_mail(session);
        return true;
    case MILTER_RCPT:
        milter_on_rcpt(session, event);
        return true;
    case MILTER_HEADER:
        milter_on_header(session, event);
        return true;
    case MILTER_MACROS:
        milter_take_macros(&session->macros, event->macros_for, event->macros);
        return true;
    case MILTER_END_OF_MESSAGE:
        milter_await(session, MILTER_END_OF_MESSAGE);
        return true;
    case MILTER_ABORT:
        milter_forget_message(session);
        return true;
    case MILTER_QUIT_NC:
        milter_end_session(session);
        return true;
    case MILTER_QUIT:
        return false;
    case MILTER_DATA:
    case MILTER_END_OF_HEADERS:
    case MILTER_BODY:
    case MILTER_UNKNOWN:
        break;
    }
    milter_continue(session, event->command);
    return true;
}

/* milter_input - the frames that are there, up to one whose answer must wait */
static size_t milter_input(void *self, struct vouch_bytes bytes)
{
    struct milter_session *session = self;
    size_t taken = 0;

    while (session->awaiting == 0) {
        struct vouch_bytes rest = {.data = bytes.data + taken, .length = bytes.length - taken};
        struct milter_event event;
        size_t used = 0;

        switch (milter_read(rest, &event, &used)) {
        case MILTER_MORE:
            return taken;
        case MILTER_BAD:
            log_line(LOG_WARNING, "milter: a frame is malformed: %s; connection closed", event.cause);
            return STREAM_CLOSE;
        case MILTER_EVENT:
            break;
        }
        taken += used;
        if (!milter_take(session, &event))
            return STREAM_CLOSE;
        if (event.skip != 0) {
            size_t here = event.skip < bytes.length - taken ? event.skip : bytes.length - taken;

            taken += here;
            stream_skip(session->stream, event.skip - here);
        }
    }
    return taken;
}

/* milter_is_idle - between two SMTP sessions, not between the negotiation and the first: that one is on its way */
static bool milter_is_idle(void *self)
{
    const struct milter_session *session = self;

    return !session->connected && (!session->agreed || session->served);
}

/* milter_closed - the connection is over */
static void milter_closed(void *self)
{
    struct milter_session *session = self;

    milter_end_session(session);
    free(session);
}

/* milter_open - begin a connection */
static bool milter_open(const struct worker *worker, const struct conf_listener *listener, struct stream *stream)
{
    struct milter_session *session = calloc(1, sizeof *session);
    struct stream_owner owner = {milter_input, milter_is_idle, milter_closed, session};

    if (session == NULL)
        return false;
    session->stream = stream;
    visit_init(&session->visit, worker, &worker->conf->profiles[listener->profile], "milter", milter_heard, session);
    stream_own(stream, &owner);
    return true;
}

const struct protocol milter_protocol = {"milter", MILTER_FRAME_MAX + 8, milter_open};
