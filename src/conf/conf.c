/*
 * conf.c - typed values from text into the configuration, and the checks that see more than one option.
 */
#include "conf/conf.h"

#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* conf_fail - write an error; false, for returning */
__attribute__((format(printf, 2, 3))) static bool conf_fail(char error[CONF_ERROR_SIZE], const char *format, ...)
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
    if (type == CONF_TOKEN)
        return text_is_alnum(character) || strchr("-_.", character) != NULL;
    if (type == CONF_PATH || type == CONF_PATHS)
        return (unsigned char)character >= ' ' && character != 127;
    return text_is_printable(character) && character != ' ';
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
    return true;
}

bool conf_is_list(enum conf_type type)
{
    return type == CONF_STRINGS || type == CONF_PATHS;
}

/* conf_set_text - the text types; a list grows */
static bool conf_set_text(const struct conf_option *option, void *base, const char *value, char error[CONF_ERROR_SIZE])
{
    void *field = (char *)base + option->offset;
    struct conf_strings *list = field;
    struct text text;

    if (!conf_check_text(option, value, error))
        return false;
    if (!conf_is_list(option->type)) {
        text_init(&text, field, option->size);
        text_add(&text, value);
        return true;
    }
    if (list->count == CONF_STRINGS_MAX)
        return conf_fail(error, "%s: more than %d values", option->name, CONF_STRINGS_MAX);
    text_init(&text, list->strings[list->count++], CONF_STRING_SIZE);
    text_add(&text, value);
    return true;
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
    case CONF_MILLI:
    case CONF_SECONDS:
        return conf_set_decimal(option, base, value, error);
    case CONF_TOKEN:
    case CONF_KEYWORD:
    case CONF_STRING:
    case CONF_PATH:
    case CONF_STRINGS:
    case CONF_PATHS:
    case CONF_WORDS:
    case CONF_NETWORKS:
    case CONF_EXEMPTIONS:
        return conf_set_text(option, base, value, error);
    }
    return false;
}

/* conf_set_defaults - every option of a table to its default */
static void conf_set_defaults(const struct conf_option *options, size_t count, void *base)
{
    char error[CONF_ERROR_SIZE];

    for (size_t i = 0; i < count; i++) {
        if (!conf_is_list(options[i].type) && !conf_set(&options[i], base, options[i].fallback, error))
            abort(); /* the table is wrong */
    }
}

void conf_complete(struct conf *conf)
{
    const struct conf_option *option = conf_find(conf_options, conf_options_count, "header.authserv_id");
    char error[CONF_ERROR_SIZE];
    char host[VOUCH_NAME_SIZE] = "";

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

/* conf_set_service_name - lower case, no final dot, labels that can stand in a header and a reply */
static bool conf_set_service_name(struct vouch_service *service, const char *name)
{
    uint8_t wire[VOUCH_NAME_SIZE];
    size_t length = strlen(name);

    if (length > 0 && name[length - 1] == '.')
        length--;
    if (length == 0 || length >= sizeof service->name || vouch_name_parse(wire, name, length) == 0)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!text_is_alnum(name[i]) && strchr("-_.", name[i]) == NULL)
            return false;
        service->name[i] = text_lower(name[i]);
    }
    return true;
}

bool conf_accreditor_init(struct conf_accreditor *accreditor, const char *name, char error[CONF_ERROR_SIZE])
{
    memset(accreditor, 0, sizeof *accreditor);
    conf_set_defaults(conf_accreditor_options, conf_accreditor_options_count, accreditor);
    if (conf_set_service_name(&accreditor->service, name))
        return true;
    return conf_fail(error, "accreditor \"%s\": not a domain name", name);
}

bool conf_add_accreditor(struct conf *conf, const struct conf_accreditor *accreditor, char error[CONF_ERROR_SIZE])
{
    struct vouch_settings *settings = &conf->settings;
    const char *name = accreditor->service.name;

    for (unsigned i = 0; i < settings->services_count; i++) {
        if (strcmp(settings->services[i].name, name) == 0)
            return conf_fail(error, "accreditor \"%s\": named twice", name);
    }
    if (settings->services_count == VOUCH_SERVICES_MAX)
        return conf_fail(error, "accreditor \"%s\": more than %d accreditors", name, VOUCH_SERVICES_MAX);
    if (accreditor->service.style == VOUCH_STYLE_LIST && accreditor->service.only_if_listed)
        return conf_fail(error, "accreditor \"%s\": only_if_listed does not go with style list", name);
    if (accreditor->service.style != VOUCH_STYLE_LIST && accreditor->file[0] != '\0')
        return conf_fail(error, "accreditor \"%s\": file goes with style list only", name);
    memcpy(conf->list_files[settings->services_count], accreditor->file, sizeof accreditor->file);
    settings->services[settings->services_count++] = accreditor->service;
    return true;
}
