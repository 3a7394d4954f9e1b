/*
 * tell.c - changes in words, and which of them a channel was not told yet.
 */
#include "base/text.h"
#include "tool/watch/watch.h"

#include <stdlib.h>
#include <string.h>

#define LINE_MAX_OCTETS 900 /* below the 998 of a mail's line [RFC 5322 2.1.1] */

const char *watch_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? "" : text;
}

/* print_line - one line of text, indented; what is not printable reads \xNN, and a long line goes on in the next */
static void print_line(FILE *out, const char *lead, const char *text, size_t length)
{
    char line[LINE_MAX_OCTETS];
    size_t indent = strspn(lead, " ");
    struct text printable;

    text_init(&printable, line, sizeof line);
    text_add(&printable, lead);
    for (size_t i = 0; i < length; i++) {
        struct vouch_bytes octet = {(const uint8_t *)text + i, 1};

        if (printable.length + 8 > sizeof line) {
            fprintf(out, "%s\n", line);
            text_init(&printable, line, sizeof line);
            for (size_t blanks = 0; blanks < indent + 2; blanks++)
                text_add_char(&printable, ' ');
        }
        text_add_printable(&printable, octet);
    }
    fprintf(out, "%s\n", line);
}

/* print_lines - the lines of a text, each indented; nothing for an empty one */
static void print_lines(FILE *out, const char *lead, const char *text)
{
    while (text[0] != '\0') {
        size_t length = strcspn(text, "\n");

        print_line(out, lead, text, length);
        text += length + (text[length] == '\n');
    }
}

/* print_strings - the strings of a list, each on a line */
static void print_strings(FILE *out, const char *lead, const json_t *strings)
{
    size_t i;
    json_t *string;

    json_array_foreach(strings, i, string)
    {
        if (json_is_string(string))
            print_lines(out, lead, json_string_value(string));
    }
}

/* print_finding - a finding that is new, changed or gone */
static void print_finding(const json_t *change, const char *word, FILE *out)
{
    bool gone = strcmp(word, "gone") == 0;
    char *head = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&head, &size);

    if (memory != NULL) {
        fprintf(memory, "%s: %s %s %s: %s (%s)", watch_text(change, "subject"), word, watch_text(change, "severity"),
                watch_text(change, "rule"), watch_text(change, "name"), watch_text(change, "clause"));
        fclose(memory);
        print_line(out, "", head, strlen(head));
    }
    free(head);
    if (gone)
        return;
    print_lines(out, "    ", watch_text(change, "title"));
    print_strings(out, "    was:     ", json_object_get(change, "was"));
    print_strings(out, "    seen:    ", json_object_get(change, "evidence"));
    print_lines(out, "    publish: ", watch_text(change, "mend"));
    print_lines(out, "    ", watch_text(change, "advice"));
}

/* print_records - a record set that changed */
static void print_records(const json_t *change, FILE *out)
{
    const json_t *was = json_object_get(change, "was"), *now = json_object_get(change, "evidence");
    json_t *head = json_sprintf("%s: other %s records: %s", watch_text(change, "subject"), watch_text(change, "type"),
                                watch_text(change, "name"));

    if (head != NULL)
        print_line(out, "", json_string_value(head), json_string_length(head));
    json_decref(head);
    print_strings(out, "    was:     ", was);
    if (json_array_size(was) == 0)
        print_lines(out, "    was:     ", "none");
    print_strings(out, "    now:     ", now);
    if (json_array_size(now) == 0)
        print_lines(out, "    now:     ", json_is_array(now) ? "none" : "not looked at any more");
}

/* print_trouble - trouble that lasts, or is over */
static void print_trouble(const json_t *change, bool over, FILE *out)
{
    long long runs = json_integer_value(json_object_get(change, "runs"));

    fprintf(out,
            over ? "%s: trouble is over, it lasted for %lld run%s\n"
                 : "%s: trouble for %lld run%s, so not all is known\n",
            watch_text(change, "subject"), runs, runs == 1 ? "" : "s");
    print_strings(out, "    ", json_object_get(change, "texts"));
}

bool watch_print(const json_t *changes, FILE *out)
{
    size_t i;
    json_t *change;

    json_array_foreach(changes, i, change)
    {
        const char *word = watch_text(change, "change");

        if (strcmp(word, "trouble") == 0 || strcmp(word, "trouble-over") == 0)
            print_trouble(change, word[7] != '\0', out);
        else if (strcmp(word, "records") == 0)
            print_records(change, out);
        else
            print_finding(change, word, out);
    }
    return !ferror(out);
}

/* count_of - how many changes are of this kind */
static size_t count_of(const json_t *changes, const char *word)
{
    size_t count = 0, i;
    json_t *change;

    json_array_foreach(changes, i, change)
    {
        count += strcmp(watch_text(change, "change"), word) == 0;
    }
    return count;
}

/* subjects_of - how many subjects changed; 0: out of memory */
static size_t subjects_of(const json_t *changes)
{
    json_t *subjects = json_object(), *change;
    size_t count, i;

    json_array_foreach(changes, i, change)
    {
        if (json_object_set_new(subjects, watch_text(change, "subject"), json_true()) != 0)
            break;
    }
    count = json_object_size(subjects);
    json_decref(subjects);
    return count;
}

void watch_headline(const json_t *changes, char *line, size_t size)
{
    static const char *const words[][2] = {{"new", "new"},
                                           {"changed", "changed"},
                                           {"gone", "gone"},
                                           {"records", "record set(s)"},
                                           {"trouble", "in trouble"},
                                           {"trouble-over", "out of trouble"}};
    size_t subjects = subjects_of(changes);
    struct text text;

    text_init(&text, line, size);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t count = count_of(changes, words[i][0]);

        if (count == 0)
            continue;
        text_add(&text, text.length == 0 ? "" : ", ");
        text_add_unsigned(&text, count);
        text_add_char(&text, ' ');
        text_add(&text, words[i][1]);
    }
    text_add(&text, ": ");
    text_add_printable(&text, text_bytes(watch_text(json_array_get(changes, 0), "subject")));
    if (subjects < 2)
        return;
    text_add(&text, " and ");
    text_add_unsigned(&text, subjects - 1);
    text_add(&text, " more");
}

bool watch_untold_add(json_t *root, const char *channel, const json_t *changes)
{
    json_t *all = json_object_get(root, "untold");
    json_t *untold = json_object_get(all, channel);
    json_t *waiting;
    json_int_t dropped;

    if (untold == NULL) {
        untold = json_pack("{s:[],s:i}", "changes", "dropped", 0);
        if (json_object_set_new(all, channel, untold) != 0)
            return false;
    }
    waiting = json_object_get(untold, "changes");
    if (json_array_extend(waiting, (json_t *)(uintptr_t)changes) != 0)
        return false;
    dropped = json_integer_value(json_object_get(untold, "dropped"));
    while (json_array_size(waiting) > WATCH_UNTOLD_MAX) {
        if (json_array_remove(waiting, 0) != 0)
            return false;
        dropped++;
    }
    return json_object_set_new(untold, "dropped", json_integer(dropped)) == 0;
}

const json_t *watch_untold(const json_t *root, const char *channel)
{
    const json_t *untold = json_object_get(json_object_get(root, "untold"), channel);

    return json_array_size(json_object_get(untold, "changes")) == 0 ? NULL : untold;
}

void watch_untold_clear(json_t *root, const char *channel)
{
    json_object_del(json_object_get(root, "untold"), channel);
}
