/*
 * vouchsafe.h - Certified Server Validation (CSV) as a pulled state machine without I/O.
 *
 * A session is one client address and one HELO name. The evaluator says which DNS questions it needs; the caller
 * asks them with any resolver, in any order, and hands the answers back; the verdict says whether the client is
 * authorized by the name (CSA), what proves the name, who vouches for it (DNA), and what level of trust follows.
 *
 *     vouch_eval_init(&eval, &settings, &facts);
 *     while ((next = vouch_eval_next(&eval, &question)) != VOUCH_DONE)
 *         if (next == VOUCH_ASK) send(&question);                      several may be out at once
 *         else { wait; vouch_eval_answer(&eval, id, &answer); }        or vouch_eval_expire() at the deadline
 *     vouch_eval_verdict(&eval, &verdict);
 *
 * Nothing here allocates, prints, reads a clock or keeps a global. No trouble of the DNS ever becomes a CSA `fail`.
 * Clauses are cited as [CSA n], [DNA n], [CSV n]: sections of draft-ietf-marid-csv-csa-02, -dna-02 and -intro-02.
 */
#ifndef VOUCHSAFE_H
#define VOUCHSAFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

#define VOUCH_VERSION "0.1.0"

/* Bounds. Each is reached with a named reason, never in silence. */
#define VOUCH_HELO_MAX       239  /* octets of a HELO name: "_client._smtp." must still fit before it */
#define VOUCH_NAME_SIZE      256  /* text of a host name with its final NUL */
#define VOUCH_NAME_TEXT_SIZE 1008 /* text of any DNS name: every octet may need four characters (\DDD), and a NUL */
#define VOUCH_QUESTIONS_MAX  16   /* DNS questions of one evaluation, whatever the sender publishes */
#define VOUCH_SRV_MAX        16   /* SRV records that are judged, the first in sorted order */
#define VOUCH_TARGETS_MAX    4    /* SRV targets that are looked up */
#define VOUCH_ANCESTORS_MAX  5    /* levels 2 to 6 of the parent search [CSA 6] */
#define VOUCH_REPORTS_MAX    6    /* accreditation services that are asked in one evaluation */
#define VOUCH_SERVICES_MAX   16   /* accreditors and private lists that can be configured */
#define VOUCH_CNAMES_MAX     8    /* links of a CNAME chain */
#define VOUCH_INFO_SIZE      256  /* free text of an accreditation report, cut there, with its final NUL */
#define VOUCH_CODES_MAX      128  /* rows of the code tables of all address and domain lists together */
#define VOUCH_EVIDENCE_MAX   12   /* rows of evidence behind a score */
#define VOUCH_ADDRESS_SIZE   46   /* text of an address with its final NUL */

/* DNS record types that the evaluator asks for. */
enum vouch_type {
    VOUCH_TYPE_NONE = 0, /* not a DNS question: answered by a private list or by the reputation store */
    VOUCH_TYPE_A = 1,
    VOUCH_TYPE_CNAME = 5,
    VOUCH_TYPE_SOA = 6,
    VOUCH_TYPE_PTR = 12,
    VOUCH_TYPE_TXT = 16,
    VOUCH_TYPE_AAAA = 28,
    VOUCH_TYPE_SRV = 33
};

/* A view of octets in somebody else's memory. */
struct vouch_bytes {
    const uint8_t *data;
    size_t length;
};

/* An Internet address: family 4 with 4 octets, or 6 with 16, in network order; 0 is none. */
struct vouch_address {
    uint8_t family;
    uint8_t octets[16];
};

/* ---- words: every enum has its word, the same in logs, JSON, headers and manuals ---- */

enum vouch_csa {
    VOUCH_CSA_NONE,
    VOUCH_CSA_PASS,
    VOUCH_CSA_FAIL,
    VOUCH_CSA_NEUTRAL,
    VOUCH_CSA_TEMPERROR,
    VOUCH_CSA_PERMERROR
};

