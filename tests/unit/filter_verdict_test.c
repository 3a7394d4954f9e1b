/*
 * filter_verdict_test.c - what the fields of content filters say, and what several of them say together.
 */
#include "policy/filter_verdict.h"
#include "unit.h"

#include <string.h>

static const char spam_list[][16] = {"Yes", "spam", "add", "both"};
static const char ham_list[][16] = {"No", "ham", "both"};
static const struct filter_words spam_words = {spam_list[0], COUNT(spam_list), sizeof spam_list[0]};
static const struct filter_words ham_words = {ham_list[0], COUNT(ham_list), sizeof ham_list[0]};

static const struct {
    const char *value;
    enum filter_verdict verdict;
} rows[] = {
    {"Yes", FILTER_SPAM},
    {"YES", FILTER_SPAM},
    {" yes", FILTER_SPAM},
    {"Yes, score=9.1 required=5.0 tests=BAYES_99", FILTER_SPAM},
    {" Yes, score=9.1\r\n\trequired=5.0", FILTER_SPAM},
    {"\r\n\tYes\r\n\t(score 9.1)", FILTER_SPAM},
    {"\n yes;x", FILTER_SPAM},
    {"spam(9.1)", FILTER_SPAM},
    {"add header", FILTER_SPAM},
    {"No", FILTER_HAM},
    {"no action", FILTER_HAM},
    {"No, score=-1.9", FILTER_HAM},
    {"ham\tx", FILTER_HAM},
    {"both", FILTER_CONFUSED},
    {"", FILTER_SILENT},
    {" \t\r\n", FILTER_SILENT},
    {"maybe", FILTER_SILENT},
    {"maybe Yes", FILTER_SILENT},
    {"(Yes) No", FILTER_SILENT},
    {", Yes", FILTER_SILENT},
    {"Yess", FILTER_SILENT},
    {"Ye", FILTER_SILENT},
    {"Yes/No", FILTER_SILENT},
    {"Yes=No", FILTER_SILENT},
    {"\"Yes\"", FILTER_SILENT},
    {"\x01Yes", FILTER_SILENT},
    {"Yes\x01", FILTER_SILENT},
    {"\xa0Yes", FILTER_SILENT},
};

static enum filter_verdict read_value(const void *data, size_t length)
{
    return filter_read((struct vouch_bytes){data, length}, &spam_words, &ham_words);
}

static void test_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (read_value(rows[i].value, strlen(rows[i].value)) != rows[i].verdict)
            fail_msg("row %zu: \"%s\"", i, rows[i].value);
}

/* A NUL ends a word and is none; nothing behind the view is read. */
static void test_bounds(void **state)
{
    static const char octets[] = "Yes\0No";

    (void)state;
    assert_int_equal(read_value(octets, sizeof octets - 1), FILTER_SPAM);
    assert_int_equal(read_value(octets + 3, 3), FILTER_SILENT);
    assert_int_equal(read_value("Yes", 2), FILTER_SILENT);
    assert_int_equal(read_value("Yess", 3), FILTER_SPAM);
    assert_int_equal(read_value(NULL, 0), FILTER_SILENT);
}

static void test_no_words(void **state)
{
    const struct filter_words none = {spam_list[0], 0, sizeof spam_list[0]};

    (void)state;
    assert_int_equal(filter_read(text_bytes("Yes"), &none, &none), FILTER_SILENT);
    assert_int_equal(filter_read(text_bytes(""), &spam_words, &ham_words), FILTER_SILENT);
}

/* The order of fields changes nothing, and what contradicts itself once stays so. */
static void test_join(void **state)
{
    static const enum filter_verdict table[4][4] = {
        {FILTER_SILENT, FILTER_HAM, FILTER_SPAM, FILTER_CONFUSED},
        {FILTER_HAM, FILTER_HAM, FILTER_CONFUSED, FILTER_CONFUSED},
        {FILTER_SPAM, FILTER_CONFUSED, FILTER_SPAM, FILTER_CONFUSED},
        {FILTER_CONFUSED, FILTER_CONFUSED, FILTER_CONFUSED, FILTER_CONFUSED},
    };

    (void)state;
    for (unsigned a = 0; a < 4; a++)
        for (unsigned b = 0; b < 4; b++)
            assert_int_equal(filter_join((enum filter_verdict)a, (enum filter_verdict)b), table[a][b]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_no_words),
        cmocka_unit_test(test_join),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
