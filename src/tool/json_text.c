/*
 * json_text.c - JSON values on standard output.
 */
#include "tool/json_text.h"

#include <stdlib.h>

bool json_text_write(const json_t *value, bool indent, FILE *out)
{
    char *text = json_text_dump(value, indent);
    bool fine = text != NULL && fprintf(out, "%s\n", text) >= 0;

    free(text);
    return fine;
}
