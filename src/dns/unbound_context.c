/*
 * unbound_context.c - opens a context of libunbound with our settings.
 *
 * The order matters: our settings, forwarders and anchors, then the administrator's file, which may change them all,
 * then one question about a name of our own, which makes libunbound read all of it. libunbound says what it dislikes
 * in its log only, and about the administrator's file on stderr: both are caught here, none of it gets out.
 */
#define _GNU_SOURCE
#include "dns/unbound_context.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unbound-event.h>
#include <unbound.h>
#include <unistd.h>

#define START_NAME "start.vouchsafe.invalid." /* answered by libunbound itself */

enum { TYPE_A = 1, CLASS_IN = 1 };

struct option {
    const char *name;
    const char *value;
};

/* Measured against the defaults: without these, four queries a name, 1 MB of cache, 16 ports. */
static const struct option settings[] = {
    {"use-syslog:", "no"},
    {"qname-minimisation:", "no"},
    {"msg-cache-size:", "32m"},
    {"rrset-cache-size:", "64m"},
    {"key-cache-size:", "4m"},
    {"outgoing-range:", "512"},
    {"num-queries-per-thread:", "2048"},
    {"outbound-msg-retry:", "2"},
    {"cache-max-negative-ttl:", "900"},
    {"val-clean-additional:", "yes"},
    {"infra-keep-probing:", "yes"}, /* a forwarder that comes back is found soon */
    {"local-zone:", START_NAME " refuse"},
};

