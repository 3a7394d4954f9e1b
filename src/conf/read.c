/*
 * read.c - reads the configuration file with libconfuse.
 *
 * Every option is a string to libconfuse; the option table gives it its type. The values are checked as libconfuse
 * reads them, so that an error has its line. libconfuse hands no pointer of ours to its callbacks, hence
 * `reading_error`.
 */
#include "base/text.h"
#include "conf/options.h"

#include <confuse.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX        (1024 * 1024)
#define SECTIONS_MAX    20
#define OPTIONS_MAX     96
#define CANARIES_MIN_MS 100

/*
 * libconfuse takes the end of the file for the end of all that is open. So a last option of ours stands behind the
 * file: it is unknown where a section is open, and lost where a comment or a string is.
 */
#define SENTINEL "end_of_file"

/*
 * What each list holds before the file is read: so that "= {}" is told from silence, and "+=" adds to the default, or
 * in a profile to what stands at the top.
 */
#define INHERITED "\001"

/*
 * Where the message of this conf_read goes; the file; the cfg_t that knows which included file is being read (null: all
 * are, and a section knows its own); room to try a value.
 */
static _Thread_local char *reading_error;
static _Thread_local const char *reading_path;
static _Thread_local const cfg_t *reading_root;
static _Thread_local struct scratch *reading_scratch;

/* Where a value is put to see whether it is one. */
struct scratch {
    struct conf conf;
    union conf_item item;
};

/* The libconfuse tables made from ours; the strings in them are copied by libconfuse. */
struct tables {
    cfg_opt_t top[OPTIONS_MAX];
    cfg_opt_t sections[SECTIONS_MAX][OPTIONS_MAX];
    cfg_opt_t titled[SECTIONS_MAX][OPTIONS_MAX];
    char names[SECTIONS_MAX][CONF_STRING_SIZE];
    size_t top_count;
    size_t counts[SECTIONS_MAX];
    size_t sections_count;
};

/* read_error - keep the first message, with file and line */
__attribute__((format(printf, 2, 0))) static void read_error(cfg_t *cfg, const char *format, va_list arguments)
{
    const char *path = reading_root != NULL ? reading_root->filename : cfg->filename;
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
    const struct conf_section *section = cfg_title(cfg) != NULL ? conf_find_section(cfg_name(cfg)) : NULL;
    char full[2 * CONF_STRING_SIZE];
    struct text text;

    if (section != NULL)
        return conf_find(section->options, *section->options_count, opt->name);
    text_init(&text, full, sizeof full);
    if (cfg_name(cfg) != NULL && strcmp(cfg_name(cfg), "root") != 0) {
        text_add(&text, cfg_name(cfg));
        text_add_char(&text, '.');
    }
    text_add(&text, opt->name);
    return conf_find(conf_options, conf_options_count, full);
}

/* read_is_inherited - is this the value that a list holds before the file is read? */
static bool read_is_inherited(cfg_opt_t *opt, unsigned index)
{
    return index == 0 && strcmp(cfg_opt_getnstr(opt, 0), INHERITED) == 0;
}

/* read_check - libconfuse calls it after each value: is it one? */
static int read_check(cfg_t *cfg, cfg_opt_t *opt)
{
    const struct conf_option *option = read_find(cfg, opt);
    unsigned last = cfg_opt_size(opt) - 1;
    const char *value = cfg_opt_getnstr(opt, last);
    void *base = cfg_title(cfg) != NULL ? (void *)&reading_scratch->item : (void *)&reading_scratch->conf;
    char error[CONF_ERROR_SIZE];

    if (option == NULL || value == NULL) {
        cfg_error(cfg, "no such option '%s'", opt->name);
        return -1;
    }
    if (conf_is_list(option->type)) {
        if (read_is_inherited(opt, last))
            return 0;
        memset((char *)base + option->offset, 0, sizeof(size_t)); /* `count` comes first in every list */
    }
    if (conf_set(option, base, value, error))
        return 0;
    cfg_error(cfg, "%s", error);
    return -1;
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
    struct vouch_bytes section;
    size_t i;

    *name = full;
    *count = &tables->top_count;
    if (dot == NULL)
        return tables->top;
    *name = dot + 1;
    section = (struct vouch_bytes){(const uint8_t *)full, (size_t)(dot - full)};
    for (i = 0; i < tables->sections_count; i++) {
        if (text_is(section, tables->names[i]))
            break;
    }
    if (i == SECTIONS_MAX)
        abort(); /* the option table has outgrown this */
    if (i == tables->sections_count) {
        memcpy(tables->names[i], section.data, section.length);
        tables->sections_count++;
    }
    *count = &tables->counts[i];
    return tables->sections[i];
}

/* read_option - one of our options as libconfuse wants it */
static cfg_opt_t read_option(const struct conf_option *option, const char *name)
{
    cfg_opt_t string = CFG_STR(name, NULL, CFGF_NODEFAULT);
    cfg_opt_t list = CFG_STR_LIST(name, "{'" INHERITED "'}", CFGF_NONE);

    return conf_is_list(option->type) ? list : string;
}

