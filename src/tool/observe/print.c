/*
 * print.c - shows what was found. Everything in it may be hostile and goes through an encoder.
 */
#include "tool/observe/print.h"

#include "accredit/organization.h"
#include "publish/name.h"
#include "tool/observe/files.h"
#include "tool/tool.h"
#include "tool/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *observe_domain(const struct observe_result *result, const struct proposal_host *host)
{
    const char *organization;

    if (result->domain != NULL && publish_name_is_within(host->name, result->domain))
        return result->domain;
    organization = organizations_find(result->organizations, host->name);
    return organization[0] == '\0' ? host->name : organization;
}

/* observe_domains - the domains of all hosts, each once; how many */
static size_t observe_domains(const struct observe_result *result, const char *domains[PROPOSAL_HOSTS_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < result->proposal->hosts_count; i++) {
        const char *domain = observe_domain(result, &result->proposal->hosts[i]);
        size_t known = 0;

        while (known < count && strcmp(domains[known], domain) != 0)
            known++;
        if (known == count)
            domains[count++] = domain;
    }
    return count;
}

/* observe_print_remarks - one a line */
static void observe_print_remarks(const struct sightings *sightings, FILE *out, const char *begin)
{
    for (size_t i = 0; i < sightings->remarks_count; i++) {
        const struct remark *remark = &sightings->remarks[i];

        fputs(begin, out);
        view_print(out, remark->place);
        fputs(remark->place[0] == '\0' ? "" : ": ", out);
        view_print(out, remark->text);
        fputs("\n", out);
    }
}

/* observe_print_host - a host with its addresses, as comments */
static void observe_print_host(const struct proposal_host *host)
{
    printf("#\n# %s: ", host->name);
    view_print(stdout, host->label);
    fputs(host->label[0] == '\0' ? "" : ", ", stdout);
    view_print(stdout, host->place);
    putchar('\n');
    for (size_t i = 0; i < host->addresses_count; i++) {
        const struct sighted_address *seen = &host->addresses[i];
        char address[VOUCH_ADDRESS_SIZE];

        vouch_address_format(&seen->address, address);
        printf("#   %-24s %s, ", address, evidence_word(seen->evidence));
        view_print(stdout, seen->place);
        if (seen->times > 1)
            printf(" and %llu times more", (unsigned long long)seen->times - 1);
        puts(sightings_is_private(&seen->address) ? ": private, not proposed" : "");
    }
}

/* observe_print_comments - where all comes from, and what is not known */
static void observe_print_comments(const struct observe_result *result, const char *domain)
{
    const struct proposal *proposal = result->proposal;

    puts("# What configurations, logs and messages say of the mail that leaves. Check it before you publish it.");
    for (size_t i = 0; i < proposal->hosts_count; i++) {
        if (publish_name_is_within(proposal->hosts[i].name, domain))
            observe_print_host(&proposal->hosts[i]);
    }
    for (size_t i = 0; i < proposal->hosts_count; i++) {
        if (!publish_name_is_within(proposal->hosts[i].name, domain))
            printf("#\n# Of another domain, not in this description: %s\n", proposal->hosts[i].name);
    }
    if (result->sightings->remarks_count != 0)
        puts("#\n# Not known, or worth a look:");
    observe_print_remarks(result->sightings, stdout, "#   ");
    puts("#\n# Not complete: only these files were looked at, and other hosts of the domain may send mail too.");
}

/* observe_is_nameless - does something send mail whose HELO name is not known? */
static bool observe_is_nameless(const struct sightings *sightings)
{
    for (size_t i = 0; i < sightings->senders_count; i++) {
        if (sightings->senders[i].helo[0] == '\0' && !proposal_is_relayed(&sightings->senders[i]))
            return true;
    }
    return false;
}

/* observe_nothing - say that nothing was found, and what may be the reason */
static int observe_nothing(const struct observe_result *result)
{
    if (result->domain != NULL && result->proposal->hosts_count != 0)
        tool_fail(OBSERVE_COMMAND, "nothing found that sends mail with a name of %s", result->domain);
    else if (observe_is_nameless(result->sightings))
        tool_fail(OBSERVE_COMMAND, "mail is sent, but no HELO name that it is sent with is known");
    else
        tool_fail(OBSERVE_COMMAND, "nothing found that sends mail to other servers");
    observe_print_remarks(result->sightings, stderr, "  ");
    return TOOL_REFUSED;
}

/* observe_choose - the one domain of the description; null after saying why there is none */
static const char *observe_choose(const struct observe_result *result, int *status)
{
    const char *domains[PROPOSAL_HOSTS_MAX];
    size_t count = observe_domains(result, domains);

    *status = TOOL_REFUSED;
    for (size_t i = 0; result->domain != NULL && i < count; i++) {
        if (strcmp(domains[i], result->domain) == 0)
            return result->domain;
    }
    if (count == 0 || result->domain != NULL) {
        *status = observe_nothing(result);
        return NULL;
    }
    if (count == 1)
        return domains[0];
    *status = tool_fail(OBSERVE_COMMAND, "names of several domains are in use; choose one with --domain:");
    for (size_t i = 0; i < count; i++)
        fprintf(stderr, "  --domain %s\n", domains[i]);
    return NULL;
}

