/*
 * transfer_row.c - one row of a store as a line of JSON, and back: what comes in is checked as if an enemy wrote it.
 */
#include "accredit/list.h"
#include "base/text.h"
#include "session/json_text.h"
#include "tool/store/transfer.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MAX 2932896 /* 9999-12-31 */

/* The words of enum store_kind. */
static const char *const kinds[] = {
    [STORE_REPUTATION] = "reputation", [STORE_LIST] = "list", [STORE_SUSPENSION] = "suspension"};

/* transfer_object - a row as an object */
static json_t *transfer_object(const struct store_row *row)
{
    json_t *name = json_text(text_bytes(row->name)), *text = json_text(text_bytes(row->text));
    json_t *object = NULL;

    switch (row->kind) {
    case STORE_REPUTATION:
        object = json_pack("{s:s, s:O, s:i, s:I, s:I}", "kind", kinds[row->kind], "name", name, "day", row->day.day,
                           "ham", (json_int_t)row->day.ham, "spam", (json_int_t)row->day.spam);
        break;
    case STORE_LIST:
        object = json_pack("{s:s, s:o, s:O, s:s, s:O}", "kind", kinds[row->kind], "list",
                           json_text(text_bytes(row->list)), "name", name, "listing",
                           row->listing == VOUCH_LISTED_BLOCKED ? "blocked" : "trusted", "comment", text);
        break;
    case STORE_SUSPENSION:
        object = json_pack("{s:s, s:O, s:o, s:I, s:O}", "kind", kinds[row->kind], "name", name, "finder",
                           json_text(text_bytes(row->finder)), "until", (json_int_t)row->until_s, "cause", text);
        break;
    }
    json_decref(name);
    json_decref(text);
    return object;
}

char *transfer_format(const struct store_row *row)
{
    json_t *object = transfer_object(row);
    char *line = object == NULL ? NULL : json_text_dump(object, false);

    json_decref(object);
    return line;
}

/* transfer_fail - keep the cause; false, for returning */
static bool transfer_fail(char error[TRANSFER_ERROR_SIZE], const char *key, const char *cause)
{
    struct text text;

    text_init(&text, error, TRANSFER_ERROR_SIZE);
    text_add_printable(&text, text_bytes(key));
    text_add(&text, cause);
    return false;
}

/* transfer_get_name - a domain name as stores know them; `suffix`: it may begin with a dot */
static bool transfer_get_name(const json_t *object, const char *key, bool suffix, char name[VOUCH_NAME_SIZE],
                              char error[TRANSFER_ERROR_SIZE])
{
    const char *value = json_string_value(json_object_get(object, key));
    size_t length = value == NULL ? 0 : strlen(value), dot = suffix && length != 0 && value[0] == '.' ? 1 : 0;
    uint8_t wire[VOUCH_NAME_SIZE];

    if (length <= dot || length >= VOUCH_NAME_SIZE || vouch_name_parse(wire, value + dot, length - dot) == 0 ||
        value[length - 1] == '.')
        return transfer_fail(error, key, ": must be a domain name without a final dot");
    for (size_t i = 0; i < length; i++) {
        if (text_lower(value[i]) != value[i])
            return transfer_fail(error, key, ": must be in lower case");
        if (!text_is_alnum(value[i]) && strchr("-_.", value[i]) == NULL)
            return transfer_fail(error, key, ": has letters, digits, \"-\", \"_\" and \".\" only");
    }
    memcpy(name, value, length + 1);
    return true;
}

/* transfer_get_text - a short text without control characters; it may be missing */
static bool transfer_get_text(const json_t *object, const char *key, char text[VOUCH_INFO_SIZE],
                              char error[TRANSFER_ERROR_SIZE])
{
    const json_t *value = json_object_get(object, key);
    const char *string = json_string_value(value);
    size_t length = string == NULL ? 0 : strlen(string);

    if (value != NULL && string == NULL)
        return transfer_fail(error, key, ": must be a text");
    if (length >= VOUCH_INFO_SIZE)
        return transfer_fail(error, key, ": too long");
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)string[i] < ' ' || string[i] == 127)
            return transfer_fail(error, key, ": has a control character");
    }
    memcpy(text, length == 0 ? "" : string, length + 1);
    return true;
}

/* transfer_get_number - a whole number from 0 to `max` */
static bool transfer_get_number(const json_t *object, const char *key, int64_t max, int64_t *number,
                                char error[TRANSFER_ERROR_SIZE])
{
    const json_t *value = json_object_get(object, key);

    *number = json_integer_value(value);
    if (json_is_integer(value) && *number >= 0 && *number <= max)
        return true;
    return transfer_fail(error, key, ": must be a whole number that fits");
}

