/*
 * world.c - four zones and eleven callers: one for each kind of verdict.
 */
#include "tool/demo/world.h"

static const char *const zones[] = {
    "$ORIGIN example.org.\n"
    "$TTL 3600\n"
    "@ SOA ns hostmaster 1 3600 600 86400 300\n"
    "_client._smtp.mail SRV 1 2 0 mail\n"
    "mail A 192.0.2.10\n"
    "mail AAAA 2001:db8::10\n"
    "_client._smtp.www SRV 1 1 0 www\n"
    "www A 192.0.2.80\n"
    "_client._smtp SRV 1 1 1 @\n",
    "$ORIGIN example.net.\n"
    "$TTL 3600\n"
    "@ SOA ns hostmaster 1 3600 600 86400 300\n"
    "_client._smtp.news SRV 1 2 0 news\n"
    "news A 198.51.100.25\n"
    "news PTR _vouch._smtp.vouch.example.\n"
    "_client._smtp.offers SRV 1 2 0 offers\n"
    "offers A 198.51.100.66\n"
    "_client._smtp.cloud SRV 1 3 0 cloud\n"
    "cloud A 198.51.100.99\n",
    "$ORIGIN example.com.\n"
    "$TTL 3600\n"
    "@ SOA ns hostmaster 1 3600 600 86400 300\n"
    "mx A 203.0.113.5\n"
    "_client._smtp.slow SRV 1 2 0 slow\n"
    "slow A 203.0.113.6\n"
    ";! fault _client._smtp.slow SRV servfail\n",
    "$ORIGIN vouch.example.\n"
    "$TTL 300\n"
    "@ SOA ns hostmaster 1 3600 600 86400 300\n"
    "news.example.net TXT \"MARID,1,A;member since 2004\"\n"
    "offers.example.net TXT \"MARID,1,E;sends to bought addresses\"\n",
};

static const char options[] = "mode = enforce\n"
                              "trusted_networks = {}\n"
                              "policy {\n    trusted_class = " DEMO_CLASS "\n}\n"
                              "header {\n    authserv_id = mx.example.net\n}\n"
                              "log {\n    to = stderr\n}\n"
                              "daemon {\n    control = \"\"\n}\n"
                              "accreditor \"vouch.example\" {\n    style = dna\n}\n";

const struct demo_world demo_world = {zones, sizeof zones / sizeof zones[0], options};

const struct demo_session demo_sessions[] = {
    {"authorized", "192.0.2.10", "mail.example.org"},
    {"authorized, IPv6", "2001:db8::10", "mail.example.org"},
    {"spoofed", "203.0.113.77", "mail.example.org"},
    {"prohibited", "192.0.2.80", "www.example.org"},
    {"disowned by Explicit", "203.0.113.77", "dsl-77.example.org"},
    {"accredited", "198.51.100.25", "news.example.net"},
    {"badly accredited", "198.51.100.66", "offers.example.net"},
    {"authorized, unlisted", "198.51.100.99", "cloud.example.net"},
    {"silent, but matches", "203.0.113.5", "mx.example.com"},
    {"DNS in trouble", "203.0.113.6", "slow.example.com"},
    {"no name", "203.0.113.77", "[203.0.113.77]"},
};
const size_t demo_sessions_count = sizeof demo_sessions / sizeof demo_sessions[0];
const struct demo_session *const demo_shown = &demo_sessions[2];
