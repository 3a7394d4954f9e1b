/*
 * message.c - reads a DNS response message into an answer of the evaluator: the only decoder of DNS messages.
 *
 * Owns nothing: all views point into the caller's message. Looks at nothing that does not belong to the CNAME chain
 * of the name asked. [RFC 1035 4.1, RFC 2181 8, RFC 2308 2, 5]
 */
#include "base/text.h"
#include "core/name.h"

#include <string.h>

#define CLASS_IN       1
#define FLAG_QR        0x8000
#define FLAG_TC        0x0200
#define OPCODE         0x7800
#define RCODE          0x000f
#define RCODE_NXDOMAIN 3
#define TYPE_NS        2

/* What one pass over a message needs. */
struct reader {
    struct vouch_bytes message;
    struct cursor answers; /* at the first record of the answer section */
    uint16_t answers_count;
    uint16_t flags;
    enum vouch_type type;
    struct name current; /* the name that the chain has led to */
    bool delegates;      /* the authority section holds name servers */
};

/* message_trouble - make the answer say that the message could not be used */
static void message_trouble(struct vouch_answer *answer, const char *note)
{
    memset(answer, 0, sizeof *answer);
    answer->status = VOUCH_FAILED;
    answer->note = text_bytes(note);
}

/* message_read_name - take a view of the name at the cursor, checked */
static struct vouch_bytes message_read_name(struct cursor *cursor, struct name *name)
{
    size_t start = cursor->at;
    struct vouch_bytes view = {cursor->bytes.data + start, 0};

    if (name_read(name, cursor, cursor->bytes))
        view.length = cursor->at - start;
    return view;
}

/* message_read_record - read one resource record and its owner; false if it is malformed */
static bool message_read_record(struct cursor *cursor, struct vouch_record *record, uint16_t *class, struct name *owner)
{
    record->owner = message_read_name(cursor, owner);
    record->type = cursor_u16(cursor);
    *class = cursor_u16(cursor);
    record->ttl_s = cursor_u32(cursor);
    if (record->ttl_s > INT32_MAX) /* [RFC 2181 8] */
        record->ttl_s = 0;
    record->rdata = cursor_view(cursor, cursor_u16(cursor));
    return cursor_ok(cursor);
}

/* message_take_ttl - lower the answer's TTL to this one */
static void message_take_ttl(struct vouch_answer *answer, uint32_t ttl_s)
{
    if (!answer->has_ttl || ttl_s < answer->ttl_s)
        answer->ttl_s = ttl_s;
    answer->has_ttl = true;
}

/* message_read_question - check the one question against what was asked */
static bool message_read_question(struct reader *reader, struct cursor *cursor, const char *name)
{
    struct name asked;
    struct name echoed;
    uint16_t type, class;

    if (!name_set(&asked, name, strlen(name)) || !name_read(&echoed, cursor, reader->message))
        return false;
    type = cursor_u16(cursor);
    class = cursor_u16(cursor);
    reader->current = asked;
    return cursor_ok(cursor) && name_equals(&asked, &echoed) && type == reader->type && class == CLASS_IN;
}

/* message_scan - collect the records of the type asked at the current name; follow its CNAME if there are none */
static bool message_scan(const struct reader *reader, struct vouch_answer *answer, struct vouch_record *records,
                         size_t records_max, struct name *next)
{
    struct cursor cursor = reader->answers;
    size_t count = 0;

    next->length = 0;
    for (unsigned i = 0; i < reader->answers_count; i++) {
        struct vouch_record record;
        struct name owner;
        uint16_t class;

        if (!message_read_record(&cursor, &record, &class, &owner))
            return false;
        if (class != CLASS_IN || !name_equals(&owner, &reader->current))
            continue;
        if (record.type == VOUCH_TYPE_CNAME && next->length == 0) {
            if (!name_read_view(next, record.rdata, reader->message))
                return false;
            message_take_ttl(answer, record.ttl_s);
        }
        if (record.type != reader->type)
            continue;
        message_take_ttl(answer, record.ttl_s);
        if (count < records_max)
            records[count++] = record;
        else
            answer->cut = true;
    }
    answer->records = records;
    answer->records_count = count;
    return true;
}

/* message_skip - step over the records of the answer section */
static bool message_skip(const struct reader *reader, struct cursor *cursor)
{
    struct vouch_record record;
    struct name owner;
    uint16_t class;

    *cursor = reader->answers;
    for (unsigned i = 0; i < reader->answers_count; i++) {
        if (!message_read_record(cursor, &record, &class, &owner))
            return false;
    }
    return true;
}

/* message_read_soa - take owner and negative TTL of an SOA record; false if its RDATA is malformed */
static bool message_read_soa(const struct reader *reader, const struct vouch_record *soa, struct vouch_answer *answer)
{
    struct cursor rdata;
    struct name name;
    uint32_t minimum_s;

    cursor_init(&rdata, soa->rdata);
    if (!name_read(&name, &rdata, reader->message) || !name_read(&name, &rdata, reader->message))
        return false;
    cursor_view(&rdata, 16); /* serial, refresh, retry, expire */
    minimum_s = cursor_u32(&rdata);
    if (!cursor_ok(&rdata) || cursor_left(&rdata) != 0)
        return false;
    answer->soa_owner = soa->owner;
    message_take_ttl(answer, minimum_s < soa->ttl_s ? minimum_s : soa->ttl_s); /* [RFC 2308 5] */
    return true;
}

