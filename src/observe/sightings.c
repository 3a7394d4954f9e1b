/*
 * sightings.c - keeps what was seen, and knows names and addresses.
 */
#include "observe/sightings.h"

#include "base/address.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char *evidence_word(enum evidence evidence)
{
    static const char *const words[] = {[EVIDENCE_RECEIVED] = "received",
                                        [EVIDENCE_LOG] = "log",
                                        [EVIDENCE_CONFIG] = "configuration",
                                        [EVIDENCE_CANDIDATE] = "candidate",
                                        [EVIDENCE_CLAIM] = "claim"};

    return words[evidence];
}

bool sightings_init(struct sightings *sightings)
{
    memset(sightings, 0, sizeof *sightings);
    sightings->senders = calloc(SIGHTINGS_SENDERS_MAX, sizeof *sightings->senders);
    sightings->pairs = calloc(SIGHTINGS_PAIRS_MAX, sizeof *sightings->pairs);
    sightings->claims = calloc(SIGHTINGS_CLAIMS_MAX, sizeof *sightings->claims);
    sightings->remarks = calloc(SIGHTINGS_REMARKS_MAX + LEFT_KINDS, sizeof *sightings->remarks);
    return sightings->senders != NULL && sightings->pairs != NULL && sightings->claims != NULL &&
           sightings->remarks != NULL;
}

void sightings_free(struct sightings *sightings)
{
    free(sightings->senders);
    free(sightings->pairs);
    free(sightings->claims);
    free(sightings->remarks);
    memset(sightings, 0, sizeof *sightings);
}

void sightings_copy(char *to, size_t size, const char *from)
{
    struct text text;

    text_init(&text, to, size);
    text_add(&text, from);
}

void sightings_place(char place[SIGHTINGS_PLACE_SIZE], const char *label, unsigned long line)
{
    struct text text;
    size_t length = strlen(label);

    text_init(&text, place, SIGHTINGS_PLACE_SIZE);
    if (length > SIGHTINGS_PLACE_SIZE - 24)
        label += length - (SIGHTINGS_PLACE_SIZE - 24);
    text_add(&text, label);
    text_add_char(&text, ':');
    text_add_unsigned(&text, line);
}

struct sender *sightings_sender(struct sightings *sightings, const char *label)
{
    struct sender *sender = &sightings->senders[sightings->senders_count];

    if (sightings->senders_count == SIGHTINGS_SENDERS_MAX) {
        sightings->left_out[LEFT_SENDERS]++;
        return NULL;
    }
    sightings->senders_count++;
    sightings_copy(sender->label, sizeof sender->label, label);
    return sender;
}

struct sender *sightings_find(struct sightings *sightings, const char *tag)
{
    for (size_t i = 0; i < sightings->senders_count; i++) {
        if (tag[0] != '\0' && strcmp(sightings->senders[i].tag, tag) == 0)
            return &sightings->senders[i];
    }
    return NULL;
}

/* sightings_equal - the same address? */
static bool sightings_equal(const struct vouch_address *a, const struct vouch_address *b)
{
    return a->family == b->family && memcmp(a->octets, b->octets, address_length(a)) == 0;
}

/* sightings_once_more - an address that is there already was seen again */
static void sightings_once_more(struct sighted_address *known, const struct sighted_address *seen)
{
    uint64_t times = known->times + seen->times;

    if (seen->evidence < known->evidence)
        *known = *seen;
    known->times = times;
}

void sender_address(struct sightings *sightings, struct sender *sender, const struct sighted_address *seen)
{
    for (size_t i = 0; i < sender->addresses_count; i++) {
        if (sightings_equal(&sender->addresses[i].address, &seen->address)) {
            sightings_once_more(&sender->addresses[i], seen);
            return;
        }
    }
    if (sender->addresses_count == SIGHTINGS_BOUND_MAX)
        sightings->left_out[LEFT_ADDRESSES]++;
    else
        sender->addresses[sender->addresses_count++] = *seen;
}

