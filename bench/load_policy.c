/*
 * load_policy.c - plays Postfix at a policy service: many requests a connection, one at a time or pipelined.
 */
#include "load.h"

#include <string.h>
#include <strings.h>

enum { REQUEST_SIZE = 1024 };

static const char prefix[] = "action=";

/* request_add - a request as smtpd sends it at RCPT, each with an instance of its own */
static void request_add(struct text *out, const struct load_line *line, size_t number)
{
    text_add(out, "request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=ESMTP\nclient_address=");
    text_add(out, line->ip);
    text_add(out, "\nclient_name=unknown\nclient_port=2525\nreverse_client_name=unknown\nserver_address=192.0.2.1\n"
                  "server_port=25\nhelo_name=");
    text_add(out, line->helo);
    text_add(out, "\nsender=sender@");
    text_add(out, line->helo);
    text_add(out, "\nrecipient=user@example.net\nrecipient_count=0\nqueue_id=\ninstance=load.");
    text_add_unsigned(out, number);
    text_add(out, "\nsize=0\netrn_domain=\nstress=\nsasl_method=\nsasl_username=\nsasl_sender=\nccert_subject=\n"
                  "ccert_issuer=\nccert_fingerprint=\nccert_pubkey_fingerprint=\nencryption_protocol=\n"
                  "encryption_cipher=\nencryption_keysize=0\npolicy_context=\n\n");
}

/* go - sends a batch; a connection without work is closed */
static void go(struct load_peer *peer)
{
    static char data[LOAD_PIPELINE_MAX * REQUEST_SIZE];
    struct load *load = peer->load;
    struct text out;
    unsigned count = 0;

    text_init(&out, data, sizeof data);
    for (; count < load->options.pipeline && load->begun < load->options.sessions; count++) {
        const struct load_line *line = &load->lines[load->begun % load->lines_count];

        peer->sent[(peer->sent_first + count) % LOAD_PIPELINE_MAX].line = line;
        request_add(&out, line, load->begun++);
    }
    if (count == 0)
        load_close(peer);
    else
        load_send(peer, &out, count);
}

/* action_error - what is wrong with an action; null: nothing */
static const char *action_error(struct vouch_bytes action, const struct load_line *line)
{
    static const char *const passing[] = {"DUNNO", "PREPEND "};

    if (line->code[0] != '2')
        return action.length > 3 && memcmp(action.data, line->code, 3) == 0 ? NULL : "not refused";
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++) {
        if (action.length >= strlen(passing[i]) &&
            strncasecmp((const char *)action.data, passing[i], strlen(passing[i])) == 0)
            return NULL;
    }
    return "refused, or a wrong action";
}

/* take_action - one action, "action=..." */
static void take_action(struct load_peer *peer, struct vouch_bytes text)
{
    const size_t length = strlen(prefix);
    struct vouch_bytes action = {text.data + length, text.length - length};
    const char *error = "not an action";

    if (peer->sent_count == 0) {
        load_fail(peer, "an answer that nobody asked for");
        return;
    }
    if (text.length > length && memcmp(text.data, prefix, length) == 0)
        error = action_error(action, peer->sent[peer->sent_first].line);
    if (error != NULL) {
        load_fail(peer, error);
        return;
    }
    load_answered(peer);
    peer->load->ended++;
}

/* input - whole actions, up to the empty line; the rest waits */
static size_t input(struct load_peer *peer, struct vouch_bytes bytes)
{
    size_t taken = 0;

    while (peer->state == LOAD_OPEN) {
        const uint8_t *rest = bytes.data + taken;
        const uint8_t *end = memmem(rest, bytes.length - taken, "\n\n", 2);

        if (end == NULL)
            break;
        take_action(peer, (struct vouch_bytes){rest, (size_t)(end - rest)});
        taken = (size_t)(end - bytes.data) + 2;
    }
    if (peer->state == LOAD_OPEN && peer->sent_count == 0)
        load_continue(peer, true);
    return taken;
}

const struct load_protocol load_policy = {go, input};
