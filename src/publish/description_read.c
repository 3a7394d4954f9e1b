/*
 * description_read.c - reads descriptions with libconfuse.
 *
 * libconfuse calls us after each value; we keep it with its line, and make sense of all of them in the end: a name can
 * only be read once the domain is known, wherever that stands. libconfuse hands no pointer of ours to its callbacks,
 * hence `reading`.
 */
#include "publish/description.h"

#include "base/text.h"
#include "publish/grow.h"
#include "publish/name.h"

#include <confuse.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX        (1024 * 1024)
#define BYTE_ORDER_MARK "\xef\xbb\xbf" /* some editors put it first */

/*
 * libconfuse takes the end of the file for the end of all that is open. So a last option of ours stands behind the
 * file: it is unknown where a section is open, and lost where a comment or a string is.
 */
#define SENTINEL "end_of_file"

/* One value of the file, or the end of a host's section. */
struct value {
    char *option, *title, *text; /* title: of the host's section, else null */
    unsigned index, line;        /* index: in its list */
};

struct reading {
    struct description *description;
    const char *label;
    char *error;
    struct value *values;
    size_t count;
    bool *ended; /* by index of the description's hosts: a section of it ended */
    size_t ended_count;
};

static _Thread_local struct reading *reading;

/* reading_fail - keep the first message, with file and line; always false */
__attribute__((format(printf, 2, 3))) static bool reading_fail(unsigned line, const char *format, ...)
{
    char message[DESCRIPTION_ERROR_SIZE];
    struct text text;
    va_list arguments;

    if (reading->error[0] != '\0')
        return false;
    va_start(arguments, format);
    if (vsnprintf(message, sizeof message, format, arguments) < 0)
        message[0] = '\0';
    va_end(arguments);
    text_init(&text, reading->error, DESCRIPTION_ERROR_SIZE);
    text_add_printable(&text, text_bytes(reading->label));
    if (line != 0) {
        text_add_char(&text, ':');
        text_add_unsigned(&text, line);
    }
    text_add(&text, ": ");
    text_add_printable(&text, text_bytes(message));
    return false;
}

/* reading_error - libconfuse has something to complain about */
__attribute__((format(printf, 2, 0))) static void reading_error(cfg_t *cfg, const char *format, va_list arguments)
{
    char message[DESCRIPTION_ERROR_SIZE];

    if (vsnprintf(message, sizeof message, format, arguments) < 0)
        return;
    reading_fail((unsigned)cfg->line, "%s",
                 strstr(message, SENTINEL) != NULL ? "a section or a list is not closed" : message);
}

/* reading_is_end - libconfuse also calls at the end of a list, with its last value */
static bool reading_is_end(const cfg_opt_t *opt, const char *text, unsigned index)
{
    const struct value *last = reading->count == 0 ? NULL : &reading->values[reading->count - 1];

    return last != NULL && opt->type != CFGT_SEC && strcmp(last->option, opt->name) == 0 && last->index == index &&
           strcmp(last->text, text) == 0;
}

/* reading_forget - drop a section that is kept: libconfuse would compare its title with that of every later one */
static int reading_forget(cfg_opt_t *opt, unsigned index)
{
    return opt->type == CFGT_SEC && cfg_opt_rmnsec(opt, index) != CFG_SUCCESS ? -1 : 0;
}

/* reading_keep - libconfuse calls it after each value and each section */
static int reading_keep(cfg_t *cfg, cfg_opt_t *opt)
{
    unsigned last = cfg_opt_size(opt) - 1;
    bool section = opt->type == CFGT_SEC;
    const char *text = section || cfg_opt_size(opt) == 0 ? "" : cfg_opt_getnstr(opt, last);
    const char *title = section ? cfg_title(cfg_opt_getnsec(opt, last)) : cfg_title(cfg);
    struct value *values = grow_one(reading->values, reading->count, sizeof *values);
    struct value *value;

    if (values == NULL)
        return -1;
    reading->values = values;
    if (cfg_opt_size(opt) == 0 || text == NULL || reading_is_end(opt, text, last))
        return 0;
    value = values + reading->count++;
    value->line = (unsigned)cfg->line;
    value->option = strdup(opt->name);
    value->title = title == NULL ? NULL : strdup(title);
    value->text = strdup(text);
    value->index = last;
    if (value->option != NULL && value->text != NULL && (title == NULL || value->title != NULL))
        return reading_forget(opt, last);
    reading_fail(0, "%s", strerror(ENOMEM));
    return -1;
}

