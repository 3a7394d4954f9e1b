/*
 * conf.h - the configuration: one table of options, filled from a file, from the command line or from a scenario.
 *
 * A dotted name ("csa.strict") is section.option in the file. The table (options.c) holds for each option its name,
 * type, range, default and help; sections with a title (listener, profile, ...) have a table each (sections.c). The
 * manual is compared with them. Errors name file, line and cause. struct conf is large: keep it on the heap.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include "vouchsafe.h"

#define CONF_FILE "/etc/vouchsafe/vouchsafe.conf" /* where the daemon looks if it is not told */

#define CONF_ERROR_SIZE     512
#define CONF_STRINGS_MAX    32
#define CONF_STRING_SIZE    1024
#define CONF_WORD_SIZE      64 /* names of profiles, users, restriction classes */
#define CONF_WORDS_MAX      16
#define CONF_NETWORKS_MAX   64
#define CONF_EXEMPTIONS_MAX 64
#define CONF_COMMENT_SIZE   128
#define CONF_PROFILES_MAX   16
#define CONF_LISTENERS_MAX  16
#define CONF_DOMAINS_MAX    64
#define CONF_CODES_MAX      32

/* A short list of strings, such as resolvers or file names. */
struct conf_strings {
    size_t count;
    char strings[CONF_STRINGS_MAX][CONF_STRING_SIZE];
};

struct conf_dns {
    uint32_t timeout_ms; /* for a whole decision */
    bool recursion;
    struct conf_strings resolvers;
    struct conf_strings zone_files;
    char root_hints[CONF_STRING_SIZE];
    char trust_anchor[CONF_STRING_SIZE]; /* empty: the system's; "none": no validation */
    char unbound_config[CONF_STRING_SIZE];
};

/* A short list of words, such as values of {daemon_name}. */
struct conf_words {
    size_t count;
    char words[CONF_WORDS_MAX][CONF_WORD_SIZE];
};

/* ADDRESS or ADDRESS/BITS; the bits behind the prefix are 0. */
struct conf_network {
    struct vouch_address address;
    uint8_t bits;
};

struct conf_networks {
    size_t count;
    struct conf_network networks[CONF_NETWORKS_MAX];
};

/* "WHAT COMMENT": a client that is not judged, by network or by HELO name, and why the operator wants that. */
struct conf_exemption {
    struct conf_network network; /* address.family 0: by name */
    char name[VOUCH_NAME_SIZE];  /* lower case, no final dot; ".example.org" is every name below it */
    char comment[CONF_COMMENT_SIZE];
};

struct conf_exemptions {
    size_t count;
    struct conf_exemption exemptions[CONF_EXEMPTIONS_MAX];
};

/*
 * What differs between listeners, and between recipient domains: who is judged, and what follows from a verdict. The
 * options at the top of the file are the profile "default"; others take from it what they do not say themselves.
 */
struct conf_profile {
    char name[CONF_WORD_SIZE];
    bool judge; /* no: everything passes, for submission listeners */
    enum vouch_mode mode;
    enum vouch_stage reject_at_stage;
    enum vouch_require require;
    bool defer_temperror;
    int16_t accept_at, reject_at;
    struct conf_networks trusted_networks;
    struct conf_exemptions exempt;
    struct conf_words submission_names; /* values of {daemon_name} whose sessions are not judged */
    char trusted_class[CONF_WORD_SIZE]; /* Postfix restriction class of trusted sessions; empty: DUNNO */
    bool prepend;                       /* Postfix policy: PREPEND the header */
};

enum conf_protocol { CONF_MILTER, CONF_POLICY, CONF_EXIM, CONF_HTTP };

/* A socket that MTAs connect to. The title is "unix:PATH" or "inet:HOST:PORT", HOST an address, IPv6 in brackets. */
struct conf_listener {
    char title[CONF_STRING_SIZE];
    struct vouch_address address; /* family 0: unix */
    uint16_t port;                /* 0: any free one */
    char path[CONF_STRING_SIZE];
    enum conf_protocol protocol;
    uint16_t mode; /* of a unix socket, octal in the file */
    char owner[CONF_WORD_SIZE], group[CONF_WORD_SIZE];
    char profile_name[CONF_WORD_SIZE];
    unsigned profile; /* index into conf->profiles */
};

