/*
 * csa_missing.c - rules about a name that has no CSA record: it stands elsewhere, is of another type, or is missing.
 * [CSA 4, 5]
 */
#include "lint/host.h"

#include "base/text.h"
#include "core/dna.h"

#include <stdlib.h>
#include <string.h>

#define WEIGHT_MAX    3
#define NUMBER_DIGITS 5
#define TEXT_SIZE     512 /* of a TXT record that may be a CSA record */

void csa_elsewhere_lint(struct host *host)
{
    struct lint_draft draft;

    lint_begin(&draft, host->run, LINT_WRONG_OWNER, host->elsewhere);
    lint_add_answer(&draft.evidence, host->srv);
    csa_mend(&draft, host);
    lint_add(&draft.advice, "Receivers ask for %s.", host->owner);
    for (size_t i = 0; i < host->records_count; i++) {
        if (host->records[i].csa.port == 1)
            lint_add(&draft.advice, " Set Port to 1 again once every name below that sends has a record.");
    }
    lint_end(&draft);
}

/* wrong_owner_lint - judge the records as if they stood where they belong, and move what is to be of them */
static void wrong_owner_lint(struct host *host, const char *owner, const struct vouch_answer *srv)
{
    struct host *moved = malloc(sizeof *moved);

    if (moved == NULL) {
        host->run->result->failed = true;
        return;
    }
    *moved = *host;
    moved->srv = srv;
    moved->elsewhere = owner;
    moved->ttl_s = host_has_addresses(&host->addresses) ? host->ttl_s : lint_ttl(host->run, srv);
    host_records_lint(moved);
    host->mend = moved->mend;
    host->will_send = moved->will_send;
    host->will_refuse = moved->will_refuse;
    host->settled = moved->settled;
    lint_lines_free(&moved->others);
    free(moved);
}

/* is_sender - does the zone take the target of a misplaced record for a host that sends? */
static bool is_sender(struct host *host, const char *target)
{
    char owner[VOUCH_NAME_TEXT_SIZE];

    return (host->run->domain[0] != '\0' && host_is_exchanger(host->run, host->run->domain, target)) ||
           (lint_join(owner, "_client._smtp", target) && lint_is_found(lint_ask(host->run, owner, VOUCH_TYPE_SRV)));
}

/* is_meant - are these records plausible ones of CSA for the name, and none of another service? Where such a service
 * may have records, the numbers must be right, too. */
static bool is_meant(struct host *host, const struct vouch_answer *srv, bool strict)
{
    char target[VOUCH_NAME_TEXT_SIZE], meant[VOUCH_NAME_TEXT_SIZE];

    for (size_t i = 0; i < srv->records_count; i++) {
        struct csa_record csa;

        csa_judge_record(&csa, srv->records[i].rdata, srv->message);
        if (csa.kind == CSA_BAD_RDATA ||
            (strict && (csa.priority != 1 || csa.weight < 1 || csa.weight > WEIGHT_MAX || csa.port > 1)))
            return false;
        vouch_name_format(csa.target.wire, target);
        if (lint_strip_double(meant, target, host->run->domain))
            memcpy(target, meant, sizeof target);
        if (strcmp(target, host->name) != 0 && (csa.kind == CSA_PROHIBIT || !is_sender(host, target)))
            return false;
    }
    return true;
}

/* refuses_sender - would the record make receivers refuse a host that sends and that they do not refuse today? */
static bool refuses_sender(struct host *host, const struct lint_srv *srv)
{
    char ancestor[VOUCH_NAME_TEXT_SIZE];

    return host_would_refuse(host, srv) && !explicit_above(host->run, host->name, ancestor);
}

/* advise_unclear - a record says that a host that seems to send does not */
static void advise_unclear(struct lint_draft *draft, const struct host *host)
{
    lint_add(&draft->advice,
             "With it receivers would refuse addresses of %s, which seems to send: publish it if it does not, else "
             "Weight 2 and %s as Target.",
             host->name, host->name);
}

