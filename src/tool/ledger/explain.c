/*
 * explain.c - vouchsafe explain: finds a decision in the ledger and gathers all that belongs to it.
 */
#include "tool/ledger/explain.h"

#include "base/text.h"
#include "policy/advice.h"
#include "store/ledger_privacy.h"
#include "tool/arguments.h"
#include "tool/kept.h"
#include "tool/ledger/view.h"
#include "tool/tool.h"
#include "tool/view.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME     "explain"
#define LAST     20
#define LAST_MAX 100000
#define SEEN_MAX 100000 /* decisions that are looked at for an address, which has no index */

static const char usage[] = "usage: vouchsafe explain [--config FILE] [--json] ID|REPLY\n"
                            "       vouchsafe explain [--config FILE] [--json] [--last N] --name NAME|--client IP\n";

/* What the command line says. */
struct request {
    const char *config, *name, *client, *last;
    bool json;
    long last_count;
    struct vouch_address address;
    char id[LEDGER_ID_SIZE];
};

/* A decision that was found. */
struct found {
    json_t *object; /* null: none */
    char evaluation[LEDGER_ID_SIZE];
    char *detail; /* null: none */
};

/* explain_found - keep the decision */
static bool explain_found(void *owner, const struct ledger_decision *decision)
{
    struct found *found = owner;

    found->object = ledger_view_decision(decision);
    memcpy(found->evaluation, decision->evaluation, sizeof found->evaluation);
    found->detail = decision->detail[0] == '\0' ? NULL : strdup(decision->detail);
    return false;
}

/* explain_acted - one refusal or deferral more */
static bool explain_acted(void *owner, const struct ledger_action *action)
{
    return json_array_append_new(owner, ledger_view_action(action)) == 0;
}

/* explain_voted - one vote more */
static bool explain_voted(void *owner, const struct ledger_feedback *feedback)
{
    return json_array_append_new(owner, ledger_view_feedback(feedback)) == 0;
}

/* explain_add_detail - the answers: those of the decision, or of the one whose evaluation it rests on */
static bool explain_add_detail(struct kept *kept, struct found *found)
{
    const char *id = view_text(found->object, "id");
    struct found earlier = {.object = NULL};
    bool fine = true, from_memory = found->evaluation[0] != '\0' && strcmp(found->evaluation, id) != 0;

    if (found->detail == NULL && from_memory) {
        fine = ledger_find(kept->keeping.ledger, found->evaluation, explain_found, &earlier);
        found->detail = earlier.detail;
        json_decref(earlier.object);
    }
    json_object_set_new(found->object, "from_memory", json_boolean(from_memory));
    ledger_view_add_detail(found->object, found->detail == NULL ? "" : found->detail);
    json_object_set_new(found->object, "has_detail", json_boolean(found->detail != NULL));
    free(found->detail);
    found->detail = NULL;
    return fine;
}

/* explain_trusted - what a trusted session skips behind the door through which it came; "" if it was not trusted */
static const char *explain_trusted(const struct conf *conf, const json_t *object)
{
    const char *protocol = view_text(object, "protocol"), *profile = view_text(object, "profile");
    const char *verb = view_text(json_object_get(object, "action"), "verb");

    if (strcmp(verb, vouch_verb_word(VOUCH_VERB_ACCEPT)) != 0)
        return "";
    if (strcmp(protocol, "milter") == 0)
        return "trusted, as the header field says: a milter cannot switch off the checks of the mail server";
    if (strcmp(protocol, "exim") == 0)
        return "trusted: Exim skips what its lists leave out for acl_m_vouchsafe_act = trusted";
    if (strcmp(protocol, "policy") != 0)
        return "";
    for (size_t i = 0; i < conf->profiles_count; i++) {
        if (strcmp(conf->profiles[i].name, profile) == 0 && conf->profiles[i].trusted_class[0] != '\0')
            return "trusted: Postfix skips what the class of trusted_class leaves out";
    }
    return "trusted, and yet Postfix skips nothing: policy.trusted_class is not set";
}

