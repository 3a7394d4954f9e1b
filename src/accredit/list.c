/*
 * list.c - private lists: read from text, kept sorted by name, found by binary search.
 *
 * Names and comments stand one behind the other in one block, and each entry says where: 12 octets an entry beside its
 * text. A million entries take 50 MiB and a second or two to read, half of that if the file is sorted.
 */
#include "accredit/list.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r\n"

struct list_entry {
    uint32_t text;   /* where its name is in the texts; behind the NUL of that, the comment */
    uint32_t line;   /* of the file */
    uint8_t listing; /* enum vouch_listing */
};

struct list {
    struct list_entry *entries; /* sorted by name once sealed */
    size_t count, room;
    char *texts;
    size_t texts_length, texts_room;
    size_t skipped, skipped_line; /* lines that can never answer, and the first of them */
    char notice[LIST_ERROR_SIZE]; /* why that one cannot */
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
    free(list->texts);
    free(list);
}

/* list_name - the name of an entry; it begins with a dot if it stands for all below */
static const char *list_name(const struct list *list, const struct list_entry *entry)
{
    return list->texts + entry->text;
}

/* list_order - by name, then by line */
static int list_order(const void *a, const void *b, void *list)
{
    const struct list_entry *left = a;
    const struct list_entry *right = b;
    int order = strcmp(list_name(list, left), list_name(list, right));

    return order != 0 ? order : (left->line > right->line) - (left->line < right->line);
}