enum vouch_reason {
    VOUCH_REASON_MATCH,
    VOUCH_REASON_PROHIBITED,
    VOUCH_REASON_MISMATCH,
    VOUCH_REASON_NO_ADDRESS,
    VOUCH_REASON_EXPLICIT,
    VOUCH_REASON_IGNORE_TARGET,
    VOUCH_REASON_NO_RECORD,
    VOUCH_REASON_NO_HELO,
    VOUCH_REASON_LITERAL,
    VOUCH_REASON_BAD_NAME,
    VOUCH_REASON_OTHER_VERSION,
    VOUCH_REASON_SRV_DNS,
    VOUCH_REASON_ADDR_DNS,
    VOUCH_REASON_PARENT_DNS,
    VOUCH_REASON_RESERVED_WEIGHT,
    VOUCH_REASON_BAD_RDATA,
    VOUCH_REASON_CHAIN,
    VOUCH_REASON_TOO_MANY
};

/* What proves that the client may use the name, weakest first. */
enum vouch_identity { VOUCH_IDENTITY_NONE, VOUCH_IDENTITY_FORWARD, VOUCH_IDENTITY_TLS, VOUCH_IDENTITY_CSA };

/* Recommendation of a DNA report [DNA 6], best first. */
enum vouch_rating { VOUCH_RATING_A, VOUCH_RATING_B, VOUCH_RATING_C, VOUCH_RATING_D, VOUCH_RATING_E };

enum vouch_level { VOUCH_LEVEL_UNTRUSTED, VOUCH_LEVEL_NEUTRAL, VOUCH_LEVEL_TRUSTED };

/* Evidence that makes a score, in the order in which it is reported. */
enum vouch_token {
    VOUCH_TOKEN_CSA_PASS,
    VOUCH_TOKEN_CSA_PROHIBITED,
    VOUCH_TOKEN_CSA_MISMATCH,
    VOUCH_TOKEN_CSA_NO_ADDRESS,
    VOUCH_TOKEN_CSA_EXPLICIT,
    VOUCH_TOKEN_CSA_PERMERROR,
    VOUCH_TOKEN_DNA_A,
    VOUCH_TOKEN_DNA_B,
    VOUCH_TOKEN_DNA_D,
    VOUCH_TOKEN_DNA_E,
    VOUCH_TOKEN_LIST_TRUSTED,
    VOUCH_TOKEN_LIST_BLOCKED,
    VOUCH_TOKEN_REPUTATION,
    VOUCH_TOKENS /* how many */
};

/* Why evidence that was found did not score. */
enum vouch_withheld {
    VOUCH_WITHHELD_NOT,
    VOUCH_WITHHELD_UNPROVEN_NAME,
    VOUCH_WITHHELD_NO_DNSSEC,
    VOUCH_WITHHELD_QUORUM,
    VOUCH_WITHHELD_SUSPENDED /* the service failed its checks; see vouch_service.suspended */
};

/* How an accreditor is asked, and how its answer becomes a rating. */
enum vouch_style {
    VOUCH_STYLE_DNA,          /* TXT <name>.<service>, "MARID,1,A" [DNA 6] */
    VOUCH_STYLE_VBR,          /* TXT <name>._vouch.<service>: "all" is A, other words are listed as C [RFC 5518 5] */
    VOUCH_STYLE_DOMAIN_LIST,  /* A <name>.<service>, by the service's code table [RFC 5782 2.2] */
    VOUCH_STYLE_ADDRESS_LIST, /* A <reversed client address>.<service>, the same [RFC 5782 2.1, 2.4] */
    VOUCH_STYLE_LIST          /* the operator's own list, answered without the DNS */
};

enum vouch_purpose {
    VOUCH_ASK_CSA,       /* SRV _client._smtp.<helo> */
    VOUCH_ASK_ADDRESS,   /* A or AAAA of the HELO name */
    VOUCH_ASK_POINTERS,  /* PTR of the HELO name: the services it says it is listed with */
    VOUCH_ASK_REPORT,    /* the report of an accreditor; its style says which name and type */
    VOUCH_ASK_TARGET,    /* A or AAAA of an SRV target */
    VOUCH_ASK_PARENT,    /* SRV _client._smtp.<ancestor> */
    VOUCH_ASK_LIST,      /* is the name on this private list? */
    VOUCH_ASK_REPUTATION /* the receiver's own experience with the name */
};

/* How a question ended. Only the first four are answers of the DNS; the rest are trouble. */
enum vouch_status {
    VOUCH_FOUND,
    VOUCH_NODATA,
    VOUCH_NXDOMAIN,
    VOUCH_CHAIN,   /* a CNAME loop or more than VOUCH_CNAMES_MAX links, seen in the answer itself */
    VOUCH_FAILED,  /* SERVFAIL, REFUSED, any other rcode, a malformed message, truncated even over TCP */
    VOUCH_TIMEOUT, /* no answer before the deadline */
    VOUCH_BOGUS    /* DNSSEC validation failed: the data was not looked at */
};

