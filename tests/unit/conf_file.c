/*
 * conf_file.c - configuration files of tests.
 */
#include "conf_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/vouchsafe-conf-XXXXXX";
char conf_path[64], conf_other_path[64];
struct conf conf;

void conf_file_write(const char *name, const char *text, size_t length)
{
    FILE *file = fopen(name, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

bool conf_file_read(const char *text, char error[CONF_ERROR_SIZE])
{
    conf_file_write(conf_path, text, strlen(text));
    conf_init(&conf);
    return conf_read(&conf, conf_path, error);
}

void conf_file_require(const char *text)
{
    char error[CONF_ERROR_SIZE];

    if (!conf_file_read(text, error))
        fail_msg("%s: %s", text, error);
}

void conf_file_refuse(const struct conf_fault *faults, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char error[CONF_ERROR_SIZE], expected[128];

        if (conf_file_read(faults[i].text, error))
            fail_msg("%s was accepted", faults[i].text);
        assert_true(snprintf(expected, sizeof expected, "%s:%u: ", conf_path, faults[i].line) > 0);
        if (strncmp(error, expected, strlen(expected)) != 0 || strstr(error, faults[i].cause) == NULL)
            fail_msg("%s gave %s", faults[i].text, error);
    }
}

int conf_file_set_up(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    return snprintf(conf_path, sizeof conf_path, "%s/file", folder) > 0 &&
                   snprintf(conf_other_path, sizeof conf_other_path, "%s/other", folder) > 0
               ? 0
               : -1;
}

int conf_file_tear_down(void **state)
{
    (void)state;
    remove(conf_path);
    remove(conf_other_path);
    return rmdir(folder);
}
