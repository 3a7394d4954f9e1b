/*
 * read.c - reads the configuration file with libconfuse.
 *
 * Every option is a string to libconfuse; the option table gives it its type. The values are checked as libconfuse
 * reads them, so that an error has its line. libconfuse hands no pointer of ours to its callbacks, hence
 * `reading_error`.
 */
#include "base/text.h"
#include "conf/conf.h"

#include <confuse.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX     (1024 * 1024)
#define SECTIONS_MAX 16
#define OPTIONS_MAX  64

/*
 * libconfuse takes the end of the file for the end of all that is open. So a last option of ours stands behind the
 * file: it is unknown where a section is open, and lost where a comment or a string is.
 */
#define SENTINEL "end_of_file"

/* Where the message of this conf_read goes; the file, and the cfg_t that knows which included file is being read. */
static _Thread_local char *reading_error;
static _Thread_local const char *reading_path;
static _Thread_local const cfg_t *reading_root;

/* The libconfuse tables made from ours; the strings in them are copied by libconfuse. */
struct tables {
    cfg_opt_t top[OPTIONS_MAX];
    cfg_opt_t sections[SECTIONS_MAX][OPTIONS_MAX];
    char names[SECTIONS_MAX][CONF_STRING_SIZE];
    size_t top_count;
    size_t counts[SECTIONS_MAX];
    size_t sections_count;
};

/* read_error - keep the first message, with file and line */
__attribute__((format(printf, 2, 0))) static void read_error(cfg_t *cfg, const char *format, va_list arguments)
{
    const char *path = reading_root->filename;
    char message[CONF_ERROR_SIZE];

    if (reading_error[0] != '\0' || vsnprintf(message, sizeof message, format, arguments) < 0)
        return;
    if (path == NULL || strcmp(path, "[buf]") == 0) /* libconfuse's name of what it reads from memory */
        path = reading_path;
    if (strstr(message, SENTINEL) != NULL)
        memcpy(message, "a section is not closed", sizeof "a section is not closed");
    if (snprintf(reading_error, CONF_ERROR_SIZE, "%s:%d: %.400s", path, cfg->line, message) < 0)
        reading_error[0] = '\0';
}

/* read_find - the row of the option table for a value being read */
static const struct conf_option *read_find(cfg_t *cfg, const cfg_opt_t *opt)
{
    char full[2 * CONF_STRING_SIZE];
    struct text text;

    if (cfg_title(cfg) != NULL)
        return conf_find(conf_accreditor_options, conf_accreditor_options_count, opt->name);
    text_init(&text, full, sizeof full);
    if (cfg_name(cfg) != NULL && strcmp(cfg_name(cfg), "root") != 0) {
        text_add(&text, cfg_name(cfg));
        text_add_char(&text, '.');
    }
    text_add(&text, opt->name);
    return conf_find(conf_options, conf_options_count, full);
}

/* read_check - libconfuse calls it after each value: is it one? */
static int read_check(cfg_t *cfg, cfg_opt_t *opt)
{
    static const struct conf_accreditor blank_accreditor;
    const struct conf_option *option = read_find(cfg, opt);
    struct conf_accreditor accreditor = blank_accreditor;
    struct conf *scratch = calloc(1, sizeof *scratch);
    char error[CONF_ERROR_SIZE];
    const char *value = cfg_opt_getnstr(opt, cfg_opt_size(opt) - 1);
    void *base = cfg_title(cfg) != NULL ? (void *)&accreditor : (void *)scratch;
    bool fine = false;

    if (scratch == NULL)
        cfg_error(cfg, "out of memory");
    else if (option == NULL || value == NULL)
        cfg_error(cfg, "no such option '%s'", opt->name);
    else if (!conf_set(option, base, value, error))
        cfg_error(cfg, "%s", error);
    else
        fine = true;
    free(scratch);
    return fine ? 0 : -1;
}

/* read_include - include("FILE"); a directory would make libconfuse end the process */
static int read_include(cfg_t *cfg, cfg_opt_t *opt, int argc, const char **argv)
{
    struct stat status;

    if (argc == 1 && stat(argv[0], &status) == 0 && S_ISDIR(status.st_mode)) {
        cfg_error(cfg, "include(\"%.200s\"): %s", argv[0], strerror(EISDIR));
        return -1;
    }
    return cfg_include(cfg, opt, argc, argv);
}

