/*
 * organization.c - the organizational domain of a host name, by the public suffix list through libpsl.
 *
 * libpsl knows the list that was built into it, and the one that Debian's package publicsuffix brings up to date.
 */
#include "accredit/organization.h"

#include "base/text.h"

#include <errno.h>
#include <libpsl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYSTEM_LIST "/usr/share/publicsuffix/public_suffix_list.dafsa"

struct organizations {
    psl_ctx_t *list;
};

/* organizations_fail - "PATH: cause" */
static void organizations_fail(char error[ORGANIZATION_ERROR_SIZE], const char *path, const char *cause)
{
    struct text text;

    text_init(&text, error, ORGANIZATION_ERROR_SIZE);
    text_add_printable(&text, text_bytes(path));
    text_add(&text, ": ");
    text_add(&text, cause);
}

/* organizations_read - the list of a file, or null with `error` */
static psl_ctx_t *organizations_read(const char *path, char error[ORGANIZATION_ERROR_SIZE])
{
    FILE *file = fopen(path, "re");
    psl_ctx_t *list;
    bool readable;

    if (file == NULL) {
        organizations_fail(error, path, strerror(errno));
        return NULL;
    }
    errno = 0;
    readable = fgetc(file) != EOF; /* libpsl says neither that a file is a folder nor that it is empty */
    if (!readable) {
        organizations_fail(error, path, errno != 0 ? strerror(errno) : "is empty");
        fclose(file);
        return NULL;
    }
    rewind(file);
    list = psl_load_fp(file);
    if (list == NULL)
        organizations_fail(error, path, "not a public suffix list");
    fclose(file);
    return list;
}

/* organizations_latest - the newest of the system's list and the one built in */
static psl_ctx_t *organizations_latest(char error[ORGANIZATION_ERROR_SIZE])
{
    psl_ctx_t *list = psl_latest(SYSTEM_LIST);

    if (list == NULL)
        organizations_fail(error, SYSTEM_LIST, "there is no public suffix list; install the package publicsuffix");
    return list;
}

struct organizations *organizations_open(const char *path, char error[ORGANIZATION_ERROR_SIZE])
{
    struct organizations *organizations = malloc(sizeof *organizations);

    error[0] = '\0';
    if (organizations == NULL) {
        organizations_fail(error, "public suffix list", "out of memory");
        return NULL;
    }
    organizations->list = path[0] != '\0' ? organizations_read(path, error) : organizations_latest(error);
    if (organizations->list == NULL) {
        free(organizations);
        return NULL;
    }
    return organizations;
}

const char *organizations_find(const struct organizations *organizations, const char *name)
{
    const char *found = psl_registrable_domain(organizations->list, name);

    return found == NULL ? "" : found;
}

void organizations_close(struct organizations *organizations)
{
    if (organizations == NULL)
        return;
    psl_free(organizations->list);
    free(organizations);
}
