/*
 * example.c - libvouchsafe with the C library's own resolver: judges one client, one question after the other.
 *
 *     cc example.c -o example $(pkg-config --cflags --libs libvouchsafe) -lresolv
 *     ./example 192.0.2.10 mail.example.org
 *     ./example 192.0.2.10 mail.example.org 127.0.0.1        (ask this name server)
 *
 * A real MTA would put all questions out at once; the evaluator does not mind either way.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>
#include <vouchsafe.h>

/* ask - put one question to the resolver and hand the answer to the evaluator */
static void ask(struct __res_state *resolver, struct vouch_eval *eval, const struct vouch_question *question)
{
    unsigned char message[65535];
    struct vouch_record records[256];
    struct vouch_answer answer = {.status = VOUCH_TIMEOUT};
    int length = res_nmkquery(resolver, ns_o_query, question->name, ns_c_in, (int)question->type, NULL, 0, NULL,
                              message, sizeof message);

    if (length > 0)
        length = res_nsend(resolver, message, length, message, sizeof message);
    if (length > 0) {
        struct vouch_bytes bytes = {message, (size_t)length};

        vouch_answer_read(&answer, question->name, question->type, bytes, records, 256);
    }
    vouch_eval_answer(eval, question->id, &answer);
}

/* judge - the evaluation: as long as there is a question, ask it */
static void judge(struct __res_state *resolver, const struct vouch_facts *facts, struct vouch_verdict *verdict)
{
    struct vouch_settings settings;
    struct vouch_question question;
    struct vouch_eval eval;

    vouch_settings_init(&settings);
    vouch_eval_init(&eval, &settings, facts);
    while (vouch_eval_next(&eval, &question) == VOUCH_ASK)
        ask(resolver, &eval, &question);
    vouch_eval_verdict(&eval, verdict);
}

int main(int argc, char **argv)
{
    struct __res_state resolver;
    struct vouch_facts facts;
    struct vouch_policy policy;
    struct vouch_verdict verdict;
    char reply[VOUCH_REPLY_SIZE];

    memset(&resolver, 0, sizeof resolver);
    memset(&facts, 0, sizeof facts);
    if (argc < 3 || !vouch_address_parse(&facts.client, argv[1], strlen(argv[1])) || res_ninit(&resolver) != 0) {
        fputs("usage: example IP HELO [NAME-SERVER]\n", stderr);
        return 2;
    }
    if (argc > 3 && inet_pton(AF_INET, argv[3], &resolver.nsaddr_list[0].sin_addr) == 1) {
        resolver.nscount = 1;
        resolver.nsaddr_list[0].sin_family = AF_INET;
        resolver.nsaddr_list[0].sin_port = htons(53);
    }
    facts.helo.data = (const uint8_t *)argv[2];
    facts.helo.length = strlen(argv[2]);
    judge(&resolver, &facts, &verdict);
    res_nclose(&resolver);

    vouch_policy_init(&policy);
    vouch_policy_reply(&policy, &verdict, NULL, reply);
    printf("csa=%s (%s) identity=%s trust=%s action=%s\n", vouch_csa_word(verdict.csa),
           vouch_reason_word(verdict.reason), vouch_identity_word(verdict.identity), vouch_level_word(verdict.level),
           vouch_verb_word(vouch_policy_decide(&policy, &verdict)));
    if (reply[0] != '\0')
        puts(reply);
    return vouch_policy_decide(&policy, &verdict) == VOUCH_VERB_REJECT;
}
