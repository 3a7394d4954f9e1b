/*
 * conf.c - typed values from text into the configuration, and the checks that see more than one option.
 */
#include "base/text.h"
#include "conf/options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool conf_fail(char error[CONF_ERROR_SIZE], const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(error, CONF_ERROR_SIZE, format, arguments);
    va_end(arguments);
    if (length < 0)
        error[0] = '\0';
    return false;
}

const struct conf_option *conf_find(const struct conf_option *options, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(options[i].name, name) == 0)
            return &options[i];
    }
    return NULL;
}

/* conf_read_bool - yes or no; false if neither */
static bool conf_read_bool(const char *value, bool *result)
{
    static const char *const yes[] = {"yes", "true", "on"};
    static const char *const no[] = {"no", "false", "off"};

    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        if (strcmp(value, yes[i]) == 0 || strcmp(value, no[i]) == 0) {
            *result = strcmp(value, yes[i]) == 0;
            return true;
        }
    }
    return false;
}

/* conf_read_decimal - a decimal number in thousandths; false if it is none or has more than three decimals */
static bool conf_read_decimal(const char *value, long *milli)
{
    const char *at = value;
    long scale = 1000;
    long number = 0;
    bool point = false;

    if (!text_is_digit(*at))
        return false;
    for (; *at != '\0'; at++) {
        if (*at == '.' && !point) {
            point = true;
            continue;
        }
        if (!text_is_digit(*at) || number > 100000000 || (point && scale == 1))
            return false;
        number = number * 10 + (*at - '0');
        if (point)
            scale /= 10;
    }
    *milli = number * scale;
    return at[-1] != '.';
}

/* conf_store - put a number into a field of 1, 2 or 4 octets */
static void conf_store(const struct conf_option *option, void *base, long number)
{
    void *field = (char *)base + option->offset;

    switch (option->size) {
    case 1:
        *(uint8_t *)field = (uint8_t)number;
        break;
    case 2:
        *(int16_t *)field = (int16_t)number; /* uint16_t fields are bounded below 32768 */
        break;
    default:
        *(uint32_t *)field = (uint32_t)number;
        break;
    }
}

/* conf_set_number - CONF_NUMBER and CONF_COUNT */
static bool conf_set_number(const struct conf_option *option, void *base, const char *value,
                            char error[CONF_ERROR_SIZE])
{
    char *end;
    long number;

    errno = 0;
    number = strtol(value, &end, 10);
    if (end == value || *end != '\0' || errno != 0 || number < option->min || number > option->max)
        return conf_fail(error, "%s = %s: must be a whole number from %ld to %ld", option->name, value, option->min,
                         option->max);
    conf_store(option, base, number);
    return true;
}

/* conf_set_octal - CONF_OCTAL */
static bool conf_set_octal(const struct conf_option *option, void *base, const char *value, char error[CONF_ERROR_SIZE])
{
    long number = 0;
    size_t length = strlen(value);
    bool fine = length > 0 && length <= 5;

    for (size_t i = 0; fine && i < length; i++) {
        fine = value[i] >= '0' && value[i] <= '7';
        number = number * 8 + (value[i] - '0');
    }
    if (!fine || number < option->min || number > option->max)
        return conf_fail(error, "%s = %s: must be an octal number from %lo to %lo", option->name, value,
                         (unsigned long)option->min, (unsigned long)option->max);
    conf_store(option, base, number);
    return true;
}

/* conf_set_decimal - CONF_MILLI and CONF_SECONDS */
static bool conf_set_decimal(const struct conf_option *option, void *base, const char *value,
                             char error[CONF_ERROR_SIZE])
{
    long milli;

    if (!conf_read_decimal(value, &milli) || milli < option->min || milli > option->max)
        return conf_fail(error, "%s = %s: must be a number from %g to %g with at most three decimals", option->name,
                         value, (double)option->min / 1000, (double)option->max / 1000);
    conf_store(option, base, milli);
    return true;
}

/* conf_set_word - one of a fixed set */
static bool conf_set_word(const struct conf_option *option, void *base, const char *value, char error[CONF_ERROR_SIZE])
{
    char list[128];
    struct text allowed;

    text_init(&allowed, list, sizeof list);
    for (const struct conf_word *word = option->words; word->word != NULL; word++) {
        if (strcmp(word->word, value) == 0) {
            conf_store(option, base, (long)word->value);
            return true;
        }
        text_add(&allowed, allowed.length == 0 ? "" : ", ");
        text_add(&allowed, word->word);
    }
    return conf_fail(error, "%s = %s: must be one of %s", option->name, value, list);
}

