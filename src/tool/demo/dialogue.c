/*
 * dialogue.c - the connections of a dialogue, and the MTA's side of the Postfix policy protocol.
 */
#include "tool/demo/dialogue_line.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

int dialogue_connect(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval patience = {.tv_sec = DIALOGUE_PATIENCE_S};
    struct text text;
    int fd;

    text_init(&text, address.sun_path, sizeof address.sun_path);
    text_add(&text, path);
    if (text.cut) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0 &&
        connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

bool line_fail(struct line *line, const char *trouble)
{
    if (line->dialogue->trouble == NULL)
        line->dialogue->trouble = trouble;
    return false;
}

bool line_open(struct line *line, struct dialogue *dialogue, const char *path, dialogue_told *told, void *owner)
{
    memset(dialogue, 0, sizeof *dialogue);
    memset(line, 0, sizeof *line);
    line->dialogue = dialogue;
    line->told = told;
    line->owner = owner;
    line->socket = dialogue_connect(path);
    return line->socket != -1 || line_fail(line, "vouchsafed takes no connection");
}

void line_close(const struct line *line)
{
    if (line->socket != -1)
        close(line->socket);
}

void line_tell(const struct line *line, const char *said, const char *answer)
{
    if (line->told != NULL)
        line->told(line->owner, said, answer);
}

bool line_send(struct line *line, const struct text *out)
{
    for (size_t sent = 0; sent < out->length;) {
        ssize_t more = send(line->socket, out->data + sent, out->length - sent, MSG_NOSIGNAL);

        if (more <= 0)
            return line_fail(line, "vouchsafed closed the connection");
        sent += (size_t)more;
    }
    return !out->cut || line_fail(line, "too long for this dialogue");
}

bool line_receive(struct line *line)
{
    ssize_t more;

    if (line->in_length == sizeof line->in)
        return line_fail(line, "vouchsafed answers too much");
    more = recv(line->socket, line->in + line->in_length, sizeof line->in - line->in_length, 0);
    if (more == 0)
        return line_fail(line, "vouchsafed closed the connection");
    if (more < 0)
        return line_fail(line, errno == EINTR ? "interrupted" : "vouchsafed does not answer");
    line->in_length += (size_t)more;
    return true;
}

void line_take(struct line *line, size_t used)
{
    line->in_length -= used;
    memmove(line->in, line->in + used, line->in_length);
}

void line_copy(char *to, size_t size, struct vouch_bytes bytes)
{
    struct text text;

    text_init(&text, to, size);
    text_add_printable(&text, bytes);
}

/* policy_put - the request about one recipient */
static void policy_put(struct text *out, const struct dialogue_session *session, const char *recipient)
{
    char address[VOUCH_ADDRESS_SIZE];

    vouch_address_format(&session->client, address);
    text_add(out, "request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=ESMTP\nclient_address=");
    text_add(out, address);
    text_add(out, "\nclient_name=unknown\nhelo_name=");
    text_add(out, session->helo);
    text_add(out, "\nsender=" DIALOGUE_SENDER "\nrecipient=");
    text_add(out, recipient);
    text_add(out, "\ninstance=demo\nsasl_method=\nsasl_username=\nccert_subject=\n\n");
}

/* policy_await - "action=..." and an empty line */
static bool policy_await(struct line *line, char action[DIALOGUE_ACTION_SIZE])
{
    static const char head[] = "action=";
    const uint8_t *end;
    struct vouch_bytes words;

    while ((end = memmem(line->in, line->in_length, "\n\n", 2)) == NULL) {
        if (!line_receive(line))
            return false;
    }
    words = (struct vouch_bytes){line->in, (size_t)(end - line->in)};
    if (words.length < strlen(head) || memcmp(words.data, head, strlen(head)) != 0)
        return line_fail(line, "vouchsafed does not speak the policy protocol here");
    words.data += strlen(head);
    words.length -= strlen(head);
    line_copy(action, DIALOGUE_ACTION_SIZE, words);
    line_take(line, (size_t)(end - line->in) + 2);
    return true;
}

/* policy_keep - an action that is a refusal */
static void policy_keep(char reply[VOUCH_REPLY_SIZE], const char *action)
{
    line_copy(reply, VOUCH_REPLY_SIZE, text_bytes(text_is_digit(action[0]) ? action : ""));
}

/* policy_step - ask about one recipient */
static bool policy_step(struct line *line, const struct dialogue_session *session, const char *recipient,
                        char reply[VOUCH_REPLY_SIZE])
{
    char buffer[LINE_OUT_SIZE];
    char *action = line->dialogue->action;
    struct text out;

    text_init(&out, buffer, sizeof buffer);
    policy_put(&out, session, recipient);
    if (!line_send(line, &out) || !policy_await(line, action))
        return false;
    policy_keep(reply, action);
    line_tell(line, buffer, action);
    return true;
}

bool dialogue_policy(struct dialogue *dialogue, const char *path, const struct dialogue_session *session,
                     dialogue_told *told, void *owner)
{
    struct line line;
    bool fine = line_open(&line, dialogue, path, told, owner) &&
                policy_step(&line, session, DIALOGUE_POSTMASTER, dialogue->postmaster) &&
                policy_step(&line, session, DIALOGUE_USER, dialogue->reply);

    line_close(&line);
    return fine;
}
