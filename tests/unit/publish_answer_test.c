/*
 * publish_answer_test.c - the size of answers: counted by hand, records on their own and in a message.
 */
#include "publish/answer_size.h"
#include "unit.h"

#include <string.h>

#define OWNER   "\7_client\5_smtp\4mail\7example\3org"
#define HOST    "\4mail\7example\3org"
#define HEADER  12
#define NUMBERS "\0\1\0\2\0\0"

/* VIEW - the octets of a string literal with its final NUL, which ends a name; OCTETS - without it. */
#define VIEW(literal)   ((struct vouch_bytes){(const uint8_t *)(literal), sizeof(literal)})
#define OCTETS(literal) ((struct vouch_bytes){(const uint8_t *)(literal), sizeof(literal) - 1})

static const struct vouch_record srv = {VOUCH_TYPE_SRV, 3600, VIEW(OWNER), VIEW(NUMBERS HOST)};
static const struct vouch_record addresses[] = {
    {VOUCH_TYPE_A, 3600, VIEW(HOST), OCTETS("\300\0\2\1")},
    {VOUCH_TYPE_AAAA, 3600, VIEW(HOST), OCTETS("0123456789abcdef")},
};

static void test_alone(void **state)
{
    struct vouch_answer answer = {.records = &srv, .records_count = 1};
    const struct vouch_answer additional[] = {{.records = &addresses[0], .records_count = 1},
                                              {.records = &addresses[1], .records_count = 1}};
    const char *name = "_client._smtp.mail.example.org";
    size_t question = HEADER + sizeof OWNER + 4, record = 2 + 10 + sizeof(NUMBERS HOST);

    (void)state;
    assert_int_equal(answer_size(name, VOUCH_TYPE_SRV, &answer, NULL, 0), question + record);
    assert_int_equal(answer_size(name, VOUCH_TYPE_SRV, &answer, additional, 1), question + record + 2 + 10 + 4);
    assert_int_equal(answer_size(name, VOUCH_TYPE_SRV, &answer, additional, 2),
                     question + record + 2 + 10 + 4 + 2 + 10 + 16);
    answer.records_count = 0;
    assert_int_equal(answer_size(name, VOUCH_TYPE_SRV, &answer, NULL, 0), question);
}

/* A message as a resolver hands it out: the owner of its record, and the name in the RDATA, are pointers into it. */
static void test_in_a_message(void **state)
{
    static const uint8_t message[] = "\0\1\200\0\0\1\0\1\0\0\0\0"
                                     "\4mail\7example\3org\0\0\14\0\1"
                                     "\300\14\0\14\0\1\0\0\1\54\0\17\6_vouch\5_smtp\300\21";
    const size_t at = HEADER + sizeof HOST + 4;
    struct vouch_record ptr = {VOUCH_TYPE_PTR, 300, {message + at, 2}, {message + at + 12, 15}};
    struct vouch_answer answer = {.records = &ptr, .records_count = 1, .message = {message, sizeof message - 1}};

    (void)state;
    assert_int_equal(message[at + 11], 15);
    assert_int_equal(answer_size("mail.example.org", VOUCH_TYPE_PTR, &answer, NULL, 0), sizeof message - 1);
    answer.message.length--;
    assert_int_equal(answer_size("mail.example.org", VOUCH_TYPE_PTR, &answer, NULL, 0), 0);
}

static void test_malformed(void **state)
{
    const struct vouch_record faults[] = {
        {VOUCH_TYPE_SRV, 3600, VIEW(OWNER), OCTETS(NUMBERS "\4mai")},
        {VOUCH_TYPE_SRV, 3600, VIEW(OWNER), OCTETS("\0\1\0")},
        {VOUCH_TYPE_A, 3600, OCTETS("\4mail"), OCTETS("\300\0\2\1")},
        {VOUCH_TYPE_A, 3600, VIEW(HOST), OCTETS("\300\0\2")},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(faults); i++) {
        const struct vouch_answer answer = {.records = &faults[i], .records_count = 1};

        if (answer_size("mail.example.org", faults[i].type, &answer, NULL, 0) != 0)
            fail_msg("record %zu has a size", i);
    }
    assert_int_equal(answer_size("a..b", VOUCH_TYPE_A, &(struct vouch_answer){0}, NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alone),
        cmocka_unit_test(test_in_a_message),
        cmocka_unit_test(test_malformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
