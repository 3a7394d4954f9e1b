/*
 * list.c - private lists: read from text, kept sorted by name, found by binary search.
 */
#include "accredit/list.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r\n"

struct list_entry {
    char name[VOUCH_NAME_SIZE]; /* begins with a dot if it stands for all below */
    enum vouch_listing listing;
    char comment[LIST_COMMENT_SIZE];
    size_t line;
};

struct list {
    struct list_entry *entries; /* sorted by name once sealed */
    size_t count, room;
};

/* list_fail - write an error; false, for returning */
static bool list_fail(char error[LIST_ERROR_SIZE], const char *cause, const char *value)
{
    struct text text;

    text_init(&text, error, LIST_ERROR_SIZE);
    text_add(&text, cause);
    text_add_printable(&text, text_bytes(value));
    return false;
}

struct list *list_new(void)
{
    return calloc(1, sizeof(struct list));
}

void list_free(struct list *list)
{
    if (list == NULL)
        return;
    free(list->entries);
    free(list);
}

/* list_order - by name, then by line */
static int list_order(const void *a, const void *b)
{
    const struct list_entry *left = a;
    const struct list_entry *right = b;
    int order = strcmp(left->name, right->name);

    return order != 0 ? order : (left->line > right->line) - (left->line < right->line);
}

/* list_look_up - the entry of exactly this name, or null */
static const struct list_entry *list_look_up(const struct list *list, const char *name)
{
    size_t low = 0, high = list->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(list->entries[middle].name, name);

        if (order == 0)
            return &list->entries[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* list_set_name - lower case, no final dot, a leading dot kept */
static bool list_set_name(struct list_entry *entry, const char *name)
{
    uint8_t wire[VOUCH_NAME_SIZE];
    size_t dot = name[0] == '.' ? 1 : 0;
    size_t length = strlen(name);

    if (length > dot && name[length - 1] == '.')
        length--;
    if (length == dot || length >= sizeof entry->name || vouch_name_parse(wire, name + dot, length - dot) == 0)
        return false;
    for (size_t i = 0; i < length; i++)
        entry->name[i] = text_lower(name[i]);
    entry->name[length] = '\0';
    return true;
}

/* list_grow - room for one more entry */
static bool list_grow(struct list *list)
{
    size_t room = list->room == 0 ? 64 : list->room * 2;
    struct list_entry *entries;

    if (list->count < list->room)
        return true;
    entries = realloc(list->entries, room * sizeof *entries);
    if (entries == NULL)
        return false;
    list->entries = entries;
    list->room = room;
    return true;
}

bool list_add(struct list *list, const char *name, const char *word, const char *comment, size_t line,
              char error[LIST_ERROR_SIZE])
{
    struct list_entry entry = {.listing = VOUCH_LISTED_TRUSTED, .line = line};
    struct text text;

    if (!list_set_name(&entry, name))
        return list_fail(error, "not a domain name: ", name);
    if (strcmp(word, "blocked") == 0)
        entry.listing = VOUCH_LISTED_BLOCKED;
    else if (strcmp(word, "trusted") != 0)
        return list_fail(error, "neither trusted nor blocked: ", word);
    text_init(&text, entry.comment, sizeof entry.comment);
    text_add(&text, comment);
    if (!list_grow(list))
        return list_fail(error, "out of memory", "");
    list->entries[list->count++] = entry;
    return true;
}

/* list_place_error - put "LABEL:LINE: " before a cause */
static void list_place_error(char error[LIST_ERROR_SIZE], const char *label, size_t line)
{
    char cause[LIST_ERROR_SIZE];
    struct text text;

    memcpy(cause, error, sizeof cause);
    text_init(&text, error, LIST_ERROR_SIZE);
    text_add(&text, label);
    if (line != 0) {
        text_add_char(&text, ':');
        text_add_unsigned(&text, line);
    }
    text_add(&text, ": ");
    text_add(&text, cause);
}

bool list_seal(struct list *list, const char *label, char error[LIST_ERROR_SIZE])
{
    if (list->count > 1)
        qsort(list->entries, list->count, sizeof list->entries[0], list_order);
    for (size_t i = 1; i < list->count; i++) {
        if (strcmp(list->entries[i - 1].name, list->entries[i].name) == 0) {
            list_fail(error, "named twice: ", list->entries[i].name);
            list_place_error(error, label, list->entries[i].line);
            return false;
        }
    }
    return true;
}

/* list_read_line - one line of the file: nothing, or an entry */
static bool list_read_line(struct list *list, char *line, size_t number, char error[LIST_ERROR_SIZE])
{
    char *rest = NULL;
    char *name = strtok_r(line, BLANKS, &rest);
    char *word;
    char *comment;

    if (name == NULL || name[0] == '#')
        return true;
    word = strtok_r(NULL, BLANKS, &rest);
    if (word == NULL)
        return list_fail(error, "needs a name and trusted or blocked: ", name);
    comment = strtok_r(NULL, "\r\n", &rest);
    return list_add(list, name, word, comment == NULL ? "" : comment + strspn(comment, "# \t"), number, error);
}

bool list_read(struct list *list, FILE *file, const char *label, char error[LIST_ERROR_SIZE])
{
    char *line = NULL;
    size_t size = 0, number = 0;
    bool fine = true;
    ssize_t length;

    error[0] = '\0';
    errno = 0;
    while (fine && (length = getline(&line, &size, file)) >= 0) {
        number++;
        fine = memchr(line, '\0', (size_t)length) == NULL ? list_read_line(list, line, number, error)
                                                          : list_fail(error, "a NUL octet", "");
    }
    if (fine && ferror(file))
        fine = list_fail(error, strerror(errno), "");
    free(line);
    if (!fine)
        list_place_error(error, label, number);
    return fine && list_seal(list, label, error);
}

enum vouch_listing list_find(const struct list *list, const char *name, const char **comment)
{
    const struct list_entry *entry = list_look_up(list, name);

    for (const char *dot = name; entry == NULL && (dot = strchr(dot, '.')) != NULL; dot++)
        entry = list_look_up(list, dot);
    *comment = entry == NULL ? "" : entry->comment;
    return entry == NULL ? VOUCH_UNLISTED : entry->listing;
}
