/*
 * fold.c - folds a header field for a message.
 */
#include "policy/fold.h"

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

void fold_add(struct text *out, const char *line)
{
    size_t column = 0;

    while (*line != '\0') {
        size_t length = fold_word(line);

        if (column != 0 && column + 1 + length > COLUMNS_MAX) {
            text_add(out, "\n\t");
            column = TAB_COLUMNS;
        } else if (column != 0) {
            text_add_char(out, ' ');
            column++;
        }
        text_add_bytes(out, line, length);
        column += length;
        line += length;
        while (*line == ' ')
            line++;
    }
}
