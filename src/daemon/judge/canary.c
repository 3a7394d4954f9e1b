/*
 * canary.c - rounds of canaries.
 *
 * The next round begins an interval after the last one ended, so rounds of a service that does not answer never pile
 * up. Wrong answers that are found here go into the store as a row of this finder: the host, the machine with the
 * installation, and the number of the worker, all of which outlive the process. Silence and refusals do not, as they
 * may be meant for this host's resolver, or come from it: each host has to hear those itself. So rows of others are
 * told from our own, also by a process that was started anew: it takes up its own suspensions where the last one left
 * them, and ends them as it would its own. From then on the last one, which may still have sessions, leaves the row to
 * it.
 */
#include "daemon/judge/canary.h"

#include "accredit/health.h"
#include "base/siphash.h"
#include "base/text.h"
#include "daemon/judge/judge.h"
#include "daemon/log/log.h"
#include "dns/dns.h"
#include "session/sources.h"
#include "store/store.h"

#include <event2/event.h>
#include <event2/util.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define KINDS          3    /* of canaries */
#define FIRST_MAX_MS   5000 /* until the first round */
#define RANDOM_LETTERS 16
#define HOST_SIZE      65
#define INTERVALS      3 /* for which a row in the store holds */

#define MACHINE_ID_FILE   "/etc/machine-id" /* systemd's, in any container of its own */
#define MACHINE_ID_LENGTH 32

struct canary_round;

/* One question that is out. */
struct canary_question {
    struct canary_round *round;
    struct dns_ticket *ticket;
    enum health_canary canary;
    bool open;
    bool any_answer; /* only silence is a fault */
};

/* The checks of one accreditor. */
struct canary_round {
    struct canaries *canaries; /* null: it is not asked by the DNS */
    int service;
    struct event *begin, *deadline;
    struct canary_question questions[KINDS];
    size_t open;
    bool asking;         /* answers may come while questions go out */
    int64_t others_s[2]; /* until when others suspended it: as it was read last, as it is being read */
};

struct canaries {
    struct event_base *base;
    struct sources *sources;
    struct judge *judge;
    struct health *health;
    struct event *read; /* of the rows of others */
    bool reading;
    bool adopted;                   /* our own rows of before were taken up */
    bool retired;                   /* our rows are another's */
    char host[HOST_SIZE];           /* for people */
    char finder[STORE_FINDER_SIZE]; /* "HOST/MACHINE AND INSTALLATION/WORKER" */
    struct canary_round rounds[VOUCH_SERVICES_MAX];
    char causes[VOUCH_SERVICES_MAX][VOUCH_INFO_SIZE]; /* of others */
};

/* canary_interval_ms - between two rounds */
static uint32_t canary_interval_ms(const struct canaries *canaries)
{
    return canaries->sources->conf->canaries.interval_ms;
}

/* canary_wait - let a timer run; one that cannot is tried no more, for want of memory */
static bool canary_wait(struct event *timer, uint32_t wait_ms)
{
    struct timeval wait = {(time_t)(wait_ms / 1000), (suseconds_t)(wait_ms % 1000 * 1000)};

    return evtimer_add(timer, &wait) == 0;
}

/* canary_random - a number below a bound, not quite evenly */
static uint32_t canary_random(uint32_t bound)
{
    uint32_t number;

    evutil_secure_rng_get_bytes(&number, sizeof number);
    return number % bound;
}

/* canary_row - what stands in the store about a service that was suspended here */
static void canary_row(const struct canaries *canaries, int service, struct store_row *row)
{
    const struct conf *conf = canaries->sources->conf;
    int64_t hold_ms = (int64_t)INTERVALS * (canary_interval_ms(canaries) + conf->dns.timeout_ms);
    struct text text;

    memset(row, 0, sizeof *row);
    row->kind = STORE_SUSPENSION;
    memcpy(row->name, conf->settings.services[service].name, sizeof row->name);
    row->until_s = (int64_t)time(NULL) + (hold_ms + 999) / 1000;
    memcpy(row->finder, canaries->finder, sizeof row->finder);
    text_init(&text, row->text, sizeof row->text - strlen(" ()") - strlen(canaries->host));
    text_add(&text, health_cause(canaries->health, service));
    text.size = sizeof row->text;
    text_add(&text, " (");
    text_add(&text, canaries->host);
    text_add(&text, ")");
}

