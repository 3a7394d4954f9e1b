/*
 * list.c - what is watched: domains, hosts and zone files, from the command line or a file.
 */
#include "base/text.h"
#include "tool/lint/report.h"
#include "tool/watch/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SUBJECT_SIZE 1024

/* subject_fault - what is wrong with a subject, or null */
static const char *subject_fault(const char *subject)
{
    if (subject[0] == '\0')
        return "an empty name";
    if (strlen(subject) >= SUBJECT_SIZE)
        return "a name that is too long";
    if (strcmp(subject, "-") == 0)
        return "standard input cannot be watched";
    for (const char *at = subject; *at != '\0'; at++) {
        if (!text_is_printable(*at) || *at == ' ')
            return "a name with blanks, control or other characters than ASCII";
    }
    return NULL;
}

/* list_fail - say what is wrong; false */
static bool list_fail(char error[WATCH_ERROR_SIZE], const char *cause, const char *subject)
{
    struct text text;

    text_init(&text, error, WATCH_ERROR_SIZE);
    text_add(&text, cause);
    if (subject[0] != '\0')
        text_add(&text, ": ");
    text_add_printable(&text, text_bytes(subject));
    return false;
}

/* subject_copy - a subject as it is remembered, so that one name is one subject; from malloc, null: out of memory */
static char *subject_copy(const char *subject)
{
    char *copy = strdup(subject);
    size_t length = strlen(subject);

    if (copy == NULL || lint_is_file(subject))
        return copy;
    for (char *at = copy; *at != '\0'; at++)
        *at = text_lower(*at);
    if (length > 1 && copy[length - 1] == '.' && copy[length - 2] != '\\')
        copy[length - 1] = '\0';
    return copy;
}

bool watch_list_add(struct watch_list *list, const char *subject, char error[WATCH_ERROR_SIZE])
{
    const char *fault = subject_fault(subject);
    char **grown, *copy;

    if (fault != NULL)
        return list_fail(error, fault, subject);
    copy = subject_copy(subject);
    for (size_t i = 0; copy != NULL && i < list->count; i++) {
        if (strcmp(list->subjects[i], copy) == 0) {
            free(copy);
            return true;
        }
    }
    grown = copy == NULL ? NULL : reallocarray(list->subjects, list->count + 1, sizeof *grown);
    if (grown == NULL) {
        free(copy);
        return list_fail(error, strerror(ENOMEM), "");
    }
    list->subjects = grown;
    grown[list->count++] = copy;
    return true;
}

/* line_strip - cut a comment, and blanks at both ends; returns the start */
static char *line_strip(char *line)
{
    size_t length;

    line[strcspn(line, "#\r\n")] = '\0';
    line += strspn(line, " \t");
    length = strlen(line);
    while (length != 0 && (line[length - 1] == ' ' || line[length - 1] == '\t'))
        line[--length] = '\0';
    return line;
}

/* list_read_lines - add the subjects of an open file */
static bool list_read_lines(struct watch_list *list, FILE *file, const char *label, char error[WATCH_ERROR_SIZE])
{
    char cause[WATCH_ERROR_SIZE] = "";
    unsigned number = 0;
    size_t size = 0;
    char *line = NULL;
    bool ok = true;
    ssize_t length;

    while (ok && (length = getline(&line, &size, file)) >= 0) {
        bool has_nul = memchr(line, '\0', (size_t)length) != NULL;
        char *subject = line_strip(line);

        number++;
        if (has_nul)
            ok = list_fail(cause, "a NUL octet", "");
        else if (subject[0] != '\0')
            ok = watch_list_add(list, subject, cause);
    }
    if (ok && ferror(file))
        ok = list_fail(cause, strerror(errno), "");
    free(line);
    if (!ok && snprintf(error, WATCH_ERROR_SIZE, "%.300s:%u: %.600s", label, number == 0 ? 1 : number, cause) < 0)
        error[0] = '\0';
    return ok;
}

bool watch_list_read(struct watch_list *list, const char *path, char error[WATCH_ERROR_SIZE])
{
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "re");
    bool ok;

    if (file == NULL) {
        if (snprintf(error, WATCH_ERROR_SIZE, "%.300s: %s", path, strerror(errno)) < 0)
            error[0] = '\0';
        return false;
    }
    ok = list_read_lines(list, file, standard ? "standard input" : path, error);
    if (!standard)
        fclose(file);
    return ok;
}

void watch_list_free(struct watch_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->subjects[i]);
    free(list->subjects);
}