/* list_look_up - the entry of exactly this name, or null */
static const struct list_entry *list_look_up(const struct list *list, const char *name)
{
    size_t low = 0, high = list->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(list_name(list, &list->entries[middle]), name);

        if (order == 0)
            return &list->entries[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* list_write_name - lower case, no final dot, a leading dot kept */
static bool list_write_name(char written[VOUCH_NAME_SIZE], const char *name)
{
    uint8_t wire[VOUCH_NAME_SIZE];
    size_t dot = name[0] == '.' ? 1 : 0;
    size_t length = strlen(name);

    if (length > dot && name[length - 1] == '.')
        length--;
    if (length == dot || length >= VOUCH_NAME_SIZE || vouch_name_parse(wire, name + dot, length - dot) == 0)
        return false;
    for (size_t i = 0; i < length; i++)
        written[i] = text_lower(name[i]);
    written[length] = '\0';
    return true;
}

/* list_hint - why no HELO name can ever match this name, in words before it; null: one can */
static const char *list_hint(const char *name)
{
    struct vouch_address address;

    if (vouch_address_parse(&address, name, strlen(name)))
        return "an address, and lists are of names; addresses belong in exempt or in an accreditor of style "
               "address-list: ";
    if (strchr(name, '/') != NULL)
        return "a network, and lists are of names; networks belong in exempt or in an accreditor of style "
               "address-list: ";
    if (strchr(name, '*') != NULL)
        return "wildcards are written with a leading dot, as in \".a.test\": ";
    for (const char *at = name; *at != '\0'; at++) {
        if ((unsigned char)*at > 126)
            return "names are written as A-labels, as in xn--bcher-kva.example: ";
        if (!text_is_alnum(*at) && strchr("-_.", *at) == NULL)
            return "not a domain name: ";
    }
    if (name[0] != '.' && strcspn(name, ".") + 1 >= strlen(name))
        return "a name of one label, and those are never judged; write the whole name, as in mail.example.org: ";
    return NULL;
}

/* list_grow - room for `needed` items of `size` octets in a block; a quarter more than before, so that little is left
 * over */
static bool list_grow(void **block, size_t *room, size_t needed, size_t size)
{
    size_t wanted = *room + *room / 4 > needed ? *room + *room / 4 : needed + 64;
    void *grown;

    if (needed <= *room)
        return true;
    grown = realloc(*block, wanted * size);
    if (grown == NULL)
        return false;
    *block = grown;
    *room = wanted;
    return true;
}

/* list_make_room - for one more entry and its texts */
static bool list_make_room(struct list *list, size_t length)
{
    void *entries = list->entries;
    void *texts = list->texts;
    bool fine = list->texts_length + length <= UINT32_MAX;

    fine = fine && list_grow(&entries, &list->room, list->count + 1, sizeof list->entries[0]);
    fine = fine && list_grow(&texts, &list->texts_room, list->texts_length + length, 1);
    list->entries = entries;
    list->texts = texts;
    return fine;
}

bool list_check_name(const char *name, char error[LIST_ERROR_SIZE])
{
    char written[VOUCH_NAME_SIZE];
    const char *hint = list_hint(name);

    if (hint == NULL && list_write_name(written, name))
        return true;
    return list_fail(error, hint != NULL ? hint : "not a domain name: ", name);
}

/* list_is_word - what an entry may be */
static bool list_is_word(const char *word)
{
    return strcmp(word, "trusted") == 0 || strcmp(word, "blocked") == 0;
}

bool list_add(struct list *list, const char *name, const char *word, const char *comment, size_t line,
              char error[LIST_ERROR_SIZE])
{
    struct list_entry entry = {.listing = VOUCH_LISTED_TRUSTED, .line = (uint32_t)line};
    char written[VOUCH_NAME_SIZE];
    size_t name_size, comment_length = strnlen(comment, LIST_COMMENT_SIZE - 1);

    if (!list_check_name(name, error) || !list_write_name(written, name))
        return false;
    if (!list_is_word(word))
        return list_fail(error, "neither trusted nor blocked: ", word);
    if (strcmp(word, "blocked") == 0)
        entry.listing = VOUCH_LISTED_BLOCKED;
    name_size = strlen(written) + 1;
    if (line > UINT32_MAX || !list_make_room(list, name_size + comment_length + 1))
        return list_fail(error, "out of memory", "");
    entry.text = (uint32_t)list->texts_length;
    memcpy(list->texts + entry.text, written, name_size);
    memcpy(list->texts + entry.text + name_size, comment, comment_length);
    list->texts[entry.text + name_size + comment_length] = '\0';
    list->texts_length += name_size + comment_length + 1;
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

/* list_is_sorted - is it in order as it came? */
static bool list_is_sorted(struct list *list)
{
    for (size_t i = 1; i < list->count; i++) {
        if (list_order(&list->entries[i - 1], &list->entries[i], list) > 0)
            return false;
    }
    return true;
}

bool list_seal(struct list *list, const char *label, char error[LIST_ERROR_SIZE])
{
    if (!list_is_sorted(list))
        qsort_r(list->entries, list->count, sizeof list->entries[0], list_order, list);
    for (size_t i = 1; i < list->count; i++) {
        const char *name = list_name(list, &list->entries[i]);

        if (strcmp(list_name(list, &list->entries[i - 1]), name) == 0) {
            list_fail(error, "named twice: ", name);
            list_place_error(error, label, list->entries[i].line);
            return false;
        }
    }
    return true;
}

/* list_skip - is this a well-formed line that no HELO name can match? Then it is left out, and that can be told */
static bool list_skip(struct list *list, const char *name, const char *word, size_t number)
{
    char written[VOUCH_NAME_SIZE];

    if (!list_is_word(word) || list_hint(name) == NULL || !list_write_name(written, name))
        return false;
    if (list->skipped++ == 0) {
        list->skipped_line = number;
        list_fail(list->notice, list_hint(name), name);
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
    if (list_skip(list, name, word, number))
        return true;
    comment = strtok_r(NULL, "\r\n", &rest);
    return list_add(list, name, word, comment == NULL ? "" : comment + strspn(comment, "# \t"), number, error);
}

/* list_place_notice - put the place of the first line that was skipped before why, and behind it how many there are */
static void list_place_notice(struct list *list, const char *label)
{
    char placed[LIST_ERROR_SIZE];
    struct text text;

    if (list->skipped == 0)
        return;
    list_place_error(list->notice, label, list->skipped_line);
    memcpy(placed, list->notice, sizeof placed);
    text_init(&text, list->notice, sizeof list->notice);
    text_add(&text, placed);
    text_add(&text, "; skipped");
    if (list->skipped > 1) {
        text_add(&text, ", with ");
        text_add_unsigned(&text, list->skipped - 1);
        text_add(&text, " more like it");
    }
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
    list_place_notice(list, label);
    if (!fine)
        list_place_error(error, label, number);
    return fine && list_seal(list, label, error);
}

const char *list_notice(const struct list *list)
{
    return list->notice;
}

size_t list_count(const struct list *list)
{
    return list->count;
}

enum vouch_listing list_find(const struct list *list, const char *name, const char **comment)
{
    const struct list_entry *entry = list_look_up(list, name);

    for (const char *dot = name; entry == NULL && (dot = strchr(dot, '.')) != NULL; dot++)
        entry = list_look_up(list, dot);
    if (entry == NULL) {
        *comment = "";
        return VOUCH_UNLISTED;
    }
    *comment = list_name(list, entry) + strlen(list_name(list, entry)) + 1;
    return (enum vouch_listing)entry->listing;
}
