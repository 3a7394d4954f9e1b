/*
 * publish.c - vouchsafe publish: from a description of a domain to the records that say it.
 */
#include "tool/publish/publish.h"

#include "accredit/organization.h"
#include "base/text.h"
#include "publish/form.h"
#include "publish/hoster.h"
#include "publish/name.h"
#include "tool/tool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME "publish"

static const char usage[] =
    "usage: vouchsafe publish [--form master|nsupdate|json|fields] [--hoster NAME|list] [--zone FILE]...\n"
    "                         [--resolver ADDR[@PORT]]... [--trust-anchor FILE|none]\n"
    "                         [--server ADDR[@PORT]] DESCRIPTION-FILE|-\n"
    "       vouchsafe publish [the same options] --domain DOMAIN [--send NAME=ADDR,...]... [--elsewhere NAME]...\n"
    "                         [--never NAME]... [--complete [--disown] [--disown-below NAME]...]\n"
    "                         [--accreditor SERVICE]... [--ttl SECONDS]\n";

enum form { FORM_MASTER, FORM_NSUPDATE, FORM_JSON, FORM_FIELDS, FORMS };

static const char *const forms[FORMS] = {
    [FORM_MASTER] = "master",
    [FORM_NSUPDATE] = "nsupdate",
    [FORM_JSON] = "json",
    [FORM_FIELDS] = "fields",
};

/* publish_form - the form that is asked for; FORMS: there is none of this name */
static enum form publish_form(const struct publish_request *request)
{
    enum form form = FORM_MASTER;

    if (request->form == NULL)
        return form;
    while (form < FORMS && strcmp(forms[form], request->form) != 0)
        form++;
    return form;
}

/* publish_print_labels - what the fields of a hoster's form are called */
static void publish_print_labels(const char *fields)
{
    for (const char *field = fields; *field != '\0'; field += field[0] == '|') {
        fputs(field == fields ? "" : ", ", stdout);
        fwrite(field, 1, strcspn(field, "=|"), stdout);
        field += strcspn(field, "|");
    }
}

/* publish_print_hosters - the table of hosters and their limits */
static int publish_print_hosters(void)
{
    const char *hoster = "";

    for (size_t i = 0; i < hoster_rows_count; i++) {
        const struct hoster_row *row = &hoster_rows[i];

        if (strcmp(hoster, row->hoster) != 0)
            printf("%s%s\n", i == 0 ? "" : "\n", row->hoster);
        hoster = row->hoster;
        printf("  %s", hoster_limit_text(row->limit));
        if (row->limit == HOSTER_TTL_LOWEST)
            printf(": %u", row->value);
        printf(" (%s: %s)\n", hoster_source_text(row->source), row->where);
    }
    fputs("\nForms for SRV records, with the pictures of doc/publishing.md:\n", stdout);
    for (size_t i = 0; i < hoster_forms_count; i++) {
        const struct hoster_form *form = &hoster_forms[i];

        printf("  %s: picture %c: ", form->hoster, hoster_picture_letter(form->picture));
        publish_print_labels(form->fields);
        printf(" (%s: %s)\n", hoster_source_text(form->source), form->where);
    }
    fputs("\nWhat comes nearest:\n", stdout);
    for (unsigned limit = 0; limit < HOSTER_LIMITS; limit++)
        printf("  %s: %s.\n", hoster_limit_text(limit), hoster_nearest_text(limit));
    return fflush(stdout) == 0 ? TOOL_FINE : tool_fail(NAME, "standard output: %s", strerror(errno));
}

/* publish_read - the description from a file */
static bool publish_read(struct publish_request *request, const char *path)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "re");
    char error[DESCRIPTION_ERROR_SIZE];
    bool fine;

    if (file == NULL) {
        tool_fail(NAME, "%s: %s", path, strerror(errno));
        return false;
    }
    fine = description_read(&request->description, file, standard ? "standard input" : path, error);
    if (!standard && fclose(file) != 0 && fine) {
        tool_fail(NAME, "%s: %s", path, strerror(errno));
        return false;
    }
    if (!fine)
        tool_fail(NAME, "%s", error);
    return fine;
}

