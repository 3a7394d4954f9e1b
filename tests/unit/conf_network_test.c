/*
 * conf_network_test.c - networks and exemptions: read, refused with a cause, and matched with clients.
 */
#include "conf_file.h"

#include <stdio.h>
#include <string.h>

static struct vouch_address address(const char *text)
{
    struct vouch_address result;

    if (!vouch_address_parse(&result, text, strlen(text)))
        fail_msg("%s", text);
    return result;
}

static struct vouch_bytes bytes(const char *text)
{
    return (struct vouch_bytes){(const uint8_t *)text, strlen(text)};
}

/* networks_of - a list with one network */
static struct conf_networks networks_of(const char *text)
{
    const struct conf_option *option = conf_find(conf_options, conf_options_count, "trusted_networks");
    char error[CONF_ERROR_SIZE];

    conf_clear(option, &conf);
    if (!conf_set(option, &conf, text, error))
        fail_msg("%s: %s", text, error);
    assert_int_equal(conf.profiles[0].trusted_networks.count, 1);
    return conf.profiles[0].trusted_networks;
}

static void test_good_networks(void **state)
{
    static const struct {
        const char *text, *inside, *outside;
        unsigned family, bits;
    } rows[] = {
        {"10.0.0.0/8", "10.255.255.255", "11.0.0.0", 4, 8},
        {"192.0.2.7", "192.0.2.7", "192.0.2.6", 4, 32},
        {"192.0.2.6/31", "192.0.2.7", "192.0.2.8", 4, 31},
        {"0.0.0.0/0", "203.0.113.9", "2001:db8::1", 4, 0},
        {"::/0", "2001:db8::1", "203.0.113.9", 6, 0},
        {"::1", "::1", "::2", 6, 128},
        {"fc00::/7", "fdff::1", "fe00::", 6, 7},
        {"2001:db8:8000::/33", "2001:db8:8000::9", "2001:db8:7fff::", 6, 33},
        {"::ffff:10.0.0.0/104", "10.1.2.3", "11.0.0.0", 4, 8},
        {"::ffff:192.0.2.1", "192.0.2.1", "192.0.2.2", 4, 32},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct conf_networks networks = networks_of(rows[i].text);
        struct vouch_address inside = address(rows[i].inside), outside = address(rows[i].outside);

        assert_int_equal(networks.networks[0].address.family, rows[i].family);
        assert_int_equal(networks.networks[0].bits, rows[i].bits);
        if (!conf_network_holds(&networks, &inside) || conf_network_holds(&networks, &outside))
            fail_msg("%s", rows[i].text);
    }
}

