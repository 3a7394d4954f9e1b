/*
 * top.c - vouchsafe top: what is happening now, once or again and again on a terminal.
 */
#include "tool/ledger/top.h"

#include "tool/arguments.h"
#include "tool/tool.h"
#include "tool/view.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define NAME     "top"
#define MINUTES  10
#define INTERVAL 2
#define EVENTS   6

#define SCREEN_BEGIN "\033[?25l\033[2J" /* no cursor, clear */
#define SCREEN_HOME  "\033[H"
#define SCREEN_LINE  "\033[K\n"
#define SCREEN_REST  "\033[J"
#define SCREEN_END   "\033[?25h"

static const char usage[] =
    "usage: vouchsafe top [--config FILE] [--minutes N] [--interval SECONDS] [--once] [--json]\n";

/* What the command line says. */
struct request {
    const char *config, *minutes, *interval;
    long minutes_count, interval_s;
    bool once, json;
};

/* A terminal that is drawn on. */
struct screen {
    struct kept *kept;
    struct event *events[EVENTS];
    size_t events_count;
    bool keys; /* standard input is a terminal, and `before` is how it was */
    struct termios before;
    bool over, due;
};

/* top_signalled, top_due, top_typed - what happens while the picture stands */
static void top_signalled(evutil_socket_t signal, short what, void *owner)
{
    struct screen *screen = owner;

    (void)what;
    if (signal == SIGWINCH)
        screen->due = true;
    else
        screen->over = true;
}

static void top_due(evutil_socket_t socket, short what, void *owner)
{
    struct screen *screen = owner;

    (void)socket;
    (void)what;
    screen->due = true;
}

static void top_typed(evutil_socket_t socket, short what, void *owner)
{
    struct screen *screen = owner;
    char keys[64];
    ssize_t got = read((int)socket, keys, sizeof keys);

    (void)what;
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
        screen->over = true;
    for (ssize_t i = 0; i < got; i++)
        screen->over |= keys[i] == 'q' || keys[i] == 'Q';
}

/* top_watch - one event more; false: out of memory */
static bool top_watch(struct screen *screen, evutil_socket_t what, short events, event_callback_fn called)
{
    struct event *event = event_new(screen->kept->base, what, events, called, screen);

    if (event == NULL || event_add(event, NULL) != 0)
        return false;
    screen->events[screen->events_count++] = event;
    return true;
}

/* top_take_keys - have each key as it is typed, unseen; ctrl-c still is a signal */
static bool top_take_keys(struct screen *screen)
{
    struct termios raw;

    if (isatty(STDIN_FILENO) != 1 || tcgetattr(STDIN_FILENO, &screen->before) != 0)
        return true;
    raw = screen->before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VSUSP] = _POSIX_VDISABLE; /* a shell would be left with our terminal */
    screen->keys = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
    return !screen->keys || top_watch(screen, STDIN_FILENO, EV_READ | EV_PERSIST, top_typed);
}

/* top_begin - take the terminal; false: out of memory */
static bool top_begin(struct screen *screen)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH};

    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        if (!top_watch(screen, signals[i], EV_SIGNAL | EV_PERSIST, top_signalled))
            return false;
    }
    fputs(SCREEN_BEGIN, stdout);
    return top_take_keys(screen);
}

/* top_end - give the terminal back as it was */
static void top_end(struct screen *screen)
{
    if (screen->keys)
        tcsetattr(STDIN_FILENO, TCSANOW, &screen->before);
    fputs(SCREEN_END, stdout);
    fflush(stdout);
    for (size_t i = 0; i < screen->events_count; i++)
        event_free(screen->events[i]);
}

/* top_paint - as much of a text as the window holds; false: the terminal is gone */
static bool top_paint(const char *text)
{
    struct winsize window = {.ws_row = 24, .ws_col = 80};
    size_t rows, columns;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_row < 2 || window.ws_col < 2)
        window = (struct winsize){.ws_row = 24, .ws_col = 80};
    rows = window.ws_row - 1U;
    columns = window.ws_col - 1U;
    fputs(SCREEN_HOME, stdout);
    for (const char *at = text; *at != '\0' && rows > 0; rows--) {
        size_t length = strcspn(at, "\n");

        fwrite(at, 1, length < columns ? length : columns, stdout);
        fputs(SCREEN_LINE, stdout);
        at += length + (at[length] == '\n' ? 1 : 0);
    }
    fputs(SCREEN_REST, stdout);
    return fflush(stdout) == 0;
}

/* top_draw - count anew and show it; false: out of memory, or the terminal is gone */
static bool top_draw(struct kept *kept, const struct request *request)
{
    json_t *object = top_count(kept, request->minutes_count);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    bool fine = object != NULL && out != NULL;

    if (fine)
        top_print(object, out);
    if (out != NULL)
        fine = fclose(out) == 0 && fine;
    fine = fine && top_paint(text);
    free(text);
    json_decref(object);
    return fine;
}

/* top_watch_on - draw again and again until somebody ends it */
static int top_watch_on(struct kept *kept, const struct request *request)
{
    struct timeval interval = {request->interval_s, 0};
    struct screen screen = {.kept = kept};
    struct event *timer = evtimer_new(kept->base, top_due, &screen);
    bool fine = timer != NULL && top_begin(&screen);

    while (fine && !screen.over) {
        screen.due = false;
        fine = top_draw(kept, request) && evtimer_add(timer, &interval) == 0;
        while (fine && !screen.over && !screen.due)
            fine = event_base_loop(kept->base, EVLOOP_ONCE) >= 0;
    }
    top_end(&screen);
    if (timer != NULL)
        event_free(timer);
    return fine ? TOOL_FINE : tool_fail(NAME, "the terminal or the memory failed");
}

/* top_show_once - for programs, files and pipes */
static int top_show_once(struct kept *kept, const struct request *request)
{
    json_t *object = top_count(kept, request->minutes_count);
    int status;

    if (object == NULL || request->json) {
        status = view_json(NAME, object);
    } else {
        top_print(object, stdout);
        status = view_end(NAME, TOOL_FINE);
    }
    json_decref(object);
    return status;
}

int top_main(int argc, char **argv)
{
    struct request request = {.minutes_count = MINUTES, .interval_s = INTERVAL};
    const struct argument options[] = {{"--config", &request.config, NULL},     {"--minutes", &request.minutes, NULL},
                                       {"--interval", &request.interval, NULL}, {"--once", NULL, &request.once},
                                       {"--json", NULL, &request.json},         {NULL, NULL, NULL}};
    struct arguments arguments = {.command = NAME, .usage = usage, .options = options};
    int status = TOOL_USAGE;
    struct kept kept;

    if (!arguments_take(&arguments, argc, argv, &status))
        return status;
    if (arguments.count != 0)
        return arguments_wrong(&arguments, "unexpected: %s", arguments.operands[0]);
    if (!arguments_number(&arguments, "--minutes", request.minutes, (const long[]){1, 10080}, &request.minutes_count) ||
        !arguments_number(&arguments, "--interval", request.interval, (const long[]){1, 3600}, &request.interval_s))
        return TOOL_USAGE;
    if (kept_open(&kept, NAME, request.config, KEPT_LEDGER | KEPT_STORE | KEPT_TROUBLED) && kept_is_well(&kept))
        status = request.once || request.json || isatty(STDOUT_FILENO) != 1 ? top_show_once(&kept, &request)
                                                                            : top_watch_on(&kept, &request);
    else
        status = TOOL_USAGE;
    kept_close(&kept);
    return status;
}
