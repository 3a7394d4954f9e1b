/*
 * demo.c - vouchsafe demo: a handful of senders, judged by the evaluator and by a vouchsafed through both its ports.
 *
 * All reads the same configuration and master files, in a temporary folder; no packet leaves. Where a port says
 * something else than the evaluator, that is a fault of ours and said so.
 */
#include "base/text.h"
#include "policy/advice.h"
#include "session/sources.h"
#include "tool/demo/dialogue.h"
#include "tool/demo/world.h"
#include "tool/outcome.h"
#include "tool/tool.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ID_LENGTH 13

/* The evaluator with what it needs, and the daemon beside it. */
struct demo {
    struct conf conf;
    struct outcome outcome;
    struct sources sources;
    struct event_base *base;
    struct demo_daemon daemon;
    struct dialogue milter, policy;
    bool colour;
    unsigned differences;
    int output_errno; /* why standard output could not be written, or 0 */
};

/* demo_flush - let it be seen; nobody needs the rest where that fails */
static bool demo_flush(struct demo *demo)
{
    if (demo->output_errno == 0 && fflush(stdout) != 0)
        demo->output_errno = errno;
    return demo->output_errno == 0;
}

/* demo_row - one line of the table, and the verdict in words */
static void demo_row(const struct demo *demo, const struct demo_session *session)
{
    static const char *const colours[] = {
        [VOUCH_VERB_ACCEPT] = "\033[32m",
        [VOUCH_VERB_CONTINUE] = "\033[36m",
        [VOUCH_VERB_DEFER] = "\033[33m",
        [VOUCH_VERB_REJECT] = "\033[31m",
    };
    const struct outcome *outcome = &demo->outcome;
    const struct vouch_verdict *verdict = &outcome->verdict;
    char result[64];
    char why[1024];
    struct text text;

    text_init(&text, result, sizeof result);
    text_add(&text, vouch_csa_word(verdict->csa));
    text_add(&text, " ");
    text_add(&text, vouch_reason_word(verdict->reason));
    printf("%-21s %-15s %-19s %-22s %-8s %c %5d  %s%s%s\n", session->who, session->client, session->helo, result,
           vouch_identity_word(verdict->identity), vouch_rating_word(verdict->rating)[0], verdict->score,
           demo->colour ? colours[outcome->verb] : "", vouch_verb_word(outcome->verb), demo->colour ? "\033[0m" : "");
    text_init(&text, why, sizeof why);
    if (verdict->service >= 0) {
        text_add(&text, verdict->service_name);
        text_add(&text, outcome->verb == VOUCH_VERB_REJECT ? " warns of " : " vouches for ");
        text_add(&text, verdict->name);
    } else
        advice_explain(&text, verdict, &outcome->facts.client);
    printf("    %s\n", why);
}

/* demo_is_reply - is it the evaluator's reply, with a decision id behind it? */
static bool demo_is_reply(const char *reply, const char *expected)
{
    size_t length = strlen(expected);

    if (length == 0)
        return reply[0] == '\0';
    return strncmp(reply, expected, length) == 0 && strncmp(reply + length, " id=", 4) == 0 &&
           strlen(reply + length) == 4 + ID_LENGTH;
}

/* demo_ports - what each port answered, and whether it is what the evaluator says */
static void demo_ports(struct demo *demo)
{
    const struct outcome *outcome = &demo->outcome;
    const char *action = outcome->verb == VOUCH_VERB_ACCEPT ? DEMO_CLASS : "DUNNO";

    printf("    milter  %s\n", demo->milter.reply[0] != '\0' ? demo->milter.reply : demo->milter.header);
    printf("    policy  %s\n", demo->policy.action);
    if (demo_is_reply(demo->milter.reply, outcome->reply) && strcmp(demo->milter.header, outcome->header) == 0 &&
        demo_is_reply(demo->policy.reply, outcome->reply) &&
        (outcome->reply[0] != '\0' || strcmp(demo->policy.action, action) == 0) && demo->milter.postmaster[0] == '\0' &&
        demo->policy.postmaster[0] == '\0')
        return;
    demo->differences++;
    printf("    A PORT DIFFERS; the evaluator says: %s %s\n", vouch_verb_word(outcome->verb),
           outcome->reply[0] != '\0' ? outcome->reply : outcome->header);
}

/* demo_fail - what stopped a dialogue; nothing is said of a signal */
static bool demo_fail(const struct dialogue *dialogue)
{
    if (demo_signal() == 0)
        tool_fail(DEMO_NAME, "%s", dialogue->trouble == NULL ? "no answer" : dialogue->trouble);
    return false;
}

