/*
 * alabel.c - is this label an A-label? libidn2 knows. [RFC 5890 2.3.2.1]
 */
#include "lint/host.h"

#include <idn2.h>
#include <stdlib.h>
#include <string.h>

bool alabel_is_valid(struct vouch_bytes label)
{
    char text[64], *plain = NULL;
    bool valid;

    if (label.length >= sizeof text)
        return false;
    memcpy(text, label.data, label.length);
    text[label.length] = '\0';
    valid = idn2_to_unicode_8z8z(text, &plain, 0) == IDN2_OK && strcmp(plain, text) != 0;
    idn2_free(plain);
    return valid;
}
