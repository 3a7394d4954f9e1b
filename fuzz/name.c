/*
 * name.c - any octets as a compressed name, as text of a name, as text of an address: what is read can be written and
 * read again, and nothing is read beyond its end.
 */
#include "core/name.h"
#include "fuzz.h"

#include <string.h>

/* name_check_wire - a name that was read is well-formed, and survives text */
static void name_check_wire(const struct name *name)
{
    char text[VOUCH_NAME_TEXT_SIZE];
    struct name again;
    size_t at = 0;

    REQUIRE(name->length >= 1);
    for (; at < name->length && name->wire[at] != 0; at += 1U + name->wire[at])
        REQUIRE(name->wire[at] <= 63);
    REQUIRE(at == name->length - 1U);
    vouch_name_format(name->wire, text);
    fuzz_require_clean(text);
    REQUIRE(name_set(&again, text, strlen(text)) && name_equals(name, &again));
    REQUIRE(name_order(name, &again) == 0);
}

/* name_check_order - the order of two names is one, and case does not matter */
static void name_check_order(const struct name *a, struct vouch_bytes bytes)
{
    char upper[VOUCH_NAME_TEXT_SIZE];
    struct name b, again;
    int order;

    if (bytes.length >= sizeof upper || !name_set(&b, (const char *)bytes.data, bytes.length))
        return;
    for (size_t i = 0; i < bytes.length; i++) {
        char character = (char)bytes.data[i];

        upper[i] = character >= 'a' && character <= 'z' ? (char)(character - 'a' + 'A') : character;
    }
    REQUIRE(name_set(&again, upper, bytes.length) && name_equals(&b, &again));
    order = name_order(a, &b);
    REQUIRE((order == 0) == name_equals(a, &b));
    REQUIRE((order < 0) == (name_order(&b, a) > 0));
}

/* name_check_text - text that is a name survives wire form */
static void name_check_text(struct vouch_bytes bytes)
{
    uint8_t wire[VOUCH_NAME_SIZE], again[VOUCH_NAME_SIZE];
    char text[VOUCH_NAME_TEXT_SIZE];
    size_t length = vouch_name_parse(wire, (const char *)bytes.data, bytes.length);

    if (length == 0)
        return;
    REQUIRE(length <= 255 && wire[length - 1] == 0);
    vouch_name_format(wire, text);
    REQUIRE(vouch_name_parse(again, text, strlen(text)) == length && memcmp(wire, again, length) == 0);
}

/* name_check_address - text that is an address survives */
static void name_check_address(struct vouch_bytes bytes)
{
    struct vouch_address address, again;
    char text[VOUCH_ADDRESS_SIZE];

    if (!vouch_address_parse(&address, (const char *)bytes.data, bytes.length)) {
        REQUIRE(address.family == 0);
        return;
    }
    vouch_address_format(&address, text);
    REQUIRE(vouch_address_parse(&again, text, strlen(text)) && memcmp(&address, &again, sizeof address) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size, 0};
    size_t start = fuzz_u8(&input);
    struct vouch_bytes message = fuzz_rest(&input);
    struct cursor cursor;
    struct name name;

    cursor_init(&cursor, message);
    cursor_view(&cursor, start < message.length ? start : 0);
    if (name_read(&name, &cursor, message)) {
        name_check_wire(&name);
        name_check_order(&name, message);
    } else {
        REQUIRE(name.length == 0 && !cursor_ok(&cursor));
    }
    name_check_text(message);
    name_check_address(message);
    return 0;
}
