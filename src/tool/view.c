/*
 * view.c - prints what is remembered.
 */
#include "tool/view.h"

#include "base/text.h"
#include "tool/tool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PIECE     64 /* octets that are encoded at once */
#define ID_LENGTH 13 /* characters of base32 in a decision id */

void view_print(FILE *out, const char *text)
{
    for (struct vouch_bytes left = text_bytes(text); left.length != 0;) {
        struct vouch_bytes piece = {left.data, left.length < PIECE ? left.length : PIECE};
        char safe[4 * PIECE + 1];
        struct text encoded;

        text_init(&encoded, safe, sizeof safe);
        text_add_printable(&encoded, piece);
        fputs(safe, out);
        left.data += piece.length;
        left.length -= piece.length;
    }
}

void view_print_cell(FILE *out, const char *text, int width)
{
    char safe[256];
    struct text encoded;

    text_init(&encoded, safe, sizeof safe);
    text_add_printable(&encoded, text_bytes(text));
    if ((encoded.length > (size_t)width || encoded.cut) && width > 3)
        fprintf(out, "%.*s...", width - 3, safe);
    else
        fprintf(out, "%-*s", width, safe);
}

void view_label(FILE *out, const char *label)
{
    fprintf(out, "  %-10s  ", label);
}

void view_time(int64_t time_ms, char text[VIEW_TIME_SIZE])
{
    time_t time_s = (time_t)(time_ms / 1000);
    struct tm fields;

    text[0] = '\0';
    if (localtime_r(&time_s, &fields) == NULL || strftime(text, VIEW_TIME_SIZE, "%Y-%m-%d %H:%M:%S %z", &fields) == 0)
        snprintf(text, VIEW_TIME_SIZE, "?");
}

void view_time_utc(int64_t time_ms, char text[VIEW_TIME_SIZE])
{
    time_t time_s = (time_t)(time_ms / 1000);
    char seconds[VIEW_TIME_SIZE - 8];
    struct tm fields;

    if (gmtime_r(&time_s, &fields) == NULL || strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &fields) == 0)
        snprintf(text, VIEW_TIME_SIZE, "?");
    else
        snprintf(text, VIEW_TIME_SIZE, "%s.%03dZ", seconds, time_ms < 0 ? 0 : (int)(time_ms % 1000));
}

const char *view_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? "" : text;
}

int64_t view_number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

bool view_bool(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

int view_json(const char *command, const json_t *value)
{
    char *text = value == NULL ? NULL : json_text_dump(value, true);
    int status;

    if (text == NULL)
        return tool_fail(command, "out of memory");
    status = puts(text) < 0 ? tool_fail(command, "standard output: %s", strerror(errno)) : view_end(command, TOOL_FINE);
    free(text);
    return status;
}

int view_end(const char *command, int status)
{
    if (fflush(stdout) == 0 && ferror(stdout) == 0)
        return status;
    return tool_fail(command, "standard output: %s", strerror(errno));
}

/* view_id_length - how many characters of an id stand here, in either case */
static size_t view_id_length(const char *text)
{
    size_t length = 0;

    while ((text_lower(text[length]) >= 'a' && text_lower(text[length]) <= 'z') ||
           (text[length] >= '2' && text[length] <= '7'))
        length++;
    return length;
}

bool view_find_id(const char *text, char id[LEDGER_ID_SIZE])
{
    static const char mark[] = "id=";
    const char *at = text;

    if (view_id_length(at) != ID_LENGTH || at[ID_LENGTH] != '\0') {
        do {
            at = strstr(at, mark);
            at = at == NULL ? NULL : at + sizeof mark - 1;
        } while (at != NULL && view_id_length(at) != ID_LENGTH);
    }
    if (at == NULL)
        return false;
    for (size_t i = 0; i < ID_LENGTH; i++)
        id[i] = text_lower(at[i]);
    id[ID_LENGTH] = '\0';
    return true;
}
