/*
 * options.c - the option table: one row an option. vouchsafe.conf(5) is compared with it by a test.
 */
#include "conf/options.h"

#include <syslog.h>

#define IN_CONF(member) offsetof(struct conf, member), sizeof(((struct conf *)0)->member)
#define POINTS(token)   IN_CONF(settings.points[token])

const struct conf_word conf_modes[] = {{"enforce", VOUCH_MODE_ENFORCE}, {"monitor", VOUCH_MODE_MONITOR}, {0}};
const struct conf_word conf_stages[] = {
    {"rcpt", VOUCH_STAGE_RCPT}, {"mail", VOUCH_STAGE_MAIL}, {"helo", VOUCH_STAGE_HELO}, {0}};
const struct conf_word conf_requires[] = {
    {"nothing", VOUCH_REQUIRE_NOTHING}, {"pass", VOUCH_REQUIRE_PASS}, {"trusted", VOUCH_REQUIRE_TRUSTED}, {0}};
const struct conf_word conf_on_temperror[] = {{"continue", false}, {"defer", true}, {0}};
static const struct conf_word floors[] = {
    {"csa", VOUCH_IDENTITY_CSA}, {"tls", VOUCH_IDENTITY_TLS}, {"forward", VOUCH_IDENTITY_FORWARD}, {0}};
static const struct conf_word strips[] = {{"ours", CONF_STRIP_OURS}, {"id", CONF_STRIP_ID}, {"no", CONF_STRIP_NO}, {0}};
static const struct conf_word log_targets[] = {{"syslog", CONF_LOG_SYSLOG},
                                               {"journal", CONF_LOG_JOURNAL},
                                               {"stderr", CONF_LOG_STDERR},
                                               {"file", CONF_LOG_FILE},
                                               {0}};
static const struct conf_word log_formats[] = {{"text", CONF_LOG_TEXT}, {"json", CONF_LOG_JSON}, {0}};
static const struct conf_word log_levels[] = {{"error", LOG_ERR}, {"warning", LOG_WARNING}, {"notice", LOG_NOTICE},
                                              {"info", LOG_INFO}, {"debug", LOG_DEBUG},     {0}};