/* read_section - the libconfuse table of a section, made when first needed; the option's own name in `name` */
static cfg_opt_t *read_section(struct tables *tables, const char *full, const char **name, size_t **count)
{
    const char *dot = strchr(full, '.');
    size_t i;

    *name = full;
    *count = &tables->top_count;
    if (dot == NULL)
        return tables->top;
    *name = dot + 1;
    for (i = 0; i < tables->sections_count; i++) {
        if (strlen(tables->names[i]) == (size_t)(dot - full) &&
            strncmp(tables->names[i], full, (size_t)(dot - full)) == 0)
            break;
    }
    if (i == SECTIONS_MAX)
        abort(); /* the option table has outgrown this */
    if (i == tables->sections_count) {
        memcpy(tables->names[i], full, (size_t)(dot - full));
        tables->sections_count++;
    }
    *count = &tables->counts[i];
    return tables->sections[i];
}

/* read_tables - make libconfuse's tables from the option table */
static void read_tables(struct tables *tables, cfg_opt_t *accreditor)
{
    const cfg_opt_t end = CFG_END();
    size_t at;

    for (size_t i = 0; i < conf_options_count; i++) {
        const char *name;
        size_t *count;
        cfg_opt_t *options = read_section(tables, conf_options[i].name, &name, &count);
        cfg_opt_t string = CFG_STR(name, NULL, CFGF_NODEFAULT);
        cfg_opt_t list = CFG_STR_LIST(name, NULL, CFGF_NODEFAULT);

        if (*count >= OPTIONS_MAX - SECTIONS_MAX - 4)
            abort(); /* the option table has outgrown this */
        options[(*count)++] = conf_is_list(conf_options[i].type) ? list : string;
    }
    for (at = 0; at < conf_accreditor_options_count; at++) {
        cfg_opt_t string = CFG_STR(conf_accreditor_options[at].name, NULL, CFGF_NODEFAULT);

        accreditor[at] = string;
    }
    accreditor[at] = end;
    for (size_t i = 0; i < tables->sections_count; i++) {
        cfg_opt_t section = CFG_SEC(tables->names[i], tables->sections[i], CFGF_NONE);

        tables->sections[i][tables->counts[i]] = end;
        tables->top[tables->top_count++] = section;
    }
    {
        cfg_opt_t section = CFG_SEC("accreditor", accreditor, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES);
        cfg_opt_t include = CFG_FUNC("include", &read_include);
        cfg_opt_t sentinel = CFG_BOOL(SENTINEL, cfg_false, CFGF_NONE);

        tables->top[tables->top_count++] = section;
        tables->top[tables->top_count++] = include;
        tables->top[tables->top_count++] = sentinel;
        tables->top[tables->top_count] = end;
    }
}

/* read_path - "section|option", as libconfuse writes it */
static void read_path(char path[CONF_STRING_SIZE], const char *section, const char *name)
{
    struct text text;

    text_init(&text, path, CONF_STRING_SIZE);
    text_add(&text, section);
    for (const char *at = name; *at != '\0'; at++)
        text_add_char(&text, *at == '.' ? '|' : *at);
}

/* read_watch - have every value checked as it is read */
static void read_watch(cfg_t *cfg)
{
    char path[CONF_STRING_SIZE];

    for (size_t i = 0; i < conf_options_count; i++) {
        read_path(path, "", conf_options[i].name);
        cfg_set_validate_func(cfg, path, read_check);
    }
    for (size_t i = 0; i < conf_accreditor_options_count; i++) {
        read_path(path, "accreditor|", conf_accreditor_options[i].name);
        cfg_set_validate_func(cfg, path, read_check);
    }
}

/* read_assign - put what the file says of one option where it belongs */
static bool read_assign(cfg_t *cfg, const struct conf_option *option, void *base, char error[CONF_ERROR_SIZE])
{
    char path[CONF_STRING_SIZE];
    cfg_opt_t *opt;

    read_path(path, "", option->name);
    opt = cfg_getopt(cfg, path);
    if (opt == NULL)
        return true;
    if (conf_is_list(option->type) && cfg_opt_size(opt) != 0)
        ((struct conf_strings *)(void *)((char *)base + option->offset))->count = 0;
    for (unsigned i = 0; i < cfg_opt_size(opt); i++) {
        if (cfg_opt_getnstr(opt, i) != NULL && !conf_set(option, base, cfg_opt_getnstr(opt, i), error))
            return false;
    }
    return true;
}

