/*
 * conf.h - the configuration: one table of options, filled from a file, from the command line or from a scenario.
 *
 * A dotted name ("csa.strict") is section.option in the file. The table (options.c) holds for each option its name,
 * type, range, default and help; the manual is compared with it. Errors name file, line and cause.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include "vouchsafe.h"

#define CONF_ERROR_SIZE  512
#define CONF_STRINGS_MAX 32
#define CONF_STRING_SIZE 1024

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

struct conf {
    struct vouch_settings settings;
    struct vouch_policy policy;
    struct conf_dns dns;
    char list_files[VOUCH_SERVICES_MAX][CONF_STRING_SIZE]; /* of services of style list, by index */
};

enum conf_type {
    CONF_BOOL,    /* yes or no */
    CONF_WORD,    /* one of option->words */
    CONF_NUMBER,  /* a whole number; int16_t in the option table */
    CONF_COUNT,   /* uint8_t */
    CONF_MILLI,   /* decimal fraction, kept in thousandths as uint16_t */
    CONF_SECONDS, /* decimal seconds, kept in milliseconds as uint32_t */
    CONF_TOKEN,   /* text of letters, digits, "-", "_" and "." */
    CONF_KEYWORD, /* letters, digits and inner hyphens, as an SMTP keyword [RFC 8601 2.2] */
    CONF_STRING,  /* printable ASCII without blanks */
    CONF_PATH,    /* anything without control characters */
    CONF_STRINGS, /* a list of CONF_STRING */
    CONF_PATHS    /* a list of CONF_PATH */
};

struct conf_word {
    const char *word;
    unsigned value;
};

struct conf_option {
    const char *name; /* "section.option", or "option" at the top */
    enum conf_type type;
    size_t offset, size;  /* in struct conf, or in struct conf_accreditor */
    long min, max;        /* numbers: in the unit that is kept; text: length */
    const char *fallback; /* default, as in the file; a list is empty by default */
    const struct conf_word *words;
    const char *help;
};

/* One accreditor section, before it is taken into the settings. */
struct conf_accreditor {
    struct vouch_service service;
    char file[CONF_STRING_SIZE];
};

extern const struct conf_option conf_options[];
extern const size_t conf_options_count;
extern const struct conf_option conf_accreditor_options[];
extern const size_t conf_accreditor_options_count;

/* The built-in defaults (mode enforce; authserv-id is this host's name). */
void conf_init(struct conf *conf);

/* Puts this host's name where header.authserv_id is empty. conf_init and conf_read do it. */
void conf_complete(struct conf *conf);

/* Does an option of this type hold several values? */
bool conf_is_list(enum conf_type type);

/* Finds an option of either table by name, or null. */
const struct conf_option *conf_find(const struct conf_option *options, size_t count, const char *name);

/*
 * Sets one option from text; a list grows by it. `base` is the struct conf or struct conf_accreditor. False
 * with `error` naming the option, the value and what is allowed.
 */
bool conf_set(const struct conf_option *option, void *base, const char *value, char error[CONF_ERROR_SIZE]);

/* An accreditor with the defaults of a section: style dna, weight 1, both signs. False: NAME is no domain name. */
bool conf_accreditor_init(struct conf_accreditor *accreditor, const char *name, char error[CONF_ERROR_SIZE]);

/* Takes an accreditor into the settings. False if there are too many, one of this name, or a list without a file. */
bool conf_add_accreditor(struct conf *conf, const struct conf_accreditor *accreditor, char error[CONF_ERROR_SIZE]);

/* Reads a file over what `conf` holds, then checks the whole. False with `error` = "FILE:LINE: cause". */
bool conf_read(struct conf *conf, const char *path, char error[CONF_ERROR_SIZE]);

#endif
