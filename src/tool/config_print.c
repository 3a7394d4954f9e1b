/*
 * config_print.c - writes configuration files from the option table, so that no file of ours is ever out of date.
 */
#include "tool/config.h"

#include "base/text.h"
#include "conf/conf.h"

#include <string.h>

/* An option that stands in a file with a value of its own. */
struct stated {
    const char *name, *value;
};

/*
 * How rows are written: `outer` before every line, `inner` before an option's line too; either is "" or "#". The
 * options of `stated` (ends in a null name; null: none) are written with these values and without `inner`.
 */
struct style {
    const char *outer, *inner;
    const struct stated *stated;
};

/* print_list - the values of a list, which stand with blanks between them in the table */
static void print_list(FILE *out, const char *fallback)
{
    const char *at = fallback;

    if (*at == '\0') {
        fputs("{}", out);
        return;
    }
    while (*at != '\0') {
        int length = (int)strcspn(at, " ");

        fprintf(out, "%s\"%.*s\"", at == fallback ? "{" : ", ", length, at);
        at += length + (int)strspn(at + length, " ");
    }
    fputs("}", out);
}

/* print_value - a value, quoted where it may be free text */
static void print_value(FILE *out, const struct conf_option *option, const char *value)
{
    switch (option->type) {
    case CONF_BOOL:
    case CONF_WORD:
    case CONF_NUMBER:
    case CONF_COUNT:
    case CONF_OCTAL:
    case CONF_MILLI:
    case CONF_SECONDS:
        fputs(value, out);
        break;
    case CONF_TOKEN:
    case CONF_KEYWORD:
    case CONF_CLASS:
    case CONF_STRING:
    case CONF_PATH:
        fprintf(out, "\"%s\"", value);
        break;
    case CONF_STRINGS:
    case CONF_PATHS:
    case CONF_WORDS:
    case CONF_NETWORKS:
    case CONF_EXEMPTIONS:
    case CONF_CODES:
        print_list(out, value);
        break;
    }
}

/* print_allowed - what an option can be, in parentheses, if its type does not say enough */
static void print_allowed(FILE *out, const struct conf_option *option)
{
    switch (option->type) {
    case CONF_BOOL:
        fputs(" (yes | no)", out);
        break;
    case CONF_WORD:
        for (const struct conf_word *word = option->words; word->word != NULL; word++)
            fprintf(out, "%s%s", word == option->words ? " (" : " | ", word->word);
        fputs(")", out);
        break;
    case CONF_NUMBER:
    case CONF_COUNT:
        fprintf(out, " (%ld to %ld)", option->min, option->max);
        break;
    case CONF_MILLI:
    case CONF_SECONDS:
        fprintf(out, " (%g to %g)", (double)option->min / 1000, (double)option->max / 1000);
        break;
    case CONF_OCTAL:
    case CONF_TOKEN:
    case CONF_KEYWORD:
    case CONF_CLASS:
    case CONF_STRING:
    case CONF_PATH:
    case CONF_STRINGS:
    case CONF_PATHS:
    case CONF_WORDS:
    case CONF_NETWORKS:
    case CONF_EXEMPTIONS:
    case CONF_CODES:
        break;
    }
}

/* print_stated - the value with which an option stands in the file; null: its default, as a comment or not */
static const char *print_stated(const struct style *style, const struct conf_option *option)
{
    for (const struct stated *row = style->stated; row != NULL && row->name != NULL; row++) {
        if (strcmp(row->name, option->name) == 0)
            return row->value;
    }
    return NULL;
}

/* print_option - an option's help, and the option with its default */
static void print_option(FILE *out, const struct style *style, const char *indent, const char *name,
                         const struct conf_option *option)
{
    const char *value = print_stated(style, option);

    fprintf(out, "%s%s# %s", style->outer, indent, option->help);
    print_allowed(out, option);
    fprintf(out, "%s\n%s%s%s%s = ", option->change == CONF_RESTART ? ". Needs a restart." : "", style->outer, indent,
            value != NULL ? "" : style->inner, name);
    print_value(out, option, value != NULL ? value : option->fallback);
    fputs("\n", out);
}

