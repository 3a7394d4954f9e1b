/*
 * publish_description_test.c - descriptions: what a file says, what is refused and where, and what is written.
 */
#include "publish/description.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const example = "# ours\n"
                                   "host \"Mail\" { addresses = {\"192.0.2.10\", \"2001:DB8::10\"} }\n"
                                   "never = {\"www\", ftp}\n"
                                   "domain = \"Example.ORG\"\n"
                                   "host \"out.example.net.\" { addresses = {\"::ffff:192.0.2.11\"} }\n"
                                   "ttl = 600\n"
                                   "host \"@\" { elsewhere = yes }\n"
                                   "complete = yes\n"
                                   "disown = {\"@\", \"sub\"}\n"
                                   "accreditors = {\"accred.example\", \"CSV_vouch.example.\"}\n"
                                   "hoster = \"Cloudflare\"\n";

static bool read_text(struct description *description, const char *text, size_t length,
                      char error[DESCRIPTION_ERROR_SIZE])
{
    FILE *file = length == 0 ? fopen("/dev/null", "r") : fmemopen((void *)(uintptr_t)text, length, "r");
    bool fine;

    assert_non_null(file);
    description_init(description);
    fine = description_read(description, file, "ours.conf", error);
    assert_int_equal(fclose(file), 0);
    return fine;
}

static void assert_example(const struct description *description)
{
    assert_string_equal(description->domain, "example.org");
    assert_int_equal(description->ttl_s, 600);
    assert_true(description->complete);
    assert_int_equal(description->hosts_count, 5);
    assert_int_equal(description->disowned_count, 2);
    assert_string_equal(description->disowned[0], "example.org");
    assert_string_equal(description->disowned[1], "sub.example.org");
    assert_int_equal(description->accreditors_count, 2);
    assert_string_equal(description->accreditors[1], "csv_vouch.example");
    assert_string_equal(description->hoster, "cloudflare");
}

static const struct description_host *assert_host(const struct description *description, const char *name,
                                                  enum host_kind kind, size_t addresses)
{
    for (size_t i = 0; i < description->hosts_count; i++) {
        if (strcmp(description->hosts[i].name, name) != 0)
            continue;
        assert_int_equal(description->hosts[i].kind, kind);
        assert_int_equal(description->hosts[i].addresses_count, addresses);
        return &description->hosts[i];
    }
    fail_msg("no host %s", name);
    return NULL;
}

static void assert_example_hosts(const struct description *description)
{
    char address[VOUCH_ADDRESS_SIZE];
    const struct description_host *host;

    host = assert_host(description, "mail.example.org", HOST_SENDS, 2);
    vouch_address_format(&host->addresses[1], address);
    assert_string_equal(address, "2001:db8::10");
    host = assert_host(description, "out.example.net", HOST_SENDS, 1);
    assert_int_equal(host->addresses[0].family, 4);
    assert_host(description, "example.org", HOST_ELSEWHERE, 0);
    assert_host(description, "www.example.org", HOST_NEVER, 0);
    assert_host(description, "ftp.example.org", HOST_NEVER, 0);
}

static void test_read(void **state)
{
    char error[DESCRIPTION_ERROR_SIZE];
    struct description description;

    (void)state;
    if (!read_text(&description, example, strlen(example), error))
        fail_msg("%s", error);
    assert_example(&description);
    assert_example_hosts(&description);
    description_free(&description);
}

static void test_write_reads_back(void **state)
{
    char error[DESCRIPTION_ERROR_SIZE], *text = NULL;
    struct description description;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);

    (void)state;
    assert_non_null(file);
    assert_true(read_text(&description, example, strlen(example), error));
    memcpy(description.hosts[0].note, "seen in a\nlog\x1b[2J */ #", 23);
    memcpy(description.hosts[1].note, "evil\"}\r\nhost \"x\" {}", 20);
    assert_true(description_write(&description, file));
    assert_int_equal(fclose(file), 0);
    description_free(&description);
    assert_non_null(strstr(text, "seen in a\\x0alog\\x1b[2J"));
    for (size_t i = 0; i < length; i++)
        assert_true(text[i] == '\n' || (text[i] >= ' ' && text[i] <= '~'));
    if (!read_text(&description, text, length, error))
        fail_msg("%s in\n%s", error, text);
    assert_example(&description);
    assert_example_hosts(&description);
    description_free(&description);
    free(text);
}

static void test_write_refuses_an_odd_hoster(void **state)
{
    struct description description;
    FILE *file = tmpfile();

    (void)state;
    assert_non_null(file);
    description_init(&description);
    memcpy(description.hoster, "a\"b", 4);
    assert_false(description_write(&description, file));
    assert_int_equal(errno, EINVAL);
    assert_int_equal(fclose(file), 0);
    description_free(&description);
}

#define HEAD "domain = \"example.org\"\n"

