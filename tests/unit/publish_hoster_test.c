/*
 * publish_hoster_test.c - the table of hosters: each row says what it must, once.
 */
#include "publish/hoster.h"
#include "unit.h"

#include <string.h>

/* count - how often a value stands in the fields of a form */
static unsigned count(const char *fields, const char *value)
{
    unsigned found = 0;

    for (const char *at = strstr(fields, value); at != NULL; at = strstr(at + 1, value))
        found++;
    return found;
}

/* check_text - something, printable ASCII */
static void check_text(const char *text)
{
    assert_true(text[0] != '\0');
    for (; *text != '\0'; text++)
        assert_true(*text >= ' ' && *text <= '~');
}

/* check_fields - LABEL=VALUE|..., neither of them empty, and no value that nobody knows */
static void check_fields(const char *fields)
{
    for (const char *field = fields, *next; field != NULL; field = next) {
        size_t length = strcspn(field, "|"), label = strcspn(field, "=");

        next = field[length] == '|' ? field + length + 1 : NULL;
        assert_true(label > 0 && label + 1 < length);
        assert_null(memchr(field, '%', label));
        assert_null(memchr(field + label + 1, '=', length - label - 1));
    }
    for (const char *at = strchr(fields, '%'); at != NULL; at = strchr(at + 1, '%'))
        assert_true(at[1] != '\0' && strchr("ofhbpwnts", at[1]) != NULL);
}

static void test_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < hoster_forms_count; i++) {
        const struct hoster_form *form = &hoster_forms[i];
        const char *fields = form->fields;
        bool file = form->picture == HOSTER_PICTURE_FILE;

        check_text(form->where);
        check_text(fields);
        check_text(hoster_source_text(form->source));
        assert_ptr_equal(file ? hoster_form_find_file(form->hoster) : hoster_form_find(form->hoster), form);
        assert_true(hoster_is_known(form->hoster));
        assert_true(form->picture < HOSTER_PICTURES);
        assert_int_equal(hoster_picture_letter(form->picture), 'A' + (int)form->picture);
        if (file)
            continue;
        check_fields(fields);
        assert_int_equal(count(fields, "%p"), 1);
        assert_int_equal(count(fields, "%w"), 1);
        assert_int_equal(count(fields, "%n"), 1);
        assert_int_equal(count(fields, "%t"), 1);
        assert_true(count(fields, "%s") <= 1);
        assert_int_equal(count(fields, "%o") + count(fields, "%f") + count(fields, "%h") + count(fields, "%b"),
                         form->picture == HOSTER_PICTURE_ZONE ? 0 : 1);
    }
}

static void test_limits(void **state)
{
    (void)state;
    for (size_t i = 0; i < hoster_rows_count; i++) {
        const struct hoster_row *row = &hoster_rows[i];

        check_text(row->where);
        check_text(hoster_source_text(row->source));
        check_text(hoster_limit_text(row->limit));
        check_text(hoster_nearest_text(row->limit));
        assert_ptr_equal(hoster_find(row->hoster, row->limit), row);
        assert_true(hoster_is_known(row->hoster));
        assert_int_equal(row->value != 0, row->limit == HOSTER_TTL_LOWEST);
    }
}

static void test_unknown(void **state)
{
    (void)state;
    assert_false(hoster_is_known("nobody"));
    assert_false(hoster_is_known(""));
    assert_null(hoster_form_find("gandi"));
    assert_null(hoster_form_find_file("route53"));
    assert_null(hoster_find("ovh", HOSTER_PORT_ZERO));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