/* read_accreditor - take one accreditor section */
static bool read_accreditor(struct conf *conf, cfg_t *section, char error[CONF_ERROR_SIZE])
{
    struct conf_accreditor accreditor;

    if (!conf_accreditor_init(&accreditor, cfg_title(section), error))
        return false;
    for (size_t i = 0; i < conf_accreditor_options_count; i++) {
        if (!read_assign(section, &conf_accreditor_options[i], &accreditor, error))
            return false;
    }
    if (accreditor.service.style == VOUCH_STYLE_LIST && accreditor.file[0] == '\0') {
        cfg_error(section, "accreditor \"%s\": style list needs a file", cfg_title(section));
        return false;
    }
    return conf_add_accreditor(conf, &accreditor, error);
}

/* read_take - take all that the file says, then check it as a whole */
static bool read_take(struct conf *conf, cfg_t *cfg)
{
    char error[CONF_ERROR_SIZE];

    for (size_t i = 0; i < conf_options_count; i++) {
        if (!read_assign(cfg, &conf_options[i], conf, error)) {
            cfg_error(cfg, "%s", error);
            return false;
        }
    }
    for (unsigned i = 0; i < cfg_size(cfg, "accreditor"); i++) {
        cfg_t *section = cfg_getnsec(cfg, "accreditor", i);

        if (!read_accreditor(conf, section, error)) {
            cfg_error(section, "%s", error);
            return false;
        }
    }
    if (conf->settings.reject_at >= conf->settings.accept_at) {
        cfg_error(cfg, "trust.reject_at must be below trust.accept_at");
        return false;
    }
    return true;
}

/* read_parse - parse the text of a file and take what it says */
static bool read_parse(struct conf *conf, const char *text, const char *path, struct tables *tables)
{
    cfg_opt_t accreditor[OPTIONS_MAX];
    bool fine = false;
    cfg_t *cfg;

    read_tables(tables, accreditor);
    cfg = cfg_init(tables->top, CFGF_NONE);
    if (cfg == NULL)
        return false;
    reading_path = path;
    reading_root = cfg;
    cfg_set_error_function(cfg, read_error);
    read_watch(cfg);
    if (cfg_parse_buf(cfg, text) == CFG_SUCCESS) {
        fine = cfg_getbool(cfg, SENTINEL);
        if (!fine)
            cfg_error(cfg, "a comment or a string is not closed");
        fine = fine && read_take(conf, cfg);
    }
    cfg_free(cfg);
    return fine;
}

/* read_text - the whole file and the sentinel as a string to free; null with `error` */
static char *read_text(const char *path, char error[CONF_ERROR_SIZE])
{
    static const char end[] = "\n" SENTINEL " = true\n";
    char *text = malloc(FILE_MAX + sizeof end);
    FILE *file = fopen(path, "re");
    const char *cause = NULL;
    size_t length = 0;

    errno = text == NULL ? ENOMEM : errno;
    if (text != NULL && file != NULL)
        length = fread(text, 1, FILE_MAX, file);
    if (text == NULL || file == NULL || ferror(file))
        cause = strerror(errno);
    else if (length == FILE_MAX)
        cause = "larger than 1 MiB";
    else if (memchr(text, '\0', length) != NULL)
        cause = "holds a NUL octet";
    if (file != NULL && fclose(file) != 0 && cause == NULL)
        cause = strerror(errno);
    if (cause == NULL) {
        memcpy(text + length, end, sizeof end);
        return text;
    }
    free(text);
    if (snprintf(error, CONF_ERROR_SIZE, "%.200s: %s", path, cause) < 0)
        error[0] = '\0';
    return NULL;
}

bool conf_read(struct conf *conf, const char *path, char error[CONF_ERROR_SIZE])
{
    struct tables *tables = calloc(1, sizeof *tables);
    char *text = NULL;
    bool fine = false;

    error[0] = '\0';
    reading_error = error;
    if (tables != NULL)
        text = read_text(path, error);
    if (text != NULL)
        fine = read_parse(conf, text, path, tables);
    if (!fine && error[0] == '\0' && snprintf(error, CONF_ERROR_SIZE, "%.200s: malformed", path) < 0)
        error[0] = '\0';
    if (fine)
        conf_complete(conf);
    free(text);
    free(tables);
    return fine;
}