enum vouch_listing { VOUCH_UNLISTED, VOUCH_LISTED_TRUSTED, VOUCH_LISTED_BLOCKED };

/* A constant word, for example "no-address", "dna-a", "unproven-name", "A". Never null. */
const char *vouch_csa_word(enum vouch_csa csa);
const char *vouch_reason_word(enum vouch_reason reason);
const char *vouch_identity_word(enum vouch_identity identity);
const char *vouch_rating_word(enum vouch_rating rating);
const char *vouch_level_word(enum vouch_level level);
const char *vouch_token_word(enum vouch_token token);
const char *vouch_withheld_word(enum vouch_withheld withheld);
const char *vouch_style_word(enum vouch_style style);
const char *vouch_purpose_word(enum vouch_purpose purpose);
const char *vouch_status_word(enum vouch_status status);
const char *vouch_type_word(enum vouch_type type);

/* ---- addresses ---- */

/* Reads dotted IPv4 or RFC 4291 IPv6 text, an IPv4-mapped address as IPv4; false and family 0 for anything else. */
bool vouch_address_parse(struct vouch_address *address, const char *text, size_t length);

/* Writes RFC 5952 text. */
void vouch_address_format(const struct vouch_address *address, char text[VOUCH_ADDRESS_SIZE]);

/* ---- settings ---- */

/*
 * One row of a code table: A records from 127.0.0.0/8 whose octets all lie within the ranges, both ends included. The
 * first row that fits decides; a record that none fits is an error of the service, never a rating.
 */
struct vouch_code {
    uint8_t low[4], high[4];
    enum vouch_rating rating;
    bool error; /* the service refuses to answer: over quota, not registered, ... */
};

struct vouch_service {
    char name[VOUCH_NAME_SIZE]; /* service domain, lower case, no final dot; for a list its name for people */
    enum vouch_style style;
    uint16_t weight_milli; /* 0 to 1000: its points are multiplied by weight_milli / 1000 */
    bool positives;        /* A and B of this service may count */
    bool negatives;        /* D and E of this service may count */
    bool only_if_listed;   /* asked only where the sender's PTR set names it [DNA 5]; not for address lists */
    bool ask_organization; /* asked about facts.organization instead of the HELO name; without one, not asked */
    bool suspended;        /* failed its checks: what it says is reported and does not count, its silence neither */
    uint8_t codes, codes_count; /* lists of addresses and domains: rows of settings.codes, from `codes` on */
};

/* What the receiver decided. Start from vouch_settings_init. A copy goes into each evaluation. */
struct vouch_settings {
    bool parent_search;                      /* look for Explicit at ancestors [CSA 6] */
    bool allow_underscore;                   /* accept "_" in a HELO name for the look-up */
    bool reverse_names;                      /* an address literal is looked up as its reverse name */
    bool strict;                             /* reserved weight bits are evidence against */
    bool require_dnssec;                     /* evidence in favour needs a validated CSA result */
    bool use_reputation;                     /* ask the reputation store */
    enum vouch_identity accreditation_floor; /* what must prove the name before others' praise counts */
    enum vouch_identity own_lists_floor;     /* the same for own lists and own reputation */
    uint8_t quorum;                          /* services that must say D or E before it counts, 1 or more */
    int16_t accept_at;                       /* score from which a session is trusted, inclusive; above 0 */
    int16_t reject_at;                       /* score down from which it is untrusted, inclusive; below 0 */
    int16_t points[VOUCH_TOKENS];            /* by token; not used for VOUCH_TOKEN_REPUTATION */
    uint16_t reputation_for_milli;           /* share of a positive reputation score that counts */
    uint16_t reputation_against_milli;       /* share of a negative one */
    uint8_t services_count;
    struct vouch_service services[VOUCH_SERVICES_MAX];
    uint8_t codes_count;
    struct vouch_code codes[VOUCH_CODES_MAX];
};

/* The defaults of vouchsafe.conf(5): parent search, floors csa and forward, quorum 1, accept at 50, reject at -50. */
void vouch_settings_init(struct vouch_settings *settings);

