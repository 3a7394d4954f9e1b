/*
 * privileges.h - becoming daemon.user once the sockets are open.
 */
#ifndef DAEMON_PROCESS_PRIVILEGES_H
#define DAEMON_PROCESS_PRIVILEGES_H

#include "conf/conf.h"

#include <sys/types.h>

/* Who the daemon is to be. */
struct privileges {
    bool change; /* we are somebody else yet */
    uid_t user;
    gid_t group;
    char name[CONF_WORD_SIZE]; /* of the user; empty: only the group changes */
};

/* Whom daemon.user and daemon.group mean. False with `error`: nobody, or we may not become that. */
bool privileges_find(struct privileges *privileges, const struct conf_daemon *conf, char error[CONF_ERROR_SIZE]);

/* Becomes that, for good. False with `error`. */
bool privileges_drop(const struct privileges *privileges, char error[CONF_ERROR_SIZE]);

#endif