/* wrong_owner_unclear - records that cannot be moved as they are; true if so */
static bool wrong_owner_unclear(struct host *host, const char *owner, const struct vouch_answer *srv)
{
    struct lint_draft draft;
    bool refuses = false;

    for (size_t i = 0; i < srv->records_count; i++) {
        struct csa_record csa;
        struct lint_srv said = {0, 0, ""};

        csa_judge_record(&csa, srv->records[i].rdata, srv->message);
        said.weight = csa.kind == CSA_PROHIBIT ? 1 : csa.kind == CSA_ALLOW ? 2 : 3;
        vouch_name_format(csa.target.wire, said.target);
        refuses = refuses || refuses_sender(host, &said);
    }
    if (!refuses)
        return false;
    lint_begin(&draft, host->run, LINT_WRONG_OWNER, owner);
    lint_add_answer(&draft.evidence, srv);
    advise_unclear(&draft, host);
    lint_end(&draft);
    host->settled = true;
    return true;
}

/* wrong_owner - CSA records at another owner than the right one; true if there are some */
static bool wrong_owner(struct host *host, const char *owner, bool strict)
{
    const struct vouch_answer *srv = lint_ask(host->run, owner, VOUCH_TYPE_SRV);

    if (!lint_is_found(srv) || explicit_is_synthesized(host->run, host->name, srv) ||
        lint_is_found(lint_ask(host->run, owner, VOUCH_TYPE_CNAME)) || !is_meant(host, srv, strict))
        return false;
    if (!wrong_owner_unclear(host, owner, srv))
        wrong_owner_lint(host, owner, srv);
    return true;
}

/* misplaced_lint - look for the record where it is put by mistake; true if it is there */
static bool misplaced_lint(struct host *host)
{
    static const struct {
        const char *prefix;
        bool others; /* another service may have records there */
    } places[] = {
        {"_smtp._client", false}, {"_client._smtp._tcp", false},
        {"_client._tcp", true},   {"_client._smtp._udp", false},
        {"_client._udp", true},   {"_client", true},
        {"client._smtp", false},  {"_smtp", true},
    };
    char owner[VOUCH_NAME_TEXT_SIZE];
    bool found = false;

    for (size_t i = 0; i < sizeof places / sizeof places[0] && !found; i++)
        found = lint_join(owner, places[i].prefix, host->name) && wrong_owner(host, owner, places[i].others);
    if (!found && host->run->domain[0] != '\0' && lint_join(owner, host->owner, host->run->domain))
        found = wrong_owner(host, owner, false);
    return found;
}

/* What a TXT record says that was meant to be a CSA record. */
struct meant {
    uint32_t numbers[3];       /* Priority, Weight, Port */
    struct vouch_bytes target; /* no final dot; points into `text` */
    char text[TEXT_SIZE];
};

/* read_number - a 16-bit number; false: it is something else */
static bool read_number(uint32_t *number, struct vouch_bytes word)
{
    *number = 0;
    for (size_t i = 0; i < word.length && i < NUMBER_DIGITS; i++) {
        if (!text_is_digit((char)word.data[i]))
            return false;
        *number = *number * 10 + (uint32_t)(word.data[i] - '0');
    }
    return word.length != 0 && word.length <= NUMBER_DIGITS && *number <= UINT16_MAX;
}

/* read_meant - read "[IN] [SRV] PRIORITY WEIGHT PORT TARGET"; false: it is something else */
static bool read_meant(struct meant *meant, const struct vouch_record *txt)
{
    struct vouch_bytes rest = {(const uint8_t *)meant->text,
                               dna_join_text(meant->text, sizeof meant->text, txt->rdata)};
    uint8_t wire[VOUCH_NAME_SIZE];
    struct vouch_bytes word;

    if (rest.length == 0 || memchr(meant->text, '\0', rest.length) != NULL)
        return false;
    word = text_take_word(&rest, " \t");
    if (text_is_nocase(word, "IN"))
        word = text_take_word(&rest, " \t");
    if (text_is_nocase(word, "SRV"))
        word = text_take_word(&rest, " \t");
    for (size_t i = 0; i < sizeof meant->numbers / sizeof meant->numbers[0]; i++) {
        if (!read_number(&meant->numbers[i], word))
            return false;
        word = text_take_word(&rest, " \t");
    }
    if (word.length == 0 || text_take_word(&rest, " \t").length != 0)
        return false;
    if (word.length > 1 && word.data[word.length - 1] == '.')
        word.length--;
    meant->target = word;
    return vouch_name_parse(wire, (const char *)word.data, word.length) != 0;
}

