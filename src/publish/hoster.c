/*
 * hoster.c - the table of DNS hosters and their limits.
 *
 * Drivers are those of dnscontrol (providers/NAME, its audit rules and feature tables) where no other tool is named.
 */
#include "publish/hoster.h"

#include <string.h>

#define GUIDE HOSTER_SAID_BY_GUIDE, "Microsoft 365, create DNS records at this host"

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
    {"ispconfig", HOSTER_TTL_LOWEST, 60, HOSTER_SAID_BY_SOURCE, "ispconfig3, dns_srv.tform.php"},
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
    {"networksolutions", HOSTER_SRV_FORM, 0, GUIDE},
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
    {"webmin", HOSTER_SRV_FORM, 0, HOSTER_SAID_BY_SOURCE, "webmin, bind8/records-lib.pl: TCP, UDP and TLS"},
    {"fortigate", HOSTER_NO_SRV, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol fortigate"},
    {"fortigate", HOSTER_NO_PTR, 0, HOSTER_SAID_BY_DRIVER, "dnscontrol fortigate"},
};
const size_t hoster_rows_count = sizeof hoster_rows / sizeof hoster_rows[0];

const struct hoster_form hoster_forms[] = {
    {"123reg", HOSTER_PICTURE_PRIORITY, "Hostname=%o|Priority=%p|TTL=%s|Destination SRV=%w %n %t.", GUIDE},
    {"alidns", HOSTER_PICTURE_VALUE, "Host=%o|Value=%p %w %n %t|TTL=%s", HOSTER_SAID_BY_HOSTER,
     "Alibaba Cloud DNS, record types; the value: dnscontrol alidns"},
    {"alwaysdata", HOSTER_PICTURE_PRIORITY, "Hostname=%o|Value=%w %n %t|Priority=%p|TTL=%s", HOSTER_SAID_BY_HOSTER,
     "documentation, adding an SRV record"},
    {"azure", HOSTER_PICTURE_NAME, "Name=%o|TTL=%s seconds|Priority=%p|Weight=%w|Port=%n|Target=%t", GUIDE},
    {"azure", HOSTER_PICTURE_FILE, "Import, in the portal", HOSTER_SAID_BY_HOSTER,
     "Azure DNS, import and export a zone file"},
    {"bluehost", HOSTER_PICTURE_PARTS,
     "Service=_client|Protocol=_smtp|Host=%h|TTL=%s|Priority=%p|Weight=%w|Port=%n|Points To=%t", GUIDE},
    {"cloudflare", HOSTER_PICTURE_PARTS,
     "Service=_client|Protocol=SMTP|Name=%h|TTL=%s seconds|Priority=%p|Weight=%w|Port=%n|Target=%t", GUIDE},
    {"cloudflare", HOSTER_PICTURE_FILE, "DNS, Records, Import and Export", HOSTER_SAID_BY_HOSTER,
     "DNS documentation, import and export records"},
    {"crazydomains", HOSTER_PICTURE_NAME, "Sub Domain=%o|Priority=%p|Weight=%w|Port=%n|Target=%t", GUIDE},
    {"desec", HOSTER_PICTURE_NAME, "Subname=%o|Priority=%p|Weight=%w|Port=%n|Target=%t.|TTL (seconds)=%s",
     HOSTER_SAID_BY_SOURCE, "desec-stack, RecordSRV.vue and CrudListRecord.vue"},
    {"dnsimple", HOSTER_PICTURE_PARTS,
     "Name=%b|Service=client|Protocol=smtp|Priority=%p|Weight=%w|Port=%n|Target=%t|TTL (Refresh Rate)=%s seconds",
     HOSTER_SAID_BY_HOSTER, "support, add an SRV record"},
    {"dnsimple", HOSTER_PICTURE_FILE, "DNS, Import", HOSTER_SAID_BY_HOSTER,
     "support, import zone file: it adds, and replaces nothing"},
    {"dnsmadeeasy", HOSTER_PICTURE_NAME, "Name=%o|Priority=%p|Weight=%w|Port=%n|Host=%t.|TTL=%s", GUIDE},
    {"dreamhost", HOSTER_PICTURE_VALUE, "Name=%o|Value=%p %w %n %t.", GUIDE},
    {"easydns", HOSTER_PICTURE_PARTS, "SERVICE=_client|PROTO=SMTP|HOST=%h|PRI=%p|WGT=%w|PORT=%n|TARGET=%t.|TTL=%s",
     GUIDE},
    {"enom", HOSTER_PICTURE_ZONE, "Service=_client|Protocol=_smtp|Priority=%p|Weight=%w|Port=%n|Target (Hostname)=%t.",
     GUIDE},
    {"godaddy", HOSTER_PICTURE_PARTS,
     "Name=%h|Target=%t|Protocol=_smtp|Service=_client|Priority=%p|Weight=%w|Port=%n|TTL=%s seconds", GUIDE},
    {"hestiacp", HOSTER_PICTURE_PRIORITY, "Record=%o|IP or Value=%w %n %t.|Priority=%p|TTL=%s", HOSTER_SAID_BY_SOURCE,
     "hestiacp, add_dns_rec.php and func/domain.sh"},
    {"hostgator", HOSTER_PICTURE_NAME, "Name=%f.|TTL=%s|Priority=%p|Weight=%w|Port=%n|Target=%t", HOSTER_SAID_BY_GUIDE,
     "Microsoft 365, create DNS records at this host (cPanel's Advanced Zone Editor)"},
    {"hostingukraine", HOSTER_PICTURE_PARTS,
     "Service=client|Subdomain=%h|Protocol=smtp|Priority=%p|Weight=%w|Port=%n|Server address=%t", HOSTER_SAID_BY_HOSTER,
     "wiki, DNS record types, SRV"},
    {"hover", HOSTER_PICTURE_NAME, "Hostname=%o|Priority=%p|Weight=%w|Port=%n|Target=%t", GUIDE},
    {"huaweicloud", HOSTER_PICTURE_VALUE, "Name=%o|TTL (s)=%s|Value=%p %w %n %t", HOSTER_SAID_BY_HOSTER,
     "user guide, SRV record sets; in English: Open Telekom Cloud's, of the same console"},
    {"ionos", HOSTER_PICTURE_PARTS,
     "Service=_client|Protocol=smtp|Host name=%b|Points to=%t|Priority=%p|Weight=%w|Port=%n|TTL=%s seconds", GUIDE},
    {"ispconfig", HOSTER_PICTURE_NAME, "Hostname=%o|Target=%t.|Weight=%w|Port=%n|Priority=%p|TTL=%s",
     HOSTER_SAID_BY_SOURCE, "ispconfig3, dns_srv_edit.htm and bind_pri.domain.master"},
    {"linode", HOSTER_PICTURE_ZONE,
     "Service=client|Protocol=smtp|Priority=%p|Weight=%w|Port=%n|Target=%t|TTL=%s seconds", HOSTER_SAID_BY_HOSTER,
     "DNS Manager guide, SRV records"},
    {"namecheap", HOSTER_PICTURE_ZONE,
     "Service=_client|Protocol=_smtp|Priority=%p|Weight=%w|Port=%n|Target=%t.|TTL=%s seconds", GUIDE},
    {"namedotcom", HOSTER_PICTURE_ZONE, "Service=client|Weight=%w|TTL=%s|Prio=%p|Protocol=smtp|Port=%n|Target=%t",
     GUIDE},
    {"namescouk", HOSTER_PICTURE_NAME, "Name=%o|Priority=%p|Weight=%w|Port=%n|Result=%t", GUIDE},
    {"netcup", HOSTER_PICTURE_VALUE, "Host=%o|Destination=%p %w %n %t.", HOSTER_SAID_BY_HOSTER,
     "documentation, DNS records; the destination: dnscontrol netcup"},
    {"netregistry", HOSTER_PICTURE_NAME, "Name=%o|TTL (SEC)=%s|Priority=%p|Weight=%w|Port=%n|Target=%t", GUIDE},
    {"networksolutions", HOSTER_PICTURE_ZONE,
     "Service=_client|Protocol=_smtp|TTL=%s|Priority=%p|Weight=%w|Port=%n|Target=%t.", GUIDE},
    {"opentelekomcloud", HOSTER_PICTURE_VALUE, "Name=%o|TTL (s)=%s|Value=%p %w %n %t", HOSTER_SAID_BY_HOSTER,
     "user manual, adding an SRV record set"},
    {"ovh", HOSTER_PICTURE_NAME, "Sub-domain=%o|Priority=%p|Weight=%w|Port=%n|TTL=%s|Target=%t.", GUIDE},
    {"ovh", HOSTER_PICTURE_FILE, "DNS Zone, Change in text format", HOSTER_SAID_BY_HOSTER,
     "guides, DNS records: the whole zone is in the window, add to it"},
    {"register365", HOSTER_PICTURE_NAME, "Name=%o|Priority=%p|Weight=%w|Port=%n|Result=%t", GUIDE},
    {"route53", HOSTER_PICTURE_VALUE, "Record name=%o|Value=%p %w %n %t.|TTL (Seconds)=%s", GUIDE},
    {"tencentdns", HOSTER_PICTURE_VALUE, "Host name=%o|Record value=%p %w %n %t|TTL=%s", HOSTER_SAID_BY_HOSTER,
     "DNSPod guides, SRV records and, in English, MX records"},
    {"ultradns", HOSTER_PICTURE_NAME, "Service Name=%f|Target=%t|Priority=%p|Weight=%w|Port=%n|TTL=%s",
     HOSTER_SAID_BY_HOSTER, "UltraDNS support, SRV records"},
    {"webcom", HOSTER_PICTURE_ZONE,
     "Service=_client|Protocol=SMTP|Weight=%w|Port=%n|Target=%t|Priority=%p|TTL=%s seconds", GUIDE},
    {"webmin", HOSTER_PICTURE_PARTS,
     "Name=%b|Protocol=SMTP|Service name=client|Time-To-Live=%s|Priority=%p|Weight=%w|Port=%n|Server=%t.",
     HOSTER_SAID_BY_SOURCE, "webmin, bind8/records-lib.pl and bind8/lang/en"},
    {"webmin", HOSTER_PICTURE_FILE, "Edit Records File", HOSTER_SAID_BY_SOURCE,
     "webmin, bind8/lang/en: the whole file, add to it"},
    {"wix", HOSTER_PICTURE_ZONE, "Service=client|Protocol=smtp|Weight=%w|Port=%n|Target=%t|Priority=%p|TTL=%s seconds",
     GUIDE},
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
    [HOSTER_SAID_BY_HOSTER] = "the hoster's documents", [HOSTER_SAID_BY_DRIVER] = "a tool's driver for it",
    [HOSTER_SAID_BY_USER] = "a customer's report",      [HOSTER_SAID_BY_GUIDE] = "a guide to its form",
    [HOSTER_SAID_BY_SOURCE] = "the source of its form",
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
    return hoster_form_find(hoster) != NULL || hoster_form_find_file(hoster) != NULL;
}

/* hoster_form_pick - the form of a hoster that is, or is not, for a file */
static const struct hoster_form *hoster_form_pick(const char *hoster, bool file)
{
    for (size_t i = 0; i < hoster_forms_count; i++) {
        const struct hoster_form *form = &hoster_forms[i];

        if ((form->picture == HOSTER_PICTURE_FILE) == file && strcmp(form->hoster, hoster) == 0)
            return form;
    }
    return NULL;
}

const struct hoster_form *hoster_form_find(const char *hoster)
{
    return hoster_form_pick(hoster, false);
}

const struct hoster_form *hoster_form_find_file(const char *hoster)
{
    return hoster_form_pick(hoster, true);
}

char hoster_picture_letter(enum hoster_picture picture)
{
    return "ABCDEF"[picture];
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