/* conf_fits - may this character stand in a text of this type? */
static bool conf_fits(enum conf_type type, char character)
{
    if (type == CONF_KEYWORD)
        return text_is_alnum(character) || character == '-';
    if (type == CONF_CLASS)
        return text_is_alnum(character) || character == '_';
    if (type == CONF_TOKEN || type == CONF_WORDS)
        return text_is_alnum(character) || strchr("-_.", character) != NULL;
    if (type == CONF_PATH || type == CONF_PATHS || type == CONF_EXEMPTIONS)
        return (unsigned char)character >= ' ' && character != 127;
    return text_is_printable(character) && character != ' ';
}

/* conf_is_action - does Postfix take this word for an action of access(5), or a number for OK? Some open a relay. */
static bool conf_is_action(const char *value)
{
    static const char *const words[] = {"ok",     "relay", "reject",   "defer", "dunno", "bcc",  "discard",
                                        "filter", "hold",  "redirect", "info",  "warn",  "none", "prepend"};
    char lower[CONF_WORD_SIZE] = "";

    for (size_t i = 0; value[i] != '\0' && i + 1 < sizeof lower; i++)
        lower[i] = text_lower(value[i]);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(lower, words[i]) == 0)
            return true;
    }
    return text_is_digit(lower[0]) || strncmp(lower, "permit", 6) == 0;
}

/* conf_check_text - length and characters of a text value */
static bool conf_check_text(const struct conf_option *option, const char *value, char error[CONF_ERROR_SIZE])
{
    size_t length = strlen(value);

    if (length < (size_t)option->min || length > (size_t)option->max)
        return conf_fail(error, "%s: must have %ld to %ld characters", option->name, option->min, option->max);
    for (size_t i = 0; i < length; i++) {
        if (!conf_fits(option->type, value[i]))
            return conf_fail(error, "%s: character %zu is not allowed there", option->name, i + 1);
    }
    if (option->type == CONF_KEYWORD && (value[0] == '-' || value[length - 1] == '-'))
        return conf_fail(error, "%s: must begin and end with a letter or digit", option->name);
    if (option->type == CONF_CLASS && conf_is_action(value))
        return conf_fail(error, "%s = %s: means something else to Postfix; name a restriction class", option->name,
                         value);
    return true;
}

bool conf_is_list(enum conf_type type)
{
    return type == CONF_STRINGS || type == CONF_PATHS || type == CONF_WORDS || type == CONF_NETWORKS ||
           type == CONF_EXEMPTIONS || type == CONF_CODES;
}

void conf_clear(const struct conf_option *option, void *base)
{
    if (conf_is_list(option->type))
        memset((char *)base + option->offset, 0, option->size);
}

/* conf_set_text - the text types that hold one value */
static bool conf_set_text(const struct conf_option *option, void *base, const char *value, char error[CONF_ERROR_SIZE])
{
    struct text text;

    if (!conf_check_text(option, value, error))
        return false;
    memset((char *)base + option->offset, 0, option->size);
    text_init(&text, (char *)base + option->offset, option->size);
    text_add(&text, value);
    return true;
}

/* conf_add_text - one more value of a list of texts; of its rows, `size` octets each, `count` are in use */
static bool conf_add_text(const struct conf_option *option, size_t *count, char *row, const char *value,
                          char error[CONF_ERROR_SIZE])
{
    size_t size = option->type == CONF_WORDS ? CONF_WORD_SIZE : CONF_STRING_SIZE;
    size_t most = option->type == CONF_WORDS ? CONF_WORDS_MAX : CONF_STRINGS_MAX;
    struct text text;

    if (*count == most)
        return conf_fail(error, "%s: more than %zu values", option->name, most);
    text_init(&text, row + size * *count, size);
    text_add(&text, value);
    (*count)++;
    return true;
}

/* conf_add - one more value of a list */
static bool conf_add(const struct conf_option *option, void *base, const char *value, char error[CONF_ERROR_SIZE])
{
    void *field = (char *)base + option->offset;
    struct conf_strings *strings = field;
    struct conf_words *words = field;

    if (!conf_check_text(option, value, error))
        return false;
    if (option->type == CONF_NETWORKS)
        return conf_add_network(field, option->name, value, error);
    if (option->type == CONF_EXEMPTIONS)
        return conf_add_exemption(field, option->name, value, error);
    if (option->type == CONF_CODES)
        return conf_add_code(field, option->name, value, error);
    if (option->type == CONF_WORDS)
        return conf_add_text(option, &words->count, words->words[0], value, error);
    return conf_add_text(option, &strings->count, strings->strings[0], value, error);
}