/* take_bool - yes or no */
static bool take_bool(bool *is, const struct value *value)
{
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (text_is_nocase(text_bytes(value->text), words[i])) {
            *is = i % 2 == 1;
            return true;
        }
    }
    return reading_fail(value->line, "%s = %s: must be yes or no", value->option, value->text);
}

/* take_host - the host that a section is about */
static struct description_host *take_host(struct description *description, const struct value *value)
{
    char name[VOUCH_NAME_SIZE];
    const char *cause = publish_name_parse(name, value->title, description->domain);
    struct description_host *host = cause == NULL ? description_host(description, name) : NULL;

    if (cause != NULL)
        reading_fail(value->line, "host \"%s\" %s", value->title, cause);
    else if (host == NULL)
        reading_fail(0, "%s", strerror(ENOMEM));
    else if (host->kind == HOST_NEVER)
        reading_fail(value->line, "host \"%s\" stands under never", value->title);
    return host != NULL && host->kind != HOST_NEVER ? host : NULL;
}

/* take_address - one more address of a host */
static bool take_address(struct description *description, const struct value *value)
{
    struct description_host *host = take_host(description, value);

    if (host == NULL)
        return false;
    if (host->addresses_count == DESCRIPTION_ADDRESSES_MAX)
        return reading_fail(value->line, "host \"%s\" has more than %d addresses: give hosts names of their own",
                            value->title, DESCRIPTION_ADDRESSES_MAX);
    switch (description_address(host, value->text)) {
    case DESCRIPTION_ADDRESS_FINE:
        return true;
    case DESCRIPTION_ADDRESS_TWICE:
        return reading_fail(value->line, "host \"%s\": address %s stands there twice", value->title, value->text);
    case DESCRIPTION_ADDRESS_NONE:
        break;
    }
    return reading_fail(value->line, "host \"%s\": %s is not an IP address", value->title, value->text);
}

/* take_elsewhere - a host whose addresses cannot be told */
static bool take_elsewhere(struct description *description, const struct value *value)
{
    struct description_host *host = take_host(description, value);
    bool elsewhere = false;

    if (host == NULL || !take_bool(&elsewhere, value))
        return false;
    host->kind = elsewhere ? HOST_ELSEWHERE : HOST_SENDS;
    return true;
}

/* take_twice - did a section of this host end before? */
static bool take_twice(const struct description *description, const struct description_host *host)
{
    size_t index = (size_t)(host - description->hosts);
    bool *ended = reallocarray(reading->ended, description->hosts_count, sizeof *ended);

    if (ended == NULL) {
        reading_fail(0, "%s", strerror(ENOMEM));
        return true;
    }
    memset(ended + reading->ended_count, 0, (description->hosts_count - reading->ended_count) * sizeof *ended);
    reading->ended = ended;
    reading->ended_count = description->hosts_count;
    if (ended[index])
        return true;
    ended[index] = true;
    return false;
}

/* take_end - a host's section ended: does it say how the host sends? */
static bool take_end(struct description *description, const struct value *value)
{
    const struct description_host *host = take_host(description, value);

    if (host == NULL)
        return false;
    if (take_twice(description, host))
        return reading_fail(value->line, "host \"%s\" is described twice", value->title);
    if (host->kind == HOST_SENDS && host->addresses_count == 0)
        return reading_fail(value->line, "host \"%s\" needs addresses, or elsewhere = yes if they cannot be told",
                            value->title);
    if (host->kind == HOST_ELSEWHERE && host->addresses_count != 0)
        return reading_fail(value->line, "host \"%s\" has addresses and elsewhere = yes: only one of them can be meant",
                            value->title);
    return true;
}

/* take_never - a name that never sends */
static bool take_never(struct description *description, const struct value *value)
{
    char name[VOUCH_NAME_SIZE];
    const char *cause = publish_name_parse(name, value->text, description->domain);
    size_t before = description->hosts_count;
    struct description_host *host;

    if (cause != NULL)
        return reading_fail(value->line, "never: \"%s\" %s", value->text, cause);
    host = description_host(description, name);
    if (host == NULL)
        return reading_fail(0, "%s", strerror(ENOMEM));
    if (description->hosts_count == before && host->kind != HOST_NEVER)
        return reading_fail(value->line, "never: \"%s\" is a host that sends", value->text);
    host->kind = HOST_NEVER;
    return true;
}

