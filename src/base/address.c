/*
 * address.c - Internet addresses: text in and out, comparison in binary.
 */
#include "base/address.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <string.h>

size_t address_length(const struct vouch_address *address)
{
    switch (address->family) {
    case 4:
        return 4;
    case 6:
        return 16;
    default:
        return 0;
    }
}

bool address_equals(const struct vouch_address *address, struct vouch_bytes rdata)
{
    size_t length = address_length(address);

    return length != 0 && rdata.length == length && memcmp(address->octets, rdata.data, length) == 0;
}

void address_unmap(struct vouch_address *address)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

    if (address->family != 6 || memcmp(address->octets, mapped, sizeof mapped) != 0)
        return;
    memmove(address->octets, address->octets + sizeof mapped, 4);
    memset(address->octets + 4, 0, sizeof address->octets - 4);
    address->family = 4;
}

/* address_in - does an address begin with these bits? */
static bool address_in(const struct vouch_address *address, const uint8_t *octets, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;

    return memcmp(address->octets, octets, whole) == 0 &&
           (rest == 0 || (address->octets[whole] ^ octets[whole]) >> (8 - rest) == 0);
}

enum address_use address_use(const struct vouch_address *address)
{
    static const struct {
        uint8_t family, bits, octets[6];
        enum address_use use;
    } blocks[] = {
        {4, 8, {0}, ADDRESS_LOCAL},
        {4, 8, {10}, ADDRESS_LOCAL},
        {4, 10, {100, 64}, ADDRESS_LOCAL},
        {4, 8, {127}, ADDRESS_LOCAL},
        {4, 16, {169, 254}, ADDRESS_LOCAL},
        {4, 12, {172, 16}, ADDRESS_LOCAL},
        {4, 24, {192, 0, 2}, ADDRESS_DOCUMENTATION},
        {4, 16, {192, 168}, ADDRESS_LOCAL},
        {4, 15, {198, 18}, ADDRESS_LOCAL},
        {4, 24, {198, 51, 100}, ADDRESS_DOCUMENTATION},
        {4, 24, {203, 0, 113}, ADDRESS_DOCUMENTATION},
        {4, 3, {224}, ADDRESS_LOCAL},
        {6, 32, {0x20, 0x01, 0x0d, 0xb8}, ADDRESS_DOCUMENTATION},
        {6, 48, {0x20, 0x01, 0, 2, 0, 0}, ADDRESS_LOCAL},
        {6, 20, {0x3f, 0xff}, ADDRESS_DOCUMENTATION},
        {6, 3, {0x20}, ADDRESS_PUBLIC},
    };

    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        if (address->family == blocks[i].family && address_in(address, blocks[i].octets, blocks[i].bits))
            return blocks[i].use;
    }
    return address->family == 4 ? ADDRESS_PUBLIC : ADDRESS_LOCAL;
}

bool address_is_loopback(const struct vouch_address *address)
{
    static const uint8_t loopback_6[16] = {[15] = 1};

    return address->family == 4 ? address->octets[0] == 127
                                : address->family == 6 && memcmp(address->octets, loopback_6, sizeof loopback_6) == 0;
}

bool vouch_address_parse(struct vouch_address *address, const char *text, size_t length)
{
    char copy[VOUCH_ADDRESS_SIZE];

    memset(address, 0, sizeof *address);
    if (length == 0 || length >= sizeof copy || memchr(text, '\0', length) != NULL)
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (inet_pton(AF_INET, copy, address->octets) == 1) {
        address->family = 4;
        return true;
    }
    if (inet_pton(AF_INET6, copy, address->octets) == 1) {
        address->family = 6;
        address_unmap(address);
        return true;
    }
    memset(address, 0, sizeof *address);
    return false;
}

/* address_group - the 16-bit group number `index` of an IPv6 address */
static uint16_t address_group(const struct vouch_address *address, size_t index)
{
    return (uint16_t)(address->octets[2 * index] << 8 | address->octets[2 * index + 1]);
}

/* address_zeros - where the longest run of two or more zero groups begins, and how long it is */
static size_t address_zeros(const struct vouch_address *address, size_t *count)
{
    size_t best = 8;

    *count = 1;
    for (size_t first = 0; first < 8; first++) {
        size_t end = first;

        while (end < 8 && address_group(address, end) == 0)
            end++;
        if (end - first > *count) {
            *count = end - first;
            best = first;
        }
    }
    return best;
}

/* address_format_6 - write RFC 5952 text of an IPv6 address */
static void address_format_6(const struct vouch_address *address, struct text *text)
{
    static const char hex[] = "0123456789abcdef";
    size_t zeros_count;
    size_t zeros = address_zeros(address, &zeros_count);

    for (size_t i = 0; i < 8; i++) {
        uint16_t group = address_group(address, i);
        int shift = 12;

        if (i == zeros) {
            text_add(text, "::");
            i += zeros_count - 1;
            continue;
        }
        if (i != 0 && text->data[text->length - 1] != ':')
            text_add_char(text, ':');
        while (shift > 0 && group >> shift == 0)
            shift -= 4;
        for (; shift >= 0; shift -= 4)
            text_add_char(text, hex[group >> shift & 15]);
    }
}

void vouch_address_format(const struct vouch_address *address, char out[VOUCH_ADDRESS_SIZE])
{
    struct text text;

    text_init(&text, out, VOUCH_ADDRESS_SIZE);
    if (address->family == 6)
        address_format_6(address, &text);
    if (address->family != 4)
        return;
    for (size_t i = 0; i < 4; i++) {
        if (i != 0)
            text_add_char(&text, '.');
        text_add_unsigned(&text, address->octets[i]);
    }
}