/* canary_publish - put what was found here into the store, or take it out; not if another has taken our place */
static void canary_publish(struct canaries *canaries, int service, bool suspended)
{
    struct store *store = canaries->sources->store;
    struct store_row row;

    if (store == NULL || canaries->retired)
        return;
    canary_row(canaries, service, &row);
    if (suspended)
        store_put(store, &row, NULL, NULL);
    else
        store_remove(store, &row, NULL, NULL);
}

/* canary_changed - a service is suspended now, or not any more */
static void canary_changed(void *self, int service, bool suspended, const char *cause)
{
    struct canaries *canaries = self;
    struct vouch_service *settings = &canaries->sources->settings.services[service];
    char quoted[HEALTH_CAUSE_SIZE];
    size_t length = strnlen(cause, sizeof quoted - 1);

    settings->suspended = suspended;
    if (!suspended || health_is_proven(canaries->health, service))
        canary_publish(canaries, service, suspended);
    judge_forget(canaries->judge);
    for (size_t i = 0; i < length; i++)
        quoted[i] = cause[i] == '"' ? '\'' : cause[i];
    quoted[length] = '\0';
    if (suspended)
        log_line(LOG_ERR, "event=suspend service=%s cause=\"%s\"", settings->name, quoted);
    else
        log_line(LOG_NOTICE, "event=resume service=%s", settings->name);
}

/* ---- a round ---- */

/* canary_round_over - all answers are there */
static void canary_round_over(struct canary_round *round)
{
    struct canaries *canaries = round->canaries;
    bool before = health_is_own(canaries->health, round->service);
    bool now;

    evtimer_del(round->deadline);
    health_round_over(canaries->health, round->service);
    now = health_is_own(canaries->health, round->service);
    if (now ? health_is_proven(canaries->health, round->service) : before)
        canary_publish(canaries, round->service, now);
    if (!canary_wait(round->begin, canary_interval_ms(canaries)))
        log_line(LOG_ERR, "accreditor %s is not checked any more: out of memory",
                 canaries->sources->settings.services[round->service].name);
}

/* canary_heard - an answer came, or did not */
static void canary_heard(void *owner, const struct vouch_answer *answer)
{
    struct canary_question *question = owner;
    struct canary_round *round = question->round;
    struct canaries *canaries = round->canaries;
    struct vouch_report report = {.service = round->service};

    question->open = false;
    round->open--;
    vouch_service_judge(&canaries->sources->settings, round->service, answer, &report);
    if (question->any_answer)
        report.listed = false;
    health_canary(canaries->health, round->service, question->canary, &report);
    if (round->open == 0 && !round->asking)
        canary_round_over(round);
}

/* canary_write_name - lower case, no final dot */
static void canary_write_name(char name[VOUCH_NAME_SIZE], const char *about)
{
    size_t length = strnlen(about, VOUCH_NAME_SIZE - 1);

    if (length > 1 && about[length - 1] == '.')
        length--;
    for (size_t i = 0; i < length; i++)
        name[i] = text_lower(about[i]);
    name[length] = '\0';
}

/* canary_ask - put one canary: a name, or for address lists an address */
static void canary_ask(struct canary_round *round, enum health_canary canary, const char *about, bool any_answer)
{
    struct sources *sources = round->canaries->sources;
    struct canary_question *question = &round->questions[canary];
    struct dns_source *source = sources->accreditors[round->service];
    struct vouch_address address = {0};
    struct vouch_question asked;
    char name[VOUCH_NAME_SIZE];

    canary_write_name(name, about);
    if (sources->settings.services[round->service].style == VOUCH_STYLE_ADDRESS_LIST)
        vouch_address_parse(&address, about, strlen(about));
    if (!vouch_service_question(&sources->settings, round->service, name, &address, &asked))
        return;
    question->any_answer = any_answer;
    question->open = true;
    round->open++;
    question->ticket = dns_ask(source != NULL ? source : sources->dns, asked.name, asked.type, canary_heard, question);
}

