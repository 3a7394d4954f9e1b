/*
 * constant.c - the null server: the daemon's loop, streams and codecs, and always the same answers.
 *
 * usage: constant milter|policy unix:PATH|inet:HOST:PORT
 *
 * What the daemon costs beyond this server is what judging costs. It answers as the daemon does for a session that is
 * let through: the same steps of the milter protocol, one header in front of each message, and "DUNNO".
 */
#include "daemon/listen/stream.h"
#include "proto/milter.h"
#include "proto/postfix.h"

#include <event2/event.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { ANSWERS_SIZE = 8192, BACKLOG = 4096, UNSENT_MAX = 262144, FRAME_MS = 60000, IDLE_MS = 7200000 };

/* What the daemon leaves out or does not answer, and the macros that it wants, when it refuses at RCPT. */
enum {
    STEPS = MILTER_NO_BODY | MILTER_NO_UNKNOWN | MILTER_NO_DATA | MILTER_NO_END_OF_HEADERS | MILTER_NR_CONNECT |
            MILTER_NR_HEADER | MILTER_NR_HELO | MILTER_NR_MAIL,
    ACTIONS = MILTER_CAN_ADD_HEADERS | MILTER_CAN_CHANGE_HEADERS | MILTER_CAN_SET_MACROS
};

static const struct milter_macros_wanted macros[] = {
    {MILTER_AT_CONNECT, "{daemon_name}"},
    {MILTER_AT_HELO, "{verify} {cn_subject} {cert_subject}"},
    {MILTER_AT_MAIL, "{auth_type} {auth_authen}"},
    {MILTER_AT_RCPT, "{rcpt_addr}"},
};

static const char header[] = " mx.example.net; csv=pass reason=\"match\" smtp.helo=mail.example.org policy.csv-dna=C"
                             " policy.csv-trust=unknown policy.csv-score=10";

typedef size_t input(void *self, struct vouch_bytes bytes);

/* One connection. */
struct link {
    struct stream *stream;
};

struct server {
    struct event_base *base;
    input *input;
};

/* milter_answer - what follows from one event; false: the connection ends */
static bool milter_answer(struct link *link, const struct milter_event *event, struct text *out)
{
    if (event->skip != 0)
        stream_skip(link->stream, event->skip);
    switch (event->command) {
    case MILTER_OPTIONS:
        milter_add_options(out, event->version, event->actions & ACTIONS, event->steps & STEPS, macros,
                           sizeof macros / sizeof macros[0]);
        return true;
    case MILTER_END_OF_MESSAGE:
        milter_add_insert_header(out, 0, "Authentication-Results", header);
        milter_add_answer(out, MILTER_CONTINUE);
        return true;
    case MILTER_CONNECT:
    case MILTER_HELO:
    case MILTER_MAIL:
    case MILTER_HEADER:
    case MILTER_MACROS:
    case MILTER_ABORT:
    case MILTER_QUIT_NC:
        return true;
    case MILTER_QUIT:
        return false;
    case MILTER_RCPT:
    case MILTER_DATA:
    case MILTER_END_OF_HEADERS:
    case MILTER_BODY:
    case MILTER_UNKNOWN:
        milter_add_answer(out, MILTER_CONTINUE);
        return true;
    }
    return false;
}

/* milter_input - frames that are there */
static size_t milter_input(void *self, struct vouch_bytes bytes)
{
    struct link *link = self;
    char data[ANSWERS_SIZE];
    struct text out;
    size_t taken = 0;

    text_init(&out, data, sizeof data);
    while (taken < bytes.length) {
        struct vouch_bytes rest = {bytes.data + taken, bytes.length - taken};
        struct milter_event event;
        enum milter_read read;
        size_t used;

        read = milter_read(rest, &event, &used);
        if (read == MILTER_MORE)
            break;
        taken += used;
        if (read == MILTER_BAD || !milter_answer(link, &event, &out) || out.cut)
            return STREAM_CLOSE;
        if (event.skip != 0)
            break;
    }
    stream_write(link->stream, out.data, out.length);
    return taken;
}

/* policy_input - requests that are there */
static size_t policy_input(void *self, struct vouch_bytes bytes)
{
    struct link *link = self;
    size_t taken = 0, used;
    struct postfix_request request;
    char data[64];
    struct text out;

    for (;;) {
        struct vouch_bytes rest = {bytes.data + taken, bytes.length - taken};

        switch (postfix_read(rest, &request, &used)) {
        case POSTFIX_MORE:
            return taken;
        case POSTFIX_BAD:
            return STREAM_CLOSE;
        case POSTFIX_REQUEST:
            taken += used;
            text_init(&out, data, sizeof data);
            postfix_add_action(&out, "DUNNO");
            stream_write(link->stream, out.data, out.length);
            break;
        }
    }
}

static bool link_is_idle(void *self)
{
    (void)self;
    return true;
}

static void link_closed(void *self)
{
    free(self);
}

/* server_accept - a connection is there */
static void server_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *peer, int length,
                          void *self)
{
    const struct server *server = self;
    const struct stream_limits limits = {IDLE_MS, FRAME_MS, MILTER_FRAME_MAX + 16, UNSENT_MAX};
    struct link *link = calloc(1, sizeof *link);
    struct stream_owner owner = {server->input, link_is_idle, link_closed, link};

    (void)listener;
    (void)peer;
    (void)length;
    if (link == NULL || (link->stream = stream_open(server->base, fd, &limits)) == NULL)
        abort();
    stream_own(link->stream, &owner);
}

/* server_listen - "unix:PATH" or "inet:HOST:PORT" */
static bool server_listen(struct server *server, const char *text)
{
    const unsigned flags = LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_EXEC;
    struct sockaddr_storage inet;
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    int length = sizeof inet;

    memset(&inet, 0, sizeof inet);
    if (strncmp(text, "unix:", 5) == 0 && strlen(text + 5) < sizeof local.sun_path) {
        memcpy(local.sun_path, text + 5, strlen(text + 5) + 1);
        return evconnlistener_new_bind(server->base, server_accept, server, flags, BACKLOG,
                                       (const struct sockaddr *)&local, sizeof local) != NULL;
    }
    return strncmp(text, "inet:", 5) == 0 &&
           evutil_parse_sockaddr_port(text + 5, (struct sockaddr *)&inet, &length) == 0 &&
           evconnlistener_new_bind(server->base, server_accept, server, flags, BACKLOG, (const struct sockaddr *)&inet,
                                   length) != NULL;
}

int main(int argc, char **argv)
{
    static struct server server;
    struct rlimit limit;

    if (argc == 3 && strcmp(argv[1], "milter") == 0)
        server.input = milter_input;
    else if (argc == 3 && strcmp(argv[1], "policy") == 0)
        server.input = policy_input;
    server.base = event_base_new();
    if (server.input == NULL || server.base == NULL || !server_listen(&server, argv[2])) {
        fputs("usage: constant milter|policy unix:PATH|inet:HOST:PORT\n", stderr);
        return 2;
    }
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
            return 2;
    }
    return event_base_dispatch(server.base) == 0 ? 0 : 1;
}
