/*
 * codes.c - rows of code tables: "127.0.2-20.3=A". Each octet is a number or a range.
 */
#include "base/text.h"
#include "conf/options.h"

#include <string.h>

#define LOOPBACK 127

/* code_read_number - 0 to 255 at `*at`, which moves behind it; false if there is none */
static bool code_read_number(const char **at, uint8_t *number)
{
    unsigned value = 0;
    size_t digits = 0;

    for (; text_is_digit(**at) && digits < 4; (*at)++, digits++)
        value = value * 10 + (unsigned)(**at - '0');
    *number = (uint8_t)value;
    return digits != 0 && value <= UINT8_MAX;
}

/* code_read_octet - a number or LOW-HIGH */
static bool code_read_octet(const char **at, uint8_t *low, uint8_t *high)
{
    if (!code_read_number(at, low))
        return false;
    *high = *low;
    if (**at != '-')
        return true;
    (*at)++;
    return code_read_number(at, high) && *low <= *high;
}

/* code_read_rating - A to E, or "error" */
static bool code_read_rating(const char *word, struct vouch_code *code)
{
    code->rating = VOUCH_RATING_C;
    code->error = strcmp(word, "error") == 0;
    if (code->error)
        return true;
    if (word[0] < 'A' || word[0] > 'E' || word[1] != '\0')
        return false;
    code->rating = (enum vouch_rating)(word[0] - 'A');
    return true;
}

/* code_read - one row */
static bool code_read(struct vouch_code *code, const char *at)
{
    for (unsigned i = 0; i < sizeof code->low; i++) {
        if (i != 0 && *at++ != '.')
            return false;
        if (!code_read_octet(&at, &code->low[i], &code->high[i]))
            return false;
    }
    return *at == '=' && code_read_rating(at + 1, code) && code->low[0] == LOOPBACK && code->high[0] == LOOPBACK;
}

bool conf_add_code(struct conf_codes *codes, const char *name, const char *value, char error[CONF_ERROR_SIZE])
{
    if (codes->count == CONF_CODES_MAX)
        return conf_fail(error, "%s: more than %d values", name, CONF_CODES_MAX);
    memset(&codes->codes[codes->count], 0, sizeof codes->codes[0]);
    if (!code_read(&codes->codes[codes->count], value))
        return conf_fail(
            error,
            "%s = %.100s: must be \"127.N.N.N=RATING\", N a number or a range such as 2-20, RATING a letter "
            "from A to E, or error",
            name, value);
    codes->count++;
    return true;
}
