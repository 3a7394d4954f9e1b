/*
 * text.c - builds text in a buffer of fixed size.
 */
#include "base/text.h"

#include <string.h>

void text_init(struct text *text, char *data, size_t size)
{
    text->data = data;
    text->size = size;
    text->length = 0;
    text->cut = false;
    data[0] = '\0';
}

void text_add_bytes(struct text *text, const void *bytes, size_t length)
{
    size_t room = text->size - 1 - text->length;

    if (length > room) {
        text->cut = true;
        length = room;
    }
    if (length == 0)
        return;
    memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void text_add(struct text *text, const char *string)
{
    text_add_bytes(text, string, strlen(string));
}

void text_add_char(struct text *text, char character)
{
    text_add_bytes(text, &character, 1);
}

void text_add_unsigned(struct text *text, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    text_add_bytes(text, digits + at, sizeof digits - at);
}

void text_add_signed(struct text *text, int64_t number)
{
    if (number < 0)
        text_add_char(text, '-');
    text_add_unsigned(text, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

void text_add_printable(struct text *text, struct vouch_bytes bytes)
{
    static const char hex[] = "0123456789abcdef";

    for (size_t i = 0; i < bytes.length; i++) {
        char character = (char)bytes.data[i];

        if (text_is_printable(character)) {
            text_add_char(text, character);
        } else {
            char escape[4] = {'\\', 'x', hex[bytes.data[i] >> 4], hex[bytes.data[i] & 15]};

            text_add_bytes(text, escape, sizeof escape);
        }
    }
}

char text_lower(char character)
{
    return character >= 'A' && character <= 'Z' ? (char)(character + ('a' - 'A')) : character;
}

bool text_is_digit(char character)
{
    return character >= '0' && character <= '9';
}

bool text_is_alnum(char character)
{
    char lower = text_lower(character);

    return text_is_digit(character) || (lower >= 'a' && lower <= 'z');
}

bool text_is_printable(char character)
{
    return character >= ' ' && character <= '~';
}

struct vouch_bytes text_bytes(const char *string)
{
    struct vouch_bytes bytes = {(const uint8_t *)string, string == NULL ? 0 : strlen(string)};

    return bytes;
}

/* text_is_blank - is it one of these characters between words? */
static bool text_is_blank(uint8_t octet, const char *blanks)
{
    while (*blanks != '\0' && (uint8_t)*blanks != octet)
        blanks++;
    return *blanks != '\0';
}

struct vouch_bytes text_take_word(struct vouch_bytes *rest, const char *blanks)
{
    struct vouch_bytes word;

    while (rest->length != 0 && text_is_blank(rest->data[0], blanks)) {
        rest->data++;
        rest->length--;
    }
    word = *rest;
    while (rest->length != 0 && !text_is_blank(rest->data[0], blanks)) {
        rest->data++;
        rest->length--;
    }
    word.length -= rest->length;
    return word;
}

bool text_is(struct vouch_bytes bytes, const char *word)
{
    return bytes.length == strlen(word) && (bytes.length == 0 || memcmp(bytes.data, word, bytes.length) == 0);
}

bool text_is_nocase(struct vouch_bytes bytes, const char *word)
{
    if (bytes.length != strlen(word))
        return false;
    for (size_t i = 0; i < bytes.length; i++) {
        if (text_lower((char)bytes.data[i]) != text_lower(word[i]))
            return false;
    }
    return true;
}