/* canary_make_up - what nobody can have listed: a name below invalid. [RFC 6761 6.4], or an address for measurements */
static void canary_make_up(const struct vouch_service *service, char about[VOUCH_NAME_SIZE])
{
    struct vouch_address address = {.family = 4, .octets = {198}};
    struct text text;

    if (service->style == VOUCH_STYLE_ADDRESS_LIST) { /* 198.18.0.0/15 [RFC 2544 C.2.2] */
        address.octets[1] = (uint8_t)(18 + canary_random(2));
        address.octets[2] = (uint8_t)canary_random(256);
        address.octets[3] = (uint8_t)canary_random(256);
        vouch_address_format(&address, about);
        return;
    }
    text_init(&text, about, VOUCH_NAME_SIZE);
    for (size_t i = 0; i < RANDOM_LETTERS; i++)
        text_add_char(&text, (char)('a' + canary_random(26)));
    text_add(&text, ".invalid");
}

/* canary_begin - ask all canaries of a service; one without any is still asked whether it answers */
static void canary_begin(evutil_socket_t fd, short what, void *arg)
{
    struct canary_round *round = arg;
    const struct sources *sources = round->canaries->sources;
    const struct conf_accreditor *accreditor = &sources->conf->accreditors[round->service];
    bool none = accreditor->canary_listed[0] == '\0' && accreditor->canary_unlisted[0] == '\0';
    char about[VOUCH_NAME_SIZE];

    (void)fd;
    (void)what;
    round->asking = true;
    if (accreditor->canary_listed[0] != '\0')
        canary_ask(round, HEALTH_LISTED, accreditor->canary_listed, false);
    if (accreditor->canary_unlisted[0] != '\0')
        canary_ask(round, HEALTH_UNLISTED, accreditor->canary_unlisted, false);
    if (accreditor->canary_random || none) {
        canary_make_up(&sources->settings.services[round->service], about);
        canary_ask(round, HEALTH_RANDOM, about, !accreditor->canary_random);
    }
    round->asking = false;
    if (round->open == 0)
        canary_round_over(round);
    else if (!canary_wait(round->deadline, sources->conf->dns.timeout_ms))
        log_line(LOG_WARNING, "a check of accreditor %s has no deadline: out of memory",
                 sources->settings.services[round->service].name);
}

/* canary_late - the time of a round is over */
static void canary_late(evutil_socket_t fd, short what, void *arg)
{
    static const struct vouch_answer late = {.status = VOUCH_TIMEOUT};
    struct canary_round *round = arg;
    const struct sources *sources = round->canaries->sources;
    struct dns_source *source = sources->accreditors[round->service];

    (void)fd;
    (void)what;
    for (size_t i = 0; i < KINDS; i++) {
        struct canary_question *question = &round->questions[i];

        if (!question->open)
            continue;
        dns_cancel(source != NULL ? source : sources->dns, question->ticket);
        canary_heard(question, &late);
    }
}

/* ---- what others found ---- */

/* canary_adopt - take up a suspension of our own that was in force when the process before ended */
static void canary_adopt(struct canaries *canaries, int service, const struct store_row *row)
{
    char cause[VOUCH_INFO_SIZE], tail[HOST_SIZE + 4];
    size_t length = strnlen(row->text, sizeof row->text - 1);
    struct text text;

    memcpy(cause, row->text, length);
    cause[length] = '\0';
    text_init(&text, tail, sizeof tail);
    text_add(&text, " (");
    text_add(&text, canaries->host);
    text_add(&text, ")");
    if (length >= text.length && strcmp(cause + length - text.length, tail) == 0)
        cause[length - text.length] = '\0'; /* the host is said anew with the row */
    health_adopt(canaries->health, service, cause);
}

