/*
 * rdata.c - RDATA of answers as text. Names may be compressed into the answer's message; libldns follows them.
 */
#include "publish/rdata.h"

#include "base/text.h"

#include <ldns/ldns.h>
#include <string.h>

#define SRV_NUMBERS 3
#define TYPE_MX     15

bool rdata_name(const struct vouch_answer *answer, struct vouch_bytes view, char name[VOUCH_NAME_TEXT_SIZE])
{
    bool whole = answer->message.length != 0;
    struct vouch_bytes within = whole ? answer->message : view;
    size_t at = whole ? (size_t)(view.data - answer->message.data) : 0;
    ldns_rdf *dname = NULL;

    name[0] = '\0';
    if (view.length == 0 || ldns_wire2dname(&dname, within.data, within.length, &at) != LDNS_STATUS_OK)
        return false;
    vouch_name_format(ldns_rdf_data(dname), name);
    ldns_rdf_deep_free(dname);
    for (char *letter = name; *letter != '\0'; letter++)
        *letter = text_lower(*letter);
    return true;
}

/* rdata_add_name - the name at `offset` of the RDATA, lower case, with a final dot; false: malformed */
static bool rdata_add_name(struct text *text, const struct vouch_answer *answer, const struct vouch_record *record,
                           size_t offset)
{
    char name[VOUCH_NAME_TEXT_SIZE];

    if (offset >= record->rdata.length ||
        !rdata_name(answer, (struct vouch_bytes){record->rdata.data + offset, record->rdata.length - offset}, name))
        return false;
    text_add(text, name);
    text_add(text, strcmp(name, ".") == 0 ? "" : ".");
    return !text->cut;
}

/* rdata_add_address - an address of this family; false: malformed */
static bool rdata_add_address(struct text *text, const struct vouch_record *record, uint8_t family)
{
    struct vouch_address address = {.family = family};
    char formatted[VOUCH_ADDRESS_SIZE];

    if (record->rdata.length != (family == 4 ? 4 : 16))
        return false;
    memcpy(address.octets, record->rdata.data, record->rdata.length);
    vouch_address_format(&address, formatted);
    text_add(text, formatted);
    return true;
}

bool rdata_format(const struct vouch_answer *answer, const struct vouch_record *record, char rdata[PLAN_RDATA_SIZE])
{
    const uint8_t *octets = record->rdata.data;
    struct text text;

    text_init(&text, rdata, PLAN_RDATA_SIZE);
    switch (record->type) {
    case TYPE_MX:
        for (size_t i = 0; i < 2 && record->rdata.length > 2; i++) {
            text_add_unsigned(&text, octets[i]);
            text_add_char(&text, ' ');
        }
        return rdata_add_name(&text, answer, record, 2);
    case VOUCH_TYPE_A:
        return rdata_add_address(&text, record, 4);
    case VOUCH_TYPE_AAAA:
        return rdata_add_address(&text, record, 6);
    case VOUCH_TYPE_SRV:
        for (size_t i = 0; i < SRV_NUMBERS && record->rdata.length > (size_t)2 * SRV_NUMBERS; i++) {
            text_add_unsigned(&text, (uint64_t)octets[2 * i] << 8 | octets[2 * i + 1]);
            text_add_char(&text, ' ');
        }
        return rdata_add_name(&text, answer, record, (size_t)2 * SRV_NUMBERS);
    case VOUCH_TYPE_PTR:
    case VOUCH_TYPE_CNAME:
        return rdata_add_name(&text, answer, record, 0);
    default:
        return false;
    }
}
