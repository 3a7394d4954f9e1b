/*
 * files.c - finds the files of a configuration, Debian's ways of splitting them included.
 */
#include "tool/observe/files.h"

#include "base/text.h"
#include "observe/exim.h"
#include "observe/hosts.h"
#include "observe/postfix.h"
#include "observe/sendmail.h"
#include "tool/tool.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE     4096
#define INSTANCES_MAX 32

/* observe_open_named - a file that a configuration names, below the root */
static FILE *observe_open_named(void *owner, const char *path)
{
    const struct observe_host *host = owner;
    char whole[PATH_SIZE];

    if (snprintf(whole, sizeof whole, "%s%s", path[0] == '/' ? host->root : "", path) >= (int)sizeof whole) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    return observe_open(whole);
}

/* observe_canonical - the first name of the first line of etc/hosts that holds the host's name */
static void observe_canonical(void *owner, const char *address, char *names)
{
    struct observe_host *host = owner;
    const char *first = hosts_name(&names);

    (void)address;
    for (const char *name = first; name != NULL && host->canonical[0] == '\0'; name = hosts_name(&names)) {
        if (text_is_nocase(text_bytes(name), host->hostname))
            sightings_copy(host->canonical, sizeof host->canonical, first);
    }
}

/* observe_hostname - what ROOT/etc/hostname says */
static void observe_hostname(struct observe_host *host)
{
    FILE *file = observe_open_named(host, "/etc/hostname");
    struct lines lines;

    if (file == NULL)
        return;
    if (lines_open(&lines, file, "/etc/hostname") && lines_next(&lines))
        sightings_copy(host->hostname, sizeof host->hostname, lines_trim(lines.line));
    lines_close(&lines);
    fclose(file);
}

void observe_host_init(struct observe_host *host, const char *root, const char *hostname, struct sightings *sightings)
{
    memset(host, 0, sizeof *host);
    host->root = root;
    host->sightings = sightings;
    if (hostname != NULL)
        sightings_copy(host->hostname, sizeof host->hostname, hostname);
    else if (root[0] != '\0')
        observe_hostname(host);
    else if (gethostname(host->hostname, sizeof host->hostname - 1) != 0)
        host->hostname[0] = '\0';
    host->machine = (struct machine){host->hostname, host->canonical, observe_open_named, host};
    if (host->hostname[0] != '\0')
        hosts_read(&host->machine, observe_canonical, host);
}

/* observe_fail - say what is wrong with a file; false, for returning */
static bool observe_fail(const char *path)
{
    tool_fail(OBSERVE_COMMAND, "%s: %s", path, strerror(errno));
    return false;
}

/* What takes the lines of a file. */
typedef void observe_reader(void *owner, struct lines *lines);

/* observe_file - gives the lines of FOLDER/NAME to a reader; false after saying what is wrong, also that it is missing
 */
static bool observe_file(const char *path, observe_reader *reader, void *owner)
{
    FILE *file = observe_open(path);
    struct lines lines;
    bool fine;

    if (file == NULL)
        return observe_fail(path);
    fine = lines_open(&lines, file, path);
    if (fine)
        reader(owner, &lines);
    fine = fine && (!ferror(file) || observe_fail(path));
    lines_close(&lines);
    fclose(file);
    return fine;
}

/* observe_path - "FOLDER/NAME"; false after saying that it is too long */
static bool observe_path(char path[PATH_SIZE], const char *folder, const char *name)
{
    errno = ENAMETOOLONG;
    return snprintf(path, PATH_SIZE, "%s/%s", folder, name) < PATH_SIZE || observe_fail(folder);
}

/* observe_is - is there a file, or with `folder` a folder? False with errno 0: there is nothing */
static bool observe_is(const char *path, bool folder)
{
    struct stat status;

    if (stat(path, &status) == 0) {
        errno = 0;
        return S_ISDIR(status.st_mode) == folder;
    }
    errno = errno == ENOENT || errno == ENOTDIR ? 0 : errno;
    return false;
}

