/*
 * conf_file.h - configuration files of tests: written to a temporary folder and read.
 */
#ifndef UNIT_CONF_FILE_H
#define UNIT_CONF_FILE_H

#include "conf/conf.h"
#include "unit.h"

/* The file, another one beside it, and what was read. */
extern char conf_path[64], conf_other_path[64];
extern struct conf conf;

/* A fault with its line and its cause. */
struct conf_fault {
    const char *text;
    unsigned line;
    const char *cause;
};

void conf_file_write(const char *name, const char *text, size_t length);

/* Reads a file of this text over the defaults. */
bool conf_file_read(const char *text, char error[CONF_ERROR_SIZE]);

/* The same; the test fails if the file is not fine. */
void conf_file_require(const char *text);

/* Each text must be refused, with file, line and cause. */
void conf_file_refuse(const struct conf_fault *faults, size_t count);

/* For cmocka_run_group_tests. */
int conf_file_set_up(void **state);
int conf_file_tear_down(void **state);

#endif
