/*
 * milter_message.c - header fields of one message: forged ones out, ours in at the top, and what a content filter said
 * of it. [RFC 8601 5, SPEC 8.4]
 */
#include "daemon/keeper/client.h"
#include "daemon/listen/milter_session.h"
#include "daemon/log/log.h"
#include "policy/authres.h"
#include "policy/fold.h"
#include "policy/header.h"

#include <stdlib.h>
#include <string.h>

#define ANSWER_SIZE 8192
#define FRAME_SIZE  (VOUCH_HEADER_SIZE + 256) /* room for one header or answer */

/* message_keep - remember the number of a forged field */
static void message_keep(struct milter_forged *forged, uint32_t number)
{
    if (forged->count == MILTER_FORGED_MAX) {
        forged->too_many = true;
        return;
    }
    if (forged->count == forged->size) {
        size_t size = forged->size == 0 ? 8 : forged->size * 2;
        uint32_t *numbers = realloc(forged->numbers, size * sizeof *numbers);

        if (numbers == NULL) {
            forged->lost = true;
            return;
        }
        forged->numbers = numbers;
        forged->size = size;
    }
    forged->numbers[forged->count++] = number;
}

void milter_count_header(struct milter_session *session, const struct milter_event *header)
{
    const struct conf *conf = session->visit.worker->conf;

    if (!text_is_nocase(header->name, HEADER_NAME))
        return;
    session->forged.seen++;
    if (visit_strips(&session->visit) &&
        (header->cut || authres_is_ours(header->value, conf->policy.authserv_id,
                                        conf->strip == CONF_STRIP_ID ? NULL : conf->policy.method)))
        message_keep(&session->forged, session->forged.seen);
}

/* message_words - words of the configuration */
static struct filter_words message_words(const struct conf_words *words)
{
    return (struct filter_words){words->words[0], words->count, sizeof words->words[0]};
}

void milter_hear_filter(struct milter_session *session, const struct milter_event *header)
{
    const struct conf_feedback *conf = &session->visit.worker->conf->feedback;
    struct filter_words spam = message_words(&conf->spam), ham = message_words(&conf->ham);

    if (milter_reads_filter(session) && text_is_nocase(header->name, conf->header))
        session->filter = filter_join(session->filter, filter_read(header->value, &spam, &ham));
}

void milter_forget_message(struct milter_session *session)
{
    free(session->forged.numbers);
    memset(&session->forged, 0, sizeof session->forged);
    session->filter = FILTER_SILENT;
}

/* message_make_room - send what has been put together if another frame might not fit */
static void message_make_room(struct milter_session *session, struct text *out)
{
    if (out->size - out->length > FRAME_SIZE)
        return;
    stream_write(session->stream, out->data, out->length);
    text_init(out, out->data, out->size);
}

/* message_strip - delete forged fields, the last one first, so that the numbers of the others stay */
static void message_strip(struct milter_session *session, struct text *out)
{
    if ((session->actions & MILTER_CAN_CHANGE_HEADERS) == 0)
        return;
    for (size_t i = session->forged.count; i > 0; i--) {
        message_make_room(session, out);
        milter_add_delete_header(out, session->forged.numbers[i - 1], HEADER_NAME);
    }
}

/* message_insert - our field, at the very top */
static void message_insert(struct milter_session *session, struct text *out)
{
    char header[VOUCH_HEADER_SIZE];
    char folded[VOUCH_HEADER_SIZE + 128];
    struct text text;

    visit_header(&session->visit, header);
    if (header[0] == '\0' || (session->actions & MILTER_CAN_ADD_HEADERS) == 0)
        return;
    text_init(&text, folded, sizeof folded);
    fold_add(&text, HEADER_NAME, header_value(header));
    message_make_room(session, out);
    milter_add_insert_header(out, 0, HEADER_NAME, folded);
}

/* message_refuses - does the message carry more forged fields than anybody could by accident? */
static bool message_refuses(struct milter_session *session, struct text *out)
{
    const struct visit *visit = &session->visit;
    char reply[VOUCH_REPLY_SIZE];
    struct text text;

    if (!session->forged.too_many)
        return false;
    log_line(LOG_WARNING, "milter: id=%s: more than %d header fields claim to be ours", visit->id, MILTER_FORGED_MAX);
    if (visit->profile->mode == VOUCH_MODE_MONITOR)
        return false;
    text_init(&text, reply, sizeof reply);
    text_add(&text, "550 5.7.1 too many " HEADER_NAME " fields in the name of ");
    text_add(&text, visit->worker->conf->policy.authserv_id);
    text_add(&text, " id=");
    text_add(&text, visit->id);
    milter_add_reply(out, reply);
    return true;
}

/* message_vote - count what the content filter said, if the session proved its name */
static void message_vote(const struct milter_session *session)
{
    const struct visit *visit = &session->visit;
    const struct vouch_verdict *verdict = &visit->verdict;
    struct feedback feedback = {.spam = session->filter == FILTER_SPAM, .count = 1, .source = "filter", .filter = true};

    if (session->filter != FILTER_SPAM && session->filter != FILTER_HAM)
        return;
    if (!visit->judged || verdict->identity < VOUCH_IDENTITY_FORWARD || verdict->csa == VOUCH_CSA_FAIL ||
        verdict->name[0] == '\0')
        return;
    _Static_assert(sizeof visit->id <= sizeof feedback.id, "a decision id fits");
    memcpy(feedback.id, visit->id, sizeof visit->id);
    memcpy(feedback.name, verdict->name, sizeof feedback.name);
    keeper_client_feedback(visit->worker->keeper, &feedback, NULL, NULL);
}

void milter_finish_message(struct milter_session *session)
{
    char buffer[ANSWER_SIZE];
    struct text out;

    text_init(&out, buffer, sizeof buffer);
    if (session->forged.lost) {
        log_line(LOG_ERR, "milter: out of memory over forged header fields; the message is deferred");
        milter_add_answer(&out, MILTER_TEMPFAIL);
    } else if (!message_refuses(session, &out)) {
        message_strip(session, &out);
        message_insert(session, &out);
        message_make_room(session, &out);
        milter_add_answer(&out, MILTER_CONTINUE);
        message_vote(session);
    }
    stream_write(session->stream, out.data, out.length);
    milter_forget_message(session);
}
