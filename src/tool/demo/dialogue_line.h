/*
 * dialogue_line.h - one connection of a dialogue: send, receive, and say what went wrong.
 */
#ifndef TOOL_DEMO_DIALOGUE_LINE_H
#define TOOL_DEMO_DIALOGUE_LINE_H

#include "base/text.h"
#include "tool/demo/dialogue.h"

#define LINE_OUT_SIZE       2048
#define LINE_IN_SIZE        8192
#define DIALOGUE_SENDER     "sender@example.org"
#define DIALOGUE_POSTMASTER "postmaster@example.net"
#define DIALOGUE_USER       "user@example.net"

/* What came and was not read yet stands in `in`. */
struct line {
    int socket;
    struct dialogue *dialogue;
    dialogue_told *told;
    void *owner;
    uint8_t in[LINE_IN_SIZE];
    size_t in_length;
};

/* Begins a dialogue; line_close in any case. */
bool line_open(struct line *line, struct dialogue *dialogue, const char *path, dialogue_told *told, void *owner);
void line_close(const struct line *line);

/* Keeps the first trouble; false, for returning. */
bool line_fail(struct line *line, const char *trouble);

/* Reports one exchange. */
void line_tell(const struct line *line, const char *said, const char *answer);

/* Sends all, receives more, and drops what was read. */
bool line_send(struct line *line, const struct text *out);
bool line_receive(struct line *line);
void line_take(struct line *line, size_t used);

/* Octets of the daemon as text. */
void line_copy(char *to, size_t size, struct vouch_bytes bytes);

#endif
