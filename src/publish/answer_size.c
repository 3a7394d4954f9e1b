/*
 * answer_size.c - measures a DNS answer by having libldns write it.
 */
#include "publish/answer_size.h"

#include <ldns/ldns.h>
#include <string.h>

#define CLASS_IN 1

/* size_record - the record as libldns has it, read from where it stands in the message; null: malformed */
static ldns_rr *size_record(const struct vouch_record *record, struct vouch_bytes message)
{
    uint8_t wire[VOUCH_NAME_SIZE + 10 + UINT16_MAX];
    ldns_rr *rr = NULL;
    size_t at = 0, start = 0;

    if (message.length != 0 && record->owner.data >= message.data &&
        record->owner.data < message.data + message.length) {
        start = (size_t)(record->owner.data - message.data);
        return ldns_wire2rr(&rr, message.data, message.length, &start, LDNS_SECTION_ANSWER) == LDNS_STATUS_OK ? rr
                                                                                                              : NULL;
    }
    if (record->owner.length > VOUCH_NAME_SIZE || record->rdata.length > UINT16_MAX)
        return NULL;
    memcpy(wire, record->owner.data, record->owner.length);
    at = record->owner.length;
    ldns_write_uint16(wire + at, record->type);
    ldns_write_uint16(wire + at + 2, CLASS_IN);
    ldns_write_uint32(wire + at + 4, record->ttl_s);
    ldns_write_uint16(wire + at + 8, (uint16_t)record->rdata.length);
    memcpy(wire + at + 10, record->rdata.data, record->rdata.length);
    at += 10 + record->rdata.length;
    return ldns_wire2rr(&rr, wire, at, &start, LDNS_SECTION_ANSWER) == LDNS_STATUS_OK ? rr : NULL;
}

/* size_add - put the records of an answer into a section */
static bool size_add(ldns_pkt *packet, ldns_pkt_section section, const struct vouch_answer *answer)
{
    for (size_t i = 0; i < answer->records_count; i++) {
        ldns_rr *rr = size_record(&answer->records[i], answer->message);

        if (rr == NULL || !ldns_pkt_push_rr(packet, section, rr)) {
            ldns_rr_free(rr);
            return false;
        }
    }
    return true;
}

/* size_question - a packet that asks */
static ldns_pkt *size_question(const char *name, uint16_t type)
{
    uint8_t wire[VOUCH_NAME_SIZE];
    size_t length = vouch_name_parse(wire, name, strlen(name));
    ldns_rdf *owner = length == 0 ? NULL : ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, length, wire);
    ldns_pkt *packet = owner == NULL ? NULL : ldns_pkt_query_new(owner, (ldns_rr_type)type, LDNS_RR_CLASS_IN, LDNS_QR);

    if (packet == NULL)
        ldns_rdf_deep_free(owner);
    return packet;
}

size_t answer_size(const char *name, uint16_t type, const struct vouch_answer *answer,
                   const struct vouch_answer *additional, size_t count)
{
    ldns_pkt *packet = size_question(name, type);
    bool fine = packet != NULL && size_add(packet, LDNS_SECTION_ANSWER, answer);
    uint8_t *wire = NULL;
    size_t size = 0;

    for (size_t i = 0; fine && i < count; i++)
        fine = size_add(packet, LDNS_SECTION_ADDITIONAL, &additional[i]);
    if (!fine || ldns_pkt2wire(&wire, packet, &size) != LDNS_STATUS_OK)
        size = 0;
    LDNS_FREE(wire);
    ldns_pkt_free(packet);
    return size;
}
