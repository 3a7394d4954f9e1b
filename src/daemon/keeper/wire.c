/*
 * wire.c - messages between worker and keeper as octets: a pair of functions for each part, one that writes and
 * one that reads.
 */
#include "daemon/keeper/wire.h"

#include "base/address.h"
#include "base/cursor.h"
#include "base/text.h"

#include <string.h>

/* write_number - `octets` octets, big-endian */
static void write_number(struct text *out, uint64_t number, unsigned octets)
{
    while (octets-- > 0)
        text_add_char(out, (char)(uint8_t)(number >> 8 * octets));
}

static uint64_t read_u64(struct cursor *in)
{
    uint64_t high = cursor_u32(in);

    return high << 32 | cursor_u32(in);
}

/* read_below - an octet that is the value of an enum; beyond it the message is none */
static unsigned read_below(struct cursor *in, unsigned bound)
{
    unsigned value = cursor_u8(in);

    if (value < bound)
        return value;
    in->failed = true;
    return 0;
}

static bool read_bool(struct cursor *in)
{
    return read_below(in, 2) != 0;
}

/* write_text - length, octets, NUL; what is longer than a length can say never fits */
static void write_text(struct text *out, const char *string)
{
    size_t length = strlen(string);

    if (length > UINT16_MAX)
        out->cut = true;
    write_number(out, length, 2);
    text_add_bytes(out, string, length + 1);
}

/* read_text - a view of a text shorter than `size`; "" after a failure */
static const char *read_text(struct cursor *in, size_t size)
{
    size_t length = cursor_u16(in);
    struct vouch_bytes view = cursor_view(in, length + 1);

    if (cursor_ok(in) && length < size && memchr(view.data, '\0', view.length) == view.data + length)
        return (const char *)view.data;
    in->failed = true;
    return "";
}

/* read_words - the same, copied */
static void read_words(struct cursor *in, char *words, size_t size)
{
    const char *text = read_text(in, size);

    memcpy(words, text, strlen(text) + 1);
}

static void write_address(struct text *out, const struct vouch_address *address)
{
    text_add_char(out, (char)address->family);
    text_add_bytes(out, address->octets, address_length(address));
}

static void read_address(struct cursor *in, struct vouch_address *address)
{
    struct vouch_bytes octets;

    address->family = cursor_u8(in);
    if (address->family != 0 && address->family != 4 && address->family != 6)
        in->failed = true;
    octets = cursor_view(in, in->failed ? 0 : address_length(address));
    if (octets.length != 0)
        memcpy(address->octets, octets.data, octets.length);
}

static void write_vote(struct text *out, const struct store_vote *vote)
{
    write_text(out, vote->name);
    write_text(out, vote->organization);
    write_text(out, vote->source);
    write_number(out, vote->spam, 1);
    write_number(out, vote->count, 4);
    write_number(out, vote->waits, 1);
    write_number(out, vote->filter, 1);
}

static void read_vote(struct cursor *in, struct store_vote *vote)
{
    vote->name = read_text(in, VOUCH_NAME_SIZE);
    vote->organization = read_text(in, VOUCH_NAME_SIZE);
    vote->source = read_text(in, STORE_SOURCE_SIZE);
    vote->spam = read_bool(in);
    vote->count = cursor_u32(in);
    vote->waits = read_bool(in);
    vote->filter = read_bool(in);
    if (vote->count == 0)
        in->failed = true;
}

static void write_row(struct text *out, const struct store_row *row)
{
    write_number(out, row->kind, 1);
    write_text(out, row->name);
    switch (row->kind) {
    case STORE_REPUTATION:
        write_number(out, (uint32_t)row->day.day, 4);
        write_number(out, row->day.ham, 4);
        write_number(out, row->day.spam, 4);
        break;
    case STORE_LIST:
        write_text(out, row->list);
        write_number(out, row->listing, 1);
        write_text(out, row->text);
        break;
    case STORE_SUSPENSION:
        write_text(out, row->finder);
        write_number(out, (uint64_t)row->until_s, 8);
        write_text(out, row->text);
        break;
    }
}

static void read_row(struct cursor *in, struct store_row *row)
{
    row->kind = (enum store_kind)read_below(in, STORE_SUSPENSION + 1);
    read_words(in, row->name, sizeof row->name);
    switch (row->kind) {
    case STORE_REPUTATION:
        row->day.day = (int32_t)cursor_u32(in);
        row->day.ham = cursor_u32(in);
        row->day.spam = cursor_u32(in);
        break;
    case STORE_LIST:
        read_words(in, row->list, sizeof row->list);
        row->listing = (enum vouch_listing)read_below(in, VOUCH_LISTED_BLOCKED + 1);
        read_words(in, row->text, sizeof row->text);
        break;
    case STORE_SUSPENSION:
        read_words(in, row->finder, sizeof row->finder);
        row->until_s = (int64_t)read_u64(in);
        read_words(in, row->text, sizeof row->text);
        break;
    }
}

