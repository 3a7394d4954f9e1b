/*
 * json_text.c - texts of peers in JSON.
 */
#include "session/json_text.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* json_sequence - length of the well-formed UTF-8 character at `at`, 0 if there is none [RFC 3629 4] */
static size_t json_sequence(const uint8_t *at, size_t left)
{
    size_t length = at[0] < 0x80 ? 1 : at[0] >= 0xc2 && at[0] < 0xe0 ? 2 : at[0] >= 0xe0 && at[0] < 0xf0 ? 3 : 4;
    char character[5];
    json_t *probe;

    if (at[0] >= 0xf5 || (at[0] >= 0x80 && at[0] < 0xc2) || length > left)
        return 0;
    memcpy(character, at, length);
    character[length] = '\0';
    probe = json_stringn(character, length); /* checks the continuation octets */
    json_decref(probe);
    return probe == NULL ? 0 : length;
}

/* json_is_plain - printable ASCII, as nearly all there is */
static bool json_is_plain(struct vouch_bytes bytes)
{
    for (size_t i = 0; i < bytes.length; i++) {
        if (!text_is_printable((char)bytes.data[i]))
            return false;
    }
    return bytes.length != 0;
}

json_t *json_text(struct vouch_bytes bytes)
{
    size_t size = 4 * bytes.length + 1;
    char *buffer;
    struct text text;
    json_t *string;

    if (json_is_plain(bytes))
        return json_stringn((const char *)bytes.data, bytes.length);
    buffer = malloc(size);
    if (buffer == NULL)
        return NULL;
    text_init(&text, buffer, size);
    for (size_t at = 0; at < bytes.length;) {
        size_t length = json_sequence(bytes.data + at, bytes.length - at);
        struct vouch_bytes octet = {bytes.data + at, 1};

        if (length == 0)
            text_add_printable(&text, octet);
        else
            text_add_bytes(&text, bytes.data + at, length);
        at += length == 0 ? 1 : length;
    }
    string = json_stringn(text.data, text.length);
    free(buffer);
    return string;
}

json_t *json_text_or_null(const char *string)
{
    return string[0] == '\0' ? json_null() : json_text(text_bytes(string));
}

char *json_text_dump(const json_t *value, bool indent)
{
    size_t flags = (indent ? JSON_INDENT(2) : JSON_COMPACT) | JSON_ENSURE_ASCII | JSON_ENCODE_ANY;
    char *dump = json_dumps(value, flags);
    size_t length = dump == NULL ? 0 : strlen(dump), deletes = 0;
    struct text text;
    char *escaped;

    for (size_t i = 0; i < length; i++)
        deletes += dump[i] == 127; /* jansson lets DEL through */
    if (deletes == 0)
        return dump;
    escaped = malloc(length + 5 * deletes + 1);
    if (escaped != NULL)
        text_init(&text, escaped, length + 5 * deletes + 1);
    for (size_t i = 0; escaped != NULL && i < length; i++) {
        if (dump[i] == 127)
            text_add(&text, "\\u007f");
        else
            text_add_char(&text, dump[i]);
    }
    free(dump);
    return escaped;
}