/* take_disown - a name below which nobody sends who has no record */
static bool take_disown(struct description *description, const struct value *value)
{
    char name[VOUCH_NAME_SIZE];
    const char *cause = publish_name_parse(name, value->text, description->domain);

    if (cause != NULL)
        return reading_fail(value->line, "disown: \"%s\" %s", value->text, cause);
    return description_disown(description, name) || reading_fail(0, "%s", strerror(ENOMEM));
}

/* take_accreditor - an accreditation service */
static bool take_accreditor(struct description *description, const struct value *value)
{
    char name[VOUCH_NAME_SIZE];
    const char *cause = publish_service_parse(name, value->text);

    if (cause != NULL)
        return reading_fail(value->line, "accreditors: \"%s\" %s", value->text, cause);
    return description_accreditor(description, name) || reading_fail(0, "%s", strerror(ENOMEM));
}

/* take_ttl - seconds */
static bool take_ttl(struct description *description, const struct value *value)
{
    unsigned long ttl_s;
    char *end;

    errno = 0;
    ttl_s = strtoul(value->text, &end, 10);
    if (!text_is_digit(value->text[0]) || *end != '\0' || errno != 0 || ttl_s > DESCRIPTION_TTL_MAX)
        return reading_fail(value->line, "ttl = %s: must be 0 to %d seconds", value->text, DESCRIPTION_TTL_MAX);
    description->ttl_s = (uint32_t)ttl_s;
    return true;
}

/* take_complete - whether all names that send stand here */
static bool take_complete(struct description *description, const struct value *value)
{
    return take_bool(&description->complete, value);
}

/* take_hoster - a word of the hoster table */
static bool take_hoster(struct description *description, const struct value *value)
{
    struct text text;

    text_init(&text, description->hoster, sizeof description->hoster);
    for (const char *at = value->text; *at != '\0'; at++) {
        if (!text_is_alnum(*at) && *at != '-')
            return reading_fail(value->line, "hoster = %s: must be a word of `vouchsafe publish --hoster list`",
                                value->text);
        text_add_char(&text, text_lower(*at));
    }
    return !text.cut || reading_fail(value->line, "hoster = %s: too long", value->text);
}

/* take_domain - what all names are relative to; taken before all others */
static bool take_domain(struct description *description, const struct value *value)
{
    const char *cause = publish_name_parse(description->domain, value->text, NULL);

    return cause == NULL || reading_fail(value->line, "domain \"%s\" %s", value->text, cause);
}

/* What can stand in a file, and who makes sense of it. "|" is libconfuse's way to name an option of a section. */
static const struct {
    const char *path, *option;
    bool (*take)(struct description *description, const struct value *value);
    bool once; /* in a file */
} options[] = {
    {"domain", "domain", take_domain, true},
    {"ttl", "ttl", take_ttl, true},
    {"complete", "complete", take_complete, true},
    {"host", "host", take_end, false},
    {"host|addresses", "addresses", take_address, false},
    {"host|elsewhere", "elsewhere", take_elsewhere, false},
    {"never", "never", take_never, false},
    {"disown", "disown", take_disown, false},
    {"accreditors", "accreditors", take_accreditor, false},
    {"hoster", "hoster", take_hoster, true},
};
#define OPTIONS (sizeof options / sizeof options[0])

/* reading_twice - an option that has one value stands there again; always false */
static bool reading_twice(const struct value *value)
{
    return reading_fail(value->line, "%s stands there twice", value->option);
}

/* reading_take - make sense of the values: the domain first, then the others as they came */
static bool reading_take(struct description *description)
{
    bool seen[OPTIONS] = {false};

    for (size_t i = 0; i < reading->count; i++) {
        const struct value *value = &reading->values[i];

        if (strcmp(value->option, "domain") == 0 && description->domain[0] == '\0' && !take_domain(description, value))
            return false;
    }
    if (description->domain[0] == '\0')
        return reading_fail(0, "no domain is named: domain = \"example.org\"");
    for (size_t i = 0; i < reading->count; i++) {
        for (size_t k = 0; k < OPTIONS; k++) {
            if (strcmp(reading->values[i].option, options[k].option) == 0 &&
                !(options[k].once && seen[k] ? reading_twice(&reading->values[i])
                                             : options[k].take(description, &reading->values[i])))
                return false;
            seen[k] = seen[k] || strcmp(reading->values[i].option, options[k].option) == 0;
        }
    }
    return true;
}