/* message_read_authority - look for the SOA of a negative answer, and step over the section */
static bool message_read_authority(struct reader *reader, struct cursor *cursor, unsigned count,
                                   struct vouch_answer *answer)
{
    for (unsigned i = 0; i < count; i++) {
        struct vouch_record record;
        struct name owner;
        uint16_t class;

        if (!message_read_record(cursor, &record, &class, &owner))
            return false;
        reader->delegates = reader->delegates || record.type == TYPE_NS;
        if (record.type == VOUCH_TYPE_SOA && class == CLASS_IN && answer->status != VOUCH_FOUND &&
            answer->soa_owner.length == 0 && !message_read_soa(reader, &record, answer))
            return false;
    }
    return true;
}

/* message_read_additional - collect addresses behind the answer's records; a malformed rest is left out */
static void message_read_additional(struct cursor *cursor, unsigned count, struct vouch_answer *answer,
                                    struct vouch_record *records, size_t records_max)
{
    size_t additional_count = 0;

    for (unsigned i = 0; i < count && answer->records_count + additional_count < records_max; i++) {
        struct vouch_record *record = &records[answer->records_count + additional_count];
        struct name owner;
        uint16_t class;

        if (!message_read_record(cursor, record, &class, &owner))
            break;
        if (class == CLASS_IN && (record->type == VOUCH_TYPE_A || record->type == VOUCH_TYPE_AAAA))
            additional_count++;
    }
    answer->additional = records + answer->records_count;
    answer->additional_count = additional_count;
}

/* message_follow - walk the CNAME chain to its end; false if a record is malformed */
static bool message_follow(struct reader *reader, struct vouch_answer *answer, struct vouch_record *records,
                           size_t records_max)
{
    for (unsigned links = 0; links <= VOUCH_CNAMES_MAX; links++) {
        struct name next;

        if (!message_scan(reader, answer, records, records_max, &next))
            return false;
        if (answer->records_count != 0 || answer->cut) {
            answer->status = VOUCH_FOUND;
            return true;
        }
        if (next.length == 0) {
            answer->status = (reader->flags & RCODE) == RCODE_NXDOMAIN ? VOUCH_NXDOMAIN : VOUCH_NODATA;
            return true;
        }
        reader->current = next;
    }
    answer->status = VOUCH_CHAIN;
    return true;
}

/* message_check_header - say what makes a message unusable, or null */
static const char *message_check_header(uint16_t flags, uint16_t questions)
{
    if ((flags & FLAG_QR) == 0 || (flags & OPCODE) != 0 || questions != 1)
        return "not a response to one question";
    if ((flags & FLAG_TC) != 0)
        return "truncated";
    switch (flags & RCODE) {
    case 0:
    case RCODE_NXDOMAIN:
        return NULL;
    case 1:
        return "FORMERR";
    case 2:
        return "SERVFAIL";
    case 4:
        return "NOTIMP";
    case 5:
        return "REFUSED";
    case 9:
        return "NOTAUTH";
    default:
        return "unexpected rcode";
    }
}

void vouch_answer_read(struct vouch_answer *answer, const char *name, enum vouch_type type, struct vouch_bytes message,
                       struct vouch_record *records, size_t records_max)
{
    struct reader reader = {.message = message, .type = type};
    struct cursor cursor;
    uint16_t questions, authorities, additionals;
    const char *trouble;

    memset(answer, 0, sizeof *answer);
    cursor_init(&cursor, message);
    cursor_u16(&cursor); /* the id is the transport's business */
    reader.flags = cursor_u16(&cursor);
    questions = cursor_u16(&cursor);
    reader.answers_count = cursor_u16(&cursor);
    authorities = cursor_u16(&cursor);
    additionals = cursor_u16(&cursor);
    trouble = cursor_ok(&cursor) ? message_check_header(reader.flags, questions) : "message too short";
    if (trouble != NULL) {
        message_trouble(answer, trouble);
        return;
    }
    if (!message_read_question(&reader, &cursor, name)) {
        message_trouble(answer, "the response is to another question");
        return;
    }
    reader.answers = cursor;
    if (!message_follow(&reader, answer, records, records_max) || !message_skip(&reader, &cursor) ||
        !message_read_authority(&reader, &cursor, authorities, answer)) {
        message_trouble(answer, "malformed message");
        return;
    }
    if (answer->status == VOUCH_NODATA && reader.delegates && answer->soa_owner.length == 0) {
        message_trouble(answer, "a referral"); /* [RFC 2308 2.2] */
        return;
    }
    answer->message = message;
    message_read_additional(&cursor, additionals, answer, records, records_max);
}
