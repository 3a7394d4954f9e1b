/*
 * column.c - binds and reads values. A value that cannot be bound stays null, which the tables refuse: that is trouble.
 */
#include "store/column.h"
#include "base/address.h"
#include "base/text.h"

#include <sqlite3.h>
#include <string.h>

void column_bind_text(struct sqlite3_stmt *statement, int index, const char *text)
{
    sqlite3_bind_text(statement, index, text != NULL ? text : "", -1, SQLITE_STATIC);
}

void column_bind_address(struct sqlite3_stmt *statement, int index, const struct vouch_address *address)
{
    sqlite3_bind_blob(statement, index, address->octets, (int)address_length(address), SQLITE_STATIC);
}

const char *column_text(struct sqlite3_stmt *statement, int index)
{
    const unsigned char *text = sqlite3_column_text(statement, index);

    return text != NULL ? (const char *)text : "";
}

void column_copy(struct sqlite3_stmt *statement, int index, char *copy, size_t size)
{
    struct text text;

    text_init(&text, copy, size);
    text_add(&text, column_text(statement, index));
}

uint32_t column_count(struct sqlite3_stmt *statement, int index, uint32_t max)
{
    int64_t value = sqlite3_column_int64(statement, index);

    return value < 0 ? 0 : value > max ? max : (uint32_t)value;
}

void column_address(struct sqlite3_stmt *statement, int index, struct vouch_address *address)
{
    const void *octets = sqlite3_column_blob(statement, index);
    int length = sqlite3_column_bytes(statement, index);

    memset(address, 0, sizeof *address);
    if (octets == NULL || (length != 4 && length != 16))
        return;
    address->family = length == 4 ? 4 : 6;
    memcpy(address->octets, octets, (size_t)length);
}