/* observe_missing - nothing is there: is that so, and may it be? */
static bool observe_missing(const char *path, bool *found)
{
    if (found != NULL && errno == 0) {
        *found = false;
        return true;
    }
    errno = errno == 0 ? ENOENT : errno;
    return observe_fail(path);
}

/* A Postfix instance that is being read. */
struct observe_instance {
    struct observe_host *host;
    const char *folder;
    struct settings settings;
};

/* observe_read_main, observe_read_master - the two files of an instance */
static void observe_read_main(void *owner, struct lines *lines)
{
    struct observe_instance *instance = owner;

    postfix_read_main(&instance->settings, lines, instance->host->sightings);
}

static void observe_read_master(void *owner, struct lines *lines)
{
    struct observe_instance *instance = owner;

    postfix_senders(instance->host->sightings, &instance->settings, lines, &instance->host->machine, instance->folder);
}

/* observe_transports - master.cf of an instance, or the transport that it has without */
static bool observe_transports(struct observe_instance *instance)
{
    struct observe_host *host = instance->host;
    char master[PATH_SIZE];

    if (!observe_path(master, instance->folder, "master.cf"))
        return false;
    if (observe_is(master, false))
        return observe_file(master, observe_read_master, instance);
    sightings_remark(host->sightings, master, "is not there: transports with settings of their own are not known");
    postfix_senders(host->sightings, &instance->settings, NULL, &host->machine, instance->folder);
    return true;
}

/*
 * observe_instance - main.cf and master.cf of a folder; `others` gets the instances that it names, null for one of
 * those, which has to be enabled
 */
static bool observe_instance(struct observe_host *host, const char *folder, char *others, size_t size)
{
    struct observe_instance instance = {.host = host, .folder = folder};
    char main[PATH_SIZE];
    bool fine;

    settings_init(&instance.settings);
    fine = observe_path(main, folder, "main.cf") && observe_file(main, observe_read_main, &instance);
    if (fine && (others != NULL || postfix_is_enabled(&instance.settings, host->sightings, folder)))
        fine = observe_transports(&instance);
    if (others != NULL &&
        (!fine || !postfix_parameter(&instance.settings, &host->machine, "multi_instance_directories", others, size)))
        others[0] = '\0';
    settings_free(&instance.settings);
    return fine;
}

bool observe_postfix(struct observe_host *host, const char *folder, bool *found)
{
    char others[PATH_SIZE], path[PATH_SIZE], *rest = others, *word;
    int count = 0;

    if (!observe_path(path, folder, "main.cf"))
        return false;
    if (!observe_is(path, false))
        return observe_missing(path, found);
    if (!observe_instance(host, folder, others, sizeof others))
        return false;
    while ((word = strsep(&rest, ", \t")) != NULL) {
        if (word[0] == '\0' || ++count > INSTANCES_MAX)
            continue;
        if (snprintf(path, sizeof path, "%s%s", host->root, word) >= (int)sizeof path ||
            !observe_instance(host, path, NULL, 0))
            return false;
    }
    return true;
}

/* An Exim configuration that is being read. */
struct observe_exim {
    struct exim *exim;
    bool split;
};

/* observe_read_exim, observe_read_debian - one of its files */
static void observe_read_exim(void *owner, struct lines *lines)
{
    struct observe_exim *exim = owner;

    exim_read(exim->exim, lines);
}

static void observe_read_debian(void *owner, struct lines *lines)
{
    struct observe_exim *exim = owner;

    exim_read_debian(exim->exim, lines, &exim->split);
}

/* observe_is_part - does update-exim4.conf take a file of this name? */
static int observe_is_part(const struct dirent *entry)
{
    const char *at = entry->d_name;

    while (text_is_alnum(*at) || *at == '_' || *at == '-')
        at++;
    return *at == '\0' && at != entry->d_name;
}