const struct conf_option conf_options[] = {
    {"mode", CONF_WORD, IN_CONF(policy.mode), 0, 0, "enforce", conf_modes, CONF_RELOAD,
     "whether the daemon acts on the verdict, or only logs and marks"},
    {"reject_at_stage", CONF_WORD, IN_CONF(policy.reject_at_stage), 0, 0, "rcpt", conf_stages, CONF_RELOAD,
     "the SMTP command that a refusal answers"},
    {"require", CONF_WORD, IN_CONF(policy.require), 0, 0, "nothing", conf_requires, CONF_RELOAD,
     "what a client must show: nothing, a name that CSA proves, or also trust; else it is refused"},
    {"quorum", CONF_COUNT, IN_CONF(settings.quorum), 1, VOUCH_REPORTS_MAX, "1", NULL, CONF_RELOAD,
     "how many services must say D or E before it counts"},
    {"why_url", CONF_STRING, IN_CONF(policy.why_url), 0, VOUCH_URL_SIZE - 1, "", NULL, CONF_RELOAD,
     "address of the page that explains a refusal"},
    {"judge", CONF_BOOL, IN_CONF(profiles[0].judge), 0, 0, "yes", NULL, CONF_RELOAD,
     "no: every session passes unseen, as on a listener for submission"},
    {"trusted_networks", CONF_NETWORKS, IN_CONF(profiles[0].trusted_networks), 1, CONF_STRING_SIZE - 1,
     "127.0.0.0/8 ::1 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7 fe80::/10", NULL, CONF_RELOAD,
     "clients that are not judged, each ADDRESS or ADDRESS/BITS"},
    {"exempt", CONF_EXEMPTIONS, IN_CONF(profiles[0].exempt), 1, CONF_STRING_SIZE - 1, "", NULL, CONF_RELOAD,
     "clients that are not judged, each a network or HELO name, a blank, and the reason for it"},
    {"submission_names", CONF_WORDS, IN_CONF(profiles[0].submission_names), 1, CONF_WORD_SIZE - 1,
     "ORIGINATING MSA MSA-v4 MSA-v6", NULL, CONF_RELOAD,
     "values of the milter macro {daemon_name} whose sessions are not judged"},
    {"workers", CONF_COUNT, IN_CONF(daemon.workers), 1, 64, "1", NULL, CONF_RELOAD, "how many processes serve"},

    {"header.authserv_id", CONF_TOKEN, IN_CONF(policy.authserv_id), 0, VOUCH_NAME_SIZE - 1, "", NULL, CONF_RELOAD,
     "who writes the header field; empty: this host's name"},
    {"header.method", CONF_KEYWORD, IN_CONF(policy.method), 1, VOUCH_METHOD_SIZE - 1, "csv", NULL, CONF_RELOAD,
     "method name in the header field"},
    {"header.strip", CONF_WORD, IN_CONF(strip), 0, 0, "ours", strips, CONF_RELOAD,
     "which older fields of our name are removed: those with our method too, all, or none"},

    {"tls.identity", CONF_BOOL, IN_CONF(tls_identity), 0, 0, "no", NULL, CONF_RELOAD,
     "a client certificate that the MTA verified for the HELO name proves the name"},

    {"policy.trusted_class", CONF_CLASS, IN_CONF(profiles[0].trusted_class), 0, CONF_WORD_SIZE - 1, "", NULL,
     CONF_RELOAD, "Postfix restriction class that answers for a trusted session; empty: DUNNO"},
    {"policy.prepend", CONF_BOOL, IN_CONF(profiles[0].prepend), 0, 0, "no", NULL, CONF_RELOAD,
     "have Postfix put the header field before the message"},

    {"csa.parent_search", CONF_BOOL, IN_CONF(settings.parent_search), 0, 0, "yes", NULL, CONF_RELOAD,
     "look for an Explicit assertion at the ancestors of a name without a record"},
    {"csa.allow_underscore", CONF_BOOL, IN_CONF(settings.allow_underscore), 0, 0, "no", NULL, CONF_RELOAD,
     "look up HELO names that contain an underscore"},
    {"csa.reverse_names", CONF_BOOL, IN_CONF(settings.reverse_names), 0, 0, "no", NULL, CONF_RELOAD,
     "look up an address literal under its reverse name"},
    {"csa.strict", CONF_BOOL, IN_CONF(settings.strict), 0, 0, "no", NULL, CONF_RELOAD,
     "count a record with reserved weight bits as evidence against"},
    {"csa.temperror", CONF_WORD, IN_CONF(policy.defer_temperror), 0, 0, "continue", conf_on_temperror, CONF_RELOAD,
     "what to do while the DNS does not answer about a name"},

    {"identity.for_accreditation", CONF_WORD, IN_CONF(settings.accreditation_floor), 0, 0, "csa", floors, CONF_RELOAD,
     "what must prove the name before the praise of accreditation services counts"},
    {"identity.for_own_lists", CONF_WORD, IN_CONF(settings.own_lists_floor), 0, 0, "forward", floors, CONF_RELOAD,
     "what must prove the name before own lists and own reputation count in favour"},

    {"dnssec.require_for_trust", CONF_BOOL, IN_CONF(settings.require_dnssec), 0, 0, "no", NULL, CONF_RELOAD,
     "count evidence in favour only if DNSSEC validated the CSA result"},

    {"trust.accept_at", CONF_NUMBER, IN_CONF(settings.accept_at), 1, 100, "50", NULL, CONF_RELOAD,
     "score from which a session is trusted"},
    {"trust.reject_at", CONF_NUMBER, IN_CONF(settings.reject_at), -100, -1, "-50", NULL, CONF_RELOAD,
     "score down from which a session is untrusted"},
    {"trust.csa_pass", CONF_NUMBER, POINTS(VOUCH_TOKEN_CSA_PASS), 0, 100, "10", NULL, CONF_RELOAD,
     "points of csa-pass"},
    {"trust.csa_prohibited", CONF_NUMBER, POINTS(VOUCH_TOKEN_CSA_PROHIBITED), -100, 0, "-100", NULL, CONF_RELOAD,
     "points of csa-prohibited"},
    {"trust.csa_mismatch", CONF_NUMBER, POINTS(VOUCH_TOKEN_CSA_MISMATCH), -100, 0, "-100", NULL, CONF_RELOAD,
     "points of csa-mismatch"},
    {"trust.csa_no_address", CONF_NUMBER, POINTS(VOUCH_TOKEN_CSA_NO_ADDRESS), -100, 0, "-100", NULL, CONF_RELOAD,
     "points of csa-no-address"},
    {"trust.csa_explicit", CONF_NUMBER, POINTS(VOUCH_TOKEN_CSA_EXPLICIT), -100, 0, "-100", NULL, CONF_RELOAD,
     "points of csa-explicit"},
    {"trust.csa_permerror", CONF_NUMBER, POINTS(VOUCH_TOKEN_CSA_PERMERROR), -100, 0, "-50", NULL, CONF_RELOAD,
     "points of csa-permerror, with csa.strict"},
    {"trust.dna_a", CONF_NUMBER, POINTS(VOUCH_TOKEN_DNA_A), 0, 100, "60", NULL, CONF_RELOAD, "points of a rating A"},
    {"trust.dna_b", CONF_NUMBER, POINTS(VOUCH_TOKEN_DNA_B), 0, 100, "40", NULL, CONF_RELOAD, "points of a rating B"},
    {"trust.dna_d", CONF_NUMBER, POINTS(VOUCH_TOKEN_DNA_D), -100, 0, "-60", NULL, CONF_RELOAD, "points of a rating D"},
    {"trust.dna_e", CONF_NUMBER, POINTS(VOUCH_TOKEN_DNA_E), -100, 0, "-100", NULL, CONF_RELOAD, "points of a rating E"},
    {"trust.list_trusted", CONF_NUMBER, POINTS(VOUCH_TOKEN_LIST_TRUSTED), 0, 100, "100", NULL, CONF_RELOAD,
     "points of a trusted entry of a private list"},
    {"trust.list_blocked", CONF_NUMBER, POINTS(VOUCH_TOKEN_LIST_BLOCKED), -100, 0, "-100", NULL, CONF_RELOAD,
     "points of a blocked entry of a private list"},
    {"trust.reputation_for", CONF_MILLI, IN_CONF(settings.reputation_for_milli), 0, 1000, "0.6", NULL, CONF_RELOAD,
     "share of a good reputation that counts"},
    {"trust.reputation_against", CONF_MILLI, IN_CONF(settings.reputation_against_milli), 0, 1000, "0.8", NULL,
     CONF_RELOAD, "share of a bad reputation that counts"},

    {"dns.timeout", CONF_SECONDS, IN_CONF(dns.timeout_ms), 100, 60000, "5", NULL, CONF_RELOAD,
     "seconds after which a decision is made with what is known"},
    {"dns.resolvers", CONF_STRINGS, IN_CONF(dns.resolvers), 1, CONF_STRING_SIZE - 1, "", NULL, CONF_RELOAD,
     "resolvers to forward to, each ADDR or ADDR@PORT; none: those of resolv.conf"},
    {"dns.recursion", CONF_BOOL, IN_CONF(dns.recursion), 0, 0, "no", NULL, CONF_RELOAD,
     "resolve from the root instead of forwarding"},
    {"dns.root_hints", CONF_PATH, IN_CONF(dns.root_hints), 0, CONF_STRING_SIZE - 1, "", NULL, CONF_RELOAD,
     "file with the root servers for dns.recursion; empty: built in"},
    {"dns.trust_anchor", CONF_PATH, IN_CONF(dns.trust_anchor), 0, CONF_STRING_SIZE - 1, "", NULL, CONF_RELOAD,
     "file of DS or DNSKEY records to trust; empty: the system's root anchor; none: no validation"},
    {"dns.unbound_config", CONF_PATH, IN_CONF(dns.unbound_config), 0, CONF_STRING_SIZE - 1, "", NULL, CONF_RELOAD,
     "a file in unbound.conf(5) syntax, read last"},
    {"dns.zone_files", CONF_PATHS, IN_CONF(dns.zone_files), 1, CONF_STRING_SIZE - 1, "", NULL, CONF_RELOAD,
     "master files that answer instead of the DNS"},

    {"log.to", CONF_WORD, IN_CONF(log.to), 0, 0, "syslog", log_targets, CONF_RELOAD, "where the log goes"},
    {"log.format", CONF_WORD, IN_CONF(log.format), 0, 0, "text", log_formats, CONF_RELOAD, "how events are written"},
    {"log.level", CONF_WORD, IN_CONF(log.level), 0, 0, "info", log_levels, CONF_RELOAD,
     "the least important lines that are written; decisions are info"},
    {"log.file", CONF_PATH, IN_CONF(log.file), 0, CONF_STRING_SIZE - 1, "", NULL, CONF_RELOAD,
     "the file, for log.to = file"},
    {"log.rate", CONF_NUMBER, IN_CONF(log.rate), 1, 1000000, "1000", NULL, CONF_RELOAD,
     "lines a second; more are only counted"},

    {"limits.connections", CONF_NUMBER, IN_CONF(limits.connections), 1, 1000000, "12000", NULL, CONF_RELOAD,
     "connections of a worker at once; more wait in the system's queue"},
    {"limits.jobs", CONF_NUMBER, IN_CONF(limits.jobs), 1, 1000000, "2000", NULL, CONF_RELOAD,
     "evaluations of a worker at once; more wait"},
    {"limits.idle_timeout", CONF_SECONDS, IN_CONF(limits.idle_ms), 100, 86400000, "7200", NULL, CONF_RELOAD,
     "seconds after which a connection is closed on which nothing comes"},
    {"limits.frame_timeout", CONF_SECONDS, IN_CONF(limits.frame_ms), 100, 3600000, "60", NULL, CONF_RELOAD,
     "the same in the middle of a request, or while a reply cannot be written"},
    {"limits.drain_timeout", CONF_SECONDS, IN_CONF(limits.drain_ms), 0, 3600000, "30", NULL, CONF_RELOAD,
     "seconds that sessions have to end once the daemon is told to"},

    {"cache.size", CONF_NUMBER, IN_CONF(limits.cache), 0, 10000000, "10000", NULL, CONF_RELOAD,
     "verdicts that a worker remembers; 0: none"},
    {"cache.ttl", CONF_NUMBER, IN_CONF(limits.cache_ttl_s), 1, 86400, "300", NULL, CONF_RELOAD,
     "seconds that a verdict is remembered, if the DNS allows so many"},

    {"daemon.user", CONF_TOKEN, IN_CONF(daemon.user), 0, CONF_WORD_SIZE - 1, "", NULL, CONF_RESTART,
     "who the daemon becomes; empty: it stays who it is, even root"},
    {"daemon.group", CONF_TOKEN, IN_CONF(daemon.group), 0, CONF_WORD_SIZE - 1, "", NULL, CONF_RESTART,
     "its group; empty: the user's"},
    {"daemon.pid_file", CONF_PATH, IN_CONF(daemon.pid_file), 0, CONF_STRING_SIZE - 1, "", NULL, CONF_RESTART,
     "file that holds the daemon's process id; empty: none"},
    {"daemon.control", CONF_PATH, IN_CONF(daemon.control), 0, 107, "/run/vouchsafe/control", NULL, CONF_RESTART,
     "socket of vouchsafe reload; empty: none"},
};
const size_t conf_options_count = sizeof conf_options / sizeof conf_options[0];