/* reading_parse - have libconfuse take the text apart */
static bool reading_parse(const char *text)
{
    cfg_opt_t host[] = {CFG_STR_LIST("addresses", NULL, CFGF_NODEFAULT), CFG_STR("elsewhere", NULL, CFGF_NODEFAULT),
                        CFG_END()};
    cfg_opt_t top[] = {
        CFG_STR("domain", NULL, CFGF_NODEFAULT),           CFG_STR("ttl", NULL, CFGF_NODEFAULT),
        CFG_STR("complete", NULL, CFGF_NODEFAULT),         CFG_SEC("host", host, CFGF_MULTI | CFGF_TITLE),
        CFG_STR_LIST("never", NULL, CFGF_NODEFAULT),       CFG_STR_LIST("disown", NULL, CFGF_NODEFAULT),
        CFG_STR_LIST("accreditors", NULL, CFGF_NODEFAULT), CFG_STR("hoster", NULL, CFGF_NODEFAULT),
        CFG_BOOL(SENTINEL, cfg_false, CFGF_NONE),          CFG_END()};
    cfg_t *cfg = cfg_init(top, CFGF_NONE);
    bool fine;

    if (cfg == NULL)
        return reading_fail(0, "%s", strerror(ENOMEM));
    cfg_set_error_function(cfg, reading_error);
    for (size_t i = 0; i < OPTIONS; i++)
        cfg_set_validate_func(cfg, options[i].path, reading_keep);
    fine = cfg_parse_buf(cfg, text) == CFG_SUCCESS || reading_fail(0, "malformed");
    if (fine && !cfg_getbool(cfg, SENTINEL))
        fine = reading_fail(0, "a comment or a string is not closed");
    cfg_free(cfg);
    return fine;
}

/* reading_is_plain - libconfuse puts the environment in the place of "${NAME}": that is no part of a description */
static bool reading_is_plain(const char *text)
{
    unsigned line = 1;
    bool comment = false;

    for (const char *at = text; *at != '\0'; at++) {
        comment = *at != '\n' && (comment || *at == '#' || strncmp(at, "//", 2) == 0);
        line += *at == '\n';
        if (!comment && strncmp(at, "${", 2) == 0)
            return reading_fail(line, "${ stands for nothing here: write the value itself");
    }
    return true;
}

/* reading_text - the whole file and the sentinel as a string to free, or null */
static char *reading_text(FILE *file)
{
    static const char end[] = "\n" SENTINEL " = true\n";
    char *text = malloc(FILE_MAX + sizeof end);
    size_t length = text == NULL ? 0 : fread(text, 1, FILE_MAX, file);

    if (text == NULL || ferror(file))
        reading_fail(0, "%s", strerror(errno));
    else if (length == FILE_MAX)
        reading_fail(0, "larger than 1 MiB");
    else if (memchr(text, '\0', length) != NULL)
        reading_fail(0, "holds a NUL octet");
    if (reading->error[0] == '\0') {
        memcpy(text + length, end, sizeof end);
        return text;
    }
    free(text);
    return NULL;
}

bool description_read(struct description *description, FILE *file, const char *label,
                      char error[DESCRIPTION_ERROR_SIZE])
{
    struct reading this = {.description = description, .label = label, .error = error};
    const char *plain = NULL;
    bool fine = false;
    char *text;

    error[0] = '\0';
    reading = &this;
    text = reading_text(file);
    if (text != NULL)
        plain = strncmp(text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0 ? text + strlen(BYTE_ORDER_MARK) : text;
    if (text != NULL)
        fine = reading_is_plain(plain) && reading_parse(plain) && reading_take(description);
    for (size_t i = 0; i < this.count; i++) {
        free(this.values[i].option);
        free(this.values[i].title);
        free(this.values[i].text);
    }
    free(this.values);
    free(this.ended);
    free(text);
    reading = NULL;
    return fine;
}
