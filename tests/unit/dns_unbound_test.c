/*
 * dns_unbound_test.c - the libunbound driver: what it refuses to open, and what it makes of the answers of a name
 * server of our own on the same loop, signed ones included. Nothing leaves loopback.
 */
#include "dns/unbound.h"

#include <event2/event.h>
#include <ldns/ldns.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RECORDS_MAX 16
#define PATH_SIZE   64

static struct event_base *base;
static char notice[UNBOUND_ERROR_SIZE];
static char error[UNBOUND_ERROR_SIZE];
static char path[PATH_SIZE];

/* file_with - write a scratch file, whose path stands in `path` */
static const char *file_with(const char *text)
{
    FILE *file;
    int fd;

    if (path[0] != '\0')
        unlink(path);
    snprintf(path, sizeof path, "/tmp/vouchsafe-test-XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    file = fdopen(fd, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* ---- the name server ---- */

static struct server {
    int fd;
    struct event *event;
    char address[32];
    bool silent;
    ldns_rr *records[RECORDS_MAX];
    size_t count;
    unsigned questions;
} server;

/* server_add - serve a record */
static ldns_rr *server_add(const char *text)
{
    ldns_rr *rr = NULL;

    assert_int_equal(ldns_rr_new_frm_str(&rr, text, 0, NULL, NULL), LDNS_STATUS_OK);
    assert_true(server.count < RECORDS_MAX);
    server.records[server.count++] = rr;
    return rr;
}

/* server_fill - put into the reply what is served under the name and type, signatures with it */
static void server_fill(ldns_pkt *reply, const ldns_rdf *name, ldns_rr_type type)
{
    for (size_t i = 0; i < server.count; i++) {
        ldns_rr *rr = server.records[i];
        bool covers = ldns_rr_get_type(rr) == LDNS_RR_TYPE_RRSIG &&
                      ldns_rdf2rr_type(ldns_rr_rrsig_typecovered(rr)) == type;

        if (ldns_dname_compare(ldns_rr_owner(rr), name) == 0 && (covers || ldns_rr_get_type(rr) == type))
            ldns_pkt_push_rr(reply, LDNS_SECTION_ANSWER, ldns_rr_clone(rr));
    }
    if (ldns_pkt_ancount(reply) == 0)
        ldns_pkt_set_rcode(reply, LDNS_RCODE_NXDOMAIN);
}

/* server_special - names that say how to answer */
static void server_special(ldns_pkt *reply, const ldns_rdf *name)
{
    char *text = ldns_rdf2str(name);

    if (strcmp(text, "servfail.test.") == 0)
        ldns_pkt_set_rcode(reply, LDNS_RCODE_SERVFAIL);
    if (strcmp(text, "refused.test.") == 0)
        ldns_pkt_set_rcode(reply, LDNS_RCODE_REFUSED);
    if (strcmp(text, "truncated.test.") == 0)
        ldns_pkt_set_tc(reply, true);
    free(text);
}

/* server_reply - answer one question */
static void server_reply(evutil_socket_t fd, short events, void *data)
{
    uint8_t question[4096];
    struct sockaddr_in from;
    socklen_t from_length = sizeof from;
    ssize_t length = recvfrom(fd, question, sizeof question, 0, (struct sockaddr *)&from, &from_length);
    ldns_pkt *query = NULL, *reply;
    uint8_t *wire = NULL;
    size_t wire_length;
    ldns_rr *asked;

    (void)events;
    (void)data;
    server.questions++;
    if (server.silent || length <= 0)
        return;
    assert_int_equal(ldns_wire2pkt(&query, question, (size_t)length), LDNS_STATUS_OK);
    asked = ldns_rr_list_rr(ldns_pkt_question(query), 0);
    reply = ldns_pkt_new();
    ldns_pkt_set_id(reply, ldns_pkt_id(query));
    ldns_pkt_set_qr(reply, true);
    ldns_pkt_set_ra(reply, true);
    ldns_pkt_set_edns_udp_size(reply, 1232);
    ldns_pkt_set_edns_do(reply, true);
    ldns_pkt_push_rr(reply, LDNS_SECTION_QUESTION, ldns_rr_clone(asked));
    server_fill(reply, ldns_rr_owner(asked), ldns_rr_get_type(asked));
    server_special(reply, ldns_rr_owner(asked));
    assert_int_equal(ldns_pkt2wire(&wire, reply, &wire_length), LDNS_STATUS_OK);
    assert_int_equal(sendto(fd, wire, wire_length, 0, (struct sockaddr *)&from, from_length), wire_length);
    free(wire);
    ldns_pkt_free(reply);
    ldns_pkt_free(query);
}

static void server_start(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;

    memset(&server, 0, sizeof server);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server.fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(server.fd >= 0);
    assert_int_equal(bind(server.fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(server.fd, (struct sockaddr *)&address, &length), 0);
    snprintf(server.address, sizeof server.address, "127.0.0.1@%u", ntohs(address.sin_port));
    server.event = event_new(base, server.fd, EV_READ | EV_PERSIST, server_reply, NULL);
    assert_int_equal(event_add(server.event, NULL), 0);
}

static void server_stop(void)
{
    event_free(server.event);
    close(server.fd);
    for (size_t i = 0; i < server.count; i++)
        ldns_rr_free(server.records[i]);
}

static int set_up(void **state)
{
    (void)state;
    base = event_base_new();
    server_start();
    return base == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    server_stop();
    event_base_free(base);
    if (path[0] != '\0')
        unlink(path);
    path[0] = '\0';
    return 0;
}

/* ---- one who asks ---- */

struct asker {
    struct dns_ticket *ticket;
    unsigned served;
    enum vouch_status status;
    bool secure, has_ttl;
    uint32_t ttl_s;
    size_t records_count;
    char note[200];
};

static void asker_done(void *owner, const struct vouch_answer *answer)
{
    struct asker *asker = owner;

    asker->ticket = NULL;
    asker->served++;
    asker->status = answer->status;
    asker->secure = answer->secure;
    asker->has_ttl = answer->has_ttl;
    asker->ttl_s = answer->ttl_s;
    asker->records_count = answer->records_count;
    snprintf(asker->note, sizeof asker->note, "%.*s", (int)answer->note.length, (const char *)answer->note.data);
}

/* ask - put a question and wait for its answer */
static struct asker ask(struct dns_source *source, const char *name, enum vouch_type type)
{
    struct asker asker = {0};

    asker.ticket = dns_ask(source, name, type, asker_done, &asker);
    while (asker.served == 0)
        assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
    return asker;
}

/* open_ok - open a driver that forwards to our server */
static struct dns_source *open_ok(const char *trust_anchor, unsigned probe_ms)
{
    struct unbound_config config = {
        .resolvers = {server.address}, .resolvers_count = 1, .trust_anchor = trust_anchor, .probe_ms = probe_ms};
    struct dns_source *source = unbound_open(base, &config, notice, error);

    if (source == NULL)
        fail_msg("%s", error);
    assert_string_equal(error, "");
    return source;
}

/* refuse - the driver does not open, says nothing on stderr, and its error ends like this */
static void refuse(const struct unbound_config *config, const char *end)
{
    FILE *said = tmpfile();
    int saved = dup(STDERR_FILENO);
    struct dns_source *source;

    assert_non_null(said);
    assert_true(saved >= 0);
    assert_int_equal(dup2(fileno(said), STDERR_FILENO), STDERR_FILENO);
    source = unbound_open(base, config, notice, error);
    assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
    close(saved);
    assert_int_equal(lseek(fileno(said), 0, SEEK_END), 0);
    fclose(said);
    assert_null(source);
    if (strlen(error) < strlen(end) || strcmp(error + strlen(error) - strlen(end), end) != 0)
        fail_msg("got      %s\nexpected ...%s", error, end);
}

/* ---- tests ---- */

static void bad_resolvers(void **state)
{
    static const char *const bad[] = {"",
                                      "x",
                                      "127.0.0.1@",
                                      "127.0.0.1@0",
                                      "127.0.0.1@65536",
                                      "127.0.0.1@5x",
                                      "127.0.0.1@-1",
                                      "127.0.0.1#x",
                                      "127.0.0.1%lo",
                                      "::1%",
                                      "::1%@53",
                                      "[::1]",
                                      "127.0.0.1:53",
                                      "@53"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct unbound_config config = {
            .resolvers = {"127.0.0.1", bad[i]}, .resolvers_count = 2, .trust_anchor = "none"};
        char expected[100];

        snprintf(expected, sizeof expected, "resolver: %s%snot ADDR or ADDR@PORT", bad[i],
                 bad[i][0] == '\0' ? "" : ": ");
        refuse(&config, expected);
        assert_string_equal(error, expected);
    }
}

static void good_resolvers(void **state)
{
    struct unbound_config config = {.resolvers = {"127.0.0.1", "::1", "127.0.0.1@65535", "fe80::1%lo@53"},
                                    .resolvers_count = 4,
                                    .trust_anchor = "none"};
    struct dns_source *source = unbound_open(base, &config, notice, error);

    (void)state;
    assert_non_null(source);
    assert_string_equal(notice, "");
    dns_close(source);
}

static void bad_anchors(void **state)
{
    static const struct {
        const char *text, *end;
    } bad[] = {
        {". IN DS 20326 8 2 E06D\n; c\nexample. DS 1 8 x 00\n",
         ":3: a malformed number in RDATA: example. DS 1 8 x 00"},
        {"example. DS 65536 8 2 00\n", ":1: a malformed number in RDATA: example. DS 65536 8 2 00"},
        {"\nexample. A 192.0.2.1\n", ":2: a trust anchor that is neither DS nor DNSKEY"},
        {"example. DNSKEY (\n257 3\n", ":1: a parenthesis that is not closed"},
        {"trusted-keys { };\n", ":1: no type of record: trusted-keys { }"},
        {"; nothing here\n", ": no DS or DNSKEY record"},
        {"example. DNSKEY 385 3 8 AAAA\n", ": no DS or DNSKEY record"}, /* revoked */
    };
    struct unbound_config config = {.resolvers = {"127.0.0.1@9"}, .resolvers_count = 1};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        config.trust_anchor = file_with(bad[i].text);
        refuse(&config, bad[i].end);
        assert_non_null(strstr(error, path));
    }
    config.trust_anchor = "/nonexistent/root.key";
    refuse(&config, "trust anchor: /nonexistent/root.key: No such file or directory");
    config.trust_anchor = "/";
    refuse(&config, "trust anchor: /: Is a directory");
}

static void bad_files(void **state)
{
    struct unbound_config config = {.trust_anchor = "none"};

    (void)state;
    config.resolv_conf = "/nonexistent/resolv.conf";
    refuse(&config, "resolv.conf: /nonexistent/resolv.conf: No such file or directory");
    config.resolv_conf = file_with("# one\nnameserver 127.0.0.1\nnameserver here # two\n");
    refuse(&config, ":3: a name server that is no address");
    config.resolv_conf = file_with("search example\nnameservers x\noptions edns0\n");
    dns_close(unbound_open(base, &config, notice, error));
    assert_string_equal(error, "");
    config.recursion = true;
    config.root_hints = "/nonexistent/hints";
    refuse(&config, "libunbound: could not read root hints /nonexistent/hints: No such file or directory");
    config.root_hints = file_with("\nno hints\n");
    refuse(&config, "Syntax error, could not parse the RR's type");
    assert_non_null(strstr(error, path));
    config.root_hints = NULL;
    config.extra_config = "/nonexistent/unbound.conf";
    refuse(&config, "unbound configuration: /nonexistent/unbound.conf: No such file or directory");
    config.extra_config = file_with("server:\n  no-such-option: 1\n");
    refuse(&config, ":2: error: unknown keyword 'no-such-option'");
    assert_non_null(strstr(error, path));
}

/* plain - every way in which an unsigned answer can end */
static void plain(void **state)
{
    struct dns_source *source = open_ok("none", 0);
    struct asker asker;

    (void)state;
    assert_string_equal(notice, "");
    server_add("a.test. 60 IN A 192.0.2.1");
    server_add("a.test. 60 IN A 192.0.2.2");
    server_add("1.0.0.127.in-addr.arpa. 60 IN PTR a.test.");
    server_add("1.0.0.10.in-addr.arpa. 60 IN PTR a.test.");
    server_add("a.localhost. 60 IN A 192.0.2.1");
    server_add("a.home.arpa. 60 IN A 192.0.2.1");
    server_add("a.onion. 60 IN A 192.0.2.1");
    server_add("a.invalid. 60 IN A 192.0.2.1");
    asker = ask(source, "a.test", VOUCH_TYPE_A);
    assert_int_equal(asker.status, VOUCH_FOUND);
    assert_int_equal(asker.records_count, 2);
    assert_true(asker.has_ttl && asker.ttl_s <= 60 && !asker.secure);
    assert_int_equal(ask(source, "none.test", VOUCH_TYPE_A).status, VOUCH_NXDOMAIN);
    asker = ask(source, "servfail.test", VOUCH_TYPE_A);
    assert_int_equal(asker.status, VOUCH_FAILED);
    assert_string_equal(asker.note, "SERVFAIL");
    assert_int_equal(ask(source, "refused.test", VOUCH_TYPE_A).status, VOUCH_FAILED);
    assert_int_equal(ask(source, "truncated.test", VOUCH_TYPE_A).status, VOUCH_FAILED);
    assert_int_equal(ask(source, "1.0.0.127.in-addr.arpa", VOUCH_TYPE_PTR).status, VOUCH_FOUND);
    assert_int_equal(ask(source, "1.0.0.10.in-addr.arpa", VOUCH_TYPE_PTR).status, VOUCH_FOUND);
    assert_int_equal(ask(source, "a.localhost", VOUCH_TYPE_A).status, VOUCH_FOUND);
    assert_int_equal(ask(source, "a.home.arpa", VOUCH_TYPE_A).status, VOUCH_FOUND);
    assert_int_equal(ask(source, "a.onion", VOUCH_TYPE_A).status, VOUCH_FOUND);
    assert_int_equal(ask(source, "a.invalid", VOUCH_TYPE_A).status, VOUCH_FOUND);
    assert_int_equal(ask(source, "a..test", VOUCH_TYPE_A).status, VOUCH_FAILED);
    assert_int_equal(ask(source, "", VOUCH_TYPE_A).status, VOUCH_FAILED);
    dns_close(source);
}

/* cached - a second answer comes before ask returns, and costs no question */
static void cached(void **state)
{
    struct dns_source *source = open_ok("none", 0);
    struct asker asker = {0};
    unsigned questions;

    (void)state;
    server_add("a.test. 60 IN A 192.0.2.1");
    ask(source, "a.test", VOUCH_TYPE_A);
    questions = server.questions;
    assert_null(dns_ask(source, "A.test", VOUCH_TYPE_A, asker_done, &asker));
    assert_int_equal(asker.served, 1);
    assert_int_equal(asker.status, VOUCH_FOUND);
    assert_int_equal(server.questions, questions);
    dns_close(source);
}

/* local_names - recursion from the real root answers local names itself; no packet is sent */
static void local_names(void **state)
{
    static const char *const names[] = {"a.test", "a.invalid", "a.onion", "1.0.0.10.in-addr.arpa", "a.home.arpa"};
    struct unbound_config config = {.recursion = true, .trust_anchor = "none"};
    struct dns_source *source = unbound_open(base, &config, notice, error);
    struct asker asker = {0};

    (void)state;
    assert_non_null(source);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_null(dns_ask(source, names[i], VOUCH_TYPE_A, asker_done, &asker));
        assert_int_equal(asker.status, VOUCH_NXDOMAIN);
    }
    assert_null(dns_ask(source, "localhost", VOUCH_TYPE_A, asker_done, &asker));
    assert_int_equal(asker.status, VOUCH_FOUND);
    dns_close(source);
}

/* silent - questions to a dead server are cancelled, or still open when the source is closed */
static void silent(void **state)
{
    struct dns_source *source = open_ok("none", 0);
    struct asker askers[5] = {0};
    static const char *const names[5] = {"a.test", "b.test", "c.test", "d.test", "a.test"};

    (void)state;
    server.silent = true;
    for (size_t i = 0; i < 5; i++) {
        askers[i].ticket = dns_ask(source, names[i], VOUCH_TYPE_A, asker_done, &askers[i]);
        assert_non_null(askers[i].ticket);
    }
    while (server.questions < 4)
        assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
    dns_cancel(source, askers[1].ticket);
    dns_cancel(source, askers[0].ticket);
    dns_cancel(source, askers[3].ticket);
    event_base_loop(base, EVLOOP_NONBLOCK);
    dns_close(source);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(askers[i].served, 0);
}

/* dead - libunbound gives up on a dead server by itself, without a message */
static void dead(void **state)
{
    struct unbound_config config = {.resolvers = {server.address}, .resolvers_count = 1, .trust_anchor = "none"};
    struct dns_source *source;
    struct asker asker;

    (void)state;
    config.extra_config = file_with("server:\n  outbound-msg-retry: 1\n");
    source = unbound_open(base, &config, notice, error);
    assert_non_null(source);
    server.silent = true;
    asker = ask(source, "a.test", VOUCH_TYPE_A);
    assert_int_equal(asker.status, VOUCH_FAILED);
    assert_string_equal(asker.note, "SERVFAIL");
    dns_close(source);
}

/* sign - add a signature over the records that the server holds from `first` on */
static void sign(ldns_key_list *keys, size_t first)
{
    ldns_rr_list *set = ldns_rr_list_new();
    ldns_rr_list *signatures;

    for (size_t i = first; i < server.count; i++)
        assert_true(ldns_rr_list_push_rr(set, server.records[i]));
    signatures = ldns_sign_public(set, keys);
    assert_non_null(signatures);
    assert_int_equal(ldns_rr_list_rr_count(signatures), 1);
    server.records[server.count++] = ldns_rr_list_rr(signatures, 0);
    ldns_rr_list_free(signatures);
    ldns_rr_list_free(set);
}

/* key_new - a fresh key of signed.test, valid now */
static ldns_key_list *key_new(void)
{
    ldns_key *key = ldns_key_new_frm_algorithm(LDNS_SIGN_ECDSAP256SHA256, 256);
    ldns_key_list *keys = ldns_key_list_new();
    uint32_t now = (uint32_t)time(NULL);
    ldns_rr *rr;

    assert_non_null(key);
    ldns_key_set_pubkey_owner(key, ldns_dname_new_frm_str("signed.test."));
    ldns_key_set_flags(key, 257);
    ldns_key_set_inception(key, now - 3600);
    ldns_key_set_expiration(key, now + 3600);
    rr = ldns_key2rr(key);
    ldns_key_set_keytag(key, ldns_calc_keytag(rr));
    ldns_rr_free(rr);
    assert_true(ldns_key_list_push_key(keys, key));
    return keys;
}

/* serve_signed - serve signed.test: its keys, a good record, and one that was changed after it was signed */
static void serve_signed(char anchor[UNBOUND_ERROR_SIZE])
{
    ldns_key_list *keys = key_new();
    ldns_rr *dnskey = ldns_key2rr(ldns_key_list_key(keys, 0));
    ldns_rr *ds = ldns_key_rr2ds(dnskey, LDNS_SHA256);
    char *text = ldns_rr2str(ds);
    size_t first;
    ldns_rr *bad;

    server.records[server.count++] = dnskey;
    sign(keys, 0);
    first = server.count;
    server_add("good.signed.test. 60 IN A 192.0.2.1");
    sign(keys, first);
    first = server.count;
    bad = server_add("bad.signed.test. 60 IN A 192.0.2.1");
    sign(keys, first);
    ldns_rdf_data(ldns_rr_rdf(bad, 0))[3] = 66;
    server_add("a.plain.test. 60 IN A 192.0.2.1");
    snprintf(anchor, UNBOUND_ERROR_SIZE, "%s", text);
    free(text);
    ldns_rr_free(ds);
    ldns_key_list_free(keys);
}

/* validated - secure, bogus and insecure with an anchor; nothing secure without */
static void validated(void **state)
{
    char anchor[UNBOUND_ERROR_SIZE];
    struct dns_source *source;
    struct asker asker;

    (void)state;
    serve_signed(anchor);
    source = open_ok(file_with(anchor), 5000);
    assert_string_equal(notice, "");
    asker = ask(source, "good.signed.test", VOUCH_TYPE_A);
    assert_int_equal(asker.status, VOUCH_FOUND);
    assert_true(asker.secure);
    asker = ask(source, "bad.signed.test", VOUCH_TYPE_A);
    assert_int_equal(asker.status, VOUCH_BOGUS);
    assert_false(asker.secure);
    assert_int_equal(asker.records_count, 0);
    assert_non_null(strstr(asker.note, "signature"));
    asker = ask(source, "a.plain.test", VOUCH_TYPE_A);
    assert_int_equal(asker.status, VOUCH_FOUND);
    assert_false(asker.secure);
    dns_close(source);
    source = open_ok("none", 5000);
    asker = ask(source, "bad.signed.test", VOUCH_TYPE_A);
    assert_int_equal(asker.status, VOUCH_FOUND);
    assert_false(asker.secure);
    dns_close(source);
}

/* anchors_left_out - those whose keys cannot be had or validated, the others stay */
static void anchors_left_out(void **state)
{
    static const char *const wrong =
        "plain.test. DS 1 13 2 00000000000000000000000000000000000000000000000000000000000000"
        "00\n";
    char anchor[UNBOUND_ERROR_SIZE], both[2 * UNBOUND_ERROR_SIZE];
    struct dns_source *source;

    (void)state;
    serve_signed(anchor);
    snprintf(both, sizeof both, "%s%s", wrong, anchor);
    source = open_ok(file_with(both), 5000);
    assert_non_null(strstr(notice, "trust anchor of plain.test. left out, its names are not validated: "));
    assert_null(strstr(notice, "signed.test"));
    assert_true(ask(source, "good.signed.test", VOUCH_TYPE_A).secure);
    assert_int_equal(ask(source, "a.plain.test", VOUCH_TYPE_A).status, VOUCH_FOUND);
    dns_close(source);
    server.silent = true;
    source = open_ok(file_with(anchor), 50);
    assert_string_equal(notice,
                        "trust anchor of signed.test. left out, its names are not validated: no answer in time");
    server.silent = false;
    assert_int_equal(ask(source, "bad.signed.test", VOUCH_TYPE_A).status, VOUCH_FOUND);
    dns_close(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bad_resolvers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(good_resolvers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_anchors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(plain, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cached, set_up, tear_down),
        cmocka_unit_test_setup_teardown(local_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(silent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(dead, set_up, tear_down),
        cmocka_unit_test_setup_teardown(validated, set_up, tear_down),
        cmocka_unit_test_setup_teardown(anchors_left_out, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
