/*
 * reload.c - what a new configuration may not change while the daemon runs.
 */
#include "base/text.h"
#include "conf/conf.h"

#include <string.h>

void conf_keep(struct conf *conf, const struct conf *old, char names[CONF_ERROR_SIZE])
{
    struct text text;

    text_init(&text, names, CONF_ERROR_SIZE);
    for (size_t i = 0; i < conf_options_count; i++) {
        const struct conf_option *option = &conf_options[i];
        char *field = (char *)conf + option->offset;
        const char *kept = (const char *)old + option->offset;

        if (option->change != CONF_RESTART || memcmp(field, kept, option->size) == 0)
            continue;
        memcpy(field, kept, option->size);
        text_add(&text, text.length == 0 ? "" : ", ");
        text_add(&text, option->name);
    }
}