/* What the session says. The text belongs to the caller and is only read during vouch_eval_init. */
struct vouch_facts {
    struct vouch_address client; /* family 0, not known: then nothing can match, which is temperror and not fail */
    struct vouch_bytes helo;     /* the argument of HELO or EHLO as it came; length 0: none */
    struct vouch_bytes tls_name; /* subject of a client certificate that the MTA verified; length 0: none */
    /*
     * The organizational domain of the HELO name, if the caller knows the public suffixes: the HELO name itself or what
     * is left of it without its first labels; anything else is ignored. Length 0: not known, or there is none.
     */
    struct vouch_bytes organization;
};

/* ---- questions and answers ---- */

struct vouch_question {
    unsigned id; /* hand it back with the answer */
    enum vouch_purpose purpose;
    enum vouch_type type;            /* VOUCH_TYPE_NONE: not for the DNS */
    int service;                     /* index into settings.services, or -1 */
    char name[VOUCH_NAME_TEXT_SIZE]; /* master-file text, lower case, no final dot; octets beyond as \DDD or \X */
};

/*
 * One resource record. `owner` and the names inside `rdata` are in wire form; they may hold compression pointers if
 * the answer's `message` is set. `rdata` is exactly what RDLENGTH covers.
 */
struct vouch_record {
    uint16_t type;
    uint32_t ttl_s;
    struct vouch_bytes owner;
    struct vouch_bytes rdata;
};

/* The receiver's own experience with a name. */
struct vouch_reputation {
    int16_t score;             /* -100 to 100 */
    uint16_t confidence_milli; /* 0 to 1000 */
    uint32_t ham, spam;
};

/* The answer to one question; zero it before use. All pointers are read only during vouch_eval_answer. */
struct vouch_answer {
    enum vouch_status status;
    bool secure;                  /* DNSSEC proved the whole answer, CNAMEs and denial included */
    bool cut;                     /* the caller could not hold all records */
    bool has_ttl;                 /* ttl_s is set */
    uint32_t ttl_s;               /* lowest of the answer; of a negative one by RFC 2308 */
    struct vouch_bytes soa_owner; /* negative answers: owner of the SOA, wire form as in records; length 0: none */
    struct vouch_bytes message;   /* what compression pointers point into, or empty */
    const struct vouch_record *records; /* records of the asked type at the end of the CNAME chain, any order */
    size_t records_count;
    const struct vouch_record *additional; /* Additional section: may confirm a match, never refute one */
    size_t additional_count;
    enum vouch_listing listing;         /* VOUCH_ASK_LIST */
    struct vouch_bytes note;            /* VOUCH_ASK_LIST: the operator's comment; else the cause of trouble in words */
    struct vouch_reputation reputation; /* VOUCH_ASK_REPUTATION */
};

/*
 * Reads a DNS response message into `answer`: follows the CNAME chain from the name asked, collects the records of
 * the type asked into `records` (at most records_max, beyond that answer->cut), then the Additional addresses.
 *
 * `name` is master-file text as in vouch_question. The answer's views point into `message` and `records`. Anything
 * malformed, a message with TC set, and a question section that does not match are VOUCH_FAILED. `secure` is false:
 * only the resolver knows; set it afterwards. [RFC 1035 4.1, RFC 2308 5]
 */
void vouch_answer_read(struct vouch_answer *answer, const char *name, enum vouch_type type, struct vouch_bytes message,
                       struct vouch_record *records, size_t records_max);

/*
 * Reads master-file text (escapes \DDD and \X, final dot optional, "." is the root) into uncompressed wire form, case
 * kept. Returns its length, 0 if the text is no name.
 */
size_t vouch_name_parse(uint8_t wire[VOUCH_NAME_SIZE], const char *text, size_t length);

/* Writes the uncompressed wire name as master-file text without the final dot (the root as "."), case kept. */
void vouch_name_format(const uint8_t *wire, char text[VOUCH_NAME_TEXT_SIZE]);

/* ---- evaluation ---- */

/* One evaluation: flat, no pointers, memcpy copies it. Its inside is private and changes with the library version. */
#define VOUCH_EVAL_SIZE 16384
struct vouch_eval {
    _Alignas(16) unsigned char opaque[VOUCH_EVAL_SIZE];
};

enum vouch_next {
    VOUCH_ASK,  /* the question was filled in: put it to the DNS, the list or the store */
    VOUCH_WAIT, /* nothing to ask until an answer or the deadline comes */
    VOUCH_DONE  /* the verdict is final */
};