/* advise_sender - what to publish in the place of Weight 1 */
static void advise_sender(struct lint_draft *draft, const struct host *host)
{
    lint_add(&draft->advice, "If %s sends mail, publish Weight 2 and its addresses.", host->name);
}

/* wrong_type_mend - the record that was meant, as far as it speaks of this host; no lines if it lists another one's
 * addresses */
static void wrong_type_mend(struct lint_draft *draft, struct host *host, const struct vouch_answer *txt)
{
    struct lint_srv srv;
    struct meant meant;
    bool other = false, never = false;

    host_default(host, &srv);
    for (size_t i = 0; i < txt->records_count; i++) {
        if (!read_meant(&meant, &txt->records[i]))
            continue;
        if (meant.numbers[1] >= 1 && meant.numbers[1] <= WEIGHT_MAX)
            srv.weight = meant.numbers[1] < srv.weight || meant.numbers[1] == WEIGHT_MAX ? (uint16_t)meant.numbers[1]
                                                                                         : srv.weight;
        never = never || meant.numbers[1] == 1;
        other = other || !text_is_nocase(meant.target, host->name);
    }
    if (srv.weight == 1 && never && refuses_sender(host, &srv)) {
        advise_unclear(draft, host);
        return;
    }
    if (other && srv.weight == 2) {
        lint_add(&draft->advice, "Publish it as SRV record, with a Target that has the addresses.");
        return;
    }
    for (size_t i = 0; i < txt->records_count; i++) {
        if (read_meant(&meant, &txt->records[i]))
            lint_delete(draft, host->owner, &txt->records[i], txt->message);
    }
    lint_publish_srv(draft, host->name, host->ttl_s, &srv);
    lint_lines_add(&host->mend, &draft->mend);
    host->will_send = srv.weight == 2;
    host->will_refuse = srv.weight == 1;
    host->settled = true;
    if (srv.weight == 1 && !never)
        advise_sender(draft, host);
}

/* wrong_type - a TXT record in the place of the SRV record, with its text; true if there is one. What a wildcard says
 * or the name behind an alias is meant for others. */
static bool wrong_type(struct host *host)
{
    const struct vouch_answer *txt = lint_ask(host->run, host->owner, VOUCH_TYPE_TXT);
    struct lint_draft draft;
    struct meant meant;
    bool looks = false;

    for (size_t i = 0; i < txt->records_count && !looks; i++)
        looks = read_meant(&meant, &txt->records[i]);
    if (!looks || lint_is_found(lint_ask(host->run, host->owner, VOUCH_TYPE_CNAME)) ||
        host_is_synthesized(host->run, host->owner, txt, VOUCH_TYPE_TXT))
        return false;
    lint_begin(&draft, host->run, LINT_WRONG_TYPE, host->owner);
    lint_add_answer(&draft.evidence, txt);
    wrong_type_mend(&draft, host, txt);
    lint_end(&draft);
    return true;
}

/* add_made - records below a name end what a wildcard says of it: the name gets the same records of its own; false:
 * it cannot be told what they are */
static bool add_made(struct lint_draft *draft, struct host *host)
{
    const struct vouch_answer *types[] = {
        host->addresses.a, host->addresses.aaaa, lint_ask(host->run, host->name, LINT_TYPE_MX),
        lint_ask(host->run, host->name, VOUCH_TYPE_TXT), lint_ask(host->run, host->name, VOUCH_TYPE_PTR)};
    const struct vouch_answer *alias = lint_ask(host->run, host->name, VOUCH_TYPE_CNAME);

    if (lint_is_found(alias))
        return !host_is_synthesized(host->run, host->name, alias, VOUCH_TYPE_CNAME);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (lint_is_found(types[i]) && host_is_synthesized(host->run, host->name, types[i], types[i]->records[0].type))
            lint_publish_all(draft, host->name, lint_ttl(host->run, types[i]), types[i]);
    }
    return true;
}

