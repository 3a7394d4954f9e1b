/*
 * list.c - vouchsafe list: the entries of private lists that are kept in the store, where a fleet shares them.
 */
#include "accredit/list.h"

#include "base/text.h"
#include "tool/arguments.h"
#include "tool/kept.h"
#include "tool/tool.h"
#include "tool/view.h"

#include <stdlib.h>
#include <string.h>

#define NAME "list"

static const char usage[] = "usage: vouchsafe list [--config FILE] show [LIST]\n"
                            "       vouchsafe list [--config FILE] add LIST NAME trusted|blocked [COMMENT...]\n"
                            "       vouchsafe list [--config FILE] remove LIST NAME\n";

/* Entries that were read, of one list or (`only` null) of all. */
struct entries {
    const char *only, *name; /* null: any */
    struct store_row *rows;
    size_t count, room;
    bool full; /* out of memory */
};

/* list_take - keep an entry that is looked for */
static bool list_take(void *owner, const struct store_row *row)
{
    struct entries *entries = owner;

    if ((entries->only != NULL && strcmp(entries->only, row->list) != 0) ||
        (entries->name != NULL && strcmp(entries->name, row->name) != 0))
        return true;
    if (entries->count == entries->room) {
        size_t room = entries->room == 0 ? 64 : 2 * entries->room;
        struct store_row *rows = realloc(entries->rows, room * sizeof *rows);

        entries->full = rows == NULL;
        if (rows == NULL)
            return false;
        entries->rows = rows;
        entries->room = room;
    }
    entries->rows[entries->count++] = *row;
    return true;
}

/* list_order - by list, then by name */
static int list_order(const void *a, const void *b)
{
    const struct store_row *left = a, *right = b;
    int order = strcmp(left->list, right->list);

    return order != 0 ? order : strcmp(left->name, right->name);
}

/* list_word - of what an entry says */
static const char *list_word(enum vouch_listing listing)
{
    return listing == VOUCH_LISTED_TRUSTED ? "trusted" : listing == VOUCH_LISTED_BLOCKED ? "blocked" : "unlisted";
}

/* list_print - the entries, in the form of a list file; a comment line begins a list */
static void list_print(const struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        const struct store_row *row = &entries->rows[i];

        if (i == 0 || strcmp(row->list, entries->rows[i - 1].list) != 0) {
            fputs(i == 0 ? "# " : "\n# ", stdout);
            view_print(stdout, row->list);
            fputs("\n", stdout);
        }
        view_print(stdout, row->name);
        printf(" %s%s", list_word(row->listing), row->text[0] == '\0' ? "" : " ");
        view_print(stdout, row->text);
        fputs("\n", stdout);
    }
}

/* list_show - what stands in a list, or in all */
static int list_show(struct kept *kept, const char *list)
{
    struct entries entries = {.only = list};
    int status = TOOL_USAGE;

    if (kept_each(kept, STORE_LIST, list_take, &entries)) {
        if (entries.count != 0)
            qsort(entries.rows, entries.count, sizeof *entries.rows, list_order);
        list_print(&entries);
        if (entries.count == 0)
            puts("# no entries");
        status = entries.full ? tool_fail(NAME, "out of memory") : view_end(NAME, TOOL_FINE);
    }
    free(entries.rows);
    return status;
}

/* list_say - a line about what was done */
static int list_say(const struct store_row *row, const char *done)
{
    view_print(stdout, row->name);
    printf(": %s ", done);
    view_print(stdout, row->list);
    puts("");
    return view_end(NAME, TOOL_FINE);
}

/* list_put - add an entry, or replace it */
static int list_put(struct kept *kept, const struct store_row *row)
{
    if (!kept_put(kept, row) || !kept_commit(kept))
        return TOOL_USAGE;
    return list_say(row, row->listing == VOUCH_LISTED_TRUSTED ? "trusted on" : "blocked on");
}

/* list_drop - remove an entry that is there */
static int list_drop(struct kept *kept, const struct store_row *row)
{
    struct entries entries = {.only = row->list, .name = row->name};
    bool fine = kept_each(kept, STORE_LIST, list_take, &entries) && !entries.full;

    free(entries.rows);
    if (!fine)
        return TOOL_USAGE;
    if (entries.count == 0) {
        tool_fail(NAME, "%s does not stand on %s", row->name, row->list);
        return TOOL_REFUSED;
    }
    return kept_remove(kept, row) && kept_commit(kept) ? list_say(row, "removed from") : TOOL_USAGE;
}

