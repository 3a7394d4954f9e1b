/*
 * list.c - what is watched: domains, hosts, zone files and descriptions, from the command line or a file.
 */
#include "base/text.h"
#include "tool/lint/report.h"
#include "tool/watch/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SUBJECT_SIZE 1024
#define DESCRIPTION  "description " /* what a description's path has before it; no name and no file has a blank */

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

/* subject_name - a name or a zone file as it is remembered, so that one name is one subject; null: out of memory */
static char *subject_name(const char *subject)
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

/* subject_description - a description as it is remembered; null: out of memory */
static char *subject_description(const char *path)
{
    char *copy = NULL;

    return asprintf(&copy, DESCRIPTION "%s", path) < 0 ? NULL : copy;
}

/* list_take - add a subject, once; its text is the list's from then on, null: out of memory */
static bool list_take(struct watch_list *list, char *text, bool is_description, char error[WATCH_ERROR_SIZE])
{
    struct watch_subject *grown;

    for (size_t i = 0; text != NULL && i < list->count; i++) {
        if (strcmp(list->subjects[i].text, text) == 0) {
            free(text);
            return true;
        }
    }
    grown = text == NULL ? NULL : reallocarray(list->subjects, list->count + 1, sizeof *grown);
    if (grown == NULL) {
        free(text);
        return list_fail(error, strerror(ENOMEM), "");
    }
    list->subjects = grown;
    grown[list->count++] = (struct watch_subject){text, is_description ? text + strlen(DESCRIPTION) : NULL};
    return true;
}

bool watch_list_add(struct watch_list *list, const char *subject, char error[WATCH_ERROR_SIZE])
{
    const char *fault = subject_fault(subject);

    return fault == NULL ? list_take(list, subject_name(subject), false, error) : list_fail(error, fault, subject);
}

bool watch_list_add_description(struct watch_list *list, const char *path, char error[WATCH_ERROR_SIZE])
{
    const char *fault = subject_fault(path);

    return fault == NULL ? list_take(list, subject_description(path), true, error) : list_fail(error, fault, path);
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

/* list_add_line - add what a line says: NAME or FILE, or "description FILE" */
static bool list_add_line(struct watch_list *list, const char *line, char error[WATCH_ERROR_SIZE])
{
    size_t word = strcspn(line, " \t");

    if (line[word] != '\0' && text_is((struct vouch_bytes){(const uint8_t *)line, word}, "description"))
        return watch_list_add_description(list, line + word + strspn(line + word, " \t"), error);
    return watch_list_add(list, line, error);
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
            ok = list_add_line(list, subject, cause);
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
        free(list->subjects[i].text);
    free(list->subjects);
}