/* explain_add_advice - what the results mean, and what can be done */
static void explain_add_advice(const struct conf *conf, json_t *object)
{
    static const struct {
        const char *key;
        void (*add)(struct text *text, const struct vouch_verdict *verdict, const struct vouch_address *client);
    } parts[] = {{"why", advice_explain}, {"owner", advice_for_owner}, {"operator", advice_for_operator}};
    const char *client = view_text(object, "client");
    struct vouch_address address;
    struct vouch_verdict verdict;
    bool known = ledger_view_verdict(object, &verdict);
    json_t *advice = json_object();

    if (!vouch_address_parse(&address, client, strlen(client)))
        vouch_address_parse(&address, "0.0.0.0", strlen("0.0.0.0"));
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        char buffer[2048];
        struct text text;

        text_init(&text, buffer, sizeof buffer);
        if (known)
            parts[i].add(&text, &verdict, &address);
        json_object_set_new(advice, parts[i].key, json_text_or_null(buffer));
    }
    json_object_set_new(advice, "trusted", json_text_or_null(explain_trusted(conf, object)));
    json_object_set_new(object, "advice", advice);
}

/* explain_gather - all that belongs to a decision; false: trouble */
static bool explain_gather(struct kept *kept, const char *id, struct found *found)
{
    json_t *actions, *feedback;

    if (!ledger_find(kept->keeping.ledger, id, explain_found, found))
        return false;
    if (found->object == NULL)
        return true;
    actions = json_array();
    feedback = json_array();
    json_object_set_new(found->object, "actions", actions);
    json_object_set_new(found->object, "feedback", feedback);
    if (!explain_add_detail(kept, found))
        return false;
    explain_add_advice(kept->conf, found->object);
    return ledger_actions(kept->keeping.ledger, id, explain_acted, actions) &&
           ledger_feedbacks(kept->keeping.ledger, id, explain_voted, feedback);
}

/* explain_colour - may the output have colours? */
static bool explain_colour(void)
{
    return isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == NULL;
}

/* explain_trouble - the ledger could not be read; the exit code */
static int explain_trouble(struct kept *kept)
{
    if (kept_is_well(kept))
        tool_fail(NAME, "%s: cannot be read now", kept->conf->store.file);
    return TOOL_USAGE;
}

/* explain_decision - the whole reasoning of one decision */
static int explain_decision(struct kept *kept, const struct request *request)
{
    struct found found = {.object = NULL};
    int status;

    if (!explain_gather(kept, request->id, &found)) {
        status = explain_trouble(kept);
    } else if (found.object == NULL) {
        tool_fail(NAME, "%s: there is no such decision; the ledger of this host keeps them %u days (ledger.keep)",
                  request->id, (unsigned)kept->conf->ledger.keep_days);
        status = TOOL_REFUSED;
    } else if (request->json) {
        status = view_json(NAME, found.object);
    } else {
        explain_print(found.object, explain_colour());
        status = view_end(NAME, TOOL_FINE);
    }
    json_decref(found.object);
    free(found.detail);
    return status;
}

/* Decisions to choose from. */
struct choice {
    const struct request *request;
    struct vouch_address address; /* family 0: any */
    json_t *decisions;
    uint32_t seen;
};

/* explain_choose - keep a decision that fits, as long as not enough are there */
static bool explain_choose(void *owner, const struct ledger_decision *decision)
{
    struct choice *choice = owner;
    const struct vouch_address *wanted = &choice->address;

    choice->seen++;
    if (wanted->family != 0 && memcmp(wanted, &decision->client, sizeof *wanted) != 0)
        return choice->seen < SEEN_MAX;
    json_array_append_new(choice->decisions, ledger_view_decision(decision));
    return json_array_size(choice->decisions) < (size_t)choice->request->last_count;
}

