/*
 * fuzz.h - what the fuzz targets share: the entry point, an always-on check, and bytes that steer a target.
 *
 * Each target asserts properties that hold for any input. With -Dfuzz=true libFuzzer drives it; otherwise replay.c
 * feeds it the files of its corpus, as a test.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include "vouchsafe.h"

#define FUZZ_TEXT(condition)    #condition
#define REQUIRE(condition)      fuzz_require((condition), __FILE__, __LINE__, FUZZ_TEXT(condition))
#define FUZZ_COUNT(array)       (sizeof(array) / sizeof(array)[0])
#define FUZZ_PICK(input, array) ((array)[fuzz_u8(input) % FUZZ_COUNT(array)])

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process with place and property if the property does not hold. */
void fuzz_require(bool holds, const char *file, int line, const char *property);

/* The string holds printable ASCII only: no CR, LF or other control character got out. */
void fuzz_require_clean(const char *text);

/* Bytes that steer; zeros once they are used up. */
struct fuzz_input {
    const uint8_t *data;
    size_t size, at;
};

uint8_t fuzz_u8(struct fuzz_input *input);

/* What is left. */
struct vouch_bytes fuzz_rest(struct fuzz_input *input);

#endif
