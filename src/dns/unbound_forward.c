/*
 * unbound_forward.c - name servers to forward to, one by one or from a resolv.conf.
 *
 * libunbound takes "127.0.0.1@5x" and a file without name servers without a word, so both are looked at here.
 */
#define _GNU_SOURCE
#include "dns/master_word.h"
#include "dns/unbound_context.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unbound.h>

#define SYSTEM_PATH "/etc/resolv.conf"
#define BLANKS      " \t\r\n"

bool unbound_fail(char error[UNBOUND_ERROR_SIZE], const char *what, const char *name, const char *cause)
{
    const char *parts[] = {what, name, cause};
    struct text text;

    text_init(&text, error, UNBOUND_ERROR_SIZE);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i][0] == '\0')
            continue;
        text_add(&text, text.length == 0 ? "" : ": ");
        text_add(&text, parts[i]);
    }
    return false;
}

/* resolver_is_valid - check "ADDR[%ZONE][@PORT]" */
static bool resolver_is_valid(const char *resolver)
{
    struct vouch_bytes port = {NULL, 0};
    struct vouch_address address;
    size_t length = strcspn(resolver, "@");
    size_t plain = strcspn(resolver, "%@");
    uint32_t number = 0;

    if (resolver[length] == '@') {
        port = text_bytes(resolver + length + 1);
        if (!master_number_parse(port, UINT16_MAX, &number) || number == 0)
            return false;
    }
    if (!vouch_address_parse(&address, resolver, plain))
        return false;
    return plain == length || (address.family == 6 && length > plain + 1);
}

bool unbound_forward(struct ub_ctx *context, const char *resolver)
{
    return resolver_is_valid(resolver) && ub_ctx_set_fwd(context, resolver) == 0;
}

/* resolv_line - obey one line of a resolv.conf; false for a name server that is no address */
static bool resolv_line(struct ub_ctx *context, char *line, size_t *servers)
{
    static const char keyword[] = "nameserver";
    char *value = line + strspn(line, BLANKS);

    if (strncmp(value, keyword, sizeof keyword - 1) != 0)
        return true;
    value += sizeof keyword - 1;
    if (strspn(value, BLANKS) == 0)
        return true;
    value += strspn(value, BLANKS);
    value[strcspn(value, BLANKS "#;")] = '\0';
    *servers += 1;
    return unbound_forward(context, value);
}

bool unbound_resolv_conf(struct ub_ctx *context, const char *path, char error[UNBOUND_ERROR_SIZE])
{
    const char *label = path == NULL ? SYSTEM_PATH : path;
    FILE *file = fopen(label, "re");
    char *line = NULL;
    size_t size = 0, servers = 0;
    unsigned number = 0;
    bool ok = true;

    if (file == NULL)
        return unbound_fail(error, "resolv.conf", label, strerror(errno));
    while (ok && getline(&line, &size, file) >= 0) {
        number++;
        ok = resolv_line(context, line, &servers);
    }
    if (!ok) {
        struct text text;

        text_init(&text, error, UNBOUND_ERROR_SIZE);
        text_add(&text, label);
        text_add_char(&text, ':');
        text_add_unsigned(&text, number);
        text_add(&text, ": a name server that is no address");
    } else if (ferror(file)) {
        ok = unbound_fail(error, "resolv.conf", label, strerror(errno));
    } else if (servers == 0 && !unbound_forward(context, "127.0.0.1")) { /* as resolv.conf(5) says */
        ok = unbound_fail(error, "resolv.conf", label, "the local name server cannot be used");
    }
    free(line);
    fclose(file);
    return ok;
}