/* observe_order - as the C locale sorts */
static int observe_order(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* observe_part - one file of a section, or the .rul file that stands for it */
static bool observe_part(struct observe_exim *exim, const char *folder, const char *name)
{
    char path[PATH_SIZE], instead[PATH_SIZE + 4];

    if (!observe_path(path, folder, name))
        return false;
    snprintf(instead, sizeof instead, "%s.rul", path);
    if (!observe_is(path, false))
        return true;
    return observe_file(observe_is(instead, false) ? instead : path, observe_read_exim, exim);
}

/* observe_split - conf.d, section by section */
static bool observe_split(struct observe_exim *exim, const char *folder)
{
    static const char *const sections[] = {"main", "acl", "router", "transport", "retry", "rewrite", "auth"};
    char path[PATH_SIZE];
    bool fine = true;

    for (size_t i = 0; fine && i < sizeof sections / sizeof sections[0]; i++) {
        struct dirent **entries = NULL;
        int count;

        if (snprintf(path, sizeof path, "%s/conf.d/%s", folder, sections[i]) >= (int)sizeof path)
            return observe_fail(folder);
        count = scandir(path, &entries, observe_is_part, observe_order);
        if (count < 0)
            return observe_fail(path);
        for (int j = 0; j < count; j++) {
            fine = fine && observe_part(exim, path, entries[j]->d_name);
            free(entries[j]);
        }
        free(entries);
    }
    return fine;
}

/* observe_debian - a folder like /etc/exim4: what update-exim4.conf makes of it */
static bool observe_debian(struct observe_exim *exim, const char *folder)
{
    char path[PATH_SIZE];

    if (!observe_path(path, folder, "exim4.conf"))
        return false;
    if (observe_is(path, false))
        return observe_file(path, observe_read_exim, exim);
    if (!observe_path(path, folder, "update-exim4.conf.conf"))
        return false;
    if (observe_is(path, false) && !observe_file(path, observe_read_debian, exim))
        return false;
    if (exim->split)
        return observe_split(exim, folder);
    if (!observe_path(path, folder, "exim4.conf.localmacros"))
        return false;
    if (observe_is(path, false) && !observe_file(path, observe_read_exim, exim))
        return false;
    return observe_path(path, folder, "exim4.conf.template") && observe_file(path, observe_read_exim, exim);
}

bool observe_exim(struct observe_host *host, const char *path, bool *found)
{
    struct observe_exim exim = {exim_new(&host->machine, host->sightings), false};
    bool fine;

    if (exim.exim == NULL)
        return observe_fail(path);
    if (observe_is(path, true))
        fine = observe_debian(&exim, path);
    else if (errno == 0 && observe_is(path, false))
        fine = observe_file(path, observe_read_exim, &exim);
    else {
        exim_free(exim.exim);
        return observe_missing(path, found);
    }
    if (fine)
        exim_senders(exim.exim, path);
    exim_free(exim.exim);
    return fine;
}

/* A Sendmail configuration that is being read. */
struct observe_sendmail {
    struct observe_host *host;
    struct settings settings;
};

/* observe_read_cf, observe_read_mc - one of its forms */
static void observe_read_cf(void *owner, struct lines *lines)
{
    struct observe_sendmail *sendmail = owner;

    sendmail_read_cf(&sendmail->settings, lines, sendmail->host->sightings);
}

static void observe_read_mc(void *owner, struct lines *lines)
{
    struct observe_sendmail *sendmail = owner;

    sendmail_read_mc(&sendmail->settings, lines->file, lines->label, &sendmail->host->machine,
                     sendmail->host->sightings);
}

bool observe_sendmail(struct observe_host *host, const char *path, bool *found)
{
    struct observe_sendmail sendmail = {.host = host};
    char inside[PATH_SIZE];
    size_t length;
    bool fine;

    if (observe_is(path, true)) {
        if (!observe_path(inside, path, "sendmail.cf") ||
            (!observe_is(inside, false) && errno == 0 && !observe_path(inside, path, "sendmail.mc")))
            return false;
        path = inside;
    }
    if (!observe_is(path, false))
        return observe_missing(path, found);
    length = strlen(path);
    settings_init(&sendmail.settings);
    fine = observe_file(path, length > 3 && strcmp(path + length - 3, ".mc") == 0 ? observe_read_mc : observe_read_cf,
                        &sendmail);
    if (fine)
        sendmail_sender(host->sightings, &sendmail.settings, &host->machine, path);
    settings_free(&sendmail.settings);
    return fine;
}
