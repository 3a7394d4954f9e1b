/*
 * evidence.c - records as master-file text for people.
 */
#include "session/evidence.h"

#include "base/text.h"
#include "core/csa.h"
#include "core/name.h"

#include <stdlib.h>
#include <string.h>

/* evidence_add_name - a name with its final dot; "?" if it is malformed */
static void evidence_add_name(struct text *text, const struct name *name)
{
    char format[VOUCH_NAME_TEXT_SIZE];

    if (name->length == 0) {
        text_add(text, "?");
        return;
    }
    vouch_name_format(name->wire, format);
    text_add_printable(text, text_bytes(format));
    if (!name_is_root(name))
        text_add_char(text, '.');
}

/* evidence_add_srv - priority, weight, port, target */
static void evidence_add_srv(struct text *text, const struct vouch_record *record, struct vouch_bytes message)
{
    struct csa_record srv;

    csa_judge_record(&srv, record->rdata, message);
    text_add_unsigned(text, srv.priority);
    text_add_char(text, ' ');
    text_add_unsigned(text, srv.weight);
    text_add_char(text, ' ');
    text_add_unsigned(text, srv.port);
    text_add_char(text, ' ');
    evidence_add_name(text, &srv.target);
}

/* evidence_add_txt - the character-strings, quoted */
static void evidence_add_txt(struct text *text, const struct vouch_record *record)
{
    struct cursor cursor;

    cursor_init(&cursor, record->rdata);
    while (cursor_left(&cursor) != 0) {
        struct vouch_bytes string = cursor_view(&cursor, cursor_u8(&cursor));

        text_add(text, text->length == 0 ? "\"" : " \"");
        text_add_printable(text, string);
        text_add_char(text, '"');
    }
}

/* evidence_add_address - an address; "?" if it has the wrong length */
static void evidence_add_address(struct text *text, const struct vouch_record *record)
{
    struct vouch_address address = {.family = record->type == VOUCH_TYPE_A ? 4 : 6};
    char format[VOUCH_ADDRESS_SIZE];

    if (record->rdata.length != (address.family == 4 ? 4U : 16U)) {
        text_add(text, "?");
        return;
    }
    memcpy(address.octets, record->rdata.data, record->rdata.length);
    vouch_address_format(&address, format);
    text_add(text, format);
}

/* evidence_add_record - one record by its type */
static void evidence_add_record(struct text *text, const struct vouch_record *record, struct vouch_bytes message)
{
    struct name name;

    switch (record->type) {
    case VOUCH_TYPE_SRV:
        evidence_add_srv(text, record, message);
        break;
    case VOUCH_TYPE_TXT:
        evidence_add_txt(text, record);
        break;
    case VOUCH_TYPE_PTR:
        name_read_view(&name, record->rdata, message);
        evidence_add_name(text, &name);
        break;
    default:
        evidence_add_address(text, record);
        break;
    }
}

/* evidence_pack - a step that holds these texts, which stand one behind the other; null: out of memory */
static struct evidence_step *evidence_pack(const char *texts, size_t length, unsigned records_count)
{
    struct evidence_step *step = calloc(1, sizeof *step + length);
    const char *at;

    if (step == NULL)
        return NULL;
    at = memcpy(step + 1, texts, length);
    step->note = at;
    step->records_count = records_count;
    for (unsigned i = 0; i < records_count; i++) {
        at += strlen(at) + 1;
        step->records[i] = at;
    }
    return step;
}

void evidence_take(struct evidence *evidence, unsigned id, const struct vouch_answer *answer)
{
    char texts[(1 + EVIDENCE_RECORDS) * EVIDENCE_SIZE];
    unsigned records_count = 0;
    size_t length;
    struct text text;

    if (id >= EVIDENCE_STEPS)
        return;
    text_init(&text, texts, EVIDENCE_SIZE);
    text_add_printable(&text, answer->note);
    length = text.length + 1;
    for (size_t i = 0; i < answer->records_count && i < EVIDENCE_RECORDS; i++) {
        text_init(&text, texts + length, EVIDENCE_SIZE);
        evidence_add_record(&text, &answer->records[i], answer->message);
        length += text.length + 1;
        records_count++;
    }
    free(evidence->steps[id]);
    evidence->steps[id] = length == 1 ? NULL : evidence_pack(texts, length, records_count);
}

const struct evidence_step *evidence_find(const struct evidence *evidence, unsigned id)
{
    static const struct evidence_step nothing = {.note = ""};

    return id < EVIDENCE_STEPS && evidence->steps[id] != NULL ? evidence->steps[id] : &nothing;
}

void evidence_clear(struct evidence *evidence)
{
    for (size_t i = 0; i < EVIDENCE_STEPS; i++)
        free(evidence->steps[i]);
    memset(evidence, 0, sizeof *evidence);
}
