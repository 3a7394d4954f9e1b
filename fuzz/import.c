/*
 * import.c - any octets as a line of `vouchsafe store import`: what is accepted is a row within its bounds, which
 * written out again is accepted and the same row; what is refused is refused in clean words.
 */
#include "base/text.h"
#include "fuzz.h"
#include "tool/store/transfer.h"

#include <stdlib.h>
#include <string.h>

#define DAY_MAX 2932896 /* 9999-12-31 */

/* check_name - a name in lower case, as stores know them; `suffix`: it may begin with a dot */
static void check_name(const char *name, bool suffix)
{
    size_t length = strnlen(name, VOUCH_NAME_SIZE), dot = suffix && name[0] == '.' ? 1 : 0;
    uint8_t wire[VOUCH_NAME_SIZE];

    REQUIRE(length > dot && length < VOUCH_NAME_SIZE && name[length - 1] != '.');
    REQUIRE(vouch_name_parse(wire, name + dot, length - dot) != 0);
    fuzz_require_clean(name);
    for (size_t i = 0; i < length; i++)
        REQUIRE(text_lower(name[i]) == name[i]);
}

/* check_text - free text without control characters */
static void check_text(const char text[VOUCH_INFO_SIZE])
{
    size_t length = strnlen(text, VOUCH_INFO_SIZE);

    REQUIRE(length < VOUCH_INFO_SIZE);
    for (size_t i = 0; i < length; i++)
        REQUIRE((uint8_t)text[i] >= ' ' && text[i] != 0x7f);
}

/* check_row - what holds of every row that was accepted */
static void check_row(const struct store_row *row)
{
    switch (row->kind) {
    case STORE_REPUTATION:
        check_name(row->name, true);
        REQUIRE(row->day.day >= 0 && row->day.day <= DAY_MAX);
        return;
    case STORE_LIST:
        check_name(row->list, false);
        check_name(row->name, true);
        check_text(row->text);
        REQUIRE(row->listing == VOUCH_LISTED_TRUSTED || row->listing == VOUCH_LISTED_BLOCKED);
        return;
    case STORE_SUSPENSION:
        check_name(row->name, false);
        check_text(row->text);
        REQUIRE(row->until_s >= 0);
        return;
    }
    REQUIRE(false);
}

/* check_same - two rows say the same */
static void check_same(const struct store_row *a, const struct store_row *b)
{
    REQUIRE(a->kind == b->kind && strcmp(a->name, b->name) == 0 && strcmp(a->list, b->list) == 0);
    REQUIRE(a->day.day == b->day.day && a->day.ham == b->day.ham && a->day.spam == b->day.spam);
    REQUIRE(a->listing == b->listing && a->until_s == b->until_s && strcmp(a->text, b->text) == 0);
}

/* check_error - the cause of a refusal, as a terminal sees it */
static void check_error(const char error[TRANSFER_ERROR_SIZE])
{
    REQUIRE(error[0] != '\0' && memchr(error, '\0', TRANSFER_ERROR_SIZE) != NULL);
    fuzz_require_clean(error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct store_row row, again;
    char error[TRANSFER_ERROR_SIZE] = "", *line = malloc(size + 1), *written;

    if (line == NULL)
        return 0;
    if (size != 0)
        memcpy(line, data, size);
    line[size] = '\0';
    if (transfer_parse(&row, line, error) == TRANSFER_ROW) {
        check_row(&row);
        written = transfer_format(&row);
        REQUIRE(written != NULL && strchr(written, '\n') == NULL);
        REQUIRE(transfer_parse(&again, written, error) == TRANSFER_ROW);
        check_same(&row, &again);
        free(written);
    } else {
        check_error(error);
    }
    error[0] = '\0';
    if (!transfer_parse_header(line, error))
        check_error(error);
    free(line);
    return 0;
}
