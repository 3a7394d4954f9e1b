/*
 * conf_section_test.c - profiles, recipient domains and listeners of configuration files.
 */
#include "conf_file.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

/* The example of the documentation, with every section. */
static void test_whole_file(void **state)
{
    const struct conf_listener *listener = conf.listeners;

    (void)state;
    conf_file_require("mode = monitor\nworkers = 4\n"
                      "header { strip = id  authserv_id = mx.example.net }\n"
                      "tls { identity = yes }\n"
                      "policy { trusted_class = csv_trusted  prepend = yes }\n"
                      "log { to = file  format = json  level = debug  file = \"/var/log/vouchsafe\"  rate = 7 }\n"
                      "limits { connections = 1  jobs = 2  idle_timeout = 3  frame_timeout = 4.5  drain_timeout = 0 }\n"
                      "cache { size = 0  ttl = 9 }\n"
                      "daemon { user = u  group = g  pid_file = \"/run/p\"  control = \"\" }\n"
                      "listener \"unix:/run/vouchsafe/milter\" { mode = 0600 owner = postfix group = mail }\n"
                      "listener \"inet:127.0.0.1:8892\" { protocol = policy profile = strict }\n"
                      "listener \"inet:[::1]:0\" { protocol = exim }\n"
                      "profile strict { require = trusted }\n"
                      "domain csv.example.net { profile = strict }\n");
    assert_int_equal(conf.daemon.workers, 4);
    assert_int_equal(conf.strip, CONF_STRIP_ID);
    assert_true(conf.tls_identity && conf.profiles[0].prepend);
    assert_string_equal(conf.profiles[0].trusted_class, "csv_trusted");
    assert_int_equal(conf.log.to, CONF_LOG_FILE);
    assert_int_equal(conf.log.format, CONF_LOG_JSON);
    assert_int_equal(conf.log.level, LOG_DEBUG);
    assert_string_equal(conf.log.file, "/var/log/vouchsafe");
    assert_int_equal(conf.log.rate, 7);
    assert_int_equal(conf.limits.connections, 1);
    assert_int_equal(conf.limits.jobs, 2);
    assert_int_equal(conf.limits.idle_ms, 3000);
    assert_int_equal(conf.limits.frame_ms, 4500);
    assert_int_equal(conf.limits.drain_ms, 0);
    assert_int_equal(conf.limits.cache, 0);
    assert_int_equal(conf.limits.cache_ttl_s, 9);
    assert_string_equal(conf.daemon.user, "u");
    assert_string_equal(conf.daemon.group, "g");
    assert_string_equal(conf.daemon.pid_file, "/run/p");
    assert_string_equal(conf.daemon.control, "");
    assert_int_equal(conf.listeners_count, 3);
    assert_int_equal(listener[0].address.family, 0);
    assert_string_equal(listener[0].path, "/run/vouchsafe/milter");
    assert_string_equal(listener[0].title, "unix:/run/vouchsafe/milter");
    assert_int_equal(listener[0].mode, 0600);
    assert_string_equal(listener[0].owner, "postfix");
    assert_string_equal(listener[0].group, "mail");
    assert_int_equal(listener[0].protocol, CONF_MILTER);
    assert_int_equal(listener[0].profile, 0);
    assert_int_equal(listener[1].address.family, 4);
    assert_int_equal(listener[1].port, 8892);
    assert_int_equal(listener[1].protocol, CONF_POLICY);
    assert_int_equal(listener[1].profile, 1);
    assert_int_equal(listener[1].mode, 0660);
    assert_int_equal(listener[2].address.family, 6);
    assert_int_equal(listener[2].address.octets[15], 1);
    assert_int_equal(listener[2].protocol, CONF_EXIM);
    assert_int_equal(conf.domains_count, 1);
    assert_int_equal(conf.domains[0].profile, 1);
    assert_int_equal(conf_find_profile(&conf, "strict"), 1);
    assert_int_equal(conf_find_profile(&conf, "Strict"), -1);
    assert_int_equal(conf_find_profile(&conf, "default"), 0);
}

