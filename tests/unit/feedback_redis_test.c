/*
 * feedback_redis_test.c - votes that are under way to Redis when all is closed: the last answers of the store go into
 * the ledger, which ends after it, and who waits is told. A server of a few words runs in a thread.
 */
#include "session/feedback.h"
#include "unit.h"

#include <event2/event.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SHA "0123456789012345678901234567890123456789"

static struct conf *conf;
static struct event_base *base;
static char folder[] = "/tmp/vouchsafe-unit-XXXXXX", where[sizeof folder + 8];
static pthread_t thread;
static int listener;
static sem_t asked, closing; /* a vote has come; the store is being closed, so answer it, perhaps */
static const char *last_words;

/* What became of the vote that somebody waits for. */
static struct {
    int count;
    enum feedback_result result;
    uint32_t counted;
} told;

static void tell(void *owner, enum feedback_result result, uint32_t counted)
{
    (void)owner;
    told.count++;
    told.result = result;
    told.counted = counted;
}

/* say - to the client; in this thread no assertion of cmocka works */
static void say(int fd, const char *words)
{
    if (send(fd, words, strlen(words), MSG_NOSIGNAL) != (ssize_t)strlen(words))
        abort();
}

/* answer - what the server says to what came; all but votes at once */
static void answer(int fd, const char *octets)
{
    const char *words = strstr(octets, "PING") != NULL   ? "+PONG\r\n"
                        : strstr(octets, "LOAD") != NULL ? "$40\r\n" SHA "\r\n"
                                                         : "";

    say(fd, words);
    if (strstr(octets, "EVAL") == NULL)
        return;
    sem_post(&asked);
    sem_wait(&closing);
    say(fd, last_words);
}

static void *serve(void *unused)
{
    static char octets[65536];
    int fd = accept(listener, NULL, NULL);
    ssize_t got;

    if (fd < 0)
        abort();
    while ((got = recv(fd, octets, sizeof octets - 1, 0)) > 0) {
        octets[got] = '\0';
        answer(fd, octets);
    }
    close(fd);
    return unused;
}

static int setup(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    (void)state;
    memset(&told, 0, sizeof told);
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    conf = calloc(1, sizeof *conf);
    base = event_base_new();
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (conf == NULL || base == NULL || listener < 0 || mkdtemp(folder) == NULL)
        return -1;
    snprintf(where, sizeof where, "%s/redis", folder);
    memcpy(address.sun_path, where, strlen(where) + 1);
    conf_init(conf);
    conf->store.type = CONF_STORE_REDIS;
    conf->store.timeout_ms = 20000;
    snprintf(conf->store.file, sizeof conf->store.file, "%s/ledger.db", folder);
    snprintf(conf->store.redis, sizeof conf->store.redis, "unix:%s", where);
    return bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, 1) == 0 &&
                   sem_init(&asked, 0, 0) == 0 && sem_init(&closing, 0, 0) == 0
               ? 0
               : -1;
}

static int teardown(void **state)
{
    static const char *const ends[] = {"", "-wal", "-shm"}; /* a reader leaves them */
    char path[CONF_STRING_SIZE + 8];

    (void)state;
    assert_int_equal(pthread_join(thread, NULL), 0);
    close(listener);
    unlink(where);
    for (size_t i = 0; i < COUNT(ends); i++) {
        snprintf(path, sizeof path, "%s%s", conf->store.file, ends[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(folder), 0);
    sem_destroy(&asked);
    sem_destroy(&closing);
    event_base_free(base);
    free(conf);
    return 0;
}

/* close_under_way - votes, and closes all while the vote is at the server, which then says so much */
static void close_under_way(const char *words, feedback_done *done)
{
    const struct feedback feedback = {.id = "one", .name = "mail.example.org", .count = 3, .source = "test"};
    char error[CONF_ERROR_SIZE];
    struct keeping keeping;

    last_words = words;
    assert_int_equal(pthread_create(&thread, NULL, serve, NULL), 0);
    assert_true(keeping_open(&keeping, conf, base, false, NULL, error));
    feedback_take(&keeping, NULL, &feedback, done, NULL);
    for (int i = 0; sem_trywait(&asked) != 0; i++) {
        assert_in_range(i, 0, 20000);
        assert_true(event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK) >= 0);
        usleep(1000);
    }
    assert_int_equal(told.count, 0);
    sem_post(&closing);
    keeping_close(&keeping);
    assert_int_equal(told.count, done != NULL);
}

/* Of what is under way, no more than a decision may have is given to the store: the next vote gets what is left. */
static void test_at_once(void **state)
{
    const struct feedback feedback = {.id = "one", .name = "mail.example.org", .count = 8, .source = "test"};
    char error[CONF_ERROR_SIZE];
    struct keeping keeping;

    (void)state;
    conf->store.timeout_ms = 300;
    last_words = "";
    assert_int_equal(pthread_create(&thread, NULL, serve, NULL), 0);
    assert_true(keeping_open(&keeping, conf, base, false, NULL, error));
    for (int i = 0; i < 3; i++)
        feedback_take(&keeping, NULL, &feedback, tell, NULL);
    assert_int_equal(told.count, 0); /* 8, 8 and 4 */
    for (int i = 0; i < 2; i++) {
        feedback_take(&keeping, NULL, &feedback, tell, NULL);
        assert_int_equal(told.count, i + 1);
        assert_int_equal(told.result, FEEDBACK_CAPPED);
        assert_int_equal(told.counted, 0);
    }
    sem_post(&closing);
    keeping_close(&keeping);
    assert_int_equal(told.count, 5);
}

/* What the ledger notes of the vote. */
static bool note(void *owner, const struct ledger_feedback *row)
{
    char *text = owner;

    snprintf(text + strlen(text), 100 - strlen(text), "%s %u;", row->result, row->counted);
    return true;
}

static void assert_noted(const char *wanted)
{
    char error[CONF_ERROR_SIZE], text[100] = "";
    struct keeping keeping;

    conf->store.type = CONF_STORE_SQLITE;
    assert_true(keeping_open(&keeping, conf, base, true, NULL, error));
    assert_true(ledger_feedbacks(keeping.ledger, "one", note, text));
    assert_string_equal(text, wanted);
    keeping_close(&keeping);
}

static void test_late(void **state)
{
    (void)state;
    close_under_way(":2\r\n", tell);
    assert_int_equal(told.result, FEEDBACK_CAPPED);
    assert_int_equal(told.counted, 2);
    assert_noted("capped 2;");
}

static void test_late_for_nobody(void **state)
{
    (void)state;
    close_under_way(":3\r\n", NULL);
    assert_noted("counted 3;");
}

/* A refusal that may pass comes too late to be tried again. */
static void test_late_refusal(void **state)
{
    (void)state;
    close_under_way("-LOADING Redis is loading the dataset in memory\r\n", NULL);
    assert_noted("trouble 0;");
}

/* A server that never answers may have counted them. */
static void test_never(void **state)
{
    (void)state;
    conf->store.timeout_ms = 300;
    close_under_way("", tell);
    assert_int_equal(told.result, FEEDBACK_TROUBLE);
    assert_int_equal(told.counted, 0);
    assert_noted("trouble 3;");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_late, setup, teardown),
        cmocka_unit_test_setup_teardown(test_late_for_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(test_late_refusal, setup, teardown),
        cmocka_unit_test_setup_teardown(test_never, setup, teardown),
        cmocka_unit_test_setup_teardown(test_at_once, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
