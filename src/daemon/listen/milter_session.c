/*
 * milter_session.c - one milter connection: commands of an SMTP session to visits and answers.
 *
 * The verdict is asked for at HELO and awaited only where something is decided, at the latest at the end of a message,
 * for the header. Nothing is ever answered with ACCEPT, which would end our part of the whole connection.
 */
#include "daemon/listen/milter_session.h"

#include "daemon/log/log.h"

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

/* milter_recipient - of the last RCPT */
static struct recipient milter_recipient(const struct milter_session *session)
{
    const struct milter_macros *macros = &session->macros;
    struct vouch_bytes text = {.data = (const uint8_t *)macros->recipient, .length = macros->recipient_length};
    struct recipient recipient;

    if (session->recipient_resolved)
        recipient_parse_address(&recipient, text);
    else
        recipient_parse_path(&recipient, text);
    return recipient;
}

/* milter_stage - the stage of HELO, MAIL or RCPT */
static enum vouch_stage milter_stage(enum milter_command command)
{
    if (command == MILTER_HELO)
        return VOUCH_STAGE_HELO;
    return command == MILTER_MAIL ? VOUCH_STAGE_MAIL : VOUCH_STAGE_RCPT;
}

/* milter_decide - answer HELO, MAIL or RCPT by what follows from the verdict */
static void milter_decide(struct milter_session *session, enum milter_command command)
{
    enum vouch_stage stage = milter_stage(command);
    struct recipient recipient = milter_recipient(session);
    char reply[VOUCH_REPLY_SIZE];
    char buffer[ANSWER_SIZE];
    enum visit_act act;
    struct text out;

    act = visit_act(&session->visit, stage, stage == VOUCH_STAGE_RCPT ? &recipient : NULL, reply);
    if (milter_is_silent(session, command))
        return; /* in mode monitor: it is in the log */
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
    else
        milter_decide(session, command);
}

/* milter_await - answer when the verdict is there */
static void milter_await(struct milter_session *session, enum milter_command command)
{
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
    session->macros.recipient_length = 0;
    stream_resume(session->stream);
}

/* milter_settle - HELO, MAIL or RCPT: decide now, or when the verdict is there; a silent step can refuse nothing */
static void milter_settle(struct milter_session *session, enum milter_command command)
{
    struct recipient recipient = milter_recipient(session);
    enum vouch_stage stage = milter_stage(command);

    if (!milter_is_silent(session, command) &&
        visit_must_wait(&session->visit, stage, command == MILTER_RCPT ? &recipient : NULL))
        milter_await(session, command);
    else
        milter_decide(session, command);
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
    session->macros.authenticated = false;
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
    session->macros.authenticated = false;
    milter_begin_visit(session, event->argument);
    milter_settle(session, MILTER_HELO);
}

/* milter_on_mail - a message begins */
static void milter_on_mail(struct milter_session *session)
{
    milter_forget_message(session);
    if (!visit_has_begun(&session->visit))
        milter_begin_visit(session, text_bytes(""));
    if (session->macros.authenticated)
        visit_authenticate(&session->visit);
    milter_settle(session, MILTER_MAIL);
}

/*
 * milter_on_rcpt - a recipient. The MTA reads odd addresses (comments, "%", "!") in its own way, and says so in a
 * macro; it may also have rewritten the address, so the macro counts where its domain has a profile, else the argument.
 */
static void milter_on_rcpt(struct milter_session *session, const struct milter_event *event)
{
    struct milter_macros *macros = &session->macros;
    struct recipient recipient;

    session->recipient_resolved = true;
    recipient = milter_recipient(session);
    if (conf_domain_profile(session->visit.worker->conf, recipient.domain) == NULL) {
        session->recipient_resolved = false;
        macros->recipient_length = recipient_keep(macros->recipient, event->argument);
    }
    milter_settle(session, MILTER_RCPT);
    if (session->awaiting == 0)
        macros->recipient_length = 0; /* it was about this recipient only */
}

/* milter_on_header - one field of the message */
static void milter_on_header(struct milter_session *session, const struct milter_event *event)
{
    milter_count_header(session, event);
    milter_hear_filter(session, event);
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
        if (visit_is_waiting(&session->visit))
            milter_await(session, MILTER_END_OF_MESSAGE);
        else
            milter_finish_message(session);
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
    visit_close(&session->visit);
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

const struct protocol milter_protocol = {"milter", MILTER_FRAME_MAX + 8, 0, milter_open};
