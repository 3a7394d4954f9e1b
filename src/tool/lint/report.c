/*
 * report.c - lints one subject after the other and reports as JSON.
 *
 * A name is judged again and again while answers come, each time as far as the known answers lead: so questions that
 * do not depend on each other are out at the same time.
 */
#include "tool/lint/report.h"

#include "base/text.h"
#include "dns/direct.h"
#include "dns/unbound.h"
#include "lint/lint.h"
#include "tool/lint/names.h"
#include "tool/lint/records.h"
#include "tool/lint/view.h"
#include "tool/progress.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SERVERS_MAX 128 /* name servers of one subject */
enum { PROBE_MS = 3000, WAIT_MS = 15000 /* without an answer */, DIRECT_MS = 2000, ROUNDS_MAX = 64 };

struct lint_session {
    const struct lint_options *options;
    struct event_base *base;
    struct lint_round round;
    struct zones *zones;
    struct lint_view views[LINT_OPTION_MAX], servers[SERVERS_MAX];
    struct vouch_address addresses[SERVERS_MAX]; /* of the servers */
    size_t servers_count;
    struct lint_world world;
    json_t *records; /* of the subject under judgement */
};

/* session_server - a view of one name server; null: it cannot be asked from here */
static const struct lint_view *session_server(void *owner, const char *name, const struct vouch_address *address)
{
    struct lint_session *session = owner;
    struct direct_config config = {.address = *address, .port = session->options->server_port, .timeout_ms = DIRECT_MS};
    char label[VOUCH_NAME_TEXT_SIZE + VOUCH_ADDRESS_SIZE + 4], printed[VOUCH_ADDRESS_SIZE];
    struct text text;

    for (size_t i = 0; i < session->servers_count; i++) {
        if (memcmp(&session->addresses[i], address, sizeof *address) == 0)
            return &session->servers[i];
    }
    if (session->servers_count == SERVERS_MAX || !direct_has_route(address))
        return NULL;
    vouch_address_format(address, printed);
    text_init(&text, label, sizeof label);
    text_add(&text, name);
    text_add(&text, " (");
    text_add(&text, printed);
    text_add(&text, ")");
    if (!lint_view_open_source(&session->servers[session->servers_count], label, direct_open(session->base, &config),
                               &session->round))
        return NULL;
    session->addresses[session->servers_count] = *address;
    return &session->servers[session->servers_count++];
}

/* session_open_files - the zone files as the only view */
static bool session_open_files(struct lint_session *session, char error[LINT_ERROR_SIZE])
{
    _Static_assert(LINT_ERROR_SIZE >= ZONE_ERROR_SIZE, "one buffer for both");

    session->zones = zones_new();
    for (size_t i = 0; session->zones != NULL && i < session->options->zones_count; i++) {
        if (!lint_names_read(session->zones, session->options->zones[i], NULL, error))
            return false;
    }
    if (session->zones == NULL || !lint_view_open_files(&session->views[0], "zone files", session->zones))
        return lint_fail(error, "", "out of memory");
    session->world.views_count = 1;
    return true;
}

/* session_open_others - the second resolver and the ones behind it, each asked directly */
static bool session_open_others(struct lint_session *session, char error[LINT_ERROR_SIZE])
{
    const struct lint_options *options = session->options;

    for (size_t i = 1; i < options->resolvers_count; i++) {
        struct direct_config config = {.recursion = true, .timeout_ms = DIRECT_MS};

        if (!direct_parse(&config, options->resolvers[i])) {
            lint_fail(error, "resolver", options->resolvers[i]);
            return false;
        }
        if (!lint_view_open_source(&session->views[session->world.views_count], options->resolvers[i],
                                   direct_open(session->base, &config), &session->round))
            return lint_fail(error, "", "out of memory");
        session->world.views_count++;
    }
    return true;
}