static void write_feedback(struct text *out, const struct feedback *feedback)
{
    write_text(out, feedback->id);
    write_text(out, feedback->name);
    write_number(out, feedback->spam, 1);
    write_number(out, feedback->count, 4);
    write_text(out, feedback->source);
    write_number(out, feedback->filter, 1);
}

static void read_feedback(struct cursor *in, struct feedback *feedback)
{
    read_words(in, feedback->id, sizeof feedback->id);
    read_words(in, feedback->name, sizeof feedback->name);
    feedback->spam = read_bool(in);
    feedback->count = cursor_u32(in);
    read_words(in, feedback->source, sizeof feedback->source);
    feedback->filter = read_bool(in);
    if (feedback->count == 0)
        in->failed = true;
}

static void write_decision(struct text *out, const struct ledger_decision *decision)
{
    const char *const texts[] = {decision->protocol,     decision->profile, decision->helo,    decision->name,
                                 decision->organization, decision->csa,     decision->reason,  decision->domain,
                                 decision->identity,     decision->rating,  decision->service, decision->level,
                                 decision->verb,         decision->mode,    decision->reasons, decision->detail};

    write_text(out, decision->id);
    write_text(out, decision->evaluation);
    write_number(out, (uint64_t)decision->time_ms, 8);
    write_address(out, &decision->client);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        write_text(out, texts[i]);
    write_number(out, decision->secure, 1);
    write_number(out, (uint32_t)decision->score, 4);
    write_number(out, decision->queries, 4);
    write_number(out, (uint64_t)decision->elapsed_ms, 8);
}

static void read_decision(struct cursor *in, struct ledger_decision *decision)
{
    const char **const texts[] = {&decision->protocol,     &decision->profile, &decision->helo,    &decision->name,
                                  &decision->organization, &decision->csa,     &decision->reason,  &decision->domain,
                                  &decision->identity,     &decision->rating,  &decision->service, &decision->level,
                                  &decision->verb,         &decision->mode,    &decision->reasons, &decision->detail};

    read_words(in, decision->id, sizeof decision->id);
    read_words(in, decision->evaluation, sizeof decision->evaluation);
    decision->time_ms = (int64_t)read_u64(in);
    read_address(in, &decision->client);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        *texts[i] = read_text(in, KEEPER_PACKET_MAX);
    decision->secure = read_bool(in);
    decision->score = (int32_t)cursor_u32(in);
    decision->queries = cursor_u32(in);
    decision->elapsed_ms = (int64_t)read_u64(in);
}

static void write_action(struct text *out, const struct ledger_action *action)
{
    write_text(out, action->id);
    write_number(out, (uint64_t)action->time_ms, 8);
    write_text(out, action->verb);
    write_text(out, action->stage);
    write_text(out, action->profile);
    write_text(out, action->recipient);
    write_text(out, action->reply);
    write_number(out, action->acted, 1);
}

static void read_action(struct cursor *in, struct ledger_action *action)
{
    read_words(in, action->id, sizeof action->id);
    action->time_ms = (int64_t)read_u64(in);
    action->verb = read_text(in, KEEPER_PACKET_MAX);
    action->stage = read_text(in, KEEPER_PACKET_MAX);
    action->profile = read_text(in, KEEPER_PACKET_MAX);
    action->recipient = read_text(in, KEEPER_PACKET_MAX);
    action->reply = read_text(in, KEEPER_PACKET_MAX);
    action->acted = read_bool(in);
}

static void write_answer(struct text *out, const struct vouch_answer *answer)
{
    size_t note = answer->note.length < VOUCH_INFO_SIZE ? answer->note.length : VOUCH_INFO_SIZE - 1;

    write_number(out, answer->status, 1);
    write_number(out, answer->has_ttl, 1);
    write_number(out, answer->ttl_s, 4);
    write_number(out, answer->listing, 1);
    write_number(out, (uint16_t)answer->reputation.score, 2);
    write_number(out, answer->reputation.confidence_milli, 2);
    write_number(out, answer->reputation.ham, 4);
    write_number(out, answer->reputation.spam, 4);
    write_number(out, note, 2);
    text_add_bytes(out, answer->note.data, note);
}

