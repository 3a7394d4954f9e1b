/*
 * dialogue_milter.c - the MTA's side of the milter protocol: one session, told step by step.
 */
#include "proto/milter.h"
#include "tool/demo/dialogue_line.h"

#include <string.h>

#define ALL_STEPS 0x1fffff /* of protocol version 6 */

/* One step of the session: what it is to the filter, and to people. */
struct step {
    enum milter_command command;
    uint32_t unwanted, unanswered; /* bits of the negotiation */
    const char *argument;
    const char *words;
};

/* What an answer without data means. */
static const struct {
    enum milter_answer answer;
    const char *words;
} answer_words[] = {
    {MILTER_CONTINUE, "continue"}, {MILTER_ACCEPT, "accept"},   {MILTER_REJECT, "reject"},
    {MILTER_TEMPFAIL, "tempfail"}, {MILTER_DISCARD, "discard"}, {MILTER_SKIP, "skip"},
};

/* milter_await - the next answer but "progress"; its views live until milter_await is called again */
static bool milter_await(struct line *line, struct milter_said *said, size_t *used)
{
    line_take(line, *used);
    for (;;) {
        struct vouch_bytes bytes = {line->in, line->in_length};

        switch (milter_read_answer(bytes, said, used)) {
        case MILTER_EVENT:
            if (said->answer != MILTER_PROGRESS)
                return true;
            line_take(line, *used);
            break;
        case MILTER_MORE:
            if (!line_receive(line))
                return false;
            break;
        case MILTER_BAD:
            return line_fail(line, "vouchsafed does not speak milter here");
        }
    }
}

/* milter_negotiate - agree on version, actions and steps */
static bool milter_negotiate(struct line *line, uint32_t *agreed)
{
    char buffer[LINE_OUT_SIZE];
    struct milter_said said;
    struct text out;
    size_t used = 0;

    text_init(&out, buffer, sizeof buffer);
    milter_add_offer(&out, MILTER_VERSION_MAX, MILTER_CAN_ADD_HEADERS | MILTER_CAN_CHANGE_HEADERS, ALL_STEPS);
    if (!line_send(line, &out) || !milter_await(line, &said, &used))
        return false;
    if ((int)said.answer != MILTER_OPTIONS)
        return line_fail(line, "vouchsafed does not negotiate");
    *agreed = said.steps;
    line_take(line, used);
    return true;
}

/* milter_put - the frame of a step */
static void milter_put(struct text *out, const struct step *step, const struct vouch_address *client)
{
    switch ((int)step->command) {
    case MILTER_CONNECT:
        milter_add_connect(out, "client.example.org", client, 40000);
        break;
    case MILTER_HELO:
    case MILTER_MAIL:
    case MILTER_RCPT:
        milter_add_command(out, step->command, text_bytes(step->argument));
        break;
    case MILTER_HEADER:
        milter_add_header(out, "Subject", step->argument);
        break;
    default:
        milter_add_bare(out, step->command);
        break;
    }
}

/* milter_unfold - a field's value as one line: a fold is a line end and one blank [RFC 5322 2.2.3] */
static void milter_unfold(struct text *text, struct vouch_bytes value)
{
    for (size_t i = 0; i < value.length; i++) {
        struct vouch_bytes octet = {value.data + i, 1};

        if (value.data[i] == '\n' && i + 1 < value.length && (value.data[i + 1] == ' ' || value.data[i + 1] == '\t')) {
            text_add_char(text, ' ');
            i++;
        } else {
            text_add_printable(text, octet);
        }
    }
}

/* milter_keep - a refusal, or a field for the top of the message */
static void milter_keep(struct line *line, const struct step *step, const struct milter_said *said, char *answer,
                        size_t size)
{
    struct dialogue *dialogue = line->dialogue;
    struct text text;

    text_init(&text, answer, size);
    if (said->answer == MILTER_REPLY) {
        text_add_printable(&text, said->reply);
        line_copy(strcmp(step->argument, "<" DIALOGUE_POSTMASTER ">") == 0 ? dialogue->postmaster : dialogue->reply,
                  VOUCH_REPLY_SIZE, said->reply);
    } else if (said->answer == MILTER_INSERT_HEADER) {
        text_add_printable(&text, said->name);
        text_add(&text, ": ");
        milter_unfold(&text, said->value);
        line_copy(dialogue->header, sizeof dialogue->header, text_bytes(answer));
    }
    for (size_t i = 0; i < sizeof answer_words / sizeof answer_words[0]; i++) {
        if (answer_words[i].answer == said->answer)
            text_add(&text, answer_words[i].words);
    }
}