/* publish_quick_option - an option that describes the domain and so goes with --domain only, or null */
static const char *publish_quick_option(const struct publish_request *request)
{
    const struct argument_values *const lists[] = {request->send, request->elsewhere, request->never, request->disowned,
                                                   request->accreditors};

    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        if (lists[i]->count != 0)
            return lists[i]->name;
    }
    return request->complete ? "--complete" : request->disown ? "--disown" : request->ttl != NULL ? "--ttl" : NULL;
}

/* publish_is_whole - is there one description, all of it in a file or all of it in options? */
static bool publish_is_whole(const struct publish_request *request, const struct arguments *arguments)
{
    const char *option = publish_quick_option(request);

    if (request->domain != NULL && arguments->count != 0 && request->disown)
        arguments_wrong(arguments, "unexpected operand: %s (--disown takes no value; --disown-below NAME does)",
                        arguments->operands[0]);
    else if (request->domain != NULL && arguments->count != 0)
        arguments_wrong(arguments, "--domain and a description file exclude each other: %s", arguments->operands[0]);
    else if (request->domain == NULL && arguments->count == 1 && option != NULL)
        arguments_wrong(arguments, "%s goes with --domain: a description file says that itself", option);
    else if (request->domain == NULL && arguments->count != 1)
        arguments_wrong(arguments, "%s%s", option == NULL ? "" : option,
                        option == NULL ? "needs one description file, or --domain" : " goes with --domain");
    else
        return true;
    return false;
}

/* publish_describe - the description, from a file or from the options */
static bool publish_describe(struct publish_request *request, const struct arguments *arguments)
{
    description_init(&request->description);
    if (!publish_is_whole(request, arguments))
        return false;
    if (request->domain != NULL ? !publish_quick(request, arguments) : !publish_read(request, arguments->operands[0]))
        return false;
    if (request->hoster != NULL) {
        struct text text;

        text_init(&text, request->description.hoster, sizeof request->description.hoster);
        for (const char *at = request->hoster; *at != '\0'; at++)
            text_add_char(&text, text_lower(*at));
    }
    return true;
}

/* publish_is_owned - may somebody own, and disown, all these names? Not what is below a public suffix */
static bool publish_is_owned(const struct description *description)
{
    char error[ORGANIZATION_ERROR_SIZE];
    struct organizations *organizations = organizations_open("", error);
    bool fine = true;

    if (organizations == NULL) {
        tool_fail(NAME, "%s", error);
        return false;
    }
    for (size_t i = 0; fine && i < description->disowned_count; i++) {
        fine = organizations_find(organizations, description->disowned[i])[0] != '\0';
        if (!fine)
            tool_fail(NAME, "disown: %s is a public suffix: names below it belong to others", description->disowned[i]);
    }
    organizations_close(organizations);
    return fine;
}

/* publish_warn - tell the warnings on standard error, where nobody sees those in the output */
static void publish_warn(const struct plan *plan)
{
    for (size_t i = 0; i < plan->remarks_count; i++) {
        if (plan->remarks[i].severity == PLAN_WARNING && isatty(STDOUT_FILENO) != 1)
            tool_fail(NAME, "warning: %s", plan->remarks[i].text);
    }
}

/* publish_server - "ADDR[@PORT]" as nsupdate wants it; false: said what is wrong */
static bool publish_server(const struct publish_request *request, const struct arguments *arguments, char *server,
                           size_t size)
{
    const char *at = request->server == NULL ? NULL : strchr(request->server, '@');
    struct vouch_address address;
    struct text text;
    char *end;
    long port;

    text_init(&text, server, size);
    if (request->server == NULL)
        return true;
    text_add_bytes(&text, request->server, at == NULL ? strlen(request->server) : (size_t)(at - request->server));
    if (!vouch_address_parse(&address, server, text.length)) {
        arguments_wrong(arguments, "--server %s: must be ADDR or ADDR@PORT", request->server);
        return false;
    }
    if (at == NULL)
        return true;
    port = strtol(at + 1, &end, 10);
    if (!text_is_digit(at[1]) || *end != '\0' || port < 1 || port > UINT16_MAX) {
        arguments_wrong(arguments, "--server %s: the port must be 1 to 65535", request->server);
        return false;
    }
    text_add_char(&text, ' ');
    text_add_signed(&text, port);
    return true;
}