static void read_answer(struct cursor *in, struct vouch_answer *answer)
{
    answer->status = (enum vouch_status)read_below(in, VOUCH_BOGUS + 1);
    answer->has_ttl = read_bool(in);
    answer->ttl_s = cursor_u32(in);
    answer->listing = (enum vouch_listing)read_below(in, VOUCH_LISTED_BLOCKED + 1);
    answer->reputation.score = (int16_t)cursor_u16(in);
    answer->reputation.confidence_milli = cursor_u16(in);
    answer->reputation.ham = cursor_u32(in);
    answer->reputation.spam = cursor_u32(in);
    answer->note = cursor_view(in, cursor_u16(in));
    if (answer->note.length >= VOUCH_INFO_SIZE || answer->reputation.score < -100 || answer->reputation.score > 100 ||
        answer->reputation.confidence_milli > 1000)
        in->failed = true;
}

/* write_body - what the kind says */
static void write_body(struct text *out, const struct keeper_message *message)
{
    switch (message->kind) {
    case KEEPER_ASK_REPUTATION:
        write_text(out, message->reputation.name);
        write_text(out, message->reputation.organization);
        break;
    case KEEPER_ASK_LISTING:
        write_text(out, message->listing.list);
        write_text(out, message->listing.name);
        break;
    case KEEPER_VOTE:
        write_number(out, (uint64_t)message->until_ms, 8);
        write_vote(out, &message->vote);
        break;
    case KEEPER_PUT:
    case KEEPER_REMOVE:
    case KEEPER_ROW:
        write_row(out, &message->row);
        break;
    case KEEPER_EACH:
        write_number(out, message->rows, 1);
        break;
    case KEEPER_FEEDBACK:
        write_number(out, (uint64_t)message->until_ms, 8);
        write_feedback(out, &message->feedback);
        break;
    case KEEPER_DECISION:
        write_decision(out, &message->decision);
        break;
    case KEEPER_ACTION:
        write_action(out, &message->action);
        break;
    case KEEPER_ANSWER:
        write_answer(out, &message->answer);
        break;
    case KEEPER_VOTED:
        write_number(out, message->count, 4);
        write_number(out, message->counted, 1);
        break;
    case KEEPER_FINISHED:
        write_text(out, message->trouble);
        break;
    case KEEPER_TAKEN:
        write_number(out, message->count, 4);
        write_number(out, message->result, 1);
        break;
    case KEEPER_KINDS:
        break;
    }
}

size_t keeper_write(uint8_t packet[KEEPER_PACKET_MAX], const struct keeper_message *message)
{
    struct text out;

    text_init(&out, (char *)packet, KEEPER_PACKET_MAX); /* which wants an octet for itself */
    text_add_char(&out, (char)message->kind);
    write_number(&out, message->serial, 8);
    write_body(&out, message);
    return out.cut ? 0 : out.length;
}

/* read_body - what the kind says */
static void read_body(struct cursor *in, struct keeper_message *message)
{
    switch (message->kind) {
    case KEEPER_ASK_REPUTATION:
        message->reputation.name = read_text(in, VOUCH_NAME_SIZE);
        message->reputation.organization = read_text(in, VOUCH_NAME_SIZE);
        break;
    case KEEPER_ASK_LISTING:
        message->listing.list = read_text(in, VOUCH_NAME_SIZE);
        message->listing.name = read_text(in, VOUCH_NAME_SIZE);
        break;
    case KEEPER_VOTE:
        message->until_ms = (int64_t)read_u64(in);
        read_vote(in, &message->vote);
        break;
    case KEEPER_PUT:
    case KEEPER_REMOVE:
    case KEEPER_ROW:
        read_row(in, &message->row);
        break;
    case KEEPER_EACH:
        message->rows = (enum store_kind)read_below(in, STORE_SUSPENSION + 1);
        break;
    case KEEPER_FEEDBACK:
        message->until_ms = (int64_t)read_u64(in);
        read_feedback(in, &message->feedback);
        break;
    case KEEPER_DECISION:
        read_decision(in, &message->decision);
        break;
    case KEEPER_ACTION:
        read_action(in, &message->action);
        break;
    case KEEPER_ANSWER:
        read_answer(in, &message->answer);
        break;
    case KEEPER_VOTED:
        message->count = cursor_u32(in);
        message->counted = (enum store_counted)read_below(in, STORE_TROUBLE + 1);
        break;
    case KEEPER_FINISHED:
        message->trouble = read_text(in, STORE_ERROR_SIZE);
        break;
    case KEEPER_TAKEN:
        message->count = cursor_u32(in);
        message->result = (enum feedback_result)read_below(in, FEEDBACK_TROUBLE + 1);
        break;
    case KEEPER_KINDS:
        break;
    }
}

bool keeper_read(struct keeper_message *message, struct vouch_bytes packet)
{
    struct cursor in;

    memset(message, 0, sizeof *message);
    cursor_init(&in, packet);
    message->kind = (enum keeper_kind)read_below(&in, KEEPER_KINDS);
    message->serial = read_u64(&in);
    read_body(&in, message);
    return cursor_ok(&in) && cursor_left(&in) == 0;
}