/* Every prefix length of both families: the first and the last address are inside, their neighbours outside. */
static void test_every_prefix(void **state)
{
    (void)state;
    for (unsigned family = 4; family <= 6; family += 2) {
        unsigned width = family == 4 ? 32 : 128;

        for (unsigned bits = 1; bits <= width; bits++) {
            struct conf_networks networks = {.count = 1};
            struct vouch_address last, next;

            networks.networks[0].bits = (uint8_t)bits;
            networks.networks[0].address.family = (uint8_t)family;
            networks.networks[0].address.octets[0] = bits == 1 ? 0 : 0x40;
            last = networks.networks[0].address;
            for (unsigned bit = bits; bit < width; bit++)
                last.octets[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
            next = last;
            next.octets[(bits - 1) / 8] ^= (uint8_t)(0x80 >> (bits - 1) % 8);
            assert_true(conf_network_holds(&networks, &networks.networks[0].address));
            assert_true(conf_network_holds(&networks, &last));
            assert_false(conf_network_holds(&networks, &next));
        }
    }
}

static void test_bad_networks(void **state)
{
    static const struct conf_fault faults[] = {
        {"trusted_networks = {\"10.0.0.1/8\"}", 1,
         "\"10.0.0.1/8\": has bits behind its prefix; the network is 10.0.0.0/8"},
        {"trusted_networks = {\n\"2001:db8::1/64\"}", 2, "has bits behind its prefix; the network is 2001:db8::/64"},
        {"trusted_networks = {\"1.2.3.4/0\"}", 1, "the network is 0.0.0.0/0"},
        {"trusted_networks = {\"10.0.0.0/33\"}", 1, "the prefix must have 0 to 32 bits"},
        {"trusted_networks = {\"::/129\"}", 1, "the prefix must have 0 to 128 bits"},
        {"trusted_networks = {\"::ffff:10.0.0.0/95\"}", 1, "the prefix must have"},
        {"trusted_networks = {\"10.0.0.0/\"}", 1, "the prefix must have"},
        {"trusted_networks = {\"10.0.0.0/-1\"}", 1, "the prefix must have"},
        {"trusted_networks = {\"10.0.0.0/+8\"}", 1, "the prefix must have"},
        {"trusted_networks = {\"10.0.0.0/8/8\"}", 1, "the prefix must have"},
        {"trusted_networks = {\"10.0.0.0/4294967304\"}", 1, "the prefix must have"},
        {"trusted_networks = {\"10.0.0/8\"}", 1, "not an address, or ADDRESS/BITS"},
        {"trusted_networks = {\"example.org\"}", 1, "not an address, or ADDRESS/BITS"},
        {"trusted_networks = {\"fe80::1%eth0\"}", 1, "not an address, or ADDRESS/BITS"},
        {"trusted_networks = {\"10.0.0.0 /8\"}", 1, "trusted_networks: character 9 is not allowed there"},
        {"exempt = {\"192.0.2.7\"}", 1, "exempt: \"192.0.2.7\": needs a comment"},
        {"exempt = {\"192.0.2.7  \"}", 1, "needs a comment"},
        {"exempt = {\"192.0.2.7/24 scanner\"}", 1, "has bits behind its prefix; the network is 192.0.2.0/24"},
        {"exempt = {\"192.0.2.700 scanner\"}", 1, "not an address, or ADDRESS/BITS"},
        {"exempt = {\"mail..example.org x\"}", 1, "begins with no network and no name"},
        {"exempt = {\" mail.example.org x\"}", 1, "not an address"},
        {"exempt = {\". x\"}", 1, "not an address"},
        {"exempt = {\"..example.org x\"}", 1, "begins with no network and no name"},
        {"exempt = {\"[192.0.2.1] x\"}", 1, "begins with no network and no name"},
        {"exempt = {\"a.example x\ty\"}", 1, "exempt: character 12 is not allowed there"},
    };

    (void)state;
    conf_file_refuse(faults, COUNT(faults));
}

/* The ranges of documents are not trusted by default: tests and examples use them. They are where the file names them.
 */
static void test_default_networks(void **state)
{
    static const char *const ours[] = {"127.0.0.1",      "::1",     "10.9.8.7",   "172.16.0.1",
                                       "172.31.255.255", "fd00::1", "fe80::cafe", "192.168.1.1"};
    static const char *const others[] = {"192.0.2.1",  "198.51.100.1", "203.0.113.1", "2001:db8::1", "172.32.0.0",
                                         "100.64.0.1", "169.254.1.1",  "8.8.8.8",     "::",          "192.169.0.0"};
    struct vouch_address named = address("192.0.2.1");

    (void)state;
    conf_init(&conf);
    assert_int_equal(conf.profiles[0].trusted_networks.count, 7);
    for (size_t i = 0; i < COUNT(ours); i++) {
        struct vouch_address client = address(ours[i]);

        assert_true(conf_network_holds(&conf.profiles[0].trusted_networks, &client));
    }
    for (size_t i = 0; i < COUNT(others); i++) {
        struct vouch_address client = address(others[i]);

        assert_false(conf_network_holds(&conf.profiles[0].trusted_networks, &client));
    }
    conf_file_require("trusted_networks += {\"192.0.2.0/24\"}");
    assert_true(conf_network_holds(&conf.profiles[0].trusted_networks, &named));
}

/* An address that is not known is in no network, not even in the widest. */
static void test_no_address(void **state)
{
    struct vouch_address none = {0};
    struct conf_networks networks = networks_of("0.0.0.0/0");

    (void)state;
    assert_false(conf_network_holds(&networks, &none));
    networks = networks_of("::/0");
    assert_false(conf_network_holds(&networks, &none));
    conf_file_require("exempt = {\"mail.example.org why\"}");
    assert_null(conf_find_exemption(&conf.profiles[0].exempt, &none, bytes("")));
}

static void test_exemptions(void **state)
{
    static const struct {
        const char *client, *helo, *comment;
    } rows[] = {
        {"192.0.2.7", "a.example", "old scanner in the cellar"},
        {"192.0.2.8", "a.example", NULL},
        {"198.51.100.200", "", "a /24, all of it"},
        {"192.0.2.8", "mail.example.org", "their DNS is broken, ticket 12"},
        {"192.0.2.8", "MAIL.Example.ORG.", "their DNS is broken, ticket 12"},
        {"192.0.2.8", "mail.example.org..", NULL},
        {"192.0.2.8", "xmail.example.org", NULL},
        {"192.0.2.8", "x.mail.example.org", NULL},
        {"192.0.2.8", "a.example.net", "all below"},
        {"192.0.2.8", "A.B.example.NET.", "all below"},
        {"192.0.2.8", "example.net", NULL},
        {"192.0.2.8", ".example.net", NULL},
        {"192.0.2.8", "aexample.net", NULL},
        {"192.0.2.8", "", NULL},
        {"192.0.2.8", ".", NULL},
        {"2001:db8::1", "[192.0.2.7]", NULL},
        {"2001:db8::7", "", "six"},
        {"192.0.2.7", "mail.example.org", "old scanner in the cellar"},
    };

    (void)state;
    conf_file_require("exempt = {\"192.0.2.7 old scanner in the cellar\",\n"
                      "  \"Mail.Example.org. their DNS is broken, ticket 12\", \".example.net   all below\",\n"
                      "  \"198.51.100.0/24 a /24, all of it\", \"2001:db8::7 six\"}\n");
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct vouch_address client = address(rows[i].client);
        const struct conf_exemption *found = conf_find_exemption(&conf.profiles[0].exempt, &client,
                                                                 bytes(rows[i].helo));

        if ((found == NULL) != (rows[i].comment == NULL))
            fail_msg("%s %s", rows[i].client, rows[i].helo);
        if (found != NULL)
            assert_string_equal(found->comment, rows[i].comment);
    }
}