/* canary_read_row - one suspension */
static bool canary_read_row(void *owner, const struct store_row *row)
{
    struct canaries *canaries = owner;
    bool ours = strcmp(row->finder, canaries->finder) == 0;

    if (row->kind != STORE_SUSPENSION || (ours && canaries->adopted))
        return true;
    for (int i = 0; i < VOUCH_SERVICES_MAX; i++) {
        struct canary_round *round = &canaries->rounds[i];

        if (round->canaries == NULL || strcmp(canaries->sources->settings.services[i].name, row->name) != 0)
            continue;
        if (ours) {
            canary_adopt(canaries, i, row);
            continue;
        }
        if (row->until_s <= round->others_s[1])
            continue; /* of several that found it, the one who says so the longest is named */
        round->others_s[1] = row->until_s;
        memcpy(canaries->causes[i], row->text, sizeof canaries->causes[i]);
        canaries->causes[i][sizeof canaries->causes[i] - 1] = '\0';
    }
    return true;
}

/* canary_impose - suspend what others suspended, and no longer */
static void canary_impose(struct canaries *canaries)
{
    int64_t now_s = (int64_t)time(NULL);

    for (int i = 0; i < VOUCH_SERVICES_MAX; i++) {
        const struct canary_round *round = &canaries->rounds[i];

        if (round->canaries != NULL)
            health_impose(canaries->health, i, round->others_s[0] > now_s ? canaries->causes[i] : NULL);
    }
}

/* canary_read_over - all rows were there, or the store has trouble: then what was known holds, until its time */
static void canary_read_over(void *owner, const char *trouble)
{
    struct canaries *canaries = owner;

    canaries->reading = false;
    canaries->adopted |= trouble == NULL;
    for (size_t i = 0; i < VOUCH_SERVICES_MAX; i++) {
        if (trouble == NULL)
            canaries->rounds[i].others_s[0] = canaries->rounds[i].others_s[1];
        canaries->rounds[i].others_s[1] = 0;
    }
    canary_impose(canaries);
}

/* canary_read - once an interval */
static void canary_read(evutil_socket_t fd, short what, void *arg)
{
    struct canaries *canaries = arg;
    struct store *store = canaries->sources->store;

    (void)fd;
    (void)what;
    if (!canary_wait(canaries->read, canary_interval_ms(canaries)))
        log_line(LOG_ERR, "suspensions of others are not read any more: out of memory");
    canary_impose(canaries);
    if (store == NULL || canaries->reading)
        return;
    canaries->reading = true;
    store_each(store, STORE_SUSPENSION, canary_read_row, canary_read_over, canaries);
}

/* ---- beginning and end ---- */

/* canary_machine - what tells this machine from others of its name: its id, else the file of the store, as it was made
 */
static uint64_t canary_machine(const struct conf *conf)
{
    static const struct siphash_key key;
    FILE *file = fopen(MACHINE_ID_FILE, "re");
    char id[MACHINE_ID_LENGTH] = "";
    size_t length = 0;
    struct statx made;

    if (file != NULL) {
        length = fread(id, 1, sizeof id, file);
        fclose(file);
    }
    if (length == sizeof id)
        return siphash(&key, id, sizeof id);
    if (statx(AT_FDCWD, conf->store.file, 0, STATX_INO | STATX_BTIME, &made) == 0) {
        uint64_t parts[] = {made.stx_ino, (uint64_t)made.stx_btime.tv_sec, made.stx_btime.tv_nsec};

        return siphash(&key, parts, sizeof parts);
    }
    return 0;
}

/* canary_installation - what tells apart the daemons of all machines of a name, and stays the same through restarts and
 * reloads */
static uint64_t canary_installation(const struct conf *conf)
{
    static const struct siphash_key key;
    const struct conf_daemon *daemon = &conf->daemon;
    uint64_t parts[3 + CONF_LISTENERS_MAX] = {canary_machine(conf),
                                              siphash(&key, daemon->control, strlen(daemon->control)),
                                              siphash(&key, daemon->pid_file, strlen(daemon->pid_file))};
    size_t count = 3;

    if (daemon->control[0] == '\0' && daemon->pid_file[0] == '\0') { /* a reload cannot change those two, but this */
        for (size_t i = 0; i < conf->listeners_count; i++)
            parts[count++] = siphash(&key, conf->listeners[i].title, strlen(conf->listeners[i].title));
    }
    return siphash(&key, parts, count * sizeof parts[0]);
}

