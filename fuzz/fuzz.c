/*
 * fuzz.c - what the fuzz targets share.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

void fuzz_require(bool holds, const char *file, int line, const char *property)
{
    if (holds)
        return;
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, property);
    abort();
}

void fuzz_require_clean(const char *text)
{
    for (; *text != '\0'; text++)
        REQUIRE(*text >= ' ' && *text <= '~');
}

uint8_t fuzz_u8(struct fuzz_input *input)
{
    return input->at < input->size ? input->data[input->at++] : 0;
}

struct vouch_bytes fuzz_rest(struct fuzz_input *input)
{
    struct vouch_bytes rest = {input->data + input->at, input->size - input->at};

    input->at = input->size;
    return rest;
}