/* Starts an evaluation. A new HELO or EHLO, also after STARTTLS, needs a new one [CSV 5.1]. */
void vouch_eval_init(struct vouch_eval *eval, const struct vouch_settings *settings, const struct vouch_facts *facts);

/* Says what to do now; each question is handed out once. */
enum vouch_next vouch_eval_next(struct vouch_eval *eval, struct vouch_question *question);

/* Takes an answer. Late, doubled and unknown ids change nothing. */
void vouch_eval_answer(struct vouch_eval *eval, unsigned id, const struct vouch_answer *answer);

/* The caller's deadline passed: what is open counts as VOUCH_TIMEOUT, and the evaluation is done. */
void vouch_eval_expire(struct vouch_eval *eval);

struct vouch_evidence {
    enum vouch_token token;
    int16_t points;
    enum vouch_withheld why; /* VOUCH_WITHHELD_NOT: it scored */
};

struct vouch_verdict {
    enum vouch_csa csa;
    enum vouch_reason reason;
    bool secure;                  /* every answer that the CSA result rests on was validated */
    char domain[VOUCH_NAME_SIZE]; /* the name whose record decided; empty: none did */
    char name[VOUCH_NAME_SIZE];   /* the HELO name in lower case, no final dot; empty: it is no domain name */
    enum vouch_identity identity;
    enum vouch_rating rating;           /* the DNA rating that counts */
    int service;                        /* index of the service that gave it, or -1 */
    char service_name[VOUCH_NAME_SIZE]; /* its domain; empty: none */
    struct vouch_reputation reputation;
    enum vouch_level level;
    int16_t score; /* -100 to 100 */
    int16_t
        best; /* what the receiver's own memory could at most have made of it, if it does not answer; else the score */
    uint8_t evidence_count;
    struct vouch_evidence evidence[VOUCH_EVIDENCE_MAX];
    uint8_t questions; /* DNS questions handed out */
    bool has_ttl;
    uint32_t ttl_s;  /* lowest of all answers */
    bool incomplete; /* a question ended in trouble: more evidence may exist than is known */
    /* What is not heard because a service failed its checks (vouch_service.suspended) */
    int16_t hoped;                        /* the score that its praise could at most have made; else the score */
    bool withheld;                        /* not trusted, and would be with that score */
    char suspended_name[VOUCH_NAME_SIZE]; /* the service that could have made the most of it; empty: none */
};

/* The verdict on what is known now; open questions count as timed out. Final once vouch_eval_next says VOUCH_DONE. */
void vouch_eval_verdict(const struct vouch_eval *eval, struct vouch_verdict *verdict);

/*
 * Sets the level of trust that the score has under other thresholds (accept_at above 0, reject_at below 0), and
 * `withheld`. Nobody is untrusted whom a private list or own experience could have spared that does not answer.
 */
void vouch_verdict_weigh(struct vouch_verdict *verdict, int16_t accept_at, int16_t reject_at);

#define VOUCH_NOT_ASKED "not asked: " /* with what follows, the `info` of a report with `no_question` */

/* What one accreditor or private list said. */
struct vouch_report {
    int service; /* index into settings.services */
    bool listed;
    bool used; /* this is the rating that counts */
    enum vouch_rating rating;
    enum vouch_status error;    /* VOUCH_FOUND: none; else TIMEOUT, FAILED, BOGUS or CHAIN */
    bool too_many;              /* past VOUCH_REPORTS_MAX: not asked */
    bool no_question;           /* not asked: no organization, no address, or the name is too long; `info` says which */
    bool refused;               /* it answered, but with what is no rating of its code table; `error` is FAILED */
    char info[VOUCH_INFO_SIZE]; /* free text of the report, as it came (hostile, NUL replaced by "?"); empty: none */
};

/*
 * The question that asks service number `service` about `name` (lower case, no final dot) or, if it is an address list,
 * about `address`. Fills in purpose, type, service and name; id is 0. False: the name would be too long, or there is no
 * address, or the service is a private list. An evaluation builds its questions with it; so do checks of a service.
 */
bool vouch_service_question(const struct vouch_settings *settings, int service, const char *name,
                            const struct vouch_address *address, struct vouch_question *question);