/* Recipients of this domain have a profile of their own; ".example.org" is every domain below it. */
struct conf_domain {
    char name[VOUCH_NAME_SIZE]; /* lower case, no final dot */
    char profile_name[CONF_WORD_SIZE];
    unsigned profile;
};

enum conf_log_to { CONF_LOG_SYSLOG, CONF_LOG_JOURNAL, CONF_LOG_STDERR, CONF_LOG_FILE };
enum conf_log_format { CONF_LOG_TEXT, CONF_LOG_JSON };
enum conf_strip { CONF_STRIP_NO, CONF_STRIP_OURS, CONF_STRIP_ID };

struct conf_log {
    enum conf_log_to to;
    enum conf_log_format format;
    uint8_t level; /* a syslog severity: LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO or LOG_DEBUG */
    char file[CONF_STRING_SIZE];
    uint32_t rate; /* lines a second; more are counted, and the count is logged */
};

/* Bounds are per worker. */
struct conf_limits {
    uint32_t connections;
    uint32_t jobs;        /* evaluations that wait for answers at once; more queue up, within their deadline */
    uint32_t idle_ms;     /* a connection on which nothing comes is closed */
    uint32_t frame_ms;    /* the same in the middle of a frame or request, or while a reply cannot be written */
    uint32_t drain_ms;    /* after SIGTERM */
    uint32_t cache;       /* verdicts that are remembered; 0: none */
    uint32_t cache_ttl_s; /* for at most so long */
};

struct conf_daemon {
    uint8_t workers;
    char user[CONF_WORD_SIZE], group[CONF_WORD_SIZE]; /* empty: stay who we are */
    char pid_file[CONF_STRING_SIZE];                  /* empty: none */
    char control[CONF_STRING_SIZE];                   /* unix socket of `vouchsafe reload`; empty: none */
};

enum conf_store_type { CONF_STORE_NONE, CONF_STORE_SQLITE, CONF_STORE_REDIS, CONF_STORE_MEMORY };

/* Where own experience, shared lists and suspensions are kept, and the ledger. */
struct conf_store {
    enum conf_store_type type;
    char file[CONF_STRING_SIZE];                /* SQLite; with type redis it holds the ledger only */
    char redis[CONF_STRING_SIZE];               /* unix:PATH or inet:ADDRESS:PORT */
    char redis_password_file[CONF_STRING_SIZE]; /* empty: none is sent */
    char prefix[CONF_WORD_SIZE];                /* of all keys in Redis */
    uint32_t timeout_ms;                        /* a session waits no longer */
    uint32_t queue;                             /* writes that wait while the store does not take them */
    uint32_t recall_s; /* that the last answers of Redis count while it is in trouble; 0: not at all */
};

struct conf_ledger {
    uint32_t keep_days; /* 0: there is no ledger */
    uint32_t size_mib;
    uint8_t address_bits_4, address_bits_6; /* of a client's address that are kept */
    bool hash_names;                        /* a keyed hash instead of names */
};

struct conf_reputation {
    uint32_t half_life_days;
    uint32_t window;                    /* observations that count at most, the newest first */
    uint32_t per_day, per_source;       /* votes on a name that count, a day, of each kind */
    uint32_t per_filter;                /* of the content filter's, in the place of per_source */
    uint32_t organization_weight;       /* observations that the standing of the organization counts for at most */
    char suffix_list[CONF_STRING_SIZE]; /* public suffixes; empty: the newest that is there */
};

struct conf_feedback {
    char header[CONF_WORD_SIZE];       /* of a content filter; empty: none is read */
    struct conf_words spam, ham;       /* first words of its value, case ignored */
    char token_file[CONF_STRING_SIZE]; /* secret of POST /v1/feedback; empty: nobody may post */
};