/* sightings_find_pair - in one of the tables; null: not there */
static struct sighted_pair *sightings_find_pair(struct sighted_pair *table, size_t count, const char *helo,
                                                const struct vouch_address *address)
{
    for (size_t i = 0; i < count; i++) {
        if (sightings_equal(&table[i].at.address, address) && text_is_nocase(text_bytes(table[i].helo), helo))
            return &table[i];
    }
    return NULL;
}

void sightings_pair(struct sightings *sightings, const char *helo, const struct sighted_address *seen)
{
    bool claim = seen->evidence == EVIDENCE_CLAIM;
    struct sighted_pair *pair = sightings_find_pair(sightings->pairs, sightings->pairs_count, helo, &seen->address);
    size_t *count = claim ? &sightings->claims_count : &sightings->pairs_count;

    if (pair == NULL && claim)
        pair = sightings_find_pair(sightings->claims, sightings->claims_count, helo, &seen->address);
    if (pair != NULL) {
        sightings_once_more(&pair->at, seen);
    } else if (*count == (claim ? SIGHTINGS_CLAIMS_MAX : SIGHTINGS_PAIRS_MAX)) {
        sightings->left_out[claim ? LEFT_CLAIMS : LEFT_PAIRS]++;
    } else {
        pair = &(claim ? sightings->claims : sightings->pairs)[(*count)++];
        sightings_copy(pair->helo, sizeof pair->helo, helo);
        pair->at = *seen;
    }
}

/* sightings_put_remark - a remark, once, where there are fewer than `most` */
__attribute__((format(printf, 4, 0))) static void
sightings_put_remark(struct sightings *sightings, size_t most, const char *place, const char *format, va_list arguments)
{
    struct remark remark;

    if (vsnprintf(remark.text, sizeof remark.text, format, arguments) < 0)
        remark.text[0] = '\0';
    sightings_copy(remark.place, sizeof remark.place, place);
    for (size_t i = 0; i < sightings->remarks_count; i++) {
        if (strcmp(sightings->remarks[i].text, remark.text) == 0 &&
            strcmp(sightings->remarks[i].place, remark.place) == 0)
            return;
    }
    if (sightings->remarks_count >= most)
        sightings->left_out[LEFT_REMARKS]++;
    else
        sightings->remarks[sightings->remarks_count++] = remark;
}

void sightings_remark(struct sightings *sightings, const char *place, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    sightings_put_remark(sightings, SIGHTINGS_REMARKS_MAX, place, format, arguments);
    va_end(arguments);
}

void sightings_remark_logged(struct sightings *sightings, const char *place, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    sightings_put_remark(sightings, SIGHTINGS_LOGGED_MAX, place, format, arguments);
    va_end(arguments);
}

void sightings_tell_left_out(struct sightings *sightings)
{
    static const char *const what[] = {[LEFT_SENDERS] = "of more ways on which mail leaves",
                                       [LEFT_ADDRESSES] = "of more addresses of one sender or name",
                                       [LEFT_PAIRS] = "of more names with their addresses",
                                       [LEFT_CLAIMS] = "of more claims of clients, which are not taken in any case",
                                       [LEFT_HOSTS] = "of more HELO names",
                                       [LEFT_DOMAINS] = "of more domains",
                                       [LEFT_REMARKS] = "of more remarks"};

    for (size_t i = 0; i < LEFT_KINDS; i++) {
        struct remark *remark = &sightings->remarks[sightings->remarks_count];

        if (sightings->left_out[i] == 0)
            continue;
        sightings->remarks_count++;
        snprintf(remark->text, sizeof remark->text, "left out for want of room: %llu sightings %s",
                 (unsigned long long)sightings->left_out[i], what[i]);
    }
}

void sightings_domain(struct sightings *sightings, const char *domain)
{
    for (size_t i = 0; i < sightings->domains_count; i++) {
        if (strcmp(sightings->domains[i], domain) == 0)
            return;
    }
    if (domain[0] != '\0' && sightings->domains_count == SIGHTINGS_DOMAINS_MAX)
        sightings->left_out[LEFT_DOMAINS]++;
    else if (domain[0] != '\0')
        sightings_copy(sightings->domains[sightings->domains_count++], VOUCH_NAME_SIZE, domain);
}

