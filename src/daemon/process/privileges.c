/*
 * privileges.c - from root to daemon.user, each step checked.
 */
#include "daemon/process/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* privileges_fail - write an error; false, for returning */
__attribute__((format(printf, 2, 3))) static bool privileges_fail(char error[CONF_ERROR_SIZE], const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    if (vsnprintf(error, CONF_ERROR_SIZE, format, arguments) < 0)
        error[0] = '\0';
    va_end(arguments);
    return false;
}

bool privileges_find(struct privileges *privileges, const struct conf_daemon *conf, char error[CONF_ERROR_SIZE])
{
    const struct passwd *user = conf->user[0] == '\0' ? NULL : getpwnam(conf->user);
    const struct group *group = conf->group[0] == '\0' ? NULL : getgrnam(conf->group);

    memset(privileges, 0, sizeof *privileges);
    privileges->user = geteuid();
    privileges->group = getegid();
    if (conf->user[0] != '\0' && user == NULL)
        return privileges_fail(error, "daemon.user = %s: no such user", conf->user);
    if (conf->group[0] != '\0' && group == NULL)
        return privileges_fail(error, "daemon.group = %s: no such group", conf->group);
    if (user != NULL) {
        privileges->user = user->pw_uid;
        privileges->group = user->pw_gid;
        memcpy(privileges->name, conf->user, sizeof privileges->name);
    }
    if (group != NULL)
        privileges->group = group->gr_gid;
    privileges->change = privileges->user != geteuid() || privileges->group != getegid();
    if (privileges->change && geteuid() != 0)
        return privileges_fail(error, "daemon.%s = %s: only root can become that",
                               privileges->user != geteuid() ? "user" : "group",
                               privileges->user != geteuid() ? conf->user : conf->group);
    return true;
}

/* privileges_set_groups - the user's supplementary groups, or none but the new one */
static bool privileges_set_groups(const struct privileges *privileges)
{
    if (privileges->name[0] != '\0')
        return initgroups(privileges->name, privileges->group) == 0;
    return setgroups(1, &privileges->group) == 0;
}

bool privileges_drop(const struct privileges *privileges, char error[CONF_ERROR_SIZE])
{
    if (!privileges->change)
        return true;
    if (!privileges_set_groups(privileges) || setgid(privileges->group) != 0 || setuid(privileges->user) != 0)
        return privileges_fail(error, "becoming daemon.user: %s", strerror(errno));
    if (getuid() != privileges->user || geteuid() != privileges->user || getgid() != privileges->group ||
        getegid() != privileges->group || (privileges->user != 0 && setuid(0) == 0))
        return privileges_fail(error, "becoming daemon.user: the system does not hold to it");
    return true;
}
