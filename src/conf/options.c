/*
 * options.c - the option table: one row an option. vouchsafe.conf(5) is compared with it by a test.
 */
#include "conf/conf.h"

#define IN_CONF(member)       offsetof(struct conf, member), sizeof(((struct conf *)0)->member)
#define IN_ACCREDITOR(member) offsetof(struct conf_accreditor, member), sizeof(((struct conf_accreditor *)0)->member)
#define POINTS(token)         IN_CONF(settings.points[token])

static const struct conf_word modes[] = {{"enforce", VOUCH_MODE_ENFORCE}, {"monitor", VOUCH_MODE_MONITOR}, {0}};
static const struct conf_word stages[] = {
    {"rcpt", VOUCH_STAGE_RCPT}, {"mail", VOUCH_STAGE_MAIL}, {"helo", VOUCH_STAGE_HELO}, {0}};
static const struct conf_word on_temperror[] = {{"continue", false}, {"defer", true}, {0}};
static const struct conf_word floors[] = {
    {"csa", VOUCH_IDENTITY_CSA}, {"tls", VOUCH_IDENTITY_TLS}, {"forward", VOUCH_IDENTITY_FORWARD}, {0}};
static const struct conf_word styles[] = {{"dna", VOUCH_STYLE_DNA}, {"list", VOUCH_STYLE_LIST}, {0}};

const struct conf_option conf_options[] = {
    {"mode", CONF_WORD, IN_CONF(policy.mode), 0, 0, "enforce", modes, CONF_RELOAD,
     "whether the daemon acts on the verdict, or only logs and marks"},
    {"reject_at_stage", CONF_WORD, IN_CONF(policy.reject_at_stage), 0, 0, "rcpt", stages, CONF_RELOAD,
     "the SMTP command that a refusal answers"},
    {"quorum", CONF_COUNT, IN_CONF(settings.quorum), 1, VOUCH_REPORTS_MAX, "1", NULL, CONF_RELOAD,
     "how many services must say D or E before it counts"},
    {"why_url", CONF_STRING, IN_CONF(policy.why_url), 0, VOUCH_URL_SIZE - 1, "", NULL, CONF_RELOAD,
     "address of the page that explains a refusal"},

    {"header.authserv_id", CONF_TOKEN, IN_CONF(policy.authserv_id), 0, VOUCH_NAME_SIZE - 1, "", NULL, CONF_RELOAD,
     "who writes the header field; empty: this host's name"},
    {"header.method", CONF_KEYWORD, IN_CONF(policy.method), 1, VOUCH_METHOD_SIZE - 1, "csv", NULL, CONF_RELOAD,
     "method name in the header field"},

    {"csa.parent_search", CONF_BOOL, IN_CONF(settings.parent_search), 0, 0, "yes", NULL, CONF_RELOAD,
     "look for an Explicit assertion at the ancestors of a name without a record"},
    {"csa.allow_underscore", CONF_BOOL, IN_CONF(settings.allow_underscore), 0, 0, "no", NULL, CONF_RELOAD,
     "look up HELO names that contain an underscore"},
    {"csa.reverse_names", CONF_BOOL, IN_CONF(settings.reverse_names), 0, 0, "no", NULL, CONF_RELOAD,
     "look up an address literal under its reverse name"},
    {"csa.strict", CONF_BOOL, IN_CONF(settings.strict), 0, 0, "no", NULL, CONF_RELOAD,
     "count a record with reserved weight bits as evidence against"},
    {"csa.temperror", CONF_WORD, IN_CONF(policy.defer_temperror), 0, 0, "continue", on_temperror, CONF_RELOAD,
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
};
const size_t conf_options_count = sizeof conf_options / sizeof conf_options[0];

const struct conf_option conf_accreditor_options[] = {
    {"style", CONF_WORD, IN_ACCREDITOR(service.style), 0, 0, "dna", styles, CONF_RELOAD, "how the accreditor is asked"},
    {"weight", CONF_MILLI, IN_ACCREDITOR(service.weight_milli), 0, 1000, "1", NULL, CONF_RELOAD,
     "its points are multiplied by this"},
    {"positives", CONF_BOOL, IN_ACCREDITOR(service.positives), 0, 0, "yes", NULL, CONF_RELOAD,
     "whether its A and B may count"},
    {"negatives", CONF_BOOL, IN_ACCREDITOR(service.negatives), 0, 0, "yes", NULL, CONF_RELOAD,
     "whether its D and E may count"},
    {"only_if_listed", CONF_BOOL, IN_ACCREDITOR(service.only_if_listed), 0, 0, "no", NULL, CONF_RELOAD,
     "ask only if the sender's PTR records name it"},
    {"file", CONF_PATH, IN_ACCREDITOR(file), 0, CONF_STRING_SIZE - 1, "", NULL, CONF_RELOAD,
     "the list, for style list"},
};
const size_t conf_accreditor_options_count = sizeof conf_accreditor_options / sizeof conf_accreditor_options[0];