/* add_missing - a finding that the name has no record, and the record */
static void add_missing(struct host *host, enum lint_word word, const char *ancestor)
{
    enum spf_sender sender = spf_sender(host->run, host->name, &host->addresses);
    struct lint_draft draft;
    struct lint_srv srv;
    bool unclear;

    host_default(host, &srv);
    if (word == LINT_DOMAIN_OPEN && sender != SPF_SENDS)
        srv.weight = 1;
    lint_begin(&draft, host->run, word, host->name);
    lint_add(&draft.evidence, "%s SRV: %s", host->owner, vouch_status_word(host->srv->status));
    if (host->alias != NULL) {
        lint_add(&draft.evidence, "; %s ", host->owner);
        lint_add_answer(&draft.evidence, host->alias);
        host_delete_alias(&draft, host);
    }
    if (ancestor != NULL)
        lint_add(&draft.evidence, "; _client._smtp.%s asserts Explicit", ancestor);
    unclear = (word == LINT_DOMAIN_OPEN && sender == SPF_UNCLEAR) || (srv.weight == 2 && !host_sends(host));
    if (unclear)
        lint_clear(&draft.mend);
    else if (add_made(&draft, host))
        lint_publish_srv(&draft, host->name, host->ttl_s, &srv);
    if (unclear)
        lint_add(&draft.advice,
                 "Publish Weight 2 if %s sends mail from all of its addresses, Weight 1 if it never does.", host->name);
    else if (srv.weight == 2)
        lint_add(&draft.advice, "If %s never sends mail, publish Weight 1.", host->name);
    else
        advise_sender(&draft, host);
    lint_end(&draft);
}

bool csa_star_lint(struct lint_run *run, const char *name)
{
    char owner[VOUCH_NAME_TEXT_SIZE];
    const struct vouch_answer *srv, *alias;
    struct lint_draft draft;

    if (strncmp(name, "*.", 2) != 0 || !lint_join(owner, "_client._smtp", name))
        return false;
    srv = lint_ask(run, owner, VOUCH_TYPE_SRV);
    alias = lint_ask(run, owner, VOUCH_TYPE_CNAME);
    if (!lint_is_found(alias) && !lint_is_found(srv))
        return false;
    lint_begin(&draft, run, LINT_WRONG_OWNER, owner);
    lint_add_answer(&draft.evidence, lint_is_found(alias) ? alias : srv);
    lint_delete_all(&draft, owner, lint_is_found(alias) ? alias : srv);
    lint_add(
        &draft.advice,
        "DNS has no wildcard in the middle of a name: give each host below %s a record of its own, or set Port to 1 "
        "in the record of %s to disown the others.",
        name + 2, name + 2);
    lint_end(&draft);
    return true;
}

void csa_missing_lint(struct host *host)
{
    const unsigned sends = LINT_HELO | LINT_MX | LINT_POINTERS | LINT_SPF;
    char ancestor[VOUCH_NAME_TEXT_SIZE];
    unsigned roles = host->run->roles;
    bool dangles = host->alias != NULL; /* what was meant to be a record leads nowhere */

    if (misplaced_lint(host) || wrong_type(host))
        return;
    if (!dangles && (roles & sends) == LINT_SPF && host_lacks_addresses(host->run, &host->addresses))
        return; /* no host is left that could send */
    if (((roles & sends) != 0 || dangles) && explicit_above(host->run, host->name, ancestor))
        add_missing(host, LINT_EXPLICIT_UNCOVERED, ancestor);
    else if ((roles & (LINT_HELO | LINT_MX)) != 0 || (dangles && (roles & LINT_DOMAIN) == 0))
        add_missing(host, LINT_NO_RECORD, NULL);
    else if ((roles & LINT_DOMAIN) != 0 && !publish_name_is_within(host->name, "arpa"))
        add_missing(host, LINT_DOMAIN_OPEN, NULL);
}
