/*
 * options.h - what the files of this folder share: words that stand in two tables, and how a value is refused.
 */
#ifndef CONF_OPTIONS_H
#define CONF_OPTIONS_H

#include "conf/conf.h"

extern const struct conf_word conf_modes[];
extern const struct conf_word conf_stages[];
extern const struct conf_word conf_requires[];
extern const struct conf_word conf_on_temperror[];

/* Writes `error`; false, for returning. */
__attribute__((format(printf, 2, 3))) bool conf_fail(char error[CONF_ERROR_SIZE], const char *format, ...);

/* Every option of a table to its default. */
void conf_set_defaults(const struct conf_option *options, size_t count, void *base);

/*
 * A domain name that may stand in headers, replies and logs: letters, digits, "-", "_" and "."; written in lower case
 * without the final dot. With `suffix` it may begin with a dot. False if it is none.
 */
bool conf_read_name(char name[VOUCH_NAME_SIZE], const char *text, size_t length, bool suffix);

/* Add one value to a list. `name` is the option's, for the message. */
bool conf_add_network(struct conf_networks *networks, const char *name, const char *value, char error[CONF_ERROR_SIZE]);
bool conf_add_code(struct conf_codes *codes, const char *name, const char *value, char error[CONF_ERROR_SIZE]);
bool conf_add_exemption(struct conf_exemptions *exemptions, const char *name, const char *value,
                        char error[CONF_ERROR_SIZE]);

#endif
