/*
 * list.c - any text as a private list: it is read, or refused with place and cause.
 */
#include "accredit/list.h"
#include "fuzz.h"

#include <string.h>

/* check_entries - every name that stands in a list which was taken is found in it */
static void check_entries(const struct list *list, const uint8_t *data, size_t size)
{
    for (size_t begin = 0, end; begin < size; begin = end + 1) {
        char name[VOUCH_NAME_SIZE + 2] = "x", error[LIST_ERROR_SIZE];
        const char *comment;
        size_t length = 0;

        for (end = begin; end < size && data[end] != '\n'; end++)
            continue;
        while (begin < end && memchr(" \t\r", data[begin], 3) != NULL)
            begin++;
        while (begin + length < end && memchr(" \t\r", data[begin + length], 3) == NULL)
            length++;
        if (length == 0 || data[begin] == '#')
            continue;
        REQUIRE(length <= VOUCH_NAME_SIZE);
        for (size_t i = 0; i < length; i++) {
            char octet = (char)data[begin + i];

            name[i + 1] = octet >= 'A' && octet <= 'Z' ? (char)(octet + ('a' - 'A')) : octet;
        }
        if (length > 1 && name[length] == '.')
            name[length] = '\0';
        if (!list_check_name(name + 1, error))
            continue; /* left out, as nothing can match it */
        REQUIRE(list_find(list, name[1] == '.' ? name : name + 1, &comment) != VOUCH_UNLISTED);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"mail.example.org", "example.org", "x.bad.example", "a", ""};
    char error[LIST_ERROR_SIZE] = "";
    FILE *file = size == 0 ? NULL : fmemopen((void *)(uintptr_t)data, size, "r");
    struct list *list = list_new();
    const char *comment;

    if (file == NULL || list == NULL) {
        list_free(list);
        return 0;
    }
    if (list_read(list, file, "list", error)) {
        for (size_t i = 0; i < FUZZ_COUNT(names); i++) {
            enum vouch_listing listing = list_find(list, names[i], &comment);

            REQUIRE(comment != NULL && strlen(comment) < LIST_COMMENT_SIZE);
            REQUIRE(listing != VOUCH_UNLISTED || comment[0] == '\0');
        }
        check_entries(list, data, size);
    } else {
        REQUIRE(strncmp(error, "list:", 5) == 0);
        fuzz_require_clean(error);
    }
    fclose(file);
    list_free(list);
    return 0;
}
