/*
 * daemon.c - starts vouchsafed for the demo, and cleans up behind it, also after a signal.
 */
#include "tool/demo/daemon.h"

#include "base/text.h"
#include "tool/demo/dialogue.h"
#include "tool/tool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE   3000 /* looks at a daemon that starts or ends */
#define LOOK_NS    10000000
#define LISTENER   "listener \"unix:%s\" {\n    protocol = %s\n    mode = 0600\n}\n"
#define EXECUTABLE "vouchsafed"
#define ERRORS     "errors" /* what the daemon prints */

static volatile sig_atomic_t caught;

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

/* demo_catch - remember that it is time to end */
static void demo_catch(int number)
{
    caught = number;
}

int demo_signal(void)
{
    return caught;
}

/* demo_set_handlers - what the signals do: nothing restarts after one, so that waits end */
static void demo_set_handlers(void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    struct sigaction pipe = {.sa_handler = handler == SIG_DFL ? SIG_DFL : SIG_IGN};

    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        sigaction(signals[i], &action, NULL);
    sigaction(SIGPIPE, &pipe, NULL); /* a reader of the table that went away must not leave the daemon behind */
}

/* demo_look - let some time pass */
static void demo_look(void)
{
    const struct timespec pause = {.tv_nsec = LOOK_NS};

    nanosleep(&pause, NULL);
}

/* demo_path - FOLDER/NAME; false if it is too long */
static bool demo_path(char path[DEMO_PATH_SIZE], const char *folder, const char *name)
{
    struct text text;

    text_init(&text, path, DEMO_PATH_SIZE);
    text_add(&text, folder);
    text_add(&text, "/");
    text_add(&text, name);
    return !text.cut;
}

