/*
 * advice.c - what each CSA reason means and what mends it; what mends a refusal for other reasons.
 *
 * One row a reason. In the texts $n is the HELO name, $d the name whose record decided, $a the client's address, $t the
 * type of its address record and $s the service that rated. All of them are harmless: names that passed the HELO judge,
 * formatted addresses.
 */
#include "policy/advice.h"

#include "policy/worst.h"

#define RECORD "_client._smtp.$n. IN SRV 1 2 0 $n."

struct advice {
    const char *why, *owner, *operator;
};

static const struct advice advices[] = {
    [VOUCH_REASON_MATCH] = {"$n authorizes this client, and $a is one of its addresses.", "", ""},
    [VOUCH_REASON_PROHIBITED] = {"$n declares that no mail comes from clients of this name.",
                                 "If this host is meant to send, publish " RECORD
                                 " instead of the record with weight 0 or 1.",
                                 "Nobody but the owner of $n can mend this; the record says that its use is forged."},
    [VOUCH_REASON_MISMATCH] =
        {"$n authorizes clients at the addresses of its targets, and $a is none of them.",
         "If $a is yours, add it: $n. IN $t $a (or to the target that the record names); or give the host a name of "
         "its own with a record of its own.",
         "If you know the host, put its name on a private list or exempt its network, and tell its postmaster."},
    [VOUCH_REASON_NO_ADDRESS] = {"$n authorizes clients, but its targets have no address of the kind of $a.",
                                 "Publish the address: $n. IN $t $a, and name a target that has it: " RECORD,
                                 "If you know the host, exempt its network, and tell its postmaster."},
    [VOUCH_REASON_EXPLICIT] = {"$d asserts that all its sending names have a CSA record; $n has none.",
                               "Publish " RECORD ", or clear the Explicit bit (port 1) at _client._smtp.$d.",
                               "The owner of $d disowns this name; treat it as forged unless they say otherwise."},
    [VOUCH_REASON_IGNORE_TARGET] = {"$n is authorized to send, but its record says that its addresses prove nothing.",
                                    "If the host's addresses can be listed, publish weight 2: " RECORD,
                                    "Only a client certificate for $n could prove the name (tls.identity)."},
    [VOUCH_REASON_NO_RECORD] = {"$n publishes no CSA record.", "Publish " RECORD, ""},
    [VOUCH_REASON_NO_HELO] = {"The client gave no HELO name.", "Let the client greet with EHLO and its host name.", ""},
    [VOUCH_REASON_LITERAL] = {"The client greeted with an address, not a name.",
                              "Let the client greet with its host name instead of an address literal.", ""},
    [VOUCH_REASON_BAD_NAME] =
        {"The HELO argument is no domain name that could be looked up.",
         "Let the client greet with its full host name: letters, digits and hyphens, two labels or more.", ""},
    [VOUCH_REASON_OTHER_VERSION] =
        {"$n publishes records of another version of the protocol only (priority other than 1).",
         "If version 1 is meant, set the priority to 1: " RECORD, ""},
    [VOUCH_REASON_SRV_DNS] =
        {"The DNS did not answer about the CSA record of $n; that is not held against it.",
         "Check that all name servers of $n answer for _client._smtp.$n, and that its DNSSEC signatures are valid.",
         "If this happens for many names, look at your resolver."},
    [VOUCH_REASON_ADDR_DNS] =
        {"$n has a CSA record, but the DNS did not answer about the addresses of its targets.",
         "Check that all name servers of the targets answer, and that their DNSSEC signatures are valid.",
         "If this happens for many names, look at your resolver."},
    [VOUCH_REASON_PARENT_DNS] = {"$n publishes no CSA record, and the DNS did not answer about the names above it.",
                                 "Check the name servers of the domains above $n.",
                                 "If this happens for many names, look at your resolver."},
    [VOUCH_REASON_RESERVED_WEIGHT] =
        {"The CSA record of $n has a weight with reserved bits, so what it means is unknown.",
         "Publish weight 1 (never sends), 2 (sends from its addresses) or 3 (sends, addresses unlisted): " RECORD, ""},
    [VOUCH_REASON_BAD_RDATA] = {"The CSA record of $n is malformed.", "Publish it anew: " RECORD, ""},
    [VOUCH_REASON_CHAIN] = {"The CNAME records behind $n form a loop or a chain that is too long.",
                            "Let the record name the host directly: " RECORD, ""},
    [VOUCH_REASON_TOO_MANY] = {"$n publishes more records or targets than are looked at, and none of those matched.",
                               "Give the hosts HELO names of their own, with one record each.", ""},
};