/* What stands at the top is the profile "default", for vouchsafe check and for the daemon alike. */
static void test_top_is_default(void **state)
{
    const struct conf_profile *top = &conf.profiles[0];

    (void)state;
    conf_init(&conf);
    assert_string_equal(top->name, "default");
    assert_int_equal(conf.profiles_count, 1);
    assert_int_equal(top->mode, VOUCH_MODE_ENFORCE);
    assert_int_equal(top->reject_at_stage, VOUCH_STAGE_RCPT);
    assert_int_equal(top->require, VOUCH_REQUIRE_NOTHING);
    assert_int_equal(top->accept_at, 50);
    assert_int_equal(top->reject_at, -50);
    assert_true(top->judge && !top->defer_temperror && !top->prepend);
    assert_int_equal(top->exempt.count, 0);
    assert_int_equal(top->submission_names.count, 4);
    assert_string_equal(top->submission_names.words[3], "MSA-v6");
    conf_file_require("csa { temperror = defer }\ntrust { accept_at = 7 reject_at = -8 }\nmode = monitor\n"
                      "reject_at_stage = mail\nrequire = pass\njudge = no\n");
    assert_int_equal(top->mode, VOUCH_MODE_MONITOR);
    assert_int_equal(conf.policy.mode, VOUCH_MODE_MONITOR);
    assert_int_equal(top->reject_at_stage, VOUCH_STAGE_MAIL);
    assert_int_equal(conf.policy.reject_at_stage, VOUCH_STAGE_MAIL);
    assert_int_equal(top->require, VOUCH_REQUIRE_PASS);
    assert_int_equal(conf.policy.require, VOUCH_REQUIRE_PASS);
    assert_int_equal(top->accept_at, 7);
    assert_int_equal(conf.settings.accept_at, 7);
    assert_int_equal(top->reject_at, -8);
    assert_int_equal(conf.settings.reject_at, -8);
    assert_true(top->defer_temperror && conf.policy.defer_temperror && !top->judge);
}

/* A profile takes from the top what it does not say, wherever it stands in the file. */
static void test_inheritance(void **state)
{
    static const char top[] = "mode = monitor\nreject_at_stage = mail\nrequire = pass\njudge = no\n"
                              "csa { temperror = defer }\ntrust { accept_at = 7 reject_at = -8 }\n"
                              "policy { trusted_class = c prepend = yes }\nsubmission_names = {X}\n"
                              "trusted_networks = {\"192.0.2.0/24\"}\nexempt = {\"192.0.2.1 why\"}\n";
    static const char sections[] =
        "profile same { }\n"
        "profile own { mode = enforce reject_at_stage = helo require = nothing judge = yes temperror = continue\n"
        "  accept_at = 1 reject_at = -1 trusted_class = \"\" prepend = no submission_names = {}\n"
        "  trusted_networks = {} exempt = {} }\n"
        "profile more { trusted_networks += {\"198.51.100.0/24\"} exempt += {\"a.example why\"} submission_names += {Y} }\n";
    char text[2048];

    (void)state;
    for (unsigned turn = 0; turn < 2; turn++) {
        struct conf_profile *same = &conf.profiles[1];
        const struct conf_profile *own = &conf.profiles[2], *more = &conf.profiles[3];

        assert_true(snprintf(text, sizeof text, "%s%s", turn == 0 ? top : sections, turn == 0 ? sections : top) > 0);
        conf_file_require(text);
        assert_int_equal(conf.profiles_count, 4);
        assert_true(own->mode == VOUCH_MODE_ENFORCE && own->reject_at_stage == VOUCH_STAGE_HELO);
        assert_true(own->require == VOUCH_REQUIRE_NOTHING && own->judge && !own->defer_temperror && !own->prepend);
        assert_true(own->accept_at == 1 && own->reject_at == -1 && own->trusted_class[0] == '\0');
        assert_int_equal(own->submission_names.count + own->trusted_networks.count + own->exempt.count, 0);
        assert_int_equal(more->trusted_networks.count, 2);
        assert_int_equal(more->trusted_networks.networks[0].address.octets[0], 192);
        assert_int_equal(more->exempt.count, 2);
        assert_string_equal(more->exempt.exemptions[1].name, "a.example");
        assert_int_equal(more->submission_names.count, 2);
        assert_string_equal(more->submission_names.words[1], "Y");
        assert_string_equal(same->name, "same");
        memcpy(same->name, conf.profiles[0].name, sizeof same->name);
        assert_memory_equal(same, &conf.profiles[0], sizeof *same);
        assert_int_equal(same->exempt.count, 1);
    }
}