/* list_find_shared - the shared list of this name, as the store calls it; null after saying why there is none */
static const char *list_find_shared(const struct conf *conf, const char *name)
{
    for (size_t i = 0; i < conf->settings.services_count; i++) {
        const struct conf_accreditor *accreditor = &conf->accreditors[i];

        if (!text_is_nocase(text_bytes(name), accreditor->service.name))
            continue;
        if (accreditor->service.style != VOUCH_STYLE_LIST)
            tool_fail(NAME, "%s is an accreditation service of style %s, no private list", name,
                      vouch_style_word(accreditor->service.style));
        else if (!accreditor->shared)
            tool_fail(NAME, "%s is not shared: its entries are in file = %s; edit that", name, accreditor->file);
        else
            return accreditor->service.name;
        return NULL;
    }
    tool_fail(NAME,
              "there is no accreditor \"%s\" in the configuration; a list in the store is one with style = list and "
              "shared = yes",
              name);
    return NULL;
}

/* list_set_comment - the words of a comment, with blanks between them; false: said what is wrong */
static bool list_set_comment(struct store_row *row, char **words, int count)
{
    struct text text;
    json_t *probe;

    text_init(&text, row->text, sizeof row->text);
    for (int i = 0; i < count; i++) {
        text_add(&text, i == 0 ? "" : " ");
        text_add(&text, words[i]);
    }
    for (size_t i = 0; i < text.length; i++) {
        if ((unsigned char)row->text[i] < ' ' || row->text[i] == 127) {
            tool_fail(NAME, "the comment has a control character");
            return false;
        }
    }
    probe = json_string(row->text);
    if (text.cut || probe == NULL)
        tool_fail(NAME, text.cut ? "the comment is longer than %zu octets" : "the comment is not in UTF-8",
                  sizeof row->text - 1);
    json_decref(probe);
    return !text.cut && probe != NULL;
}

/* list_set - the row that the operands LIST NAME WORD COMMENT... name; false: said what is wrong */
static bool list_set(struct store_row *row, const char *list, char **operands, int count)
{
    const char *word = count > 1 ? operands[1] : "trusted";
    struct list *probe = list_new();
    char error[LIST_ERROR_SIZE] = "out of memory";
    bool fine = probe != NULL && list_add(probe, operands[0], word, "", 1, error);
    struct text text;

    list_free(probe);
    if (!fine) {
        tool_fail(NAME, "%s", error);
        return false;
    }
    *row = (struct store_row){.kind = STORE_LIST};
    row->listing = strcmp(word, "trusted") == 0 ? VOUCH_LISTED_TRUSTED : VOUCH_LISTED_BLOCKED;
    text_init(&text, row->list, sizeof row->list);
    text_add(&text, list);
    text_init(&text, row->name, sizeof row->name);
    for (const char *at = operands[0]; *at != '\0'; at++) {
        if (at[0] != '.' || at[1] != '\0')
            text_add_char(&text, text_lower(*at));
    }
    return count <= 2 || list_set_comment(row, operands + 2, count - 2);
}

/* list_run - what the operands ask for, on the open store */
static int list_run(struct kept *kept, const struct arguments *arguments)
{
    const char *verb = arguments->operands[0], *list = NULL;
    struct store_row row;

    if (arguments->count > 1) {
        list = list_find_shared(kept->conf, arguments->operands[1]);
        if (list == NULL)
            return TOOL_USAGE;
    }
    if (strcmp(verb, "show") == 0)
        return list_show(kept, list);
    if (!list_set(&row, list, arguments->operands + 2, arguments->count - 2))
        return TOOL_USAGE;
    return strcmp(verb, "add") == 0 ? list_put(kept, &row) : list_drop(kept, &row);
}

/* list_check - the operands are a verb and what it needs; false: said what is wrong */
static bool list_check(const struct arguments *arguments)
{
    const char *verb = arguments->count == 0 ? "" : arguments->operands[0];
    int more = arguments->count - 1;

    if (strcmp(verb, "show") == 0 ? more <= 1 : strcmp(verb, "add") == 0 ? more >= 3 : false)
        return true;
    if (strcmp(verb, "remove") == 0 && more == 2)
        return true;
    if (strcmp(verb, "show") == 0 || strcmp(verb, "add") == 0 || strcmp(verb, "remove") == 0)
        arguments_wrong(arguments, more < 2 ? "%s needs more" : "%s: wrong number of arguments", verb);
    else
        arguments_wrong(arguments, "show, add or remove? %s", verb);
    return false;
}

int list_main(int argc, char **argv)
{
    const char *config = NULL;
    const struct argument options[] = {{"--config", &config, NULL}, {NULL, NULL, NULL}};
    struct arguments arguments = {.command = NAME, .usage = usage, .options = options};
    int status = TOOL_USAGE;
    struct kept kept;
    bool shows;

    if (!arguments_take(&arguments, argc, argv, &status) || !list_check(&arguments))
        return status;
    shows = strcmp(arguments.operands[0], "show") == 0;
    if (kept_open(&kept, NAME, config, shows ? KEPT_STORE : KEPT_STORE | KEPT_WRITES))
        status = list_run(&kept, &arguments);
    kept_close(&kept);
    return status;
}
