/*
 * demo.c - vouchsafe demo: plays a handful of senders through the real evaluator and DNS code, and shows the verdicts.
 *
 * The world is a set of master files below; no packet leaves.
 */
#include "base/text.h"
#include "dns/flight.h"
#include "dns/zone.h"
#include "policy/advice.h"
#include "session/sources.h"
#include "tool/outcome.h"
#include "tool/tool.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME       "demo"
#define ACCREDITOR "vouch.example"

static const char *const world[] = {
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

struct demo_session {
    const char *who, *client, *helo;
};

static const struct demo_session sessions[] = {
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

/* demo_open - the world as a source, or null */
static struct dns_source *demo_open(struct event_base *base)
{
    struct zones *zones = zones_new();
    struct dns_source *driver;
    char error[ZONE_ERROR_SIZE];

    for (size_t i = 0; zones != NULL && i < sizeof world / sizeof world[0]; i++) {
        if (!zones_read_text(zones, world[i], strlen(world[i]), NAME, error)) {
            tool_fail(NAME, "%s", error);
            zones_free(zones);
            return NULL;
        }
    }
    driver = zones == NULL ? NULL : zone_open(base, zones);
    return driver == NULL ? NULL : flight_open(driver);
}

/* demo_row - one line of the table, and one of reason */
static void demo_row(const struct demo_session *session, const struct outcome *outcome, bool colour)
{
    static const char *const colours[] = {
        [VOUCH_VERB_ACCEPT] = "\033[32m",
        [VOUCH_VERB_CONTINUE] = "\033[36m",
        [VOUCH_VERB_DEFER] = "\033[33m",
        [VOUCH_VERB_REJECT] = "\033[31m",
    };
    const struct vouch_verdict *verdict = &outcome->verdict;
    char result[64];
    char why[1024];
    struct text text;

    text_init(&text, result, sizeof result);
    text_add(&text, vouch_csa_word(verdict->csa));
    text_add(&text, " ");
    text_add(&text, vouch_reason_word(verdict->reason));
    printf("%-21s %-15s %-19s %-22s %-8s %c %5d  %s%s%s\n", session->who, session->client, session->helo, result,
           vouch_identity_word(verdict->identity), vouch_rating_word(verdict->rating)[0], verdict->score,
           colour ? colours[outcome->verb] : "", vouch_verb_word(outcome->verb), colour ? "\033[0m" : "");
    text_init(&text, why, sizeof why);
    if (outcome->reply[0] != '\0')
        text_add(&text, outcome->reply);
    else if (verdict->service >= 0) {
        text_add(&text, verdict->service_name);
        text_add(&text, " vouches for ");
        text_add(&text, verdict->name);
    } else
        advice_explain(&text, verdict, &outcome->facts.client);
    printf("    %s\n", why);
}

/* demo_play - judge every session and print the table */
static int demo_play(const struct conf *conf, const struct sources *sources, struct event_base *base,
                     struct outcome *outcome)
{
    bool colour = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == NULL;

    printf("%-21s %-15s %-19s %-22s %-8s %s %s  %s\n", "who", "client", "HELO", "csa", "identity", "dna", "score",
           "action");
    for (size_t i = 0; i < sizeof sessions / sizeof sessions[0]; i++) {
        outcome->facts.helo = text_bytes(sessions[i].helo);
        if (!vouch_address_parse(&outcome->facts.client, sessions[i].client, strlen(sessions[i].client)) ||
            !outcome_judge(outcome, conf, sources, base, conf->dns.timeout_ms))
            return tool_fail(NAME, "out of memory");
        demo_row(&sessions[i], outcome, colour);
    }
    puts("\nCheck a real name, with the DNS of this machine:\n"
         "    ./vouchsafe check --trace IP-ADDRESS HELO-NAME\n"
         "    ./vouchsafe check --trace 192.0.2.1 mail.example.org");
    return TOOL_FINE;
}

int demo_main(int argc, char **argv)
{
    struct conf *conf = calloc(1, sizeof *conf);
    struct outcome *outcome = calloc(1, sizeof *outcome);
    struct event_base *base = event_base_new();
    struct sources sources = {0};
    struct conf_accreditor accreditor;
    char error[CONF_ERROR_SIZE];
    int status = TOOL_USAGE;

    if (argc > 1) {
        tool_fail(NAME, "takes no arguments: %s", argv[1]);
        goto done;
    }
    if (conf == NULL || outcome == NULL || base == NULL || (sources.dns = demo_open(base)) == NULL) {
        tool_fail(NAME, "out of memory");
        goto done;
    }
    conf_init(conf);
    if (conf_accreditor_init(&accreditor, ACCREDITOR, error) && conf_add_accreditor(conf, &accreditor, error))
        status = demo_play(conf, &sources, base, outcome);
    else
        tool_fail(NAME, "%s", error);
done:
    sources_close(&sources);
    if (base != NULL)
        event_base_free(base);
    free(outcome);
    free(conf);
    return status;
}