#define ASK_SERVICE "Ask $s about its report; services of style dna publish their contact as SRV of _vouch._smtp.$s."
#define OWN_OPINION                                                                                                    \
    "If you think better of this client than $s does, give that service less weight, or put the name on a list."

/* Where other evidence than the CSA result weighed most against the session. */
static const struct advice refusals[VOUCH_TOKENS + 1] = {
    [VOUCH_TOKEN_DNA_D] = {"", ASK_SERVICE, OWN_OPINION},
    [VOUCH_TOKEN_DNA_E] = {"", ASK_SERVICE, OWN_OPINION},
    [VOUCH_TOKEN_LIST_BLOCKED] = {"", "Ask the postmaster of the receiving server why it blocks $n.",
                                  "Your own list blocks $n; take the entry out if it is wrong."},
    [VOUCH_TOKEN_REPUTATION] = {"", "Stop the spam from $n; its reputation recovers with time.",
                                "If the reputation of $n is wrong, put the name on a list."},
};

/* Where the receiver's own memory did not answer and could have spared the session. */
#define SPARED                                                                                                         \
    "Own lists or reputation did not answer, and nobody is refused for want of them: see that the store answers in "   \
    "time (vouchsafe store status, store.timeout)."

/* advice_find - the row that fits: what weighed most against the session, else its CSA reason */
static const struct advice *advice_find(const struct vouch_verdict *verdict)
{
    const struct advice *refusal = &refusals[worst_token(verdict)];

    return refusal->owner != NULL ? refusal : &advices[verdict->reason];
}

/* advice_value - what a letter behind "$" stands for */
static const char *advice_value(char letter, const struct vouch_verdict *verdict, const struct vouch_address *client)
{
    switch (letter) {
    case 'n':
        return verdict->name;
    case 'd':
        return verdict->domain;
    case 's':
        return verdict->service_name;
    default:
        return client->family == 4 ? "A" : "AAAA";
    }
}

/* advice_add - expand one text */
static void advice_add(struct text *text, const char *template, const struct vouch_verdict *verdict,
                       const struct vouch_address *client)
{
    char address[VOUCH_ADDRESS_SIZE];

    vouch_address_format(client, address);
    for (const char *at = template; *at != '\0'; at++) {
        if (*at != '$') {
            text_add_char(text, *at);
            continue;
        }
        at++;
        text_add(text, *at == 'a' ? address : advice_value(*at, verdict, client));
    }
}

void advice_explain(struct text *text, const struct vouch_verdict *verdict, const struct vouch_address *client)
{
    advice_add(text, advices[verdict->reason].why, verdict, client);
}

void advice_for_owner(struct text *text, const struct vouch_verdict *verdict, const struct vouch_address *client)
{
    advice_add(text, advice_find(verdict)->owner, verdict, client);
}

void advice_for_operator(struct text *text, const struct vouch_verdict *verdict, const struct vouch_address *client)
{
    bool spared = verdict->level != VOUCH_LEVEL_UNTRUSTED && verdict->score < 0 && verdict->best > verdict->score;

    advice_add(text, spared ? SPARED : advice_find(verdict)->operator, verdict, client);
}