/* session_open_dns - the first resolver, validating, then the others */
static bool session_open_dns(struct lint_session *session, char notice[LINT_ERROR_SIZE], char error[LINT_ERROR_SIZE])
{
    _Static_assert(LINT_ERROR_SIZE >= UNBOUND_ERROR_SIZE, "one buffer for both");

    const struct lint_options *options = session->options;
    struct unbound_config config = {.trust_anchor = options->trust_anchor, .probe_ms = PROBE_MS};
    struct dns_source *source;

    if (options->resolvers_count != 0) {
        config.resolvers[0] = options->resolvers[0];
        config.resolvers_count = 1;
    }
    source = unbound_open(session->base, &config, notice, error);
    if (source == NULL)
        return false;
    if (!lint_view_open_source(&session->views[0], options->resolvers_count != 0 ? options->resolvers[0] : "resolver",
                               source, &session->round))
        return lint_fail(error, "", "out of memory");
    session->world.views_count = 1;
    session->world.server = session_server;
    session->views[0].validates = notice[0] == '\0' &&
                                  (options->trust_anchor == NULL || strcmp(options->trust_anchor, "none") != 0);
    return session_open_others(session, error);
}

struct lint_session *lint_session_open(const struct lint_options *options, char notice[LINT_ERROR_SIZE],
                                       char error[LINT_ERROR_SIZE])
{
    struct lint_session *session = calloc(1, sizeof *session);
    bool fine;

    notice[0] = '\0';
    error[0] = '\0';
    if (session == NULL) {
        lint_fail(error, "", "out of memory");
        return NULL;
    }
    session->options = options;
    session->world.views = session->views;
    session->world.owner = session;
    session->base = event_base_new();
    if (session->base == NULL || !lint_round_open(&session->round, session->base, WAIT_MS))
        fine = lint_fail(error, "", "out of memory");
    else
        fine = options->zones_count != 0 || options->only_files ? session_open_files(session, error)
                                                                : session_open_dns(session, notice, error);
    if (fine)
        return session;
    lint_session_close(session);
    return NULL;
}

void lint_session_close(struct lint_session *session)
{
    if (session == NULL)
        return;
    for (size_t i = 0; i < session->servers_count; i++)
        lint_view_close(&session->servers[i]);
    for (size_t i = 0; i < session->world.views_count; i++)
        lint_view_close(&session->views[i]);
    zones_free(session->zones);
    lint_round_close(&session->round);
    if (session->base != NULL)
        event_base_free(session->base);
    free(session);
}

/* One name and how it is judged. */
struct task {
    const char *name;
    unsigned roles;
    bool is_domain, is_open; /* open: a domain if it is the root of a zone, else a host */
    bool reports;
};

/* is_root - is the name the root of a zone? False while that is not known. */
static bool is_root(struct lint_session *session, const char *name, bool *known)
{
    const struct lint_view *view = &session->views[0];
    const struct vouch_answer *soa = view->ask(view->owner, name, VOUCH_TYPE_SOA);
    const struct vouch_answer *alias = view->ask(view->owner, name, VOUCH_TYPE_CNAME);

    *known = soa != NULL && alias != NULL;
    return *known && soa->status == VOUCH_FOUND && alias->status != VOUCH_FOUND;
}

/* task_judge - judge as far as the answers lead; false: some are missing */
static bool task_judge(struct lint_session *session, const struct task *task, struct lint_result *result)
{
    bool known = true, is_domain = task->is_domain;
    bool whole = true;

    if (task->is_open)
        is_domain = is_root(session, task->name, &known);
    if (!known)
        return false;
    if (is_domain)
        whole = lint_domain(result, &session->world, task->name, task->roles & ~(unsigned)LINT_HELO);
    else if (!task->reports || task->roles != 0)
        whole = lint_host(result, &session->world, task->name, task->roles);
    return (!task->reports || lint_reports(result, &session->world, task->name)) && whole;
}

/* result_move - the findings and troubles of one go behind those of the other */
static void result_move(struct lint_result *to, struct lint_result *from)
{
    struct lint_finding *findings = reallocarray(to->findings, to->findings_count + from->findings_count + 1,
                                                 sizeof *findings);
    char **troubles = reallocarray(to->troubles, to->troubles_count + from->troubles_count + 1, sizeof *troubles);

    to->findings = findings == NULL ? to->findings : findings;
    to->troubles = troubles == NULL ? to->troubles : troubles;
    to->failed = to->failed || from->failed || findings == NULL || troubles == NULL;
    to->complete = to->complete && from->complete;
    if (findings != NULL && troubles != NULL) {
        if (from->findings_count != 0)
            memcpy(findings + to->findings_count, from->findings, from->findings_count * sizeof *findings);
        if (from->troubles_count != 0)
            memcpy(troubles + to->troubles_count, from->troubles, from->troubles_count * sizeof *troubles);
        to->findings_count += from->findings_count;
        to->troubles_count += from->troubles_count;
        from->findings_count = from->troubles_count = 0;
    }
    lint_result_clear(from);
}

