/*
 * master_rdata.c - the RDATA of one record from text to wire form.
 *
 * libldns knows the types but reads numbers with strtol and keeps the low bits of what is too large, so plain numbers
 * are checked here before.
 */
#include "dns/master_rdata.h"

#include "base/text.h"
#include "dns/master_scan.h"
#include "dns/master_word.h"
#include "dns/zone_name.h"

#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

/* hex_digit - the value of a hexadecimal digit, -1 for other characters */
static int hex_digit(uint8_t octet)
{
    char lower = text_lower((char)octet);

    if (text_is_digit(lower))
        return lower - '0';
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool master_rdata_add_hex(struct master_rdata *rdata, struct vouch_bytes hex)
{
    if (hex.length % 2 != 0 || hex.length / 2 > sizeof rdata->octets - rdata->length)
        return false;
    for (size_t i = 0; i < hex.length; i += 2) {
        int high = hex_digit(hex.data[i]);
        int low = hex_digit(hex.data[i + 1]);

        if (high < 0 || low < 0)
            return false;
        rdata->octets[rdata->length++] = (uint8_t)(high * 16 + low);
    }
    return true;
}

/* rdata_parse_generic - read LENGTH HEX, blanks between the digits allowed [RFC 3597 5] */
static const char *rdata_parse_generic(struct master_rdata *rdata, const char *text)
{
    struct vouch_bytes field = master_scan_field(&text);
    uint32_t length;

    if (!master_number_parse(field, sizeof rdata->octets, &length))
        return "malformed length of RDATA";
    while (*text != '\0') {
        if (!master_rdata_add_hex(rdata, master_scan_field(&text)))
            return "malformed hexadecimal RDATA";
    }
    return rdata->length == length ? NULL : "RDATA of another length than it says";
}

/* number_fits - check a field that libldns would read with strtol */
static bool number_fits(ldns_rdf_type kind, struct vouch_bytes field)
{
    uint32_t number;

    if (kind == LDNS_RDF_TYPE_INT8)
        return master_number_parse(field, UINT8_MAX, &number);
    if (kind == LDNS_RDF_TYPE_INT16)
        return master_number_parse(field, UINT16_MAX, &number);
    if (kind == LDNS_RDF_TYPE_INT32)
        return master_number_parse(field, UINT32_MAX, &number);
    return kind != LDNS_RDF_TYPE_PERIOD || master_period_parse(field, &number);
}

/* numbers_fit - check the plain numbers of a type's RDATA */
static bool numbers_fit(uint16_t type, const char *text)
{
    const ldns_rr_descriptor *descriptor = ldns_rr_descript(type);

    for (size_t i = 0; descriptor != NULL && *text != '\0' && i < ldns_rr_descriptor_maximum(descriptor); i++) {
        if (!number_fits(ldns_rr_descriptor_field_type(descriptor, i), master_scan_field(&text)))
            return false;
    }
    return true;
}

/* rdata_take - put the RDATA of a record of libldns into wire form; its fields hold just that */
static const char *rdata_take(struct master_rdata *rdata, const ldns_rr *rr)
{
    for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
        const ldns_rdf *field = ldns_rr_rdf(rr, i);

        if (ldns_rdf_size(field) > sizeof rdata->octets - rdata->length)
            return "RDATA that is too long";
        memcpy(rdata->octets + rdata->length, ldns_rdf_data(field), ldns_rdf_size(field));
        rdata->length += ldns_rdf_size(field);
    }
    return NULL;
}

/* rdata_parse_typed - read RDATA in the form of its type */
static const char *rdata_parse_typed(struct master_rdata *rdata, uint16_t type, const char *text, const uint8_t *origin)
{
    static const char head[] = ". 0 IN ";
    size_t size = sizeof head + LDNS_MAX_KEYWORDLEN + 1 + strlen(text) + 1;
    ldns_rdf *ldns_origin = ldns_dname_new_frm_data((uint16_t)zone_name_length(origin), origin);
    char *word = ldns_rr_type2str(type);
    char *line = malloc(size);
    ldns_rr *rr = NULL;
    const char *cause = "out of memory";
    struct text out;

    if (ldns_origin == NULL || word == NULL || line == NULL)
        goto done;
    text_init(&out, line, size);
    text_add(&out, head);
    text_add(&out, word);
    text_add_char(&out, ' ');
    text_add(&out, text);
    cause = "malformed RDATA";
    if (ldns_rr_new_frm_str(&rr, line, 0, ldns_origin, NULL) == LDNS_STATUS_OK)
        cause = rdata_take(rdata, rr);
done:
    ldns_rr_free(rr);
    free(line);
    free(word);
    ldns_rdf_deep_free(ldns_origin);
    return cause;
}

/* type_is_known - libldns has a form of its own for this type's RDATA */
static bool type_is_known(uint16_t type)
{
    const ldns_rr_descriptor *descriptor = ldns_rr_descript(type);

    return descriptor != NULL && ldns_rr_descriptor_field_type(descriptor, 0) != LDNS_RDF_TYPE_UNKNOWN;
}

const char *master_rdata_parse(struct master_rdata *rdata, uint16_t type, const char *text, const uint8_t *origin)
{
    const char *rest = text;
    struct vouch_bytes first = master_scan_field(&rest);

    rdata->length = 0;
    if (text_is(first, "\\#"))
        return rdata_parse_generic(rdata, rest);
    if (!type_is_known(type))
        return "a type whose RDATA must be written as \\# LENGTH HEX";
    if (!numbers_fit(type, text))
        return "a malformed number in RDATA";
    return rdata_parse_typed(rdata, type, text, origin);
}
