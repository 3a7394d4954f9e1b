/*
 * milter_write.c - what the filter answers.
 *
 * Replies and header fields may hold text of a peer's. Strings end at their NUL, so none gets out inside of one; other
 * octets that are not printable ASCII, CR among them, read \xNN; a LF goes out only as a fold, before blank or tab.
 */
#include "proto/milter_frame.h"

#include <string.h>

void milter_add_options(struct text *out, uint32_t version, uint32_t actions, uint32_t steps,
                        const struct milter_macros_wanted *macros, size_t macros_count)
{
    size_t start = milter_frame_open(out, MILTER_OPTIONS);

    milter_put_number(out, version);
    milter_put_number(out, actions);
    milter_put_number(out, steps);
    for (size_t i = 0; i < macros_count; i++) {
        milter_put_number(out, (uint32_t)macros[i].stage);
        milter_put_string(out, macros[i].names);
    }
    milter_frame_close(out, start);
}

void milter_add_answer(struct text *out, enum milter_answer answer)
{
    milter_frame_close(out, milter_frame_open(out, (uint8_t)answer));
}

/* put_clean - add one character, escaped unless it is printable ASCII */
static void put_clean(struct text *out, const char *character)
{
    struct vouch_bytes bytes = {(const uint8_t *)character, 1};

    text_add_printable(out, bytes);
}

void milter_add_reply(struct text *out, const char *reply)
{
    size_t start = milter_frame_open(out, MILTER_REPLY);

    for (; *reply != '\0'; reply++) {
        if (*reply == '%')
            text_add_char(out, '%');
        put_clean(out, reply);
    }
    text_add_char(out, '\0');
    milter_frame_close(out, start);
}

/* put_name - add the name of a header field and its NUL */
static void put_name(struct text *out, const char *name)
{
    text_add_printable(out, text_bytes(name));
    text_add_char(out, '\0');
}

/* put_value - add the value of a header field and its NUL, its folds kept */
static void put_value(struct text *out, const char *value)
{
    for (; *value != '\0'; value++) {
        bool is_fold = value[0] == '\n' && (value[1] == ' ' || value[1] == '\t');

        if (is_fold || *value == '\t')
            text_add_char(out, *value);
        else
            put_clean(out, value);
    }
    text_add_char(out, '\0');
}

void milter_add_insert_header(struct text *out, uint32_t index, const char *name, const char *value)
{
    size_t start = milter_frame_open(out, MILTER_INSERT_HEADER);

    milter_put_number(out, index);
    put_name(out, name);
    put_value(out, value);
    milter_frame_close(out, start);
}

void milter_add_delete_header(struct text *out, uint32_t index, const char *name)
{
    size_t start = milter_frame_open(out, MILTER_CHANGE_HEADER);

    milter_put_number(out, index);
    put_name(out, name);
    text_add_char(out, '\0');
    milter_frame_close(out, start);
}