/* milter_step - tell the filter, unless it does not want that, and hear what it says; `goes_on`: not refused */
static bool milter_step(struct line *line, const struct step *step, uint32_t agreed, const struct vouch_address *client,
                        bool *goes_on)
{
    char answer[VOUCH_HEADER_SIZE + 64];
    char buffer[LINE_OUT_SIZE];
    struct milter_said said;
    struct text out;
    size_t used = 0;

    if ((agreed & step->unwanted) != 0)
        return true;
    text_init(&out, buffer, sizeof buffer);
    milter_put(&out, step, client);
    if (!line_send(line, &out))
        return false;
    if ((agreed & step->unanswered) != 0) {
        line_tell(line, step->words, "-");
        return true;
    }
    do {
        if (!milter_await(line, &said, &used))
            return false;
        milter_keep(line, step, &said, answer, sizeof answer);
        line_tell(line, step->words, answer);
    } while (said.answer == MILTER_INSERT_HEADER || said.answer == MILTER_ADD_HEADER ||
             said.answer == MILTER_CHANGE_HEADER);
    line_take(line, used);
    *goes_on = said.answer == MILTER_CONTINUE || said.answer == MILTER_SKIP || step->command == MILTER_RCPT;
    return true;
}

bool dialogue_milter(struct dialogue *dialogue, const char *path, const struct dialogue_session *session,
                     dialogue_told *told, void *owner)
{
    char connect_words[64 + VOUCH_ADDRESS_SIZE], helo_words[64 + VOUCH_HELO_MAX];
    const struct step steps[] = {
        {MILTER_CONNECT, MILTER_NO_CONNECT, MILTER_NR_CONNECT, "", connect_words},
        {MILTER_HELO, MILTER_NO_HELO, MILTER_NR_HELO, session->helo, helo_words},
        {MILTER_MAIL, MILTER_NO_MAIL, MILTER_NR_MAIL, "<" DIALOGUE_SENDER ">", "MAIL FROM:<" DIALOGUE_SENDER ">"},
        {MILTER_RCPT, MILTER_NO_RCPT, MILTER_NR_RCPT, "<" DIALOGUE_POSTMASTER ">", "RCPT TO:<" DIALOGUE_POSTMASTER ">"},
        {MILTER_RCPT, MILTER_NO_RCPT, MILTER_NR_RCPT, "<" DIALOGUE_USER ">", "RCPT TO:<" DIALOGUE_USER ">"},
        {MILTER_DATA, MILTER_NO_DATA, MILTER_NR_DATA, "", "DATA"},
        {MILTER_HEADER, MILTER_NO_HEADERS, MILTER_NR_HEADER, "hello", "Subject: hello"},
        {MILTER_END_OF_HEADERS, MILTER_NO_END_OF_HEADERS, MILTER_NR_END_OF_HEADERS, "", "(empty line)"},
        {MILTER_END_OF_MESSAGE, 0, 0, "", "."},
    };
    uint32_t agreed = 0;
    bool goes_on = true;
    bool fine;
    struct text text;
    struct line line;

    text_init(&text, connect_words, sizeof connect_words);
    text_add(&text, "(connection from ");
    vouch_address_format(&session->client, connect_words + text.length);
    text.length = strlen(connect_words);
    text_add(&text, ")");
    text_init(&text, helo_words, sizeof helo_words);
    text_add(&text, "EHLO ");
    text_add_printable(&text, text_bytes(session->helo));
    fine = line_open(&line, dialogue, path, told, owner) && milter_negotiate(&line, &agreed);
    for (size_t i = 0; fine && goes_on && i < sizeof steps / sizeof steps[0]; i++)
        fine = milter_step(&line, &steps[i], agreed, &session->client, &goes_on);
    line_close(&line);
    return fine;
}
