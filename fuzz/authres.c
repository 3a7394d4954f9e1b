/*
 * authres.c - any octets as an Authentication-Results field: case and comments change nothing, without our id it is
 * not ours, and our result is found whatever stands beside it.
 */
#include "policy/authres.h"

#include "base/text.h"
#include "fuzz.h"

#include <string.h>

#define ID       "mx.example.net"
#define METHOD   "csv"
#define ROOM_MAX 4096

/* Whose the field is: by its id, and by a result of ours as well. */
struct whose {
    bool id, ours;
};

/* judge - the field that stands between `head` and `tail` */
static struct whose judge(const char *head, struct vouch_bytes value, const char *tail)
{
    static char data[ROOM_MAX + 100];
    struct whose whose;
    struct text text;
    struct vouch_bytes field = {(const uint8_t *)data, 0};

    text_init(&text, data, sizeof data);
    text_add(&text, head);
    text_add_bytes(&text, value.data, value.length);
    text_add(&text, tail);
    field.length = text.length;
    whose.id = authres_is_ours(field, ID, NULL);
    whose.ours = authres_is_ours(field, ID, METHOD);
    REQUIRE(!whose.ours || whose.id);
    return whose;
}

/* check_same - two fields that must not differ */
static void check_same(struct whose a, struct whose b)
{
    REQUIRE(a.id == b.id && a.ours == b.ours);
}

/* check_case - in upper and in lower case it is the same field */
static void check_case(struct vouch_bytes value, struct whose whose)
{
    static uint8_t upper[ROOM_MAX], lower[ROOM_MAX];

    for (size_t i = 0; i < value.length; i++) {
        char character = text_lower((char)value.data[i]);

        lower[i] = (uint8_t)character;
        upper[i] = character >= 'a' && character <= 'z' ? (uint8_t)(character - 'a' + 'A') : lower[i];
    }
    check_same(whose, judge("", (struct vouch_bytes){upper, value.length}, ""));
    check_same(whose, judge("", (struct vouch_bytes){lower, value.length}, ""));
}

/* has_id - do the octets of the id stand in the field in their order, others perhaps between them? */
static bool has_id(struct vouch_bytes value)
{
    const char *id = ID;

    for (size_t i = 0; i < value.length && *id != '\0'; i++)
        id += text_lower((char)value.data[i]) == *id ? 1 : 0;
    return *id == '\0';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vouch_bytes value = {data, size < ROOM_MAX ? size : ROOM_MAX};
    struct whose whose = judge("", value, "");

    REQUIRE(!whose.id || has_id(value));
    check_same(whose, judge("", value, ""));
    check_same(whose, judge("", value, " (x)"));
    check_same(whose, judge("(a (b)) \r\n ", value, ""));
    check_case(value, whose);
    if (whose.id)
        REQUIRE(judge("", value, "; csv=pass").ours && judge("", value, ";CSV/1=x").ours);

    REQUIRE(judge(ID "; csv=pass ", value, "").ours);
    REQUIRE(judge(ID "; spf=pass; csv=pass;", value, "").ours);
    REQUIRE(judge(ID ";", value, "").id && judge(ID " ", value, "").id && judge("\"" ID "\"", value, "").id);
    REQUIRE(!judge("x" ID, value, "").id && !judge(ID ".evil;", value, "").id);
    return 0;
}