/* task_records - the record sets of a name that was judged; most of their answers are there already */
static void task_records(struct lint_session *session, const struct task *task, struct lint_result *result)
{
    bool alone = (task->roles & LINT_ALONE) != 0, known = true;
    bool exchangers = alone && is_root(session, task->name, &known);

    if ((alone && !task->is_open) || (task->reports && task->roles == 0))
        return;
    for (unsigned i = 0; i < ROUNDS_MAX; i++) {
        if (lint_records_add(session->records, &session->views[0], task->name, exchangers, &result->failed))
            return;
        lint_round_wait(&session->round);
    }
    result->complete = false;
}

/* task_run - judge again until no answer is missing */
static void task_run(struct lint_session *session, const struct task *task, struct lint_result *result)
{
    struct lint_result round;

    lint_result_init(&round);
    for (unsigned i = 0; !task_judge(session, task, &round); i++) {
        if (i == ROUNDS_MAX) { /* what is known by then */
            round.complete = false;
            break;
        }
        lint_result_clear(&round);
        lint_round_wait(&session->round);
    }
    result_move(result, &round);
    task_records(session, task, result);
    for (size_t i = 0; i < session->world.views_count; i++)
        lint_view_forget(&session->views[i]);
    for (size_t i = 0; i < session->servers_count; i++)
        lint_view_forget(&session->servers[i]);
}

/* tell_strays - findings about the records out of place */
static void tell_strays(struct lint_session *session, const char *path, const struct lint_names *names,
                        struct lint_result *result)
{
    static const enum lint_place places[] = {
        [ZONE_OUTSIDE] = LINT_OUTSIDE, [ZONE_BESIDE_ALIAS] = LINT_BESIDE_ALIAS, [ZONE_BELOW_CUT] = LINT_BELOW_CUT};

    for (size_t i = 0; i < names->strays_count; i++) {
        const struct lint_stray *stray = &names->strays[i];
        struct lint_misplaced misplaced = {places[stray->how], path, stray->line, stray->owner, stray->record};

        lint_misplaced(result, &session->world, &misplaced);
    }
}

/* run_file - judge the names of a zone file, in its own world or in that of the zone files */
static bool run_file(struct lint_session *session, const char *path, struct lint_result *result,
                     char error[LINT_ERROR_SIZE])
{
    struct lint_session alone = {.options = session->options, .records = session->records};
    struct lint_session *place = session->options->zones_count != 0 ? session : &alone;
    struct lint_names names = {.count = 0};
    struct task task = {.is_domain = true};
    struct progress_bar bar;
    bool fine;

    if (place == &alone) {
        alone.world = (struct lint_world){.views = alone.views, .views_count = 1, .owner = &alone};
        alone.zones = zones_new();
        if (alone.zones == NULL || !lint_view_open_files(&alone.views[0], "zone file", alone.zones)) {
            zones_free(alone.zones);
            return lint_fail(error, "", "out of memory");
        }
    }
    fine = lint_names_read(place->zones, path, &names, error);
    tell_strays(place, path, &names, result);
    progress_begin(&bar, path, names.count);
    for (size_t i = 0; fine && i <= names.count; i++) {
        task.name = i == 0 ? names.domain : names.names[i - 1].name;
        task.roles = i == 0 ? 0 : names.names[i - 1].roles;
        task.reports = i != 0 && names.names[i - 1].reports;
        task.is_domain = i == 0;
        if (i == 0 || strcmp(task.name, names.domain) != 0)
            task_run(place, &task, result);
        progress_step(&bar, i);
    }
    progress_end(&bar);
    lint_names_free(&names);
    if (place == &alone) {
        lint_view_close(&alone.views[0]);
        zones_free(alone.zones);
    }
    return fine;
}