/* At the top "=" replaces a default list, "+=" adds to it, and "{}" empties it; the last one counts. */
static void test_lists_at_the_top(void **state)
{
    (void)state;
    conf_file_require("submission_names = {A, B}\n");
    assert_int_equal(conf.profiles[0].submission_names.count, 2);
    conf_file_require("submission_names += {A}\n");
    assert_int_equal(conf.profiles[0].submission_names.count, 5);
    assert_string_equal(conf.profiles[0].submission_names.words[4], "A");
    conf_file_require("submission_names = {}\n");
    assert_int_equal(conf.profiles[0].submission_names.count, 0);
    conf_file_require("submission_names = {}\nsubmission_names += {A}\n");
    assert_int_equal(conf.profiles[0].submission_names.count, 1);
    conf_file_require("submission_names = {A}\nsubmission_names = {B, C}\n");
    assert_string_equal(conf.profiles[0].submission_names.words[0], "B");
    assert_int_equal(conf.profiles[0].submission_names.count, 2);
    conf_file_require("submission_names = A\n");
    assert_int_equal(conf.profiles[0].submission_names.count, 1);
}

static void test_titles_of_listeners(void **state)
{
    static const struct {
        const char *title;
        bool good;
    } rows[] = {
        {"unix:/run/x", true},
        {"inet:127.0.0.1:25", true},
        {"inet:0.0.0.0:0", true},
        {"inet:[::]:65535", true},
        {"inet:[2001:db8::1]:1", true},
        {"unix:x", false},
        {"unix:", false},
        {"/run/x", false},
        {"", false},
        {"inet:", false},
        {"inet:127.0.0.1", false},
        {"inet:127.0.0.1:", false},
        {"inet::25", false},
        {"inet:25", false},
        {"inet:localhost:25", false},
        {"inet:127.0.0.1:65536", false},
        {"inet:127.0.0.1:x", false},
        {"inet:127.0.0.1:-1", false},
        {"inet:127.0.0.1:000025", false},
        {"inet:::1:25", false},
        {"inet:[::1]", false},
        {"inet:[::1:25", false},
        {"inet:::1]:25", false},
        {"inet:[127.0.0.1]:25", false},
        {"inet:[]:25", false},
        {"inet:[:25", false},
        {"inet:127.0.0.1:25 ", false},
        {"inet6:[::1]:25", false},
        {"inet:[::1]x:25", false},
        {"local:/run/x", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[256], error[CONF_ERROR_SIZE];

        assert_true(snprintf(text, sizeof text, "listener \"%s\" { }\n", rows[i].title) > 0);
        if (conf_file_read(text, error) != rows[i].good)
            fail_msg("%s: %s", text, error);
        if (!rows[i].good && strstr(error, "file:1: listener \"") == NULL)
            fail_msg("%s: %s", text, error);
    }
}

/* sun_path holds 107 characters and a NUL [unix(7)]. */
static void test_longest_path(void **state)
{
    (void)state;
    for (int length = 107; length <= 108; length++) {
        char text[256], error[CONF_ERROR_SIZE];

        assert_true(snprintf(text, sizeof text, "listener \"unix:/%0*d\" { }\n", length - 1, 0) > 0);
        assert_int_equal(conf_file_read(text, error), length == 107);
        if (length == 107)
            assert_int_equal(strlen(conf.listeners[0].path), length);
        else
            assert_non_null(strstr(error, "the path of a socket has at most 107 characters"));
    }
}

static void test_faults(void **state)
{
    static const struct conf_fault faults[] = {
        {"listener \"unix:/x\" {\n profile = none\n}\n", 3, "listener \"unix:/x\": there is no profile \"none\""},
        {"domain x.example { profile = none }\n", 1, "domain \"x.example\": there is no profile \"none\""},
        {"domain x.example { profile = Default }\n", 1, "there is no profile \"Default\""},
        {"\nprofile default { }\n", 2, "profile \"default\": is what stands at the top of the file"},
        {"profile a { }\nprofile a { }\n", 2, "found duplicate title 'a'"},
        {"profile \"a b\" { }\n", 1, "profile \"a b\": a name has letters, digits"},
        {"profile \"\" { }\n", 1, "profile \"\": a name has 1 to 63 characters"},
        {"profile a { nosuch = 1 }\n", 1, "no such option 'nosuch'"},
        {"profile a { workers = 1 }\n", 1, "no such option 'workers'"},
        {"profile a {\n accept_at = 0 }\n", 2, "accept_at = 0: must be a whole number from 1 to 100"},
        {"profile a { reject_at = 1 }\n", 1, "reject_at = 1: must be a whole number from -100 to -1"},
        {"profile a { trusted_class = permit }\n", 1, "trusted_class = permit: means something else to Postfix"},
        {"profile a { trusted_networks = { 10.0.0.1/8 } }\n", 1, "the network is 10.0.0.0/8"},
        {"profile a { exempt = { 10.0.0.1 } }\n", 1, "needs a comment"},
        {"policy { trusted_class = a-b }\n", 1, "policy.trusted_class: character 2 is not allowed there"},
        {"domain x.example { }\ndomain X.example. { }\n", 2, "domain \"x.example\": named twice"},
        {"domain x.example { }\n\ndomain x.example { }\n", 3, "found duplicate title 'x.example'"},
        {"domain \"a b\" { }\n", 1, "domain \"a b\": not a domain name"},
        {"domain . { }\n", 1, "domain \".\": not a domain name"},
        {"domain ..x { }\n", 1, "domain \"..x\": not a domain name"},
        {"listener \"unix:/x\" { }\nlistener \"unix:/x\" { }\n", 2, "found duplicate title 'unix:/x'"},
        {"listener \"inet:1.2.3.4:5\" { }\nlistener \"inet:1.2.3.4:05\" { }\n", 2,
         "listener \"inet:1.2.3.4:05\": has the address of listener \"inet:1.2.3.4:5\""},
        {"listener \"inet:[::1]:5\" { }\nlistener \"inet:[0::1]:5\" { }\n", 2, "has the address of listener"},
        {"daemon { control = /x }\nlistener \"unix:/x\" { }\n", 2, "has the address of daemon.control"},
        {"listener \"inet:1.2.3.4:5\" { owner = a }\n", 1, "owner and group go with unix sockets only"},
        {"listener \"inet:1.2.3.4:5\" { group = a }\n", 1, "owner and group go with unix sockets only"},
        {"listener \"unix:/x\" { mode = 0668 }\n", 1, "mode = 0668: must be an octal number from 0 to 777"},
        {"listener \"unix:/x\" { mode = 1777 }\n", 1, "mode = 1777: must be an octal number from 0 to 777"},
        {"listener \"unix:/x\" { protocol = smtp }\n", 1, "protocol = smtp: must be one of milter, policy, exim"},
        {"log { to = file }\n", 1, "log.to = file needs log.file"},
        {"log { to = disk }\n", 1, "log.to = disk: must be one of syslog, journal, stderr, file"},
        {"workers = 0\n", 1, "workers = 0: must be a whole number from 1 to 64"},
        {"submission_names = {\"a b\"}\n", 1, "submission_names: character 2 is not allowed there"},
    };

    (void)state;
    conf_file_refuse(faults, COUNT(faults));
}

/* Different addresses on one port, the same port 0 twice, and a name that differs in case only. */
static void test_not_the_same(void **state)
{
    (void)state;
    conf_file_require("listener \"inet:127.0.0.1:5\" { }\nlistener \"inet:127.0.0.2:5\" { }\n"
                      "listener \"inet:127.0.0.1:6\" { }\nlistener \"inet:[::1]:5\" { }\n"
                      "listener \"inet:127.0.0.1:0\" { }\nlistener \"inet:127.0.0.1:00\" { }\n"
                      "listener \"unix:/x\" { }\nlistener \"unix:/X\" { }\nprofile a { }\nprofile A { }\n"
                      "domain x.example { }\ndomain .x.example { }\n");
    assert_int_equal(conf.listeners_count, 8);
    assert_int_equal(conf.profiles_count, 3);
    assert_int_equal(conf.domains_count, 2);
}

/* As many as there is room for, and one more. */
static void test_most(void **state)
{
    static const struct {
        const char *before, *after;
        unsigned most;
        const char *cause;
    } rows[] = {
        {"profile p", " { }\n", CONF_PROFILES_MAX - 1, ":16: profile \"p15\": more than 15 profiles"},
        {"domain d", ".example { }\n", CONF_DOMAINS_MAX, ":65: domain \"d64.example\": more than 64 domains"},
        {"listener \"unix:/", "\" { }\n", CONF_LISTENERS_MAX, ":17: listener \"unix:/16\": more than 16 listeners"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[4096] = "", error[CONF_ERROR_SIZE] = "";
        size_t length = 0;

        for (unsigned k = 0; k <= rows[i].most; k++) {
            bool fine = conf_file_read(text, error);

            assert_true(fine);
            length += (size_t)snprintf(text + length, sizeof text - length, "%s%u%s", rows[i].before, k, rows[i].after);
        }
        assert_false(conf_file_read(text, error));
        if (strstr(error, rows[i].cause) == NULL)
            fail_msg("%s", error);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_file),
        cmocka_unit_test(test_top_is_default),
        cmocka_unit_test(test_inheritance),
        cmocka_unit_test(test_lists_at_the_top),
        cmocka_unit_test(test_titles_of_listeners),
        cmocka_unit_test(test_longest_path),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_not_the_same),
        cmocka_unit_test(test_most),
    };

    return cmocka_run_group_tests_name("conf_section", tests, conf_file_set_up, conf_file_tear_down);
}
