/*
 * description.c - descriptions in memory, and written as a file. Reading them: description_read.c.
 */
#include "publish/description.h"

#include "base/address.h"
#include "base/text.h"
#include "publish/grow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TTL_DEFAULT_S 3600

void description_init(struct description *description)
{
    memset(description, 0, sizeof *description);
    description->ttl_s = TTL_DEFAULT_S;
}

void description_free(struct description *description)
{
    free(description->hosts);
    name_index_free(&description->index);
    free(description->disowned);
    free(description->accreditors);
    memset(description, 0, sizeof *description);
}

struct description_host *description_host(struct description *description, const char *name)
{
    struct description_host *hosts;
    struct text text;
    size_t number;

    if (name_index_find(&description->index, name, &number))
        return &description->hosts[number];
    hosts = grow_one(description->hosts, description->hosts_count, sizeof *hosts);
    if (hosts == NULL)
        return NULL;
    description->hosts = hosts;
    if (!name_index_add(&description->index, name, description->hosts_count))
        return NULL;
    hosts += description->hosts_count++;
    memset(hosts, 0, sizeof *hosts);
    text_init(&text, hosts->name, sizeof hosts->name);
    text_add(&text, name);
    return hosts;
}

enum description_address description_address(struct description_host *host, const char *text)
{
    struct vouch_address address;

    if (!vouch_address_parse(&address, text, strlen(text)))
        return DESCRIPTION_ADDRESS_NONE;
    for (size_t i = 0; i < host->addresses_count; i++) {
        if (address_equals(&host->addresses[i], (struct vouch_bytes){address.octets, address_length(&address)}))
            return DESCRIPTION_ADDRESS_TWICE;
    }
    if (host->addresses_count < DESCRIPTION_ADDRESSES_MAX)
        host->addresses[host->addresses_count++] = address;
    return DESCRIPTION_ADDRESS_FINE;
}

/* description_add_name - append a name to a list, unless it is there */
static bool description_add_name(char (**names)[VOUCH_NAME_SIZE], size_t *count, const char *name)
{
    char(*more)[VOUCH_NAME_SIZE];
    struct text text;

    for (size_t i = 0; i < *count; i++) {
        if (strcmp((*names)[i], name) == 0)
            return true;
    }
    more = grow_one(*names, *count, sizeof *more);
    if (more == NULL)
        return false;
    *names = more;
    text_init(&text, more[(*count)++], VOUCH_NAME_SIZE);
    text_add(&text, name);
    return true;
}

bool description_disown(struct description *description, const char *name)
{
    return description_add_name(&description->disowned, &description->disowned_count, name);
}

bool description_accreditor(struct description *description, const char *name)
{
    return description_add_name(&description->accreditors, &description->accreditors_count, name);
}

/* description_write_name - a name as the file has it: relative to the domain where it can be */
static void description_write_name(const struct description *description, const char *name, FILE *file)
{
    size_t length = strlen(name), tail = strlen(description->domain);

    if (strcmp(name, description->domain) == 0)
        fputs("\"@\"", file);
    else if (length > tail + 1 && name[length - tail - 1] == '.' &&
             strcmp(name + length - tail, description->domain) == 0)
        fprintf(file, "\"%.*s\"", (int)(length - tail - 1), name);
    else
        fprintf(file, "\"%s.\"", name);
}

/* description_write_note - what is worth telling people of a host, as a comment in the rest of the line */
static void description_write_note(const struct description_host *host, FILE *file)
{
    char safe[4 * sizeof host->note];
    struct text text;

    text_init(&text, safe, sizeof safe);
    text_add_printable(&text, text_bytes(host->note));
    fprintf(file, "%s%s\n", safe[0] == '\0' ? "" : "  # ", safe);
}

/* description_write_host - the section of a host that sends */
static void description_write_host(const struct description *description, const struct description_host *host,
                                   FILE *file)
{
    fputs("host ", file);
    description_write_name(description, host->name, file);
    fputs(" {", file);
    if (host->kind == HOST_ELSEWHERE) {
        fputs(" elsewhere = yes", file);
    } else {
        fputs(" addresses = {", file);
        for (size_t i = 0; i < host->addresses_count; i++) {
            char address[VOUCH_ADDRESS_SIZE];

            vouch_address_format(&host->addresses[i], address);
            fprintf(file, "%s\"%s\"", i == 0 ? "" : ", ", address);
        }
        fputs("}", file);
    }
    fputs(" }", file);
    description_write_note(host, file);
}

/* description_write_never - the names that never send, one a line */
static void description_write_never(const struct description *description, FILE *file)
{
    bool begun = false;

    for (size_t i = 0; i < description->hosts_count; i++) {
        const struct description_host *host = &description->hosts[i];

        if (host->kind != HOST_NEVER)
            continue;
        fputs(begun ? "never += {" : "never = {", file);
        description_write_name(description, host->name, file);
        fputs("}", file);
        description_write_note(host, file);
        begun = true;
    }
}

/* description_is_plain - may these words stand in quotes as they are? */
static bool description_is_plain(const struct description *description)
{
    for (const char *at = description->hoster; *at != '\0'; at++) {
        if (!text_is_alnum(*at) && *at != '-')
            return false;
    }
    return true;
}

bool description_write(const struct description *description, FILE *file)
{
    if (!description_is_plain(description)) {
        errno = EINVAL;
        return false;
    }
    fprintf(file, "domain = \"%s\"\nttl = %u\ncomplete = %s\n", description->domain, description->ttl_s,
            description->complete ? "yes" : "no");
    for (size_t i = 0; i < description->hosts_count; i++) {
        if (description->hosts[i].kind != HOST_NEVER)
            description_write_host(description, &description->hosts[i], file);
    }
    description_write_never(description, file);
    for (size_t i = 0; i < description->disowned_count; i++) {
        fputs(i == 0 ? "disown = {" : ", ", file);
        description_write_name(description, description->disowned[i], file);
        fputs(i + 1 == description->disowned_count ? "}\n" : "", file);
    }
    for (size_t i = 0; i < description->accreditors_count; i++)
        fprintf(file, "%s\"%s\"%s", i == 0 ? "accreditors = {" : ", ", description->accreditors[i],
                i + 1 == description->accreditors_count ? "}\n" : "");
    if (description->hoster[0] != '\0')
        fprintf(file, "hoster = \"%s\"\n", description->hoster);
    return fflush(file) == 0 && !ferror(file);
}
