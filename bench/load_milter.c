/*
 * load_milter.c - plays the MTA's side of the milter protocol: one connection, one SMTP session.
 *
 * Sends what a Postfix sends, a frame at a time, leaves out what the filter does not want, and waits for each answer
 * that is due before it goes on. The answer at RCPT must be the code that the line of the session names, all others
 * "continue".
 */
#include "load.h"
#include "proto/milter.h"

#include <string.h>

enum { COMMANDS_SIZE = 4096 };

static const char forged[] = "mx.example.net; csv=pass smtp.helo=forged.example.com policy.csv-trust=trusted";

/* The steps of a session. */
enum step {
    STEP_OPTIONS,
    STEP_CONNECT,
    STEP_HELO,
    STEP_MAIL,
    STEP_RCPT,
    STEP_DATA,
    STEP_HEADER,
    STEP_END_OF_HEADERS,
    STEP_BODY,
    STEP_END_OF_MESSAGE,
    STEP_QUIT
};

/* What a filter can say at the negotiation about each step, and where a session can be held. */
static const struct {
    uint32_t unwanted, unanswered;
    enum load_hold hold;
} steps[] = {
    [STEP_OPTIONS] = {0, 0, LOAD_HOLD_NONE},
    [STEP_CONNECT] = {MILTER_NO_CONNECT, MILTER_NR_CONNECT, LOAD_HOLD_NONE},
    [STEP_HELO] = {MILTER_NO_HELO, MILTER_NR_HELO, LOAD_HOLD_HELO},
    [STEP_MAIL] = {MILTER_NO_MAIL, MILTER_NR_MAIL, LOAD_HOLD_MAIL},
    [STEP_RCPT] = {MILTER_NO_RCPT, MILTER_NR_RCPT, LOAD_HOLD_RCPT},
    [STEP_DATA] = {MILTER_NO_DATA, MILTER_NR_DATA, LOAD_HOLD_NONE},
    [STEP_HEADER] = {MILTER_NO_HEADERS, MILTER_NR_HEADER, LOAD_HOLD_NONE},
    [STEP_END_OF_HEADERS] = {MILTER_NO_END_OF_HEADERS, MILTER_NR_END_OF_HEADERS, LOAD_HOLD_NONE},
    [STEP_BODY] = {MILTER_NO_BODY, MILTER_NR_BODY, LOAD_HOLD_NONE},
    [STEP_END_OF_MESSAGE] = {0, 0, LOAD_HOLD_NONE},
    [STEP_QUIT] = {0, 0, LOAD_HOLD_NONE},
};

/* The offer of Postfix 3: all actions, all steps. */
enum { OFFERED_ACTIONS = 0x1ff, OFFERED_STEPS = 0x1fffff };

/* step_add - the frames of one step, with the macros before it */
static void step_add(struct text *out, const struct load_line *line, enum step step)
{
    switch (step) {
    case STEP_OPTIONS:
        milter_add_offer(out, MILTER_VERSION_MAX, OFFERED_ACTIONS, OFFERED_STEPS);
        break;
    case STEP_CONNECT:
        milter_add_macro(out, MILTER_CONNECT, "{daemon_name}", "smtpd");
        milter_add_connect(out, "unknown", &line->client, 2525);
        break;
    case STEP_HELO:
        milter_add_macro(out, MILTER_HELO, "{tls_version}", "TLSv1.3");
        milter_add_command(out, MILTER_HELO, text_bytes(line->helo));
        break;
    case STEP_MAIL:
        milter_add_macro(out, MILTER_MAIL, "i", "4XyZ123abc");
        milter_add_command(out, MILTER_MAIL, text_bytes("<sender@example.com>"));
        break;
    case STEP_RCPT:
        milter_add_macro(out, MILTER_RCPT, "{rcpt_addr}", "user@example.net");
        milter_add_command(out, MILTER_RCPT, text_bytes("<user@example.net>"));
        break;
    case STEP_DATA:
        milter_add_bare(out, MILTER_DATA);
        break;
    case STEP_HEADER:
        milter_add_header(out, "Authentication-Results", forged);
        break;
    case STEP_END_OF_HEADERS:
        milter_add_bare(out, MILTER_END_OF_HEADERS);
        break;
    case STEP_BODY:
        milter_add_command(out, MILTER_BODY, text_bytes("Hello\r\n"));
        break;
    case STEP_END_OF_MESSAGE:
        milter_add_bare(out, MILTER_END_OF_MESSAGE);
        break;
    case STEP_QUIT:
        milter_add_bare(out, MILTER_QUIT);
        break;
    }
}

