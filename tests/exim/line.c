/*
 * line.c - the Exim line codec for line.py: `line read` prints the HELO of the request on standard input, or its
 * fault; `line answer` makes an answer of lines "KEY HEX", the value in hexadecimal.
 */
#include "proto/exim.h"

#include <stdio.h>
#include <string.h>

/* unhex - the octets of hexadecimal digits, in place, as a string; false if these are none */
static bool unhex(char *digits)
{
    size_t length = strspn(digits, "0123456789abcdef") / 2;

    for (size_t i = 0; i < length; i++) {
        unsigned octet;

        if (sscanf(digits + 2 * i, "%2x", &octet) != 1)
            return false;
        digits[i] = (char)octet;
    }
    digits[length] = '\0';
    return true;
}

/* answer - read keys and values, write the line */
static int answer(void)
{
    static char out[65536], line[EXIM_LINE_MAX];
    struct text text;

    text_init(&text, out, sizeof out);
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *value = strchr(line, ' ');

        if (value == NULL || !unhex(value + 1))
            return 2;
        *value = '\0';
        exim_add(&text, line, value + 1);
    }
    exim_end(&text);
    return fputs(out, stdout) < 0 || text.cut ? 2 : 0;
}

/* read_request - read a line, write its HELO */
static int read_request(void)
{
    static uint8_t data[EXIM_LINE_MAX];
    static struct exim_request request;
    struct vouch_bytes bytes = {data, fread(data, 1, sizeof data, stdin)};
    size_t used;

    if (exim_read(bytes, &request, &used) != EXIM_REQUEST || used != bytes.length) {
        fprintf(stderr, "%s\n", request.cause != NULL ? request.cause : "not one whole line");
        return 1;
    }
    return fwrite(request.helo, 1, request.helo_length, stdout) == request.helo_length ? 0 : 2;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "read") == 0)
        return read_request();
    return argc == 2 && strcmp(argv[1], "answer") == 0 ? answer() : 2;
}