bool conf_set(const struct conf_option *option, void *base, const char *value, char error[CONF_ERROR_SIZE])
{
    bool answer;

    switch (option->type) {
    case CONF_BOOL:
        if (!conf_read_bool(value, &answer))
            return conf_fail(error, "%s = %s: must be yes or no", option->name, value);
        conf_store(option, base, answer);
        return true;
    case CONF_WORD:
        return conf_set_word(option, base, value, error);
    case CONF_NUMBER:
    case CONF_COUNT:
        return conf_set_number(option, base, value, error);
    case CONF_OCTAL:
        return conf_set_octal(option, base, value, error);
    case CONF_MILLI:
    case CONF_SECONDS:
        return conf_set_decimal(option, base, value, error);
    case CONF_TOKEN:
    case CONF_KEYWORD:
    case CONF_CLASS:
    case CONF_STRING:
    case CONF_PATH:
        return conf_set_text(option, base, value, error);
    case CONF_STRINGS:
    case CONF_PATHS:
    case CONF_WORDS:
    case CONF_NETWORKS:
    case CONF_EXEMPTIONS:
    case CONF_CODES:
        return conf_add(option, base, value, error);
    }
    return false;
}

/* conf_set_default_list - the values of a list, which stand with blanks between them */
static bool conf_set_default_list(const struct conf_option *option, void *base, char error[CONF_ERROR_SIZE])
{
    const char *at = option->fallback;
    char value[CONF_STRING_SIZE];

    conf_clear(option, base);
    while (*at != '\0') {
        size_t length = strcspn(at, " ");

        if (length >= sizeof value)
            return false;
        memcpy(value, at, length);
        value[length] = '\0';
        if (!conf_add(option, base, value, error))
            return false;
        at += length + strspn(at + length, " ");
    }
    return true;
}

void conf_set_defaults(const struct conf_option *options, size_t count, void *base)
{
    char error[CONF_ERROR_SIZE];

    for (size_t i = 0; i < count; i++) {
        bool fine = conf_is_list(options[i].type) ? conf_set_default_list(&options[i], base, error)
                                                  : conf_set(&options[i], base, options[i].fallback, error);

        if (!fine)
            abort(); /* the table is wrong */
    }
}

/* conf_complete_profile - the profile "default" is what stands at the top */
static void conf_complete_profile(struct conf *conf)
{
    struct conf_profile *profile = &conf->profiles[0];

    memcpy(profile->name, "default", sizeof "default");
    profile->mode = conf->policy.mode;
    profile->reject_at_stage = conf->policy.reject_at_stage;
    profile->require = conf->policy.require;
    profile->defer_temperror = conf->policy.defer_temperror;
    profile->accept_at = conf->settings.accept_at;
    profile->reject_at = conf->settings.reject_at;
    if (conf->profiles_count == 0)
        conf->profiles_count = 1;
}

void conf_complete(struct conf *conf)
{
    const struct conf_option *option = conf_find(conf_options, conf_options_count, "header.authserv_id");
    char error[CONF_ERROR_SIZE];
    char host[VOUCH_NAME_SIZE] = "";

    conf_complete_profile(conf);
    conf->settings.use_reputation = conf->store.type != CONF_STORE_NONE;
    if (conf->policy.authserv_id[0] != '\0')
        return;
    if (gethostname(host, sizeof host - 1) != 0 || host[0] == '\0' || !conf_set(option, conf, host, error))
        memcpy(conf->policy.authserv_id, "localhost", sizeof "localhost");
}

void conf_init(struct conf *conf)
{
    memset(conf, 0, sizeof *conf);
    vouch_settings_init(&conf->settings);
    vouch_policy_init(&conf->policy);
    conf_set_defaults(conf_options, conf_options_count, conf);
    conf_complete(conf);
}

bool conf_read_name(char name[VOUCH_NAME_SIZE], const char *text, size_t length, bool suffix)
{
    uint8_t wire[VOUCH_NAME_SIZE];
    size_t start = suffix && length > 0 && text[0] == '.';

    memset(name, 0, VOUCH_NAME_SIZE);
    if (length > start && text[length - 1] == '.')
        length--;
    if (length <= start || length >= VOUCH_NAME_SIZE || vouch_name_parse(wire, text + start, length - start) == 0)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!text_is_alnum(text[i]) && strchr("-_.", text[i]) == NULL)
            return false;
        name[i] = text_lower(text[i]);
    }
    return true;
}