/* next_step - what follows in this session */
static enum step next_step(const struct load_peer *peer, enum step step)
{
    if (step == STEP_RCPT && !peer->load->options.message)
        return STEP_QUIT;
    return (enum step)(step + 1);
}

/* proceed - what follows once a step is done: the next one, unless sessions are held here */
static void proceed(struct load_peer *peer, unsigned step, bool answered)
{
    if (peer->load->holding && steps[step].hold == peer->load->options.hold)
        load_hold(peer);
    else
        load_continue(peer, answered);
}

/* go - sends the next step that the filter wants; the last one ends the session */
static void go(struct load_peer *peer)
{
    char data[COMMANDS_SIZE];
    struct text out;
    enum step step = peer->commands++ == 0 ? STEP_OPTIONS : next_step(peer, (enum step)peer->stage);
    bool answered;

    while ((steps[step].unwanted & peer->steps) != 0)
        step = next_step(peer, step);
    answered = step != STEP_QUIT && (steps[step].unanswered & peer->steps) == 0;
    peer->stage = step;
    text_init(&out, data, sizeof data);
    step_add(&out, peer->line, step);
    if (!load_send(peer, &out, answered ? 1 : 0))
        return;
    if (step == STEP_QUIT)
        load_end(peer);
    else if (!answered)
        proceed(peer, step, false);
}

/* contains - is `needle` somewhere in `bytes`? */
static bool contains(struct vouch_bytes bytes, const char *needle)
{
    return memmem(bytes.data, bytes.length, needle, strlen(needle)) != NULL;
}

/* answer_error - what is wrong with the final answer to a step; null: nothing */
static const char *answer_error(const struct load_peer *peer, const struct milter_said *said)
{
    const struct load_line *line = peer->line;
    const bool refused = peer->stage == STEP_RCPT && line->code[0] != '2';

    if (peer->stage == STEP_OPTIONS)
        return (unsigned)said->answer == MILTER_OPTIONS ? NULL : "the offer was not answered";
    if (refused && said->answer != MILTER_REPLY)
        return "not refused";
    if (refused)
        return memcmp(said->reply.data, line->code, strlen(line->code)) == 0 ? NULL : "refused with another code";
    if (peer->stage == STEP_END_OF_MESSAGE && line->header[0] != '\0' && !peer->inserted)
        return "no header, or a wrong one";
    if (said->answer == MILTER_CONTINUE || (peer->stage == STEP_END_OF_MESSAGE && said->answer == MILTER_ACCEPT))
        return NULL;
    return said->answer == MILTER_REPLY ? "refused" : "a wrong answer";
}

/* take_answer - one answer of the filter; false: the session has ended or waits for the next answer */
static void take_answer(struct load_peer *peer, const struct milter_said *said)
{
    const unsigned stage = peer->stage;
    const char *error;

    if (said->answer == MILTER_INSERT_HEADER || said->answer == MILTER_CHANGE_HEADER ||
        said->answer == MILTER_PROGRESS) {
        peer->inserted |= said->answer == MILTER_INSERT_HEADER && contains(said->value, peer->line->header);
        return;
    }
    if (peer->sent_count == 0) {
        load_fail(peer, "an answer that nobody asked for");
        return;
    }
    load_answered(peer);
    error = answer_error(peer, said);
    if (error != NULL) {
        load_fail(peer, error);
        return;
    }
    if (stage == STEP_OPTIONS)
        peer->steps = said->steps;
    if (said->answer == MILTER_REPLY)
        peer->stage = STEP_QUIT - 1;
    proceed(peer, stage, true);
}

/* input - whole answers; the rest waits */
static size_t input(struct load_peer *peer, struct vouch_bytes bytes)
{
    size_t taken = 0;

    while (taken < bytes.length && peer->state == LOAD_OPEN) {
        struct vouch_bytes rest = {bytes.data + taken, bytes.length - taken};
        struct milter_said said;
        size_t used;

        switch (milter_read_answer(rest, &said, &used)) {
        case MILTER_MORE:
            return taken;
        case MILTER_BAD:
            load_fail(peer, "not the milter protocol");
            return taken;
        case MILTER_EVENT:
            taken += used;
            take_answer(peer, &said);
            break;
        }
    }
    return taken;
}

const struct load_protocol load_milter = {go, input};
