/*
 * fuzz.h - what the fuzz targets share: the entry point, an always-on check, bytes that steer a target, and a stream
 * that comes in slices.
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

#define FUZZ_SLICES_MAX 16

/* In what pieces a stream comes in: these lengths less one, again and again; longer ones the more is waiting. */
struct fuzz_slices {
    uint8_t lengths[FUZZ_SLICES_MAX];
    size_t count;
};

/* Takes an octet that says how many lengths follow, less one, and those. */
void fuzz_take_slices(struct fuzz_slices *slices, struct fuzz_input *input);

/*
 * A stream that comes in slices. What has come and was not taken is seen through a block of its own, so that ASan sees
 * any read behind it; the block lasts until the next one.
 */
struct fuzz_stream {
    struct vouch_bytes bytes;
    const struct fuzz_slices *slices;
    size_t come, taken, turn;
    uint8_t *window;
};

/* At first nothing has come. Without `slices` all comes at once. */
void fuzz_stream_open(struct fuzz_stream *stream, struct vouch_bytes bytes, const struct fuzz_slices *slices);
struct vouch_bytes fuzz_stream_window(struct fuzz_stream *stream);
void fuzz_stream_take(struct fuzz_stream *stream, size_t octets);

/* Lets the next slice come; false: all has come. */
bool fuzz_stream_more(struct fuzz_stream *stream);
void fuzz_stream_close(struct fuzz_stream *stream);

/* A fingerprint of what was read, to compare two ways to read the same. */
#define FUZZ_HASH 0xcbf29ce484222325U

void fuzz_hash(uint64_t *hash, const void *data, size_t length);
void fuzz_hash_number(uint64_t *hash, uint64_t number);

/* Adds a view, and holds it to lie within the octets that were given. */
void fuzz_hash_view(uint64_t *hash, struct vouch_bytes view, struct vouch_bytes given);

#endif
