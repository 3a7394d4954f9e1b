/*
 * postfix_master.c - reads master.cf: eight fields a service, then its arguments: "-o name=value", "-o { name = value
 * }".
 */
#include "observe/postfix_master.h"

#include <stdlib.h>
#include <string.h>

#define BLANKS    " \t\r\n"
#define FIELDS    8
#define LINE_SIZE 32768

/* postfix_master_brace - the end of a {...} that begins here, or null */
static char *postfix_master_brace(char *at)
{
    size_t depth = 0;

    for (; *at != '\0'; at++) {
        depth += *at == '{';
        if (*at == '}' && --depth == 0)
            return at;
    }
    return NULL;
}

/* postfix_master_word - takes the next word, or what stands in braces, off the line; null: none */
static char *postfix_master_word(char **line)
{
    char *word = *line + strspn(*line, BLANKS), *stop;

    if (word[0] == '\0')
        return NULL;
    stop = word[0] == '{' ? postfix_master_brace(word) : NULL;
    if (stop != NULL)
        word++;
    else
        stop = word + strcspn(word, BLANKS);
    *line = stop + (*stop != '\0');
    *stop = '\0';
    return word;
}

/* postfix_master_option - "name=value" with any blanks */
static void postfix_master_option(struct postfix_service *service, char *option, const char *place,
                                  struct sightings *sightings)
{
    char *equals = strchr(option, '=');

    if (equals == NULL) {
        sightings_remark(sightings, place, "-o %.200s: no \"name=value\"", option);
        return;
    }
    *equals = '\0';
    settings_set(&service->options, lines_trim(option), lines_trim(equals + 1), place);
}

/* postfix_master_options - the arguments behind the command */
static void postfix_master_options(struct postfix_service *service, char *line, const char *place,
                                   struct sightings *sightings)
{
    char *word;

    while ((word = postfix_master_word(&line)) != NULL) {
        if (strncmp(word, "-o", 2) != 0)
            continue;
        word = word[2] != '\0' ? word + 2 : postfix_master_word(&line);
        if (word != NULL)
            postfix_master_option(service, word, place, sightings);
    }
}

/* postfix_master_service - one logical line; false, after a remark: it is no service */
static bool postfix_master_service(struct postfix_service *service, char *line, const char *place,
                                   struct sightings *sightings)
{
    char *fields[FIELDS];
    const char *slash;

    for (int i = 0; i < FIELDS; i++) {
        fields[i] = postfix_master_word(&line);
        if (fields[i] == NULL) {
            sightings_remark(sightings, place, "a service needs eight fields: Postfix would refuse this file");
            return false;
        }
    }
    slash = strrchr(fields[FIELDS - 1], '/');
    sightings_copy(service->name, sizeof service->name, fields[0]);
    sightings_copy(service->command, sizeof service->command, slash == NULL ? fields[FIELDS - 1] : slash + 1);
    postfix_master_options(service, line, place, sightings);
    return true;
}

bool postfix_master_next(struct lines *lines, struct postfix_service *service, struct sightings *sightings)
{
    struct folded_line line = {.text = malloc(LINE_SIZE), .size = LINE_SIZE};
    char place[SIGHTINGS_PLACE_SIZE];
    bool found = false;

    memset(service, 0, sizeof *service);
    while (!found && line.text != NULL && lines_next_folded(lines, &line)) {
        sightings_place(place, lines->label, line.number);
        found = postfix_master_service(service, line.text, place, sightings);
    }
    free(line.text);
    return found;
}