/* print_options - the options of the table, those with a dot in their sections */
static void print_options(FILE *out, const struct style *style)
{
    char open[64] = "";

    for (size_t i = 0; i < conf_options_count; i++) {
        const char *name = conf_options[i].name, *dot = strchr(name, '.');
        int length = dot == NULL ? 0 : (int)(dot - name);
        struct vouch_bytes section = {(const uint8_t *)name, (size_t)length};

        if (!text_is(section, open)) {
            fprintf(out, "%s\n%.*s {\n", open[0] != '\0' ? "}\n" : "", length, name);
            snprintf(open, sizeof open, "%.*s", length, name);
        } else if (i != 0) {
            fputs("\n", out);
        }
        print_option(out, style, dot == NULL ? "" : "    ", dot == NULL ? name : dot + 1, &conf_options[i]);
    }
    fputs("}\n", out);
}

/* print_section - a section with a title and all of its options */
static void print_section(FILE *out, const struct style *style, const char *name, const char *title)
{
    const struct conf_section *section = conf_find_section(name);

    fprintf(out, "\n# %s\n%s%s \"%s\" {\n", section->help, style->outer, name, title);
    for (size_t i = 0; i < *section->options_count; i++) {
        fputs(i == 0 ? "" : style->outer, out);
        fputs(i == 0 ? "" : "\n", out);
        print_option(out, style, "    ", section->options[i].name, &section->options[i]);
    }
    fprintf(out, "%s}\n", style->outer);
}

void config_print_defaults(FILE *out)
{
    static const struct style stated = {"", "", NULL};
    static const struct style comment = {"#", "", NULL};

    fputs("# vouchsafe.conf(5) with every option at its default; sections with a title as comments.\n\n", out);
    print_options(out, &stated);
    for (size_t i = 0; i < conf_sections_count; i++)
        print_section(out, &comment, conf_sections[i].name, conf_sections[i].title);
}

/* The example of the best practices for receivers: an alternate server for those who want to be let in at once. */
static const char alternate[] =
    "\n"
    "# An alternate server: mail to user@csv.example.net passes only if CSV and reputation are good, and is refused at\n"
    "# once otherwise, so that its sender knows. Trouble of the DNS defers it.\n"
    "#profile \"strict\" {\n"
    "#    mode = enforce\n"
    "#    require = trusted\n"
    "#    temperror = defer\n"
    "#}\n"
    "#domain \"csv.example.net\" {\n"
    "#    profile = strict\n"
    "#}\n";

void config_print_sample(FILE *out)
{
    static const struct stated top[] = {{"mode", "monitor"}, {"store.type", "sqlite"}, {NULL, NULL}};
    static const struct stated listener[] = {{"protocol", "milter"}, {NULL, NULL}};
    static const struct style shipped = {"", "#", top};
    static const struct style milter = {"", "#", listener};
    static const struct style comment = {"#", "", NULL};

    fputs("# Configuration of vouchsafed, see vouchsafe.conf(5). What is a comment is the default, or an example.\n"
          "# This file is the output of `vouchsafe config sample`; `vouchsafe config check` checks it.\n"
          "# It refuses nobody until mode is enforce: watch the log first.\n\n",
          out);
    print_options(out, &shipped);
    print_section(out, &milter, "listener", "unix:/run/vouchsafe/milter");
    fputs("listener \"unix:/run/vouchsafe/policy\" {\n    protocol = policy\n}\n", out);
    for (size_t i = 0; i < conf_sections_count; i++) {
        if (strcmp(conf_sections[i].name, "listener") != 0)
            print_section(out, &comment, conf_sections[i].name, conf_sections[i].title);
    }
    fputs(alternate, out);
}