/* A comment of the longest length, and one more. */
static void test_long_comment(void **state)
{
    char text[512], error[CONF_ERROR_SIZE];

    (void)state;
    for (int length = CONF_COMMENT_SIZE - 1; length <= CONF_COMMENT_SIZE; length++) {
        assert_true(snprintf(text, sizeof text, "exempt = {\"192.0.2.7 %0*d\"}", length, 0) > 0);
        assert_int_equal(conf_file_read(text, error), length < CONF_COMMENT_SIZE);
    }
    assert_non_null(strstr(error, "the comment has more than 127 characters"));
    conf_file_require("exempt = {\"192.0.2.7 it's \xc3\xbc\"}");
    assert_string_equal(conf.profiles[0].exempt.exemptions[0].comment, "it's \xc3\xbc");
}

static void test_domains(void **state)
{
    static const struct {
        const char *domain, *profile;
    } rows[] = {
        {"csv.example.net", "a"},
        {"CSV.Example.NET.", "a"},
        {"x.csv.example.net", "c"},
        {"example.net", NULL},
        {"b.example.net", "b"},
        {"x.b.example.net", "b"},
        {"xexample.net", NULL},
        {"", NULL},
        {".", NULL},
        {"y.x.csv.example.net", "c"},
        {"csv.example.net..", NULL},
        {"net", NULL},
        {"special.csv.example.net", "default"},
    };

    (void)state;
    conf_file_require("domain csv.example.net { profile = a }\ndomain .example.net { profile = b }\n"
                      "domain \".CSV.example.net.\" { profile = c }\ndomain special.csv.example.net { }\n"
                      "profile a { } profile b { } profile c { }\n");
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct conf_profile *found = conf_domain_profile(&conf, bytes(rows[i].domain));

        if ((found == NULL) != (rows[i].profile == NULL) ||
            (found != NULL && strcmp(found->name, rows[i].profile) != 0))
            fail_msg("%s: %s", rows[i].domain, found == NULL ? "none" : found->name);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_networks), cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_bad_networks),  cmocka_unit_test(test_default_networks),
        cmocka_unit_test(test_no_address),    cmocka_unit_test(test_exemptions),
        cmocka_unit_test(test_long_comment),  cmocka_unit_test(test_domains),
    };

    return cmocka_run_group_tests_name("conf_network", tests, conf_file_set_up, conf_file_tear_down);
}