/* is_like_file - does the name end as zone files do? */
static bool is_like_file(const char *name)
{
    static const char *const ends[] = {".zone", ".db", ".txt", ".master"};
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; i < sizeof ends / sizeof ends[0] && dot != NULL; i++) {
        if (strcmp(dot, ends[i]) == 0)
            return true;
    }
    return false;
}

/* tell_no_file - the DNS does not know the name, and it may have been meant as that of a file */
static void tell_no_file(const char *name, struct lint_result *result)
{
    for (size_t i = 0; i < result->findings_count && is_like_file(name); i++) {
        struct lint_finding *finding = &result->findings[i];
        char *longer = NULL;

        if (strcmp(finding->rule->word, "no-such-name") != 0 || strcmp(finding->name, name) != 0)
            continue;
        if (asprintf(&longer, "%s, and there is no such file", finding->evidence) < 0) {
            result->failed = true;
            return;
        }
        free(finding->evidence);
        finding->evidence = longer;
    }
}

/* run_name - judge a domain or a host */
static bool run_name(struct lint_session *session, const char *subject, struct lint_result *result,
                     char error[LINT_ERROR_SIZE])
{
    struct task task = {.roles = LINT_HELO | LINT_ALONE, .is_open = true};
    char name[VOUCH_NAME_TEXT_SIZE];
    uint8_t wire[VOUCH_NAME_SIZE];
    struct text text;

    text_init(&text, name, sizeof name);
    text_add_printable(&text, text_bytes(subject));
    for (size_t i = 0; i < text.length; i++)
        name[i] = text_lower(name[i]);
    if (text.length > 1 && name[text.length - 1] == '.')
        name[--text.length] = '\0';
    if (text.length == 0 || text.cut)
        return lint_fail(error, name, "no domain, host or zone file");
    task.name = name;
    task.is_open = strchr(name, '\\') == NULL && vouch_name_parse(wire, name, text.length) != 0 && name[0] != '[';
    task_run(session, &task, result);
    tell_no_file(name, result);
    return true;
}

bool lint_is_file(const char *subject)
{
    struct stat status;

    return strcmp(subject, "-") == 0 || strchr(subject, '/') != NULL ||
           (stat(subject, &status) == 0 && !S_ISDIR(status.st_mode));
}

/* finding_json - one finding */
static json_t *finding_json(const struct lint_finding *finding)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "rule", finding->rule->word, "severity",
                     lint_severity_word(finding->rule->severity), "clause", finding->rule->clause, "title",
                     finding->rule->title, "name", finding->name, "evidence", finding->evidence, "mend", finding->mend,
                     "advice", finding->advice);
}

/* result_json - the whole report; null: out of memory */
static json_t *result_json(const char *subject, const struct lint_result *result, json_t *records)
{
    char safe[4 * VOUCH_NAME_TEXT_SIZE];
    json_t *findings = json_array(), *troubles = json_array();
    struct text text;
    bool fine = !result->failed;

    text_init(&text, safe, sizeof safe);
    text_add_printable(&text, text_bytes(subject));
    for (size_t i = 0; i < result->findings_count; i++)
        fine = json_array_append_new(findings, finding_json(&result->findings[i])) == 0 && fine;
    for (size_t i = 0; i < result->troubles_count; i++)
        fine = json_array_append_new(troubles, json_string(result->troubles[i])) == 0 && fine;
    if (fine)
        return json_pack("{s:s, s:b, s:o, s:o, s:O}", "subject", safe, "complete", (int)result->complete, "findings",
                         findings, "troubles", troubles, "records", records);
    json_decref(findings);
    json_decref(troubles);
    return NULL;
}

json_t *lint_session_judge(struct lint_session *session, const char *subject, char error[LINT_ERROR_SIZE])
{
    struct lint_result result;
    json_t *report = NULL;
    bool fine;

    error[0] = '\0';
    lint_result_init(&result);
    session->records = json_object();
    fine = lint_is_file(subject) ? run_file(session, subject, &result, error)
                                 : run_name(session, subject, &result, error);
    if (fine) {
        lint_result_sort(&result);
        report = result_json(subject, &result, session->records);
        if (report == NULL)
            lint_fail(error, subject, "out of memory");
    }
    lint_result_clear(&result);
    json_decref(session->records);
    session->records = NULL;
    return report;
}