/* canary_name_finder - who we are, for people and for telling rows apart */
static void canary_name_finder(struct canaries *canaries, unsigned worker)
{
    char host[HOST_SIZE] = "";
    struct text text;

    gethostname(host, sizeof host - 1);
    text_init(&text, canaries->host, sizeof canaries->host);
    for (const char *at = host; *at != '\0'; at++)
        text_add_char(&text, *at > ' ' && *at <= '~' ? *at : '?');
    text_init(&text, canaries->finder, sizeof canaries->finder);
    text_add(&text, canaries->host);
    text_add_char(&text, '/');
    text_add_unsigned(&text, canary_installation(canaries->sources->conf));
    text_add_char(&text, '/');
    text_add_unsigned(&text, worker);
}

/* canary_open_round - the timers of one accreditor */
static bool canary_open_round(struct canaries *canaries, int service)
{
    struct canary_round *round = &canaries->rounds[service];
    uint32_t interval_ms = canary_interval_ms(canaries);

    round->canaries = canaries;
    round->service = service;
    for (size_t i = 0; i < KINDS; i++) {
        round->questions[i].round = round;
        round->questions[i].canary = (enum health_canary)i;
    }
    round->begin = evtimer_new(canaries->base, canary_begin, round);
    round->deadline = evtimer_new(canaries->base, canary_late, round);
    return round->begin != NULL && round->deadline != NULL &&
           canary_wait(round->begin, canary_random(interval_ms < FIRST_MAX_MS ? interval_ms : FIRST_MAX_MS));
}

struct canaries *canaries_open(struct event_base *base, struct sources *sources, struct judge *judge, unsigned worker)
{
    const struct conf *conf = sources->conf;
    struct health_rules rules = {.recover = conf->canaries.recover, .failures = conf->canaries.failures};
    struct canaries *canaries = calloc(1, sizeof *canaries);
    struct health_owner owner = {.changed = canary_changed, .self = canaries};
    bool fine;

    if (canaries == NULL)
        return NULL;
    canaries->base = base;
    canaries->sources = sources;
    canaries->judge = judge;
    canary_name_finder(canaries, worker);
    canaries->health = health_open(&rules, &owner);
    canaries->read = evtimer_new(base, canary_read, canaries);
    fine = canaries->health != NULL && canaries->read != NULL && canary_wait(canaries->read, 0);
    for (int i = 0; fine && i < conf->settings.services_count; i++)
        fine = conf->settings.services[i].style == VOUCH_STYLE_LIST || canary_open_round(canaries, i);
    if (!fine) {
        canaries_close(canaries);
        return NULL;
    }
    sources->health = canaries->health;
    return canaries;
}

void canaries_retire(struct canaries *canaries)
{
    if (canaries != NULL)
        canaries->retired = true;
}

/* canary_close_round - take back what is out */
static void canary_close_round(struct canaries *canaries, struct canary_round *round)
{
    struct dns_source *source = canaries->sources->accreditors[round->service];

    for (size_t i = 0; i < KINDS; i++) {
        if (round->questions[i].open)
            dns_cancel(source != NULL ? source : canaries->sources->dns, round->questions[i].ticket);
    }
    if (round->begin != NULL)
        event_free(round->begin);
    if (round->deadline != NULL)
        event_free(round->deadline);
}

void canaries_close(struct canaries *canaries)
{
    if (canaries == NULL)
        return;
    for (size_t i = 0; i < VOUCH_SERVICES_MAX; i++)
        canary_close_round(canaries, &canaries->rounds[i]);
    if (canaries->read != NULL)
        event_free(canaries->read);
    canaries->sources->health = NULL;
    health_close(canaries->health);
    free(canaries);
}
