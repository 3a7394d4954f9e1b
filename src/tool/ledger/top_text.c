/*
 * top_text.c - what happened in the last minutes, for people: tables side by side in 80 columns.
 */
#include "base/text.h"
#include "tool/ledger/top.h"
#include "tool/view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 3
#define LABEL   19
#define COUNT   6
#define NAME    38

/* A table in a column. */
struct column {
    const char *title, *table, *first, *second;
};

/* print_label - what a row counts */
static void print_label(const struct column *column, const json_t *row, FILE *out)
{
    char label[2 * VOUCH_NAME_SIZE];
    struct text text;

    text_init(&text, label, sizeof label);
    text_add(&text, view_text(row, column->first));
    if (column->second != NULL) {
        text_add_char(&text, ' ');
        text_add(&text, view_text(row, column->second));
    }
    view_print_cell(out, label, LABEL);
}

/* print_columns - tables side by side, as long as the longest */
static void print_columns(const json_t *object, const struct column columns[COLUMNS], FILE *out)
{
    size_t rows = 0;

    fputs("\n", out);
    for (size_t i = 0; i < COLUMNS; i++) {
        size_t count = json_array_size(json_object_get(object, columns[i].table));

        rows = count > rows ? count : rows;
        fprintf(out, "%-*s%s", LABEL + COUNT + 1, columns[i].title, i + 1 == COLUMNS ? "\n" : " ");
    }
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = 0; i < COLUMNS; i++) {
            const json_t *cell = json_array_get(json_object_get(object, columns[i].table), row);

            if (cell == NULL) {
                fprintf(out, "%*s", LABEL + COUNT + 1, "");
            } else {
                print_label(&columns[i], cell, out);
                fprintf(out, " %*" PRId64, COUNT, view_number(cell, "count"));
            }
            fputs(i + 1 == COLUMNS ? "\n" : " ", out);
        }
    }
}

/* print_slowest - the decisions that took longest, to look at with explain */
static void print_slowest(const json_t *object, FILE *out)
{
    const json_t *slow, *slowest = json_object_get(object, "slowest");

    fputs("\nslowest decisions\n", out);
    for (size_t i = 0; (slow = json_array_get(slowest, i)) != NULL; i++) {
        view_print_cell(out, view_text(slow, "id"), 13);
        fprintf(out, " %7" PRId64 " ms %3" PRId64 " questions  ", view_number(slow, "elapsed_ms"),
                view_number(slow, "queries"));
        view_print_cell(out, view_text(slow, "name"), NAME);
        fputs("\n", out);
    }
    fputs(json_array_size(slowest) == 0 ? "(none)\n" : "", out);
}

/* print_store - suspended services and shared lists, where there are any */
static void print_store(const json_t *object, FILE *out)
{
    const json_t *row, *suspended = json_object_get(object, "suspended"), *lists = json_object_get(object, "lists");
    char until[VIEW_TIME_SIZE];

    for (size_t i = 0; (row = json_array_get(suspended, i)) != NULL; i++) {
        fputs(i == 0 ? "\nsuspended services\n" : "", out);
        view_print(out, view_text(row, "service"));
        fputs(" until ", out);
        view_time(view_number(row, "until_ms"), until);
        fputs(until, out);
        fputs(": ", out);
        view_print(out, view_text(row, "cause"));
        fputs("\n", out);
    }
    for (size_t i = 0; (row = json_array_get(lists, i)) != NULL; i++) {
        fputs(i == 0 ? "\nshared lists\n" : "", out);
        view_print(out, view_text(row, "list"));
        fprintf(out, ": %" PRId64 " entries\n", view_number(row, "count"));
    }
}

/* print_all - every part; cells are filled up with blanks, also at the end of a line */
static void print_all(const json_t *object, FILE *out)
{
    static const struct column results[COLUMNS] = {{"verdicts", "verbs", "verb", "mode"},
                                                   {"csa", "csa", "result", "reason"},
                                                   {"identity", "identity", "strength", NULL}};
    static const struct column names[COLUMNS] = {{"busiest names", "names", "name", NULL},
                                                 {"busiest organizations", "organizations", "name", NULL},
                                                 {"most refused", "refused", "name", NULL}};
    const char *trouble = view_text(object, "trouble");
    char now[VIEW_TIME_SIZE];
    int64_t minutes = view_number(object, "minutes"), decisions = view_number(object, "decisions");

    view_time(view_number(object, "time_ms"), now);
    fprintf(out, "vouchsafe top, %s, last %" PRId64 " min: ", now, minutes);
    if (view_bool(object, "cut"))
        fprintf(out, "more than %" PRId64 " decisions; only the newest are counted\n", decisions);
    else
        fprintf(out, "%" PRId64 " decisions, %.1f a minute\n", decisions,
                (double)decisions / (double)(minutes > 0 ? minutes : 1));
    if (trouble[0] != '\0') {
        fputs("TROUBLE: ", out);
        view_print(out, trouble);
        fputs("\n", out);
    }
    print_columns(object, results, out);
    print_columns(object, names, out);
    print_slowest(object, out);
    print_store(object, out);
}

void top_print(const json_t *object, FILE *out)
{
    char *text = NULL;
    size_t size = 0;
    FILE *lines = open_memstream(&text, &size);

    if (lines != NULL)
        print_all(object, lines);
    if (lines == NULL || fclose(lines) != 0)
        fputs("out of memory\n", out);
    else
        for (const char *at = text; *at != '\0'; at++)
            if (*at != ' ' || at[strspn(at, " ")] != '\n')
                fputc(*at, out);
    free(text);
}