/*
 * What an answer to such a question says. `report` is filled in but for `used`: listed, rating and info, or an error:
 * of several records the worst rating; VOUCH_FAILED with `refused`, and "unknown code 127.0.0.255" or
 * "refuses: 127.255.255.254" as info, if any A record is no code of the table or one that means an error.
 */
void vouch_service_judge(const struct vouch_settings *settings, int service, const struct vouch_answer *answer,
                         struct vouch_report *report);

/* The report number `index` (from 0, in the order of the settings); false past the last. */
bool vouch_eval_report(const struct vouch_eval *eval, size_t index, struct vouch_report *report);

/* One question of the trace: what was asked, in the fixed order of the plan, and how it ended. */
struct vouch_step {
    struct vouch_question question;
    uint8_t round; /* 1 or 2 */
    bool answered;
    enum vouch_status status;
    bool secure;
    bool has_ttl;
    uint32_t ttl_s;
    uint16_t records; /* how many came, capped at 65535 */
};

/* The step number `index` (from 0) of the questions handed out so far; false past the last. */
bool vouch_eval_step(const struct vouch_eval *eval, size_t index, struct vouch_step *step);

/* ---- policy: verdict to action, reply and header ---- */

enum vouch_verb { VOUCH_VERB_ACCEPT, VOUCH_VERB_CONTINUE, VOUCH_VERB_DEFER, VOUCH_VERB_REJECT };
enum vouch_mode { VOUCH_MODE_ENFORCE, VOUCH_MODE_MONITOR };
enum vouch_stage { VOUCH_STAGE_HELO, VOUCH_STAGE_MAIL, VOUCH_STAGE_RCPT };

/* What a client must show; who does not is refused, or deferred while the verdict is incomplete. */
enum vouch_require {
    VOUCH_REQUIRE_NOTHING, /* only who is untrusted is refused */
    VOUCH_REQUIRE_PASS,    /* CSA pass, or CSA neutral and a certificate for the name */
    VOUCH_REQUIRE_TRUSTED  /* the same, and trusted */
};

const char *vouch_verb_word(enum vouch_verb verb);
const char *vouch_mode_word(enum vouch_mode mode);
const char *vouch_stage_word(enum vouch_stage stage);
const char *vouch_require_word(enum vouch_require require);

#define VOUCH_METHOD_SIZE 64
#define VOUCH_URL_SIZE    128
#define VOUCH_REPLY_SIZE  511  /* one SMTP reply line of 512 octets without its CR LF, and a NUL [RFC 5321 4.5.3.1.5] */
#define VOUCH_HEADER_SIZE 2048 /* one header field, not folded, with its final NUL */

struct vouch_policy {
    enum vouch_mode mode;
    enum vouch_stage reject_at_stage;
    enum vouch_require require;
    bool defer_temperror;              /* csa.temperror = defer */
    char authserv_id[VOUCH_NAME_SIZE]; /* who writes the header [RFC 8601 2.5] */
    char method[VOUCH_METHOD_SIZE];    /* SMTP keyword, "csv" */
    char why_url[VOUCH_URL_SIZE];      /* address of the why page; empty: none */
};

/* enforce, reject at rcpt, require nothing, temperror continues, method csv, no URL, authserv-id "localhost". */
void vouch_policy_init(struct vouch_policy *policy);

/* What the MTA does; in mode monitor the same word, which the caller then does not act on. */
enum vouch_verb vouch_policy_decide(const struct vouch_policy *policy, const struct vouch_verdict *verdict);

/*
 * Writes the SMTP reply of a refusal or deferral: code, enhanced code (not at HELO [RFC 2034 4]), deciding name,
 * reason in words, decision id if not null, URL. One line of printable ASCII without CR LF, whatever the caller's texts
 * hold. Empty for other verbs.
 */
void vouch_policy_reply(const struct vouch_policy *policy, const struct vouch_verdict *verdict, const char *decision_id,
                        char reply[VOUCH_REPLY_SIZE]);

/*
 * Writes the Authentication-Results field, one line, not folded, without CR LF. `helo` is the text as it came: a name
 * is written in lower case, other printable ASCII as a quoted-string, anything else is left out. [RFC 8601 2.2]
 */
void vouch_policy_header(const struct vouch_policy *policy, const struct vouch_verdict *verdict,
                         struct vouch_bytes helo, char header[VOUCH_HEADER_SIZE]);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