/* publish_print - the plan in the form that is asked for */
static int publish_print(const struct plan *plan, enum form form, const char *server)
{
    bool fine = true;

    switch (form) {
    case FORM_NSUPDATE:
        form_nsupdate_write(plan, server[0] == '\0' ? NULL : server, stdout);
        break;
    case FORM_JSON:
        fine = form_json_write(plan, stdout);
        break;
    case FORM_FIELDS:
        form_fields_write(plan, stdout);
        break;
    case FORM_MASTER:
    case FORMS:
        form_master_write(plan, stdout);
        break;
    }
    if (!fine || fflush(stdout) != 0 || ferror(stdout))
        return tool_fail(NAME, "standard output: %s", fine ? strerror(errno) : "out of memory");
    return TOOL_FINE;
}

/* publish_run - plan, compare, print */
static int publish_run(struct publish_request *request, const struct arguments *arguments)
{
    char error[PLAN_ERROR_SIZE], server[VOUCH_ADDRESS_SIZE + 8];
    enum form form = publish_form(request);
    int status = TOOL_USAGE;
    struct plan plan;

    if (form == FORMS)
        return arguments_wrong(arguments, "--form %s: must be master, nsupdate, json or fields", request->form);
    if (request->server != NULL && form != FORM_NSUPDATE)
        return arguments_wrong(arguments, "--server goes with --form nsupdate");
    if (request->trust_anchor != NULL && request->resolvers->count == 0)
        return arguments_wrong(arguments, "--trust-anchor goes with --resolver");
    if (!publish_server(request, arguments, server, sizeof server) || !publish_describe(request, arguments) ||
        !publish_is_owned(&request->description))
        return TOOL_USAGE;
    if (!plan_make(&plan, &request->description, error))
        return tool_fail(NAME, "%s", error);
    if (publish_compare(request, arguments, &plan)) {
        plan_order(&plan);
        publish_warn(&plan);
        status = plan.failed ? tool_fail(NAME, "out of memory") : publish_print(&plan, form, server);
    }
    plan_free(&plan);
    return status;
}

int publish_main(int argc, char **argv)
{
    static struct argument_values repeated[] = {
        {.name = "--zone"},  {.name = "--resolver"},     {.name = "--send"},       {.name = "--elsewhere"},
        {.name = "--never"}, {.name = "--disown-below"}, {.name = "--accreditor"}, {.name = NULL},
    };
    struct publish_request request = {
        .zones = &repeated[0],
        .resolvers = &repeated[1],
        .send = &repeated[2],
        .elsewhere = &repeated[3],
        .never = &repeated[4],
        .disowned = &repeated[5],
        .accreditors = &repeated[6],
    };
    const struct argument options[] = {
        {"--form", &request.form, NULL},
        {"--hoster", &request.hoster, NULL},
        {"--server", &request.server, NULL},
        {"--domain", &request.domain, NULL},
        {"--ttl", &request.ttl, NULL},
        {"--complete", NULL, &request.complete},
        {"--disown", NULL, &request.disown},
        {"--trust-anchor", &request.trust_anchor, NULL},
        {NULL, NULL, NULL},
    };
    struct arguments arguments = {.command = NAME, .usage = usage, .options = options, .repeated = repeated};
    int status;

    if (!arguments_take(&arguments, argc, argv, &status))
        return status;
    if (request.hoster != NULL && text_is_nocase(text_bytes(request.hoster), "list"))
        return publish_print_hosters();
    status = publish_run(&request, &arguments);
    description_free(&request.description);
    return status;
}
