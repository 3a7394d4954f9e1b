/*
 * list.c - any text as a private list: it is read, or refused with place and cause.
 */
#include "accredit/list.h"
#include "fuzz.h"

#include <string.h>

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
    } else {
        REQUIRE(strncmp(error, "list:", 5) == 0);
        fuzz_require_clean(error);
    }
    fclose(file);
    list_free(list);
    return 0;
}