/* transfer_get_day - the members of a reputation row */
static bool transfer_get_day(struct store_row *row, const json_t *object, char error[TRANSFER_ERROR_SIZE])
{
    int64_t day = 0, ham = 0, spam = 0;

    if (!transfer_get_name(object, "name", true, row->name, error) ||
        !transfer_get_number(object, "day", DAY_MAX, &day, error) ||
        !transfer_get_number(object, "ham", UINT32_MAX, &ham, error) ||
        !transfer_get_number(object, "spam", UINT32_MAX, &spam, error))
        return false;
    row->day = (struct reputation_day){.day = (int32_t)day, .ham = (uint32_t)ham, .spam = (uint32_t)spam};
    return true;
}

/* transfer_get_entry - the members of a list row */
static bool transfer_get_entry(struct store_row *row, const json_t *object, char error[TRANSFER_ERROR_SIZE])
{
    const char *listing = json_string_value(json_object_get(object, "listing"));
    bool blocked = listing != NULL && strcmp(listing, "blocked") == 0;

    if (!blocked && (listing == NULL || strcmp(listing, "trusted") != 0))
        return transfer_fail(error, "listing", ": must be trusted or blocked");
    row->listing = blocked ? VOUCH_LISTED_BLOCKED : VOUCH_LISTED_TRUSTED;
    return transfer_get_name(object, "list", false, row->list, error) &&
           transfer_get_name(object, "name", true, row->name, error) &&
           transfer_get_text(object, "comment", row->text, error);
}

/* transfer_is_useless - is it an entry of a list that can never answer? */
static bool transfer_is_useless(const struct store_row *row, char error[TRANSFER_ERROR_SIZE])
{
    char cause[LIST_ERROR_SIZE];

    return row->kind == STORE_LIST && !list_check_name(row->name, cause) && !transfer_fail(error, "name: ", cause);
}

/* transfer_get_finder - who suspended: without blanks; it may be missing, as in exports that knew none */
static bool transfer_get_finder(struct store_row *row, const json_t *object, char error[TRANSFER_ERROR_SIZE])
{
    char finder[VOUCH_INFO_SIZE];
    size_t length;

    if (!transfer_get_text(object, "finder", finder, error))
        return false;
    length = strlen(finder);
    for (size_t i = 0; i < length; i++) {
        if (finder[i] <= ' ' || finder[i] > '~')
            return transfer_fail(error, "finder", ": has printable ASCII without blanks only");
    }
    if (length >= sizeof row->finder)
        return transfer_fail(error, "finder", ": too long");
    memcpy(row->finder, finder, length + 1);
    return true;
}

/* transfer_get_suspension - the members of a suspension row */
static bool transfer_get_suspension(struct store_row *row, const json_t *object, char error[TRANSFER_ERROR_SIZE])
{
    return transfer_get_name(object, "name", false, row->name, error) && transfer_get_finder(row, object, error) &&
           transfer_get_number(object, "until", INT64_MAX, &row->until_s, error) &&
           transfer_get_text(object, "cause", row->text, error);
}

/* transfer_load - a line as an object; null with `error` */
static json_t *transfer_load(const char *line, char error[TRANSFER_ERROR_SIZE])
{
    json_error_t cause;
    json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, &cause);

    if (json_is_object(object))
        return object;
    transfer_fail(error, object == NULL ? cause.text : "no object", "");
    json_decref(object);
    return NULL;
}

bool transfer_parse_header(const char *line, char error[TRANSFER_ERROR_SIZE])
{
    json_t *object = transfer_load(line, error);
    const char *what = json_string_value(json_object_get(object, "vouchsafe"));
    bool fine = false;

    if (object == NULL || what == NULL || strcmp(what, "store") != 0)
        transfer_fail(error, "", "this is no export of a store: it must begin with {\"vouchsafe\":\"store\",...}");
    else if (json_integer_value(json_object_get(object, "version")) != TRANSFER_VERSION)
        transfer_fail(error, "version", ": only 1 is known");
    else
        fine = true;
    json_decref(object);
    return fine;
}

enum transfer_line transfer_parse(struct store_row *row, const char *line, char error[TRANSFER_ERROR_SIZE])
{
    json_t *object = transfer_load(line, error);
    const char *kind = json_string_value(json_object_get(object, "kind"));
    bool fine = false;

    *row = (struct store_row){0};
    if (object == NULL)
        return TRANSFER_WRONG;
    if (kind != NULL && strcmp(kind, kinds[STORE_REPUTATION]) == 0) {
        row->kind = STORE_REPUTATION;
        fine = transfer_get_day(row, object, error);
    } else if (kind != NULL && strcmp(kind, kinds[STORE_LIST]) == 0) {
        row->kind = STORE_LIST;
        fine = transfer_get_entry(row, object, error);
    } else if (kind != NULL && strcmp(kind, kinds[STORE_SUSPENSION]) == 0) {
        row->kind = STORE_SUSPENSION;
        fine = transfer_get_suspension(row, object, error);
    } else {
        transfer_fail(error, "kind", ": must be reputation, list or suspension");
    }
    json_decref(object);
    if (!fine)
        return TRANSFER_WRONG;
    return transfer_is_useless(row, error) ? TRANSFER_USELESS : TRANSFER_ROW;
}
