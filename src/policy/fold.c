/*
 * fold.c - folds a header field for a message.
 */
#include "policy/fold.h"

#include <string.h>

#define COLUMNS_MAX 78
#define TAB_COLUMNS 8

/* fold_word - how long the next word is: up to a blank outside quotes */
static size_t fold_word(const char *line)
{
    bool quoted = false;
    size_t length;

    for (length = 0; line[length] != '\0' && (quoted || line[length] != ' '); length++) {
        if (line[length] == '"')
            quoted = !quoted;
        else if (quoted && line[length] == '\\' && line[length + 1] != '\0')
            length++;
    }
    return length;
}

void fold_add(struct text *out, const char *name, const char *value)
{
    size_t column = strlen(name) + 1;
    bool first = true;

    while (*value != '\0') {
        size_t length = fold_word(value);

        if (column + 1 + length > COLUMNS_MAX) {
            text_add(out, "\n\t");
            column = TAB_COLUMNS;
        } else {
            if (!first)
                text_add_char(out, ' ');
            column++;
        }
        text_add_bytes(out, value, length);
        first = false;
        column += length;
        value += length;
        while (*value == ' ')
            value++;
    }
}