/* demo_is_program - can it be run? */
static bool demo_is_program(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

/* demo_find_beside - vouchsafed in the folder of our own executable, or in the sbin beside that */
static bool demo_find_beside(char path[PATH_MAX])
{
    static const char *const places[] = {EXECUTABLE, "../sbin/" EXECUTABLE};
    char own[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", own, sizeof own);
    struct text text;

    while (length > 0 && own[length - 1] != '/')
        length--;
    for (size_t i = 0; length > 0 && i < sizeof places / sizeof places[0]; i++) {
        text_init(&text, path, PATH_MAX);
        text_add_bytes(&text, own, (size_t)length);
        text_add(&text, places[i]);
        if (!text.cut && demo_is_program(path))
            return true;
    }
    return false;
}

/* demo_find - vouchsafed beside our own executable, else in PATH */
static bool demo_find(char path[PATH_MAX])
{
    const char *folders = getenv("PATH");
    struct text text;

    if (demo_find_beside(path))
        return true;
    for (size_t span; folders != NULL && *folders != '\0'; folders += span + (folders[span] == ':')) {
        span = strcspn(folders, ":");
        text_init(&text, path, PATH_MAX);
        text_add_bytes(&text, folders, span);
        text_add(&text, "/" EXECUTABLE);
        if (span != 0 && !text.cut && demo_is_program(path))
            return true;
    }
    tool_fail(DEMO_NAME, "vouchsafed, which the demo plays with, is neither beside this executable nor in PATH; "
                         "./dev build makes both");
    return false;
}

/* demo_write - one file of the folder */
static bool demo_write(const struct demo_daemon *daemon, const char *name, const char *content)
{
    char path[DEMO_PATH_SIZE];
    FILE *file = demo_path(path, daemon->folder, name) ? fopen(path, "wxe") : NULL;
    bool fine = file != NULL && fputs(content, file) != EOF;

    if (file != NULL && fclose(file) != 0)
        fine = false;
    return fine;
}

/* demo_write_config - zones and configuration */
static bool demo_write_config(const struct demo_daemon *daemon, const struct demo_world *world)
{
    FILE *file;
    bool fine = true;

    for (size_t i = 0; fine && i < world->zones_count; i++) {
        char name[] = "zone-?";

        name[5] = (char)('a' + i);
        fine = demo_write(daemon, name, world->zones[i]);
    }
    file = fine ? fopen(daemon->config, "wxe") : NULL;
    if (file == NULL)
        return false;
    fine = fprintf(file, "%sdns {\n    zone_files = {", world->options) > 0;
    for (size_t i = 0; fine && i < world->zones_count; i++)
        fine = fprintf(file, "%s\"%s/zone-%c\"", i == 0 ? "" : ", ", daemon->folder, (char)('a' + i)) > 0;
    fine = fine && fputs("}\n}\n", file) != EOF && fprintf(file, LISTENER, daemon->milter, "milter") > 0 &&
           fprintf(file, LISTENER, daemon->policy, "policy") > 0;
    return fclose(file) == 0 && fine;
}

/* demo_make_folder - all that the daemon needs; unix sockets want a short path */
static bool demo_make_folder(struct demo_daemon *daemon, const struct demo_world *world)
{
    const char *parent = getenv("TMPDIR");

    if (parent == NULL || parent[0] != '/' || strlen(parent) > DEMO_PATH_SIZE / 2 || strchr(parent, '"') != NULL ||
        strchr(parent, '\\') != NULL || strchr(parent, '$') != NULL)
        parent = "/tmp";
    if (!demo_path(daemon->folder, parent, "vouchsafe-demo-XXXXXX") || mkdtemp(daemon->folder) == NULL) {
        tool_fail(DEMO_NAME, "%s: %s", daemon->folder, strerror(errno));
        daemon->folder[0] = '\0';
        return false;
    }
    if (demo_path(daemon->config, daemon->folder, "vouchsafe.conf") &&
        demo_path(daemon->milter, daemon->folder, "milter") && demo_path(daemon->policy, daemon->folder, "policy") &&
        demo_write_config(daemon, world))
        return true;
    tool_fail(DEMO_NAME, "%s: %s", daemon->folder, strerror(errno));
    return false;
}

/* demo_exec - become the daemon; it ends with its parent, whatever ends that */
static void demo_exec(const struct demo_daemon *daemon, const char *executable, pid_t parent)
{
    char errors[DEMO_PATH_SIZE];
    int output = demo_path(errors, daemon->folder, ERRORS) ? open(errors, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;

    demo_set_handlers(SIG_DFL);
    if (output == -1 || dup2(output, STDOUT_FILENO) == -1 || dup2(output, STDERR_FILENO) == -1 || setpgid(0, 0) == -1 ||
        prctl(PR_SET_PDEATHSIG, SIGTERM) == -1 || getppid() != parent)
        _exit(TOOL_USAGE);
    execl(executable, EXECUTABLE, "-c", daemon->config, "-f", (char *)NULL);
    _exit(TOOL_USAGE);
}

/* demo_explain - why the daemon did not start, in its own words */
static void demo_explain(const struct demo_daemon *daemon)
{
    char path[DEMO_PATH_SIZE];
    char words[512] = "";
    FILE *file = demo_path(path, daemon->folder, ERRORS) ? fopen(path, "re") : NULL;

    if (file != NULL && fgets(words, sizeof words, file) != NULL)
        words[strcspn(words, "\n")] = '\0';
    if (file != NULL)
        fclose(file);
    tool_fail(DEMO_NAME, "vouchsafed does not start: %s", words[0] == '\0' ? "it says nothing" : words);
}

/* demo_has_ended - is the daemon gone? */
static bool demo_has_ended(struct demo_daemon *daemon)
{
    if (daemon->pid != 0 && waitpid(daemon->pid, NULL, WNOHANG) == daemon->pid)
        daemon->pid = 0;
    return daemon->pid == 0;
}

/* demo_listens - does somebody listen there? */
static bool demo_listens(const char *path)
{
    int connection = dialogue_connect(path);

    if (connection != -1)
        close(connection);
    return connection != -1;
}

/* demo_wait - until both ports are there, the daemon is gone, a signal comes, or patience ends */
static bool demo_wait(struct demo_daemon *daemon)
{
    for (unsigned i = 0; i < PATIENCE && demo_signal() == 0 && !demo_has_ended(daemon); i++) {
        if (demo_listens(daemon->milter) && demo_listens(daemon->policy))
            return true;
        demo_look();
    }
    if (demo_signal() == 0)
        demo_explain(daemon);
    return false;
}

bool demo_daemon_start(struct demo_daemon *daemon, const struct demo_world *world)
{
    char executable[PATH_MAX];
    pid_t parent = getpid();

    memset(daemon, 0, sizeof *daemon);
    if (!demo_find(executable))
        return false;
    demo_set_handlers(demo_catch);
    if (!demo_make_folder(daemon, world))
        return false;
    fflush(stdout);
    daemon->pid = fork();
    if (daemon->pid == -1) {
        daemon->pid = 0;
        tool_fail(DEMO_NAME, "fork: %s", strerror(errno));
        return false;
    }
    if (daemon->pid == 0)
        demo_exec(daemon, executable, parent);
    return demo_wait(daemon);
}

/* demo_remove - the folder and the files in it */
static void demo_remove(const char *folder)
{
    DIR *directory = opendir(folder);
    const struct dirent *entry;

    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(directory), entry->d_name, 0);
    }
    if (directory != NULL)
        closedir(directory);
    if (rmdir(folder) != 0)
        tool_fail(DEMO_NAME, "%s: %s", folder, strerror(errno));
}

void demo_daemon_stop(struct demo_daemon *daemon)
{
    pid_t group = daemon->pid;

    if (group != 0) {
        kill(group, SIGTERM);
        for (unsigned i = 0; i < PATIENCE && !demo_has_ended(daemon); i++)
            demo_look();
    }
    if (daemon->pid != 0) {
        kill(-group, SIGKILL);
        waitpid(group, NULL, 0);
        daemon->pid = 0;
    }
    if (daemon->folder[0] != '\0')
        demo_remove(daemon->folder);
    daemon->folder[0] = '\0';
    demo_set_handlers(SIG_DFL);
}
