/*
 * network.c - networks and exemptions: read from text, and matched with a client.
 */
#include "base/address.h"
#include "base/text.h"
#include "conf/options.h"

#include <stdio.h>
#include <string.h>

/* network_mask - clear the bits behind the prefix; were there any? */
static bool network_mask(struct vouch_address *address, unsigned bits)
{
    bool any = false;

    for (unsigned i = 0; i < address_length(address); i++) {
        unsigned kept = bits > 8 * i ? bits - 8 * i : 0;
        uint8_t mask = (uint8_t)(kept >= 8 ? 0xff : 0xff00 >> kept);

        any = any || (address->octets[i] & ~mask) != 0;
        address->octets[i] &= mask;
    }
    return any;
}

/* network_bits - a prefix length of one to three digits; -1 if it is none */
static int network_bits(const char *text, size_t length)
{
    int bits = 0;

    if (length == 0 || length > 3)
        return -1;
    for (size_t i = 0; i < length; i++) {
        if (!text_is_digit(text[i]))
            return -1;
        bits = bits * 10 + (text[i] - '0');
    }
    return bits;
}

/* network_read - ADDRESS or ADDRESS/BITS; false with a cause */
static bool network_read(struct conf_network *network, const char *text, size_t length, char cause[CONF_ERROR_SIZE])
{
    const char *slash = memchr(text, '/', length);
    size_t address_end = slash == NULL ? length : (size_t)(slash - text);
    char shown[VOUCH_ADDRESS_SIZE];
    int width, bits;

    memset(network, 0, sizeof *network);
    if (!vouch_address_parse(&network->address, text, address_end))
        return conf_fail(cause, "not an address, or ADDRESS/BITS");
    width = (int)(8 * address_length(&network->address));
    bits = slash == NULL ? width : network_bits(slash + 1, length - address_end - 1);
    if (slash != NULL && width == 32 && memchr(text, ':', address_end) != NULL)
        bits -= 96; /* an IPv4 network in IPv6 notation */
    if (bits < 0 || bits > width)
        return conf_fail(cause, "the prefix must have 0 to %d bits", width);
    network->bits = (uint8_t)bits;
    if (!network_mask(&network->address, network->bits))
        return true;
    vouch_address_format(&network->address, shown);
    return conf_fail(cause, "has bits behind its prefix; the network is %s/%d", shown, bits);
}

bool conf_add_network(struct conf_networks *networks, const char *name, const char *value, char error[CONF_ERROR_SIZE])
{
    char cause[CONF_ERROR_SIZE];

    if (networks->count == CONF_NETWORKS_MAX)
        return conf_fail(error, "%s: more than %d values", name, CONF_NETWORKS_MAX);
    if (!network_read(&networks->networks[networks->count], value, strlen(value), cause))
        return conf_fail(error, "%s: \"%.100s\": %.300s", name, value, cause);
    networks->count++;
    return true;
}

/* network_looks_like - was this meant as an address, not as a name? */
static bool network_looks_like(const char *text, size_t length)
{
    bool number = true;

    for (size_t i = 0; i < length; i++) {
        if (text[i] == ':' || text[i] == '/')
            return true;
        number = number && (text_is_digit(text[i]) || text[i] == '.');
    }
    return number;
}

bool conf_add_exemption(struct conf_exemptions *exemptions, const char *name, const char *value,
                        char error[CONF_ERROR_SIZE])
{
    struct conf_exemption *exemption = &exemptions->exemptions[exemptions->count];
    size_t length = strcspn(value, " ");
    const char *comment = value + length + strspn(value + length, " ");
    char cause[CONF_ERROR_SIZE];
    struct text text;

    if (exemptions->count == CONF_EXEMPTIONS_MAX)
        return conf_fail(error, "%s: more than %d values", name, CONF_EXEMPTIONS_MAX);
    memset(exemption, 0, sizeof *exemption);
    if (network_looks_like(value, length)) {
        if (!network_read(&exemption->network, value, length, cause))
            return conf_fail(error, "%s: \"%.100s\": %.300s", name, value, cause);
    } else if (!conf_read_name(exemption->name, value, length, true)) {
        return conf_fail(error, "%s: \"%.100s\": begins with no network and no name", name, value);
    }
    if (comment[0] == '\0')
        return conf_fail(error, "%s: \"%.100s\": needs a comment, such as \"%.100s ticket 12\"", name, value, value);
    text_init(&text, exemption->comment, sizeof exemption->comment);
    text_add(&text, comment);
    if (text.cut)
        return conf_fail(error, "%s: \"%.100s...\": the comment has more than %d characters", name, value,
                         CONF_COMMENT_SIZE - 1);
    exemptions->count++;
    return true;
}

/* network_has - is the address in this network? */
static bool network_has(const struct conf_network *network, const struct vouch_address *address)
{
    struct vouch_address masked = *address;

    if (address_length(address) == 0 || network->address.family != address->family)
        return false;
    network_mask(&masked, network->bits);
    return memcmp(masked.octets, network->address.octets, address_length(address)) == 0;
}

bool conf_network_holds(const struct conf_networks *networks, const struct vouch_address *address)
{
    for (size_t i = 0; i < networks->count; i++) {
        if (network_has(&networks->networks[i], address))
            return true;
    }
    return false;
}

/* network_name_fits - is `name` the entry, or below it if that is a suffix? */
static bool network_name_fits(const char *entry, struct vouch_bytes name)
{
    size_t length = strlen(entry);

    if (name.length > 0 && name.data[name.length - 1] == '.')
        name.length--;
    if (length == 0 || name.length < length || (entry[0] == '.' ? name.length == length : name.length != length))
        return false;
    name.data += name.length - length;
    name.length = length;
    return text_is_nocase(name, entry);
}

const struct conf_exemption *conf_find_exemption(const struct conf_exemptions *exemptions,
                                                 const struct vouch_address *client, struct vouch_bytes helo)
{
    for (size_t i = 0; i < exemptions->count; i++) {
        const struct conf_exemption *exemption = &exemptions->exemptions[i];

        if (network_has(&exemption->network, client) || network_name_fits(exemption->name, helo))
            return exemption;
    }
    return NULL;
}

const struct conf_profile *conf_domain_profile(const struct conf *conf, struct vouch_bytes domain)
{
    const struct conf_domain *best = NULL;

    for (size_t i = 0; i < conf->domains_count; i++) {
        const struct conf_domain *entry = &conf->domains[i];

        if (!network_name_fits(entry->name, domain))
            continue;
        if (entry->name[0] != '.')
            return &conf->profiles[entry->profile];
        if (best == NULL || strlen(entry->name) > strlen(best->name))
            best = entry;
    }
    return best == NULL ? NULL : &conf->profiles[best->profile];
}
