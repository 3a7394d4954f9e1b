/*
 * master_word.c - words and numbers of master files.
 */
#include "dns/master_word.h"

#include "base/text.h"

#include <ldns/ldns.h>
#include <string.h>

bool master_number_parse(struct vouch_bytes text, uint32_t max, uint32_t *number)
{
    uint64_t value = 0;

    for (size_t i = 0; i < text.length; i++) {
        if (!text_is_digit((char)text.data[i]))
            return false;
        value = value * 10 + (uint64_t)(text.data[i] - '0');
        if (value > max)
            return false;
    }
    *number = (uint32_t)value;
    return text.length != 0;
}

/* period_unit - seconds of a unit's letter, 0 if it is none */
static uint32_t period_unit(uint8_t letter)
{
    switch (text_lower((char)letter)) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return 86400;
    case 'w':
        return 604800;
    default:
        return 0;
    }
}

bool master_period_parse(struct vouch_bytes text, uint32_t *seconds)
{
    uint64_t total = 0;

    do {
        struct vouch_bytes digits = {text.data, 0};
        uint32_t number, unit = 1;

        while (digits.length < text.length && text_is_digit((char)text.data[digits.length]))
            digits.length++;
        if (!master_number_parse(digits, UINT32_MAX, &number))
            return false;
        text.data += digits.length;
        text.length -= digits.length;
        if (text.length != 0) {
            unit = period_unit(text.data[0]);
            text.data++;
            text.length--;
        }
        total += (uint64_t)number * unit;
        if (unit == 0 || total > UINT32_MAX)
            return false;
    } while (text.length != 0);
    *seconds = (uint32_t)total;
    return true;
}

bool master_word_number(struct vouch_bytes field, const char *word, uint32_t *number)
{
    size_t length = strlen(word);
    struct vouch_bytes head = {field.data, length};
    struct vouch_bytes digits = {field.data + length, field.length - length};

    return field.length > length && text_is_nocase(head, word) && master_number_parse(digits, UINT16_MAX, number);
}

uint16_t master_type_parse(struct vouch_bytes text)
{
    char word[LDNS_MAX_KEYWORDLEN + 1];
    struct text out;
    uint32_t type;

    if (!master_word_number(text, "TYPE", &type)) {
        struct vouch_bytes head = {text.data, 4};

        if (text.length >= 4 && text_is_nocase(head, "TYPE"))
            return 0; /* libldns would take the digits of TYPE33x */
        text_init(&out, word, sizeof word);
        text_add_bytes(&out, text.data, text.length);
        type = out.cut ? 0 : (uint32_t)ldns_get_rr_type_by_name(word);
    }
    /* OPT, and the range of meta types and question types [RFC 6895 3.1] */
    return type > UINT16_MAX || type == LDNS_RR_TYPE_OPT || (type >= 128 && type <= 255) ? 0 : (uint16_t)type;
}
