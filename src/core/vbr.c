/*
 * vbr.c - reads the records of Vouch By Reference: lower-case words with blanks between them. [RFC 5518 5]
 *
 * A record is read octet by octet over its character-strings, so that nothing of it is cut off before it is judged.
 */
#include "base/cursor.h"
#include "base/text.h"
#include "core/service.h"

#include <string.h>

#define WORD_ALL "all"

/* What was read of a record so far. */
struct vbr {
    struct text words; /* with one blank between them */
    char word[sizeof WORD_ALL];
    size_t length; /* of the word that is being read, also beyond `word`; 0: between words */
    bool all;      /* one of the words is WORD_ALL */
    bool bad;
};

/* vbr_is_inner - may this stand in a word behind its first letter? */
static bool vbr_is_inner(char character)
{
    return text_is_digit(character) || character == '-';
}

/* vbr_is_first - may a word begin with this? */
static bool vbr_is_first(char character)
{
    return text_is_alnum(character) && !text_is_digit(character) && text_lower(character) == character;
}

/* vbr_end_word - a blank or the end came */
static void vbr_end_word(struct vbr *vbr)
{
    if (vbr->length == sizeof WORD_ALL - 1 && memcmp(vbr->word, WORD_ALL, vbr->length) == 0)
        vbr->all = true;
    vbr->length = 0;
}

/* vbr_take - one octet */
static void vbr_take(struct vbr *vbr, char character)
{
    if (character == ' ') {
        vbr->bad = vbr->bad || vbr->words.length == 0; /* a blank stands between words */
        vbr_end_word(vbr);
        return;
    }
    if (!vbr_is_first(character) && (vbr->length == 0 || !vbr_is_inner(character)))
        vbr->bad = true;
    if (vbr->length == 0 && vbr->words.length != 0)
        text_add_char(&vbr->words, ' ');
    if (vbr->length < sizeof vbr->word)
        vbr->word[vbr->length] = character;
    vbr->length++;
    text_add_char(&vbr->words, character);
}

bool vbr_judge_record(struct vouch_report *report, struct vouch_bytes rdata)
{
    char buffer[VOUCH_INFO_SIZE];
    struct vbr vbr = {.length = 0};
    struct cursor cursor;

    text_init(&vbr.words, buffer, sizeof buffer);
    cursor_init(&cursor, rdata);
    while (cursor_ok(&cursor) && cursor_left(&cursor) != 0) {
        struct vouch_bytes string = cursor_view(&cursor, cursor_u8(&cursor));

        for (size_t i = 0; i < string.length; i++)
            vbr_take(&vbr, (char)string.data[i]);
    }
    if (!cursor_ok(&cursor) || vbr.bad || vbr.length == 0) /* also: ends with a blank, or holds nothing */
        return false;
    vbr_end_word(&vbr);
    service_take(report, vbr.all ? VOUCH_RATING_A : VOUCH_RATING_C,
                 (struct vouch_bytes){(const uint8_t *)buffer, vbr.words.length});
    return true;
}

void vbr_judge(struct vouch_report *report, const struct vouch_answer *answer)
{
    for (size_t i = 0; i < answer->records_count; i++)
        vbr_judge_record(report, answer->records[i].rdata);
}
