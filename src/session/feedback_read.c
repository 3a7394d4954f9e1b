/*
 * feedback_read.c - votes from outside: the JSON that says one, and the secret of those who may.
 */
#include "session/feedback.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_SOURCE "http"

/* feedback_read_id - as decision ids are written */
static bool feedback_read_id(struct feedback *feedback, const json_t *value, const char **wrong)
{
    size_t length = json_string_length(value);
    const char *id = json_string_value(value);

    *wrong = value == NULL ? "id: is missing" : "id: is no decision id";
    if (id == NULL || length == 0 || length >= sizeof feedback->id)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!text_is_alnum(id[i]))
            return false;
        feedback->id[i] = text_lower(id[i]);
    }
    return true;
}

/* feedback_read_verdict - ham or spam */
static bool feedback_read_verdict(struct feedback *feedback, const json_t *value, const char **wrong)
{
    struct vouch_bytes word = {(const uint8_t *)json_string_value(value), json_string_length(value)};

    *wrong = value == NULL ? "verdict: is missing" : "verdict: is neither ham nor spam";
    feedback->spam = json_is_string(value) && text_is(word, "spam");
    return feedback->spam || (json_is_string(value) && text_is(word, "ham"));
}

/* feedback_read_source - who says so */
static bool feedback_read_source(struct feedback *feedback, const json_t *value, const char **wrong)
{
    struct text text;

    *wrong = "source: is no text";
    if (value != NULL && !json_is_string(value))
        return false;
    text_init(&text, feedback->source, sizeof feedback->source);
    if (json_string_length(value) == 0)
        text_add(&text, DEFAULT_SOURCE);
    else
        text_add_printable(&text,
                           (struct vouch_bytes){(const uint8_t *)json_string_value(value), json_string_length(value)});
    return true;
}

/* feedback_read_count - on how many messages */
static bool feedback_read_count(struct feedback *feedback, const json_t *value, const char **wrong)
{
    json_int_t count = value == NULL ? 1 : json_integer_value(value);

    *wrong = "count: is no whole number from 1 to 100";
    feedback->count = (uint32_t)count;
    return (value == NULL || json_is_integer(value)) && count >= 1 && count <= FEEDBACK_COUNT_MAX;
}

/* jansson calls a text wrong that it had no memory to read: this remembers that there was none. */
static bool feedback_starved;

/* feedback_allocate - malloc for jansson */
static void *feedback_allocate(size_t size)
{
    void *block = malloc(size);

    feedback_starved = feedback_starved || block == NULL;
    return block;
}

bool feedback_read(struct feedback *feedback, struct vouch_bytes json, const char **wrong)
{
    json_t *object;
    bool fine;

    memset(feedback, 0, sizeof *feedback);
    *wrong = "the body is longer than 4096 octets";
    if (json.length > FEEDBACK_BODY_MAX)
        return false;
    *wrong = "the body is no JSON object, or has a key twice";
    feedback_starved = false;
    json_set_alloc_funcs(feedback_allocate, free);
    object = json_loadb((const char *)json.data, json.length, JSON_REJECT_DUPLICATES, NULL);
    if (object == NULL && feedback_starved)
        *wrong = NULL;
    fine = json_is_object(object) && feedback_read_id(feedback, json_object_get(object, "id"), wrong) &&
           feedback_read_verdict(feedback, json_object_get(object, "verdict"), wrong) &&
           feedback_read_source(feedback, json_object_get(object, "source"), wrong) &&
           feedback_read_count(feedback, json_object_get(object, "count"), wrong);
    json_decref(object);
    return fine;
}

/* token_fail - say what is wrong with the file */
static bool token_fail(const char *path, const char *cause, char error[CONF_ERROR_SIZE])
{
    struct text text;

    text_init(&text, error, CONF_ERROR_SIZE);
    text_add(&text, "feedback.token_file ");
    text_add_printable(&text, text_bytes(path));
    text_add(&text, ": ");
    text_add(&text, cause);
    return false;
}

/* token_load - the octets of the file, up to what fits; negative with errno: it cannot be read */
static ssize_t token_load(const char *path, char *buffer, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    ssize_t got = 1;
    size_t length = 0;
    int cause;

    if (fd < 0)
        return -1;
    while (length < size && (got = read(fd, buffer + length, size - length)) != 0) {
        if (got > 0)
            length += (size_t)got;
        else if (errno != EINTR)
            break;
    }
    cause = errno;
    close(fd);
    errno = cause;
    return got < 0 ? -1 : (ssize_t)length;
}

bool feedback_read_token(const char *path, char token[FEEDBACK_TOKEN_SIZE], char error[CONF_ERROR_SIZE])
{
    char buffer[FEEDBACK_TOKEN_SIZE + 2]; /* a line's end, and one octet too many */
    ssize_t got = token_load(path, buffer, sizeof buffer);
    size_t length = 0;

    if (got < 0)
        return token_fail(path, strerror(errno), error);
    while (length < (size_t)got && buffer[length] != '\n' && buffer[length] != '\r')
        length++;
    if (length < FEEDBACK_TOKEN_MIN)
        return token_fail(path, "the first line must have 16 characters or more", error);
    if (length >= FEEDBACK_TOKEN_SIZE)
        return token_fail(path, "the first line must have fewer than 256 characters", error);
    for (size_t i = 0; i < length; i++)
        if (buffer[i] <= ' ' || buffer[i] > '~')
            return token_fail(path, "the first line must be printable ASCII without blanks", error);
    memcpy(token, buffer, length);
    token[length] = '\0';
    return true;
}