/* What is refused: the text, the line, and words of the cause. */
static const struct {
    const char *text;
    unsigned line;
    const char *cause;
} faults[] = {
    {"", 0, "no domain is named"},
    {"never = {\"www\"}\n", 0, "no domain is named"},
    {"domain = \"org\"\n", 1, "two labels"},
    {"domain = \"ex ample.org\"\n", 1, "no host name"},
    {HEAD "domian = \"example.org\"\n", 2, "no such option 'domian'"},
    {HEAD "host \"mail\" {}\n", 2, "needs addresses"},
    {HEAD "host \"mail\" {\n addresses = {}\n}\n", 4, "needs addresses"},
    {HEAD "host \"mail\" {\n addresses = {\"192.0.2.1\",\n \"192.0.2.300\"}\n}\n", 4,
     "192.0.2.300 is not an IP address"},
    {HEAD "host \"mail\" { addresses = {\"192.0.2.1\", \"::ffff:192.0.2.1\"} }\n", 2, "twice"},
    {HEAD "host \"mail\" { addresses = {\"192.0.2.1\"} elsewhere = yes }\n", 2, "only one of them"},
    {HEAD "host \"mail\" { elsewhere = perhaps }\n", 2, "must be yes or no"},
    {HEAD "host \"mail\" { elsewhere = no }\n", 2, "needs addresses"},
    {HEAD "host \"mail\" { elsewhere = yes }\nhost \"mail.example.org.\" { elsewhere = yes }\n", 3, "described twice"},
    {HEAD "host \"mail\" { elsewhere = yes }\nhost \"mail\" { elsewhere = yes }\n", 3, "described twice"},
    {HEAD "host \"mail\" { elsewhere = yes }\nnever = {\"mail\"}\n", 3, "is a host that sends"},
    {HEAD "never = {\"mail\"}\nhost \"mail\" { elsewhere = yes }\n", 3, "stands under never"},
    {HEAD "never = {\"mail.example.org\"}\n", 2, "already ends in the domain"},
    {HEAD "never = {\"_dmarc\"}\n", 2, "underscore"},
    {HEAD "never = {\"-x\"}\n", 2, "no host name"},
    {HEAD "never = {\"\"}\n", 2, "is empty"},
    {HEAD "never = {\n\"www\",\n\"m\xc3\xbcller\"}\n", 4, "xn--mller-kva.example.org"},
    {HEAD "host \"192.0.2.1.\" { elsewhere = yes }\n", 2, "is an address"},
    {HEAD "disown = {\"a..b\"}\n", 2, "no host name"},
    {HEAD "accreditors = {\"a b.example\"}\n", 2, "no domain name"},
    {HEAD "accreditors = {\"_vouch._smtp.accred.example.\"}\n", 2, "name the service without it"},
    {HEAD "accreditors = {\"a..example\"}\n", 2, "no domain name"},
    {HEAD "ttl = -1\n", 2, "0 to 604800"},
    {HEAD "ttl = 1h\n", 2, "0 to 604800"},
    {HEAD "ttl = 604801\n", 2, "0 to 604800"},
    {HEAD "complete = certainly\n", 2, "must be yes or no"},
    {HEAD "hoster = \"a;b\"\n", 2, "must be a word"},
    {HEAD "host \"mail\" { elsewhere = yes\n", 4, "not closed"},
    {HEAD "never = {\"www\"\n", 4, "not closed"},
    {HEAD "/* never = {\"www\"}\n", 0, "not closed"},
    {HEAD "never = {\"www}\n", 0, ""},
};

static void test_refuse(void **state)
{
    char error[DESCRIPTION_ERROR_SIZE], place[32];
    struct description description;

    (void)state;
    for (size_t i = 0; i < COUNT(faults); i++) {
        if (read_text(&description, faults[i].text, strlen(faults[i].text), error))
            fail_msg("accepted: %s", faults[i].text);
        assert_true(
            snprintf(place, sizeof place, faults[i].line == 0 ? "ours.conf:" : "ours.conf:%u: ", faults[i].line) > 0);
        if (strncmp(error, place, strlen(place)) != 0 || strstr(error, faults[i].cause) == NULL)
            fail_msg("%s: wanted line %u, %s", error, faults[i].line, faults[i].cause);
        for (const char *at = error; *at != '\0'; at++)
            assert_true(*at >= ' ' && *at <= '~');
        description_free(&description);
    }
}

static void test_refuse_octets(void **state)
{
    static const char nul[] = HEAD "never\0";
    char error[DESCRIPTION_ERROR_SIZE];
    struct description description;
    char *large = malloc(1 << 20);

    (void)state;
    assert_non_null(large);
    assert_false(read_text(&description, nul, sizeof nul, error));
    assert_string_equal(error, "ours.conf: holds a NUL octet");
    description_free(&description);
    memset(large, '\n', 1 << 20);
    assert_false(read_text(&description, large, 1 << 20, error));
    assert_string_equal(error, "ours.conf: larger than 1 MiB");
    description_free(&description);
    free(large);
}

/* Each of many hosts is found by its name, and is the one that was added under it. */
static void test_many_hosts(void **state)
{
    const size_t count = 3001, step = 1009; /* both prime: every number once */
    struct description description;
    char name[32];

    (void)state;
    description_init(&description);
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < count; i++) {
            const struct description_host *host;

            assert_true(snprintf(name, sizeof name, "h%zu.example.org", i * step % count) > 0);
            host = description_host(&description, name);
            assert_non_null(host);
            assert_string_equal(host->name, name);
            assert_int_equal(host - description.hosts, i);
        }
        assert_int_equal(description.hosts_count, count);
    }
    description_free(&description);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_write_reads_back),
        cmocka_unit_test(test_write_refuses_an_odd_hoster),
        cmocka_unit_test(test_refuse),
        cmocka_unit_test(test_refuse_octets),
        cmocka_unit_test(test_many_hosts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