int observe_print_text(const struct observe_result *result)
{
    struct description description;
    int status;
    const char *domain = observe_choose(result, &status);

    if (domain == NULL)
        return status;
    description_init(&description);
    if (!proposal_describe(result->proposal, domain, &description)) {
        description_free(&description);
        return tool_fail(OBSERVE_COMMAND, "out of memory");
    }
    observe_print_comments(result, domain);
    if (!description_write(&description, stdout))
        status = tool_fail(OBSERVE_COMMAND, "standard output: %s", strerror(errno));
    else
        status = view_end(OBSERVE_COMMAND, TOOL_FINE);
    description_free(&description);
    if (status == TOOL_FINE && result->sightings->remarks_count != 0 && isatty(STDOUT_FILENO) != 1)
        fprintf(stderr, "vouchsafe " OBSERVE_COMMAND ": %zu remarks stand in the comments\n",
                result->sightings->remarks_count);
    return status;
}

/* observe_json_addresses - of a host */
static json_t *observe_json_addresses(const struct proposal_host *host)
{
    json_t *addresses = json_array();

    for (size_t i = 0; i < host->addresses_count; i++) {
        const struct sighted_address *seen = &host->addresses[i];
        char address[VOUCH_ADDRESS_SIZE];

        vouch_address_format(&seen->address, address);
        json_array_append_new(addresses,
                              json_pack("{s:s, s:s, s:o, s:I, s:b}", "address", address, "evidence",
                                        evidence_word(seen->evidence), "place", json_text_or_null(seen->place), "times",
                                        (json_int_t)seen->times, "proposed", !sightings_is_private(&seen->address)));
    }
    return addresses;
}

/* observe_json_domain - a domain with its hosts */
static json_t *observe_json_domain(const struct observe_result *result, const char *domain)
{
    json_t *hosts = json_array();

    for (size_t i = 0; i < result->proposal->hosts_count; i++) {
        const struct proposal_host *host = &result->proposal->hosts[i];

        if (strcmp(observe_domain(result, host), domain) == 0)
            json_array_append_new(
                hosts, json_pack("{s:s, s:s, s:o, s:o, s:o}", "name", host->name, "evidence",
                                 evidence_word(host->evidence), "place", json_text_or_null(host->place), "sender",
                                 json_text_or_null(host->label), "addresses", observe_json_addresses(host)));
    }
    return json_pack("{s:s, s:b, s:o}", "domain", domain, "complete", false, "hosts", hosts);
}

/* observe_json_senders - the ways on which mail leaves */
static json_t *observe_json_senders(const struct sightings *sightings)
{
    json_t *senders = json_array();

    for (size_t i = 0; i < sightings->senders_count; i++) {
        const struct sender *sender = &sightings->senders[i];

        json_array_append_new(
            senders,
            json_pack("{s:o, s:o, s:o, s:o, s:b, s:b, s:I, s:I}", "sender", json_text_or_null(sender->label), "helo",
                      json_text_or_null(sender->helo), "place", json_text_or_null(sender->helo_place), "next_hop",
                      json_text_or_null(sender->next_hop), "bound_ipv4", sender->bound_4, "bound_ipv6", sender->bound_6,
                      "deliveries", (json_int_t)sender->direct, "deliveries_handed_over", (json_int_t)sender->relayed));
    }
    return senders;
}

int observe_print_json(const struct observe_result *result)
{
    const char *domains[PROPOSAL_HOSTS_MAX];
    size_t count = observe_domains(result, domains), shown = 0;
    json_t *object, *list = json_array(), *remarks = json_array();
    int status;

    for (size_t i = 0; i < count; i++) {
        if (result->domain != NULL && strcmp(domains[i], result->domain) != 0)
            continue;
        json_array_append_new(list, observe_json_domain(result, domains[i]));
        shown++;
    }
    for (size_t i = 0; i < result->sightings->remarks_count; i++)
        json_array_append_new(remarks,
                              json_pack("{s:o, s:o}", "place", json_text_or_null(result->sightings->remarks[i].place),
                                        "text", json_text_or_null(result->sightings->remarks[i].text)));
    object = json_pack("{s:o, s:o, s:o}", "domains", list, "senders", observe_json_senders(result->sightings),
                       "remarks", remarks);
    status = view_json(OBSERVE_COMMAND, object);
    json_decref(object);
    return status == TOOL_FINE && shown == 0 ? TOOL_REFUSED : status;
}