/* sightings_is_below - is a name of this length this domain or below it? */
static bool sightings_is_below(const char *name, size_t length, const char *domain)
{
    size_t tail = strlen(domain);

    return tail != 0 && length >= tail &&
           text_is_nocase((struct vouch_bytes){(const uint8_t *)name + length - tail, tail}, domain) &&
           (length == tail || name[length - tail - 1] == '.');
}

bool sightings_is_ours(const struct sightings *sightings, const char *name)
{
    size_t length = strlen(name);

    if (length != 0 && name[length - 1] == '.')
        length--;
    for (size_t i = 0; i < sightings->domains_count; i++) {
        if (sightings_is_below(name, length, sightings->domains[i]))
            return true;
    }
    return false;
}

/* sightings_is_local_name - is it below a domain that the public DNS does not have? [RFC 6761] [RFC 8375] */
static bool sightings_is_local_name(const char *name)
{
    static const char *const local[] = {"localhost", "localdomain", "local", "lan",  "internal",
                                        "intranet",  "invalid",     "corp",  "home", "home.arpa"};

    for (size_t i = 0; i < sizeof local / sizeof local[0]; i++) {
        if (sightings_is_below(name, strlen(name), local[i]))
            return true;
    }
    return false;
}

/* sightings_labels - are they letters, digits and inner hyphens, 1 to 63 each? How many, or 0 */
static size_t sightings_labels(const char *name)
{
    size_t count = 0, length;

    for (; *name != '\0'; name += length + (name[length] == '.')) {
        length = strcspn(name, ".");
        if (length == 0 || length > 63 || name[0] == '-' || name[length - 1] == '-')
            return 0;
        for (size_t i = 0; i < length; i++) {
            if (!text_is_alnum(name[i]) && name[i] != '-')
                return 0;
        }
        count++;
        if (name[length] == '.' && name[length + 1] == '\0')
            return 0;
    }
    return count;
}

bool sightings_name(char name[VOUCH_NAME_SIZE], const char *helo, const char **why)
{
    size_t length = strlen(helo), labels;
    struct vouch_address address;

    name[0] = '\0';
    *why = "it is no host name";
    if (helo[0] == '[' || vouch_address_parse(&address, helo, length)) {
        *why = "it is an address and no name: no record can stand for it";
        return false;
    }
    if (length == 0 || length >= VOUCH_NAME_SIZE)
        return false;
    for (size_t i = 0; i <= length; i++)
        name[i] = text_lower(helo[i]);
    if (name[length - 1] == '.')
        name[--length] = '\0';
    labels = sightings_labels(name);
    if (labels == 0)
        return false;
    if (labels == 1)
        *why = "it has one label only: receivers cannot look it up";
    else if (sightings_is_local_name(name))
        *why = "it is a name of local use: the public DNS does not have it";
    else if (!text_is_digit(strrchr(name, '.')[1]) ||
             strspn(strrchr(name, '.') + 1, "0123456789") != strlen(strrchr(name, '.') + 1))
        *why = NULL;
    return *why == NULL;
}

bool sightings_is_private(const struct vouch_address *address)
{
    return address_use(address) == ADDRESS_LOCAL;
}

bool sightings_is_any(const struct vouch_address *address)
{
    static const struct vouch_address any;

    return memcmp(address->octets, any.octets, address_length(address)) == 0;
}

bool sightings_read_address(struct vouch_address *address, const char *text, size_t length)
{
    const char *stop;

    if (length != 0 && text[0] == '[') {
        stop = memchr(text, ']', length);
        if (stop == NULL)
            return false;
        length = (size_t)(stop - ++text);
    }
    if (length > 5 && text_is_nocase((struct vouch_bytes){(const uint8_t *)text, 5}, "IPv6:")) {
        text += 5;
        length -= 5;
    }
    stop = memchr(text, '%', length);
    return vouch_address_parse(address, text, stop == NULL ? length : (size_t)(stop - text));
}