/* Where the earned allow-list is written; empty: not. */
struct conf_earned {
    char postscreen[CONF_STRING_SIZE];
    char rbldnsd[CONF_STRING_SIZE];
    char zone[CONF_STRING_SIZE];
    char text[CONF_STRING_SIZE];
    char zone_name[CONF_WORD_SIZE]; /* origin of the master file */
    uint32_t lifetime_days;
    uint32_t refresh_ms;
};

/* How accreditors are checked. */
struct conf_canaries {
    uint32_t interval_ms; /* 0: nobody is checked, and nobody suspended */
    uint8_t recover;      /* good rounds in a row that end a suspension */
    uint8_t failures;     /* answers in a row that did not come, or were refusals, that begin one */
};

/* The code table of one accreditor. */
struct conf_codes {
    size_t count;
    struct vouch_code codes[CONF_CODES_MAX];
};

/* One accreditor section; settings.services holds a copy of `service`. */
struct conf_accreditor {
    struct vouch_service service;
    struct conf_codes codes;
    char file[CONF_STRING_SIZE];         /* style list */
    bool shared;                         /* style list: its entries are in the store */
    uint32_t timeout_ms;                 /* 0: only that of the decision */
    char canary_listed[VOUCH_NAME_SIZE]; /* a name, or an address for address lists; empty: none */
    char canary_unlisted[VOUCH_NAME_SIZE];
    bool canary_random;
};

struct conf {
    struct vouch_settings settings;
    struct vouch_policy policy;
    struct conf_dns dns;
    enum conf_strip strip;
    bool header_id;    /* the header field holds the decision id */
    bool tls_identity; /* a verified client certificate proves the name */
    struct conf_log log;
    struct conf_limits limits;
    struct conf_daemon daemon;
    struct conf_store store;
    struct conf_ledger ledger;
    struct conf_reputation reputation;
    struct conf_feedback feedback;
    struct conf_earned earned;
    struct conf_canaries canaries;
    struct conf_profile profiles[CONF_PROFILES_MAX]; /* [0] is "default", what stands at the top of the file */
    size_t profiles_count;                           /* 1 or more */
    struct conf_listener listeners[CONF_LISTENERS_MAX];
    size_t listeners_count;
    struct conf_domain domains[CONF_DOMAINS_MAX];
    size_t domains_count;
    struct conf_accreditor accreditors[VOUCH_SERVICES_MAX]; /* by index of settings.services */
};

enum conf_type {
    CONF_BOOL,     /* yes or no */
    CONF_WORD,     /* one of option->words */
    CONF_NUMBER,   /* a whole number, int16_t or uint32_t */
    CONF_COUNT,    /* uint8_t */
    CONF_OCTAL,    /* the mode of a file, uint16_t */
    CONF_MILLI,    /* decimal fraction, kept in thousandths as uint16_t */
    CONF_SECONDS,  /* decimal seconds, kept in milliseconds as uint32_t */
    CONF_TOKEN,    /* text of letters, digits, "-", "_" and "." */
    CONF_KEYWORD,  /* letters, digits and inner hyphens, as an SMTP keyword [RFC 8601 2.2] */
    CONF_CLASS,    /* a Postfix restriction class: letters, digits and "_", no word that means something in access(5) */
    CONF_STRING,   /* printable ASCII without blanks */
    CONF_PATH,     /* anything without control characters */
    CONF_STRINGS,  /* a list of CONF_STRING */
    CONF_PATHS,    /* a list of CONF_PATH */
    CONF_WORDS,    /* a list of CONF_TOKEN, in struct conf_words */
    CONF_NETWORKS, /* a list of ADDRESS or ADDRESS/BITS */
    CONF_EXEMPTIONS, /* a list of "NETWORK-OR-NAME COMMENT" */
    CONF_CODES       /* a list of "CODE=RATING", such as 127.0.0.2=E, 127.0.2-20.3=A, 127.255.255.0-255=error */
};

/* What it takes for a changed value to count. */
enum conf_change {
    CONF_RELOAD, /* vouchsafe reload */
    CONF_RESTART /* the daemon must be started anew; a reload says so and goes on with the old value */
};

struct conf_word {
    const char *word;
    unsigned value;
};

