/*
 * config.h - configuration files made from the option table.
 */
#ifndef TOOL_CONFIG_H
#define TOOL_CONFIG_H

#include <stdio.h>

/* A file that states every option's default; sections with a title stand there as comments. */
void config_print_defaults(FILE *out);

/* The file that is shipped: monitor, a store, two listeners, the rest as comments. */
void config_print_sample(FILE *out);

#endif
