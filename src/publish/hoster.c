/*
 * hoster.c - the table of DNS hosters and their limits.
 *
 * Drivers are those of dnscontrol (providers/NAME, its audit rules and feature tables) where no other tool is named.
 */
#include "publish/hoster.h"

#include <string.h>

const struct hoster_row hoster_rows[] = {
    {"alidns", HOSTER_NULL_TARGET, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol alidns"},
    {"alidns", HOSTER_NO_PTR, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol alidns"},
    {"alidns", HOSTER_TTL_LOWEST, 600, HOSTER_SAID_BY_DRIVER, "dnscontrol alidns: free and personal editions"},
    {"cloudflare", HOSTER_SRV_FORM, 0, HOSTER_SAID_BY_USER, "an operator's notes on _client._smtp; octodns #185"},
    {"cloudflare", HOSTER_TTL_LOWEST, 60, HOSTER_SAID_BY_DRIVER, "dnscontrol cloudflare"},
    {"cnr", HOSTER_NULL_TARGET, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol cnr"},
    {"cscglobal", HOSTER_NULL_TARGET, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol cscglobal"},
    {"desec", HOSTER_TTL_LOWEST, 3600, HOSTER_SAID_BY_DRIVER, "dnscontrol desec: unless agreed otherwise"},
    {"digitalocean", HOSTER_NULL_TARGET, 0, HOSTER_SAID_BY_USER, "digitalocean/api-v2 #176"},
    {"digitalocean", HOSTER_NO_PTR, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol digitalocean, after the hoster's documents"},
    {"domainnameshop", HOSTER_NO_PTR, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol domainnameshop"},
    {"domainnameshop", HOSTER_TTL_LOWEST, 60, HOSTER_SAID_BY_DRIVER, "dnscontrol domainnameshop: steps of 60"},
    {"exoscale", HOSTER_NULL_TARGET, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol exoscale"},
    {"exoscale", HOSTER_NO_PTR, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol exoscale"},
    {"gandi", HOSTER_TTL_LOWEST, 300, HOSTER_SAID_BY_DRIVER, "dnscontrol gandiv5"},
    {"gcore", HOSTER_NULL_TARGET, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol gcore"},
    {"gcore", HOSTER_NO_PTR, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol gcore: in reverse zones only"},
    {"gidinet", HOSTER_NO_PTR, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol gidinet"},
    {"hetzner", HOSTER_NO_PTR, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol hetzner"},
    {"hostingde", HOSTER_NULL_TARGET, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol hostingde"},
    {"hostingde", HOSTER_TTL_LOWEST, 60, HOSTER_SAID_BY_DRIVER, "dnscontrol hostingde"},
    {"huaweicloud", HOSTER_NO_PTR, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol huaweicloud"},
    {"joker", HOSTER_PORT_ZERO, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol joker"},
    {"joker", HOSTER_NO_PTR, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol joker"},
    {"joker", HOSTER_TTL_LOWEST, 300, HOSTER_SAID_BY_DRIVER, "dnscontrol joker"},
    {"linode", HOSTER_SRV_APEX, 0, HOSTER_SAID_BY_HOSTER, "DNS Manager guide, SRV records"},
    {"linode", HOSTER_NULL_TARGET, 0, HOSTER_SAID_BY_USER, "linode/manager #4949"},
    {"linode", HOSTER_TTL_LOWEST, 300, HOSTER_SAID_BY_DRIVER, "dnscontrol linode: fixed steps from 300"},
    {"loopia", HOSTER_NULL_TARGET, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol loopia"},
    {"loopia", HOSTER_NO_PTR, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol loopia"},
    {"loopia", HOSTER_TTL_LOWEST, 300, HOSTER_SAID_BY_DRIVER, "dnscontrol loopia"},
    {"mikrotik", HOSTER_NULL_TARGET, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol mikrotik"},
    {"mikrotik", HOSTER_NO_PTR, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol mikrotik"},
    {"namecheap", HOSTER_NO_PTR, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol namecheap"},
    {"namedotcom", HOSTER_NULL_TARGET, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol namedotcom"},
    {"namedotcom", HOSTER_NO_PTR, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol namedotcom, after the hoster's documents"},
    {"netcup", HOSTER_NO_PTR, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol netcup"},
    {"netlify", HOSTER_NO_PTR, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol netlify"},
    {"ovh", HOSTER_NO_PTR, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol ovh"},
    {"porkbun", HOSTER_NO_PTR, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol porkbun"},
    {"porkbun", HOSTER_TTL_LOWEST, 600, HOSTER_SAID_BY_DRIVER, "dnscontrol porkbun"},
    {"realtimeregister", HOSTER_NO_PTR, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol realtimeregister"},
    {"sakuracloud", HOSTER_NULL_TARGET, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol sakuracloud"},
    {"softlayer", HOSTER_SRV_APEX, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol softlayer"},
    {"softlayer", HOSTER_TTL_LOWEST, 60, HOSTER_SAID_BY_DRIVER, "dnscontrol softlayer"},
    {"tencentdns", HOSTER_NULL_TARGET, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol tencentdns"},
    {"transip", HOSTER_NO_PTR, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol transip"},
    {"unifi", HOSTER_NULL_TARGET, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol unifi"},
    {"unifi", HOSTER_NO_PTR, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol unifi"},
    {"vercel", HOSTER_NO_PTR, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol vercel"},
    {"vercel", HOSTER_TTL_LOWEST, 60, HOSTER_SAID_BY_DRIVER, "dnscontrol vercel"},
    {"vultr", HOSTER_NO_PTR, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol vultr"},
    {"fortigate", HOSTER_NO_SRV, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol fortigate"},
    {"fortigate", HOSTER_NO_PTR, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol fortigate"},
};
const size_t hoster_rows_count = sizeof hoster_rows / sizeof hoster_rows[0];

#define GUIDE HOSTER_SAID_BY_GUIDE, "Microsoft 365, create DNS records at this host"

const struct hoster_form hoster_forms[] = {
    {"azure", NULL, NULL, "Name", "Target", false, false, GUIDE},
    {"cloudflare", "_client", "_smtp", "Name", "Target", false, false, GUIDE},
    {"godaddy", "_client", "_smtp", "Name", "Target", false, false, GUIDE},
    {"ionos", "_client", "smtp", "Host name", "Points to", false, false, GUIDE},
    {"linode", "client", "smtp", NULL, "Target", false, false, HOSTER_SAID_BY_HOSTER, "DNS Manager guide, SRV records"},
    {"namecheap", "_client", "_smtp", NULL, "Target", true, false, GUIDE},
    {"namedotcom", "client", "smtp", NULL, "Target", false, false, GUIDE},
    {"ovh", NULL, NULL, "Sub-domain", "Target", true, false, GUIDE},
    {"route53", NULL, NULL, "Name", "Value", true, true, GUIDE},
};
const size_t hoster_forms_count = sizeof hoster_forms / sizeof hoster_forms[0];

/* What each limit is, what comes nearest, what that costs. */
static const struct {
    const char *limit, *nearest;
} texts[HOSTER_LIMITS] = {
    [HOSTER_PORT_ZERO] =
        {"refuses SRV port 0",
         "port 2 stands instead of 0: receivers ignore port bits that they do not know [CSA 4], Exim and Vouchsafe do; "
         "one that follows the old FAQ to the letter wants 0 and may take the name for unknown. Port 1 would disown all "
         "names below, so it stands only where that is meant. vouchsafe lint says port-bits of it"},
    [HOSTER_SRV_APEX] =
        {"takes SRV records only for the zone's own name, as _service._protocol",
         "add each host name as a zone (domain) of its own there and enter its record as the zone's own, its addresses "
         "too (--form fields shows the fields); that costs one more zone a host, and nothing for receivers"},
    [HOSTER_SRV_FORM] =
        {"may offer no protocol _smtp in its form",
         "enter the whole name _client._smtp.HOST where the form lets you type it, or import the master file, or use the "
         "hoster's API; that costs nothing for receivers"},
    [HOSTER_NO_SRV] =
        {"takes no SRV records",
         "delegate each host name with NS records to a name server that does, and publish there (--form fields shows "
         "the fields); that costs a second name server. Without an SRV record receivers know nothing of the host, which is no worse than today"},
    [HOSTER_NULL_TARGET] = {"refuses the SRV target \".\"",
                            "nothing is lost: a CSA record never needs it, its target is the host itself [CSA 5]"},
    [HOSTER_NO_PTR] =
        {"takes no PTR records for host names",
         "the pointers to accreditation services are left out: receivers that always ask a service need none [DNA 5], "
         "those that ask it only of who names it will not. Where the hoster takes them after all, name no hoster"},
    [HOSTER_TTL_LOWEST] =
        {"takes no TTL below a bound",
         "the lowest that it takes stands for SRV and addresses alike; a change takes that long to be "
         "seen everywhere"},
};

static const char *const sources[] = {
    [HOSTER_SAID_BY_HOSTER] = "the hoster's documents",
    [HOSTER_SAID_BY_DRIVER] = "a tool's driver for it",
    [HOSTER_SAID_BY_USER] = "a customer's report",
    [HOSTER_SAID_BY_GUIDE] = "a guide to its form",
};

const struct hoster_row *hoster_find(const char *hoster, enum hoster_limit limit)
{
    for (size_t i = 0; i < hoster_rows_count; i++) {
        if (hoster_rows[i].limit == limit && strcmp(hoster_rows[i].hoster, hoster) == 0)
            return &hoster_rows[i];
    }
    return NULL;
}

bool hoster_is_known(const char *hoster)
{
    for (size_t i = 0; i < hoster_rows_count; i++) {
        if (strcmp(hoster_rows[i].hoster, hoster) == 0)
            return true;
    }
    return hoster_form_find(hoster) != NULL;
}

const struct hoster_form *hoster_form_find(const char *hoster)
{
    for (size_t i = 0; i < hoster_forms_count; i++) {
        if (strcmp(hoster_forms[i].hoster, hoster) == 0)
            return &hoster_forms[i];
    }
    return NULL;
}

const char *hoster_limit_text(enum hoster_limit limit)
{
    return texts[limit].limit;
}

const char *hoster_nearest_text(enum hoster_limit limit)
{
    return texts[limit].nearest;
}

const char *hoster_source_text(enum hoster_source source)
{
    return sources[source];
}