/* demo_judge - one session: the evaluator, then both ports */
static bool demo_judge(struct demo *demo, const struct demo_session *session)
{
    struct dialogue_session facts = {.helo = session->helo};

    demo->outcome.facts.helo = text_bytes(session->helo);
    if (!vouch_address_parse(&facts.client, session->client, strlen(session->client)))
        return false;
    demo->outcome.facts.client = facts.client;
    if (!outcome_judge(&demo->outcome, &demo->conf, &demo->sources, demo->base, demo->conf.dns.timeout_ms)) {
        tool_fail(DEMO_NAME, "out of memory");
        return false;
    }
    demo_row(demo, session);
    if (!dialogue_milter(&demo->milter, demo->daemon.milter, &facts, NULL, NULL))
        return demo_fail(&demo->milter);
    if (!dialogue_policy(&demo->policy, demo->daemon.policy, &facts, NULL, NULL))
        return demo_fail(&demo->policy);
    demo_ports(demo);
    return true;
}

/* demo_tell_milter - one line of the milter dialogue */
static void demo_tell_milter(void *owner, const char *said, const char *answer)
{
    (void)owner;
    printf("    %-39s %s\n", said, answer);
}

/* demo_tell_policy - one request of the policy dialogue; its lines are shown as they are, the empty one left out */
static void demo_tell_policy(void *owner, const char *said, const char *answer)
{
    (void)owner;
    for (size_t length; *said != '\n' && *said != '\0'; said += length + (said[length] == '\n')) {
        length = strcspn(said, "\n");
        printf("    %.*s\n", (int)length, said);
    }
    printf("                                        action=%s\n", answer);
}

/* demo_show - both dialogues of one session */
static bool demo_show(struct demo *demo, const struct demo_session *session)
{
    struct dialogue_session facts = {.helo = session->helo};

    if (!vouch_address_parse(&facts.client, session->client, strlen(session->client)))
        return false;
    printf(
        "\nOne session whole, \"%s\". What an MTA tells the milter port, and the answers\n(\"-\": none is wanted):\n\n",
        session->who);
    if (!dialogue_milter(&demo->milter, demo->daemon.milter, &facts, demo_tell_milter, NULL))
        return demo_fail(&demo->milter);
    puts("\nThe same at the policy port; postmaster is never refused:\n");
    if (!dialogue_policy(&demo->policy, demo->daemon.policy, &facts, demo_tell_policy, NULL))
        return demo_fail(&demo->policy);
    return true;
}

/* demo_play - the table, the dialogue, and what to try next */
static int demo_play(struct demo *demo)
{
    printf("%-21s %-15s %-19s %-22s %-8s %s %s  %s\n", "who", "client", "HELO", "csa", "identity", "dna", "score",
           "action");
    for (size_t i = 0; i < demo_sessions_count; i++) {
        if (demo_signal() != 0 || !demo_judge(demo, &demo_sessions[i]) || !demo_flush(demo))
            return TOOL_USAGE;
    }
    if (!demo_show(demo, demo_shown))
        return TOOL_USAGE;
    puts("\nCheck a real name, with the DNS of this machine:\n"
         "    ./vouchsafe check --trace IP-ADDRESS HELO-NAME\n"
         "    ./vouchsafe check --trace 192.0.2.1 mail.example.org");
    if (!demo_flush(demo))
        return TOOL_USAGE;
    return demo->differences == 0 ? TOOL_FINE : TOOL_REFUSED;
}

/* demo_run - open the evaluator's side on the daemon's files, and play */
static int demo_run(struct demo *demo)
{
    char notice[SOURCES_ERROR_SIZE];
    char error[SOURCES_ERROR_SIZE];

    conf_init(&demo->conf);
    if (!conf_read(&demo->conf, demo->daemon.config, error) ||
        !sources_open(&demo->sources, &demo->conf, demo->base, notice, error))
        return tool_fail(DEMO_NAME, "%s", error);
    demo->colour = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == NULL;
    return demo_play(demo);
}

/* demo_end - clean up, then end by the signal that came, or by the one that a reader's going away would have sent */
static int demo_end(struct demo *demo, int status)
{
    int number = demo->output_errno == EPIPE ? SIGPIPE : 0;

    sources_close(&demo->sources);
    demo_daemon_stop(&demo->daemon);
    if (demo->output_errno != 0 && demo->output_errno != EPIPE)
        status = tool_fail(DEMO_NAME, "standard output: %s", strerror(demo->output_errno));
    if (demo->base != NULL)
        event_base_free(demo->base);
    outcome_clear(&demo->outcome);
    free(demo);
    if (demo_signal() != 0)
        number = demo_signal();
    if (number != 0)
        raise(number);
    return status;
}

int demo_main(int argc, char **argv)
{
    struct demo *demo;
    int status = TOOL_USAGE;

    if (argc > 1)
        return tool_fail(DEMO_NAME, "takes no arguments: %s", argv[1]);
    demo = calloc(1, sizeof *demo);
    if (demo == NULL)
        return tool_fail(DEMO_NAME, "out of memory");
    demo->base = event_base_new();
    if (demo->base == NULL)
        tool_fail(DEMO_NAME, "out of memory");
    else if (demo_daemon_start(&demo->daemon, &demo_world))
        status = demo_run(demo);
    return demo_end(demo, status);
}
