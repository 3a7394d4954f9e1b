/*
 * mail.c - a mail with changes, by the sendmail command. No shell; every octet of the mail is printable ASCII.
 */
#include "base/text.h"
#include "tool/watch/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ADDRESS_MAX 254 /* [RFC 5321 4.5.3.1.3] */
#define WORDS_MAX   16  /* of a sendmail command */
#define LOOK_MS     20  /* between two looks at a command that runs */

bool watch_address_is_sane(const char *address)
{
    size_t length = strlen(address);

    for (size_t i = 0; i < length; i++) {
        if (!text_is_alnum(address[i]) && strchr("@.!#$%&'*+-/=?^_`{|}~", address[i]) == NULL)
            return false;
    }
    return length != 0 && length <= ADDRESS_MAX && address[0] != '-' && address[0] != '@' &&
           address[length - 1] != '@' && strchr(address, '@') == strrchr(address, '@');
}

const char *watch_command_fault(const char *command)
{
    size_t words = 0;

    command += strspn(command, " \t");
    if (command[0] != '/')
        return "not an absolute path";
    for (; command[0] != '\0'; command += strspn(command, " \t")) {
        command += strcspn(command, " \t");
        words++;
    }
    return words > WORDS_MAX ? "more than 16 words" : NULL;
}

/* mail_head - the header fields */
static void mail_head(const struct watch_mail *mail, const json_t *changes, FILE *out)
{
    char line[512], date[64] = "";
    time_t now = time(NULL);
    struct tm utc;

    watch_headline(changes, line, sizeof line);
    if (gmtime_r(&now, &utc) == NULL || strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", &utc) == 0)
        date[0] = '\0';
    if (mail->from != NULL)
        fprintf(out, "From: %s\n", mail->from);
    for (size_t i = 0; i < mail->to_count; i++)
        fprintf(out, "%s%s%s", i == 0 ? "To: " : "    ", mail->to[i], i + 1 < mail->to_count ? ",\n" : "\n");
    fprintf(out, "Subject: vouchsafe watch: %s\n", line);
    if (date[0] != '\0')
        fprintf(out, "Date: %s\n", date);
    fputs("Auto-Submitted: auto-generated\n"
          "MIME-Version: 1.0\n"
          "Content-Type: text/plain; charset=utf-8\n"
          "Content-Transfer-Encoding: 7bit\n\n",
          out);
}

/* mail_write - the whole mail */
static bool mail_write(const struct watch_mail *mail, const json_t *untold, FILE *out)
{
    const json_t *changes = json_object_get(untold, "changes");
    long long dropped = json_integer_value(json_object_get(untold, "dropped"));

    mail_head(mail, changes, out);
    if (dropped != 0)
        fprintf(out, "%lld older changes could not be told, and were dropped.\n\n", dropped);
    watch_print(changes, out);
    return fflush(out) == 0 && !ferror(out);
}

/* mail_words - the command's words, then the arguments of this mail; null: out of memory. `copy` holds the words */
static char **mail_words(const struct watch_mail *mail, char *copy)
{
    char **words = calloc(WORDS_MAX + mail->to_count + 5, sizeof *words);
    size_t count = 0;
    char *rest = NULL;

    if (words == NULL)
        return NULL;
    for (char *word = strtok_r(copy, " \t", &rest); word != NULL && count < WORDS_MAX;
         word = strtok_r(NULL, " \t", &rest))
        words[count++] = word;
    words[count++] = (char *)(uintptr_t) "-oi";
    if (mail->from != NULL) {
        words[count++] = (char *)(uintptr_t) "-f";
        words[count++] = (char *)(uintptr_t)mail->from;
    }
    words[count++] = (char *)(uintptr_t) "--";
    for (size_t i = 0; i < mail->to_count; i++)
        words[count++] = (char *)(uintptr_t)mail->to[i];
    return words;
}

/* mail_exec - in the child: the mail as standard input, what the command says to standard error */
static void mail_exec(char **words, int fd)
{
    if (lseek(fd, 0, SEEK_SET) == 0 && dup2(fd, STDIN_FILENO) >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0)
        execv(words[0], words);
    _exit(127);
}

/* How to know how the command ended. */
enum ending { ENDED, LATE, LOST };

/* mail_await - wait for the child's status, at the latest until the deadline; who is late is killed */
static enum ending mail_await(pid_t child, int *status)
{
    for (int waited_ms = 0; waited_ms < WATCH_DEADLINE_MS; waited_ms += LOOK_MS) {
        pid_t ended = waitpid(child, status, WNOHANG);

        if (ended == child)
            return ENDED;
        if (ended < 0 && errno != EINTR)
            return LOST;
        poll(NULL, 0, LOOK_MS);
    }
    kill(child, SIGKILL);
    waitpid(child, status, 0);
    return LATE;
}

/* mail_outcome - what the command's end means; false with `error` if it did not take the mail */
static bool mail_outcome(const char *command, enum ending ending, int status, char error[WATCH_ERROR_SIZE])
{
    int length;

    if (ending == ENDED && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    if (ending == LOST)
        length = snprintf(error, WATCH_ERROR_SIZE, "%.300s: nobody knows how it ended: %s", command, strerror(errno));
    else if (ending == LATE)
        length = snprintf(error, WATCH_ERROR_SIZE, "%.300s: no end after %d seconds", command,
                          WATCH_DEADLINE_MS / 1000);
    else if (WIFSIGNALED(status))
        length = snprintf(error, WATCH_ERROR_SIZE, "%.300s: ended by signal %d", command, WTERMSIG(status));
    else if (WEXITSTATUS(status) == 127)
        length = snprintf(error, WATCH_ERROR_SIZE, "%.300s: cannot be run", command);
    else
        length = snprintf(error, WATCH_ERROR_SIZE, "%.300s: exit %d", command, WEXITSTATUS(status));
    if (length < 0)
        error[0] = '\0';
    return false;
}

/* mail_run - run the command with the mail that stands in the file */
static bool mail_run(const struct watch_mail *mail, FILE *file, char error[WATCH_ERROR_SIZE])
{
    char *copy = strdup(mail->command);
    char **words = copy == NULL ? NULL : mail_words(mail, copy);
    enum ending ending = LOST;
    pid_t child = -1;
    int status = -1;

    signal(SIGCHLD, SIG_DFL); /* a parent may have left it ignored: then no end of a child could be known */
    if (words != NULL)
        child = fork();
    if (child == 0)
        mail_exec(words, fileno(file));
    if (child > 0)
        ending = mail_await(child, &status);
    else if (snprintf(error, WATCH_ERROR_SIZE, "%.300s: %s", mail->command, strerror(errno)) < 0)
        error[0] = '\0';
    free(words);
    free(copy);
    return child > 0 && mail_outcome(mail->command, ending, status, error);
}

bool watch_mail_send(const struct watch_mail *mail, const json_t *untold, char error[WATCH_ERROR_SIZE])
{
    FILE *file = tmpfile();
    bool ok = file != NULL && mail_write(mail, untold, file);

    if (!ok && snprintf(error, WATCH_ERROR_SIZE, "a file for the mail: %s", strerror(errno)) < 0)
        error[0] = '\0';
    ok = ok && mail_run(mail, file, error);
    if (file != NULL)
        fclose(file);
    return ok;
}
