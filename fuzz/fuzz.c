/*
 * fuzz.c - what the fuzz targets share.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAITING_STEP 256 /* with so much waiting slices are twice as long, and so on: long frames end in time */

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

void fuzz_take_slices(struct fuzz_slices *slices, struct fuzz_input *input)
{
    slices->count = fuzz_u8(input) % FUZZ_SLICES_MAX + 1;
    for (size_t i = 0; i < slices->count; i++)
        slices->lengths[i] = fuzz_u8(input);
}

void fuzz_stream_open(struct fuzz_stream *stream, struct vouch_bytes bytes, const struct fuzz_slices *slices)
{
    *stream = (struct fuzz_stream){.bytes = bytes, .slices = slices};
}

struct vouch_bytes fuzz_stream_window(struct fuzz_stream *stream)
{
    size_t length = stream->come - stream->taken;

    free(stream->window);
    stream->window = malloc(length);
    REQUIRE(stream->window != NULL || length == 0);
    if (length != 0)
        memcpy(stream->window, stream->bytes.data + stream->taken, length);
    return (struct vouch_bytes){stream->window, length};
}

void fuzz_stream_take(struct fuzz_stream *stream, size_t octets)
{
    REQUIRE(octets <= stream->come - stream->taken);
    stream->taken += octets;
}

bool fuzz_stream_more(struct fuzz_stream *stream)
{
    const struct fuzz_slices *slices = stream->slices;
    size_t left = stream->bytes.length - stream->come, slice = left;

    if (slices != NULL)
        slice = (slices->lengths[stream->turn++ % slices->count] + 1U) *
                (1 + (stream->come - stream->taken) / WAITING_STEP);
    stream->come += slice < left ? slice : left;
    return left != 0;
}

void fuzz_stream_close(struct fuzz_stream *stream)
{
    free(stream->window);
    stream->window = NULL;
}

void fuzz_hash(uint64_t *hash, const void *data, size_t length)
{
    const uint8_t *octets = data;

    for (size_t i = 0; i < length; i++)
        *hash = (*hash ^ octets[i]) * 0x100000001b3U;
}

void fuzz_hash_number(uint64_t *hash, uint64_t number)
{
    fuzz_hash(hash, &number, sizeof number);
}

void fuzz_hash_view(uint64_t *hash, struct vouch_bytes view, struct vouch_bytes given)
{
    fuzz_hash_number(hash, view.length);
    if (view.length == 0)
        return;
    REQUIRE(view.data >= given.data && view.length <= given.length);
    REQUIRE((size_t)(view.data - given.data) <= given.length - view.length);
    fuzz_hash(hash, view.data, view.length);
}