/* explain_shorten - leave of the wanted address what the ledger keeps of addresses */
static void explain_shorten(const struct conf *conf, struct vouch_address *address)
{
    struct ledger_rules rules = {.address_bits_4 = conf->ledger.address_bits_4,
                                 .address_bits_6 = conf->ledger.address_bits_6};

    *address = ledger_privacy_address(&rules, address);
}

/* explain_list - the last decisions about a name or an address; exit code 1: there are none */
static int explain_list(struct kept *kept, const struct request *request)
{
    json_t *object = json_pack("{s:[]}", "decisions");
    struct choice choice = {request, request->address, json_object_get(object, "decisions"), 0};
    char name[VOUCH_NAME_SIZE] = "";
    struct text text;
    int status;

    if (choice.address.family != 0)
        explain_shorten(kept->conf, &choice.address);
    text_init(&text, name, sizeof name);
    for (const char *at = request->name; at != NULL && *at != '\0'; at++) {
        if (at[0] != '.' || at[1] != '\0')
            text_add_char(&text, text_lower(*at));
    }
    if (!ledger_decisions(kept->keeping.ledger, 0, request->name == NULL ? NULL : name, explain_choose, &choice)) {
        status = explain_trouble(kept);
    } else if (request->json) {
        status = view_json(NAME, object);
    } else {
        explain_print_table(choice.decisions);
        status = view_end(NAME, TOOL_FINE);
    }
    if (choice.seen >= SEEN_MAX && json_array_size(choice.decisions) < (size_t)request->last_count)
        tool_fail(NAME, "only the newest %d decisions were looked at; the log may know older ones", SEEN_MAX);
    if (status == TOOL_FINE && json_array_size(choice.decisions) == 0)
        status = TOOL_REFUSED;
    json_decref(object);
    return status;
}

/* explain_check - the command line asks for one thing; false after saying what is wrong */
static bool explain_check(struct request *request, const struct arguments *arguments)
{
    bool lists = request->name != NULL || request->client != NULL;
    char reply[1024];
    struct text text;

    request->last_count = LAST;
    if (!arguments_number(arguments, "--last", request->last, (const long[]){1, LAST_MAX}, &request->last_count))
        return false;
    if (lists ? arguments->count != 0 || (request->name != NULL && request->client != NULL)
              : arguments->count == 0 || request->last != NULL) {
        arguments_wrong(arguments, lists ? "--name, --client and an ID exclude each other"
                                         : "needs a decision id, or --name or --client");
        return false;
    }
    if (request->client != NULL && !vouch_address_parse(&request->address, request->client, strlen(request->client))) {
        tool_fail(NAME, "%s: not an IP address", request->client);
        return false;
    }
    if (lists)
        return true;
    text_init(&text, reply, sizeof reply); /* a reply that was pasted without quotes is many words */
    for (int i = 0; i < arguments->count; i++) {
        text_add(&text, i == 0 ? "" : " ");
        text_add(&text, arguments->operands[i]);
    }
    if (!view_find_id(reply, request->id))
        tool_fail(NAME, "%s: no decision id, which is 13 letters and digits and stands in a reply behind id=", reply);
    return request->id[0] != '\0';
}

int explain_main(int argc, char **argv)
{
    struct request request = {.json = false};
    const struct argument options[] = {{"--config", &request.config, NULL}, {"--name", &request.name, NULL},
                                       {"--client", &request.client, NULL}, {"--last", &request.last, NULL},
                                       {"--json", NULL, &request.json},     {NULL, NULL, NULL}};
    struct arguments arguments = {.command = NAME, .usage = usage, .options = options};
    int status = TOOL_USAGE;
    struct kept kept;

    if (!arguments_take(&arguments, argc, argv, &status) || !explain_check(&request, &arguments))
        return status;
    if (kept_open(&kept, NAME, request.config, KEPT_LEDGER))
        status = request.id[0] != '\0' ? explain_decision(&kept, &request) : explain_list(&kept, &request);
    kept_close(&kept);
    return status;
}