/* Names that libunbound would answer itself; with a resolver of ours, that resolver knows about them. [RFC 6761] */
static const struct option local_names[] = {
    {"unblock-lan-zones:", "yes"},
    {"local-zone:", "localhost. transparent"},
    {"local-zone:", "127.in-addr.arpa. transparent"},
    {"local-zone:", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa. transparent"},
    {"local-zone:", "home.arpa. transparent"},
    {"local-zone:", "onion. transparent"},
    {"local-zone:", "test. transparent"},
    {"local-zone:", "invalid. transparent"},
};

/* What libunbound says while it starts. */
struct log {
    FILE *file;
    char *text;
    size_t size;
};

/* log_cause - the first complaint of the log, or other words if there is none */
static const char *log_cause(struct log *log, const char *otherwise)
{
    static const char mark[] = "error: ";
    char *cause;

    if (fflush(log->file) != 0 || log->text == NULL)
        return otherwise;
    cause = strstr(log->text, mark);
    if (cause == NULL)
        return otherwise;
    cause += sizeof mark - 1;
    cause[strcspn(cause, "\n")] = '\0';
    return cause;
}

/* context_set - set options; false with `error` naming the one that was refused */
static bool context_set(struct ub_ctx *context, const struct option *options, size_t count,
                        char error[UNBOUND_ERROR_SIZE])
{
    for (size_t i = 0; i < count; i++) {
        int status = ub_ctx_set_option(context, options[i].name, options[i].value);

        if (status != 0)
            return unbound_fail(error, "libunbound", options[i].name, ub_strerror(status));
    }
    return true;
}

/* context_upstream - say where answers come from, and who knows about local names */
static bool context_upstream(struct ub_ctx *context, const struct unbound_config *config,
                             char error[UNBOUND_ERROR_SIZE])
{
    bool recursion = config->resolvers_count == 0 && config->recursion;
    struct option hints = {"root-hints:", config->root_hints};

    for (size_t i = 0; i < config->resolvers_count; i++) {
        if (!unbound_forward(context, config->resolvers[i]))
            return unbound_fail(error, "resolver", config->resolvers[i], "not ADDR or ADDR@PORT");
    }
    if (config->resolvers_count == 0 && !recursion && !unbound_resolv_conf(context, config->resolv_conf, error))
        return false;
    if (recursion && config->root_hints == NULL)
        return true;
    if (recursion && !context_set(context, &hints, 1, error))
        return false;
    return context_set(context, local_names, sizeof local_names / sizeof local_names[0], error);
}

/* context_anchors - hand over the anchors that are not left out */
static bool context_anchors(struct ub_ctx *context, const struct unbound_anchors *anchors,
                            char error[UNBOUND_ERROR_SIZE])
{
    for (size_t i = 0; i < anchors->count; i++) {
        int status = anchors->anchors[i].left_out ? 0 : ub_ctx_add_ta(context, anchors->anchors[i].record);

        if (status != 0)
            return unbound_fail(error, "trust anchor", anchors->anchors[i].name, ub_strerror(status));
    }
    return true;
}

/* stderr_catch - let file descriptor 2 be a file in memory; -1: it stays as it is */
static int stderr_catch(int *saved)
{
    int caught = memfd_create("vouchsafe-stderr", MFD_CLOEXEC);

    *saved = caught < 0 ? -1 : fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (caught >= 0 && dup2(caught, STDERR_FILENO) < 0) {
        close(caught);
        caught = -1;
    }
    return caught;
}

/* stderr_release - put file descriptor 2 back, and give the first line that was caught */
static void stderr_release(int caught, int saved, char line[UNBOUND_ERROR_SIZE])
{
    ssize_t length = 0;

    fflush(stderr);
    if (caught >= 0) {
        if (saved < 0)
            close(STDERR_FILENO);
        else if (dup2(saved, STDERR_FILENO) < 0)
            close(STDERR_FILENO);
        length = pread(caught, line, UNBOUND_ERROR_SIZE - 1, 0);
        close(caught);
    }
    if (saved >= 0)
        close(saved);
    line[length < 0 ? 0 : length] = '\0';
    line[strcspn(line, "\n")] = '\0';
}

/* context_extra - read the administrator's file */
static bool context_extra(struct ub_ctx *context, const char *path, char error[UNBOUND_ERROR_SIZE])
{
    char line[UNBOUND_ERROR_SIZE];
    int saved, caught, status;

    if (path == NULL)
        return true;
    if (access(path, R_OK) != 0)
        return unbound_fail(error, "unbound configuration", path, strerror(errno));
    caught = stderr_catch(&saved);
    status = ub_ctx_config(context, path);
    stderr_release(caught, saved, line);
    if (status == 0)
        return true;
    return unbound_fail(error, "unbound configuration", line[0] == '\0' ? path : line,
                        line[0] == '\0' ? ub_strerror(status) : "");
}

/* start_done - nothing: the answer only shows that libunbound has started */
static void start_done(void *data, int rcode, void *packet, int length, int security, char *why, int limited)
{
    (void)data;
    (void)rcode;
    (void)packet;
    (void)length;
    (void)security;
    (void)why;
    (void)limited;
}

/* context_start - make libunbound read its settings, hints and anchors */
static bool context_start(struct ub_ctx *context, struct log *log, char error[UNBOUND_ERROR_SIZE])
{
    int id;
    int status = ub_resolve_event(context, START_NAME, TYPE_A, CLASS_IN, NULL, start_done, &id);

    return status == 0 || unbound_fail(error, "libunbound", "", log_cause(log, ub_strerror(status)));
}

/* context_fill - everything between an empty context and one that works */
static bool context_fill(struct ub_ctx *context, const struct unbound_config *config,
                         const struct unbound_anchors *anchors, struct log *log, char error[UNBOUND_ERROR_SIZE])
{
    return context_set(context, settings, sizeof settings / sizeof settings[0], error) &&
           context_upstream(context, config, error) && context_anchors(context, anchors, error) &&
           context_extra(context, config->extra_config, error) && context_start(context, log, error);
}

struct ub_ctx *unbound_context_open(struct event_base *base, const struct unbound_config *config,
                                    const struct unbound_anchors *anchors, char error[UNBOUND_ERROR_SIZE])
{
    struct ub_ctx *context = ub_ctx_create_event(base);
    struct log log = {NULL, NULL, 0};
    bool ok = false;

    log.file = open_memstream(&log.text, &log.size);
    if (context == NULL || log.file == NULL || ub_ctx_debugout(context, log.file) != 0)
        unbound_fail(error, "libunbound", "", "out of memory");
    else
        ok = context_fill(context, config, anchors, &log, error);
    if (context != NULL && ub_ctx_debugout(context, NULL) != 0)
        ok = unbound_fail(error, "libunbound", "", "the log cannot be closed");
    if (!ok)
        ub_ctx_delete(context);
    if (log.file != NULL)
        fclose(log.file);
    free(log.text);
    return ok ? context : NULL;
}