/* read_titled - make libconfuse's tables of the sections with a title */
static void read_titled(struct tables *tables)
{
    const cfg_opt_t end = CFG_END();

    for (size_t i = 0; i < conf_sections_count; i++) {
        const struct conf_section *section = &conf_sections[i];
        cfg_opt_t titled = CFG_SEC(section->name, tables->titled[i], CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES);
        size_t count = *section->options_count;

        if (i == SECTIONS_MAX || count >= OPTIONS_MAX)
            abort(); /* the tables have outgrown this */
        for (size_t k = 0; k < count; k++)
            tables->titled[i][k] = read_option(&section->options[k], section->options[k].name);
        tables->titled[i][count] = end;
        tables->top[tables->top_count++] = titled;
    }
}

/* read_tables - make libconfuse's tables from ours */
static void read_tables(struct tables *tables)
{
    const cfg_opt_t end = CFG_END();
    const cfg_opt_t include = CFG_FUNC("include", &read_include);
    const cfg_opt_t sentinel = CFG_BOOL(SENTINEL, cfg_false, CFGF_NONE);

    for (size_t i = 0; i < conf_options_count; i++) {
        const char *name;
        size_t *count;
        cfg_opt_t *options = read_section(tables, conf_options[i].name, &name, &count);

        if (*count >= OPTIONS_MAX - 2 * SECTIONS_MAX - 4)
            abort(); /* the option table has outgrown this */
        options[(*count)++] = read_option(&conf_options[i], name);
    }
    for (size_t i = 0; i < tables->sections_count; i++) {
        cfg_opt_t section = CFG_SEC(tables->names[i], tables->sections[i], CFGF_NONE);

        tables->sections[i][tables->counts[i]] = end;
        tables->top[tables->top_count++] = section;
    }
    read_titled(tables);
    tables->top[tables->top_count++] = include;
    tables->top[tables->top_count++] = sentinel;
    tables->top[tables->top_count] = end;
}

/* read_path - "section|option", as libconfuse writes it; no section: the option may name it itself */
static void read_path(char path[CONF_STRING_SIZE], const char *section, const char *name)
{
    struct text text;

    text_init(&text, path, CONF_STRING_SIZE);
    text_add(&text, section);
    text_add(&text, section[0] == '\0' ? "" : "|");
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
    for (size_t i = 0; i < conf_sections_count; i++) {
        for (size_t k = 0; k < *conf_sections[i].options_count; k++) {
            read_path(path, conf_sections[i].name, conf_sections[i].options[k].name);
            cfg_set_validate_func(cfg, path, read_check);
        }
    }
}

/* read_assign - put what the file says of one option where it belongs */
static bool read_assign(cfg_t *cfg, const struct conf_option *option, void *base, char error[CONF_ERROR_SIZE])
{
    char path[CONF_STRING_SIZE];
    unsigned first = 0;
    cfg_opt_t *opt;

    read_path(path, "", option->name);
    opt = cfg_getopt(cfg, path);
    if (opt == NULL)
        return true;
    if (conf_is_list(option->type)) {
        first = cfg_opt_size(opt) != 0 && read_is_inherited(opt, 0);
        if (first == 0)
            conf_clear(option, base);
    }
    for (unsigned i = first; i < cfg_opt_size(opt); i++) {
        if (cfg_opt_getnstr(opt, i) != NULL && !conf_set(option, base, cfg_opt_getnstr(opt, i), error))
            return false;
    }
    return true;
}

/* read_item - take one section with a title */
static bool read_item(struct conf *conf, const struct conf_section *section, cfg_t *cfg, char error[CONF_ERROR_SIZE])
{
    union conf_item *item = &reading_scratch->item;

    if (!section->begin(conf, item, cfg_title(cfg), error))
        return false;
    for (size_t i = 0; i < *section->options_count; i++) {
        if (!read_assign(cfg, &section->options[i], item, error))
            return false;
    }
    return section->add(conf, item, error);
}

/* read_items - take all sections of one kind */
static bool read_items(struct conf *conf, const struct conf_section *section, cfg_t *cfg)
{
    char error[CONF_ERROR_SIZE];

    for (unsigned i = 0; i < cfg_size(cfg, section->name); i++) {
        cfg_t *item = cfg_getnsec(cfg, section->name, i);

        if (!read_item(conf, section, item, error)) {
            cfg_error(item, "%s", error);
            return false;
        }
    }
    return true;
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
    if (conf->log.to == CONF_LOG_FILE && conf->log.file[0] == '\0') {
        cfg_error(cfg_getsec(cfg, "log"), "log.to = file needs log.file");
        return false;
    }
    if (conf->canaries.interval_ms != 0 && conf->canaries.interval_ms < CANARIES_MIN_MS) {
        cfg_error(cfg_getsec(cfg, "canaries"), "canaries.interval must be 0, or 0.1 or more");
        return false;
    }
    conf_complete(conf);
    for (size_t i = 0; i < conf_sections_count; i++) {
        if (!read_items(conf, &conf_sections[i], cfg))
            return false;
    }
    return true;
}

/* read_parse - parse the text of a file and take what it says */
static bool read_parse(struct conf *conf, const char *text, const char *path, struct tables *tables)
{
    bool fine = false;
    cfg_t *cfg;

    read_tables(tables);
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
        reading_root = NULL;
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
    reading_scratch = calloc(1, sizeof *reading_scratch);
    if (tables != NULL && reading_scratch != NULL)
        text = read_text(path, error);
    if (text != NULL)
        fine = read_parse(conf, text, path, tables);
    if (!fine && error[0] == '\0' && snprintf(error, CONF_ERROR_SIZE, "%.200s: malformed", path) < 0)
        error[0] = '\0';
    free(reading_scratch);
    free(text);
    free(tables);
    return fine;
}