struct conf_option {
    const char *name; /* "section.option", or "option" at the top */
    enum conf_type type;
    size_t offset, size;  /* in struct conf, or in the struct of the section */
    long min, max;        /* numbers: in the unit that is kept; text: length */
    const char *fallback; /* default, as in the file; of a list, its values with a blank between */
    const struct conf_word *words;
    enum conf_change change;
    const char *help;
};

extern const struct conf_option conf_options[];
extern const size_t conf_options_count;
extern const struct conf_option conf_accreditor_options[];
extern const size_t conf_accreditor_options_count;

/* What `begin` and `add` of a section work on. */
union conf_item {
    struct conf_profile profile;
    struct conf_domain domain;
    struct conf_listener listener;
    struct conf_accreditor accreditor;
};

/* A section with a title, of which there may be many: NAME "TITLE" { ... } */
struct conf_section {
    const char *name;
    const struct conf_option *options;
    const size_t *options_count;
    const char *title, *help; /* what the title is, in capitals; what the section is for */

    /* An item with this title and the defaults. False with `error`: the title is none. */
    bool (*begin)(const struct conf *conf, union conf_item *item, const char *title, char error[CONF_ERROR_SIZE]);

    /* Takes a filled item in. False with `error`. */
    bool (*add)(struct conf *conf, const union conf_item *item, char error[CONF_ERROR_SIZE]);
};

/* In the order in which they must be taken in: profiles before those who name them. */
extern const struct conf_section conf_sections[];
extern const size_t conf_sections_count;

const struct conf_section *conf_find_section(const char *name);

/* The built-in defaults (mode enforce; authserv-id is this host's name). */
void conf_init(struct conf *conf);

/*
 * Puts this host's name where header.authserv_id is empty, and what stands at the top into the profile "default".
 * conf_init and conf_read do it; so must who uses profiles[0] after conf_set.
 */
void conf_complete(struct conf *conf);

/* Does an option of this type hold several values? */
bool conf_is_list(enum conf_type type);

/* Makes a list empty. */
void conf_clear(const struct conf_option *option, void *base);

/* Finds an option of a table by name, or null. */
const struct conf_option *conf_find(const struct conf_option *options, size_t count, const char *name);

/*
 * Sets one option from text; a list grows by it. `base` is the struct conf or the item of a section. False
 * with `error` naming the option, the value and what is allowed.
 */
bool conf_set(const struct conf_option *option, void *base, const char *value, char error[CONF_ERROR_SIZE]);

/* An accreditor with the defaults of a section: style dna, weight 1, both signs. False: NAME is no domain name. */
bool conf_accreditor_init(struct conf_accreditor *accreditor, const char *name, char error[CONF_ERROR_SIZE]);

/*
 * Takes an accreditor into the settings. False if there are too many, one of this name, more codes than fit, or options
 * that do not go together.
 */
bool conf_add_accreditor(struct conf *conf, const struct conf_accreditor *accreditor, char error[CONF_ERROR_SIZE]);

/* The profile of this name: index into conf->profiles, or -1. */
int conf_find_profile(const struct conf *conf, const char *name);

/*
 * The profile of a recipient's domain, case and a final dot ignored: an exact entry before the longest ".suffix". Null:
 * the domain has none of its own.
 */
const struct conf_profile *conf_domain_profile(const struct conf *conf, struct vouch_bytes domain);

/* Is the address in one of the networks? An IPv4 address is in no IPv6 network. */
bool conf_network_holds(const struct conf_networks *networks, const struct vouch_address *address);

/* The first exemption that fits the client's address or its HELO name (case and a final dot ignored), or null. */
const struct conf_exemption *conf_find_exemption(const struct conf_exemptions *exemptions,
                                                 const struct vouch_address *client, struct vouch_bytes helo);

/*
 * For a reload: gives `conf` the values of `old` where a change needs a restart, and names the options that differed
 * (separated by ", "; empty: none did).
 */
void conf_keep(struct conf *conf, const struct conf *old, char names[CONF_ERROR_SIZE]);

/* Reads a file over what `conf` holds, then checks the whole. False with `error` = "FILE:LINE: cause". */
bool conf_read(struct conf *conf, const char *path, char error[CONF_ERROR_SIZE]);

#endif
