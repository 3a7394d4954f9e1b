/*
 * noop_libmilter.c - the smallest filter that libmilter allows: it looks at CONNECT, HELO, MAIL and RCPT, does nothing.
 *
 * usage: noop_libmilter unix:PATH|inet:PORT@HOST
 */
#include <libmilter/mfapi.h>
#include <stdio.h>
#include <sys/resource.h>

enum { BACKLOG = 4096 };

static sfsistat on_connect(SMFICTX *context, char *host, _SOCK_ADDR *address)
{
    (void)context;
    (void)host;
    (void)address;
    return SMFIS_CONTINUE;
}

static sfsistat on_helo(SMFICTX *context, char *name)
{
    (void)context;
    (void)name;
    return SMFIS_CONTINUE;
}

static sfsistat on_address(SMFICTX *context, char **arguments)
{
    (void)context;
    (void)arguments;
    return SMFIS_CONTINUE;
}

int main(int argc, char **argv)
{
    static char name[] = "noop";
    struct smfiDesc filter = {.xxfi_name = name,
                              .xxfi_version = SMFI_VERSION,
                              .xxfi_connect = on_connect,
                              .xxfi_helo = on_helo,
                              .xxfi_envfrom = on_address,
                              .xxfi_envrcpt = on_address};
    struct rlimit limit;

    if (argc != 2) {
        fputs("usage: noop_libmilter unix:PATH|inet:PORT@HOST\n", stderr);
        return 2;
    }
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
            return 2;
    }
    if (smfi_setconn(argv[1]) != MI_SUCCESS || smfi_register(filter) != MI_SUCCESS ||
        smfi_setbacklog(BACKLOG) != MI_SUCCESS)
        return 2;
    return smfi_main() == MI_SUCCESS ? 0 : 1;
}
