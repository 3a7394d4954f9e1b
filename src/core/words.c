/*
 * words.c - the word of every value: the same in logs, JSON, headers and manuals.
 */
#include "vouchsafe.h"

#define WORD(words, index) ((size_t)(index) < sizeof(words) / sizeof(words)[0] ? (words)[index] : "?")

const char *vouch_csa_word(enum vouch_csa csa)
{
    static const char *const words[] = {
        [VOUCH_CSA_NONE] = "none",       [VOUCH_CSA_PASS] = "pass",           [VOUCH_CSA_FAIL] = "fail",
        [VOUCH_CSA_NEUTRAL] = "neutral", [VOUCH_CSA_TEMPERROR] = "temperror", [VOUCH_CSA_PERMERROR] = "permerror",
    };

    return WORD(words, csa);
}

const char *vouch_reason_word(enum vouch_reason reason)
{
    static const char *const words[] = {
        [VOUCH_REASON_MATCH] = "match",
        [VOUCH_REASON_PROHIBITED] = "prohibited",
        [VOUCH_REASON_MISMATCH] = "mismatch",
        [VOUCH_REASON_NO_ADDRESS] = "no-address",
        [VOUCH_REASON_EXPLICIT] = "explicit",
        [VOUCH_REASON_IGNORE_TARGET] = "ignore-target",
        [VOUCH_REASON_NO_RECORD] = "no-record",
        [VOUCH_REASON_NO_HELO] = "no-helo",
        [VOUCH_REASON_LITERAL] = "literal",
        [VOUCH_REASON_BAD_NAME] = "bad-name",
        [VOUCH_REASON_OTHER_VERSION] = "other-version",
        [VOUCH_REASON_SRV_DNS] = "srv-dns",
        [VOUCH_REASON_ADDR_DNS] = "addr-dns",
        [VOUCH_REASON_PARENT_DNS] = "parent-dns",
        [VOUCH_REASON_RESERVED_WEIGHT] = "reserved-weight",
        [VOUCH_REASON_BAD_RDATA] = "bad-rdata",
        [VOUCH_REASON_CHAIN] = "chain",
        [VOUCH_REASON_TOO_MANY] = "too-many",
    };

    return WORD(words, reason);
}

const char *vouch_identity_word(enum vouch_identity identity)
{
    static const char *const words[] = {
        [VOUCH_IDENTITY_NONE] = "none",
        [VOUCH_IDENTITY_FORWARD] = "forward",
        [VOUCH_IDENTITY_TLS] = "tls",
        [VOUCH_IDENTITY_CSA] = "csa",
    };

    return WORD(words, identity);
}

const char *vouch_rating_word(enum vouch_rating rating)
{
    static const char *const words[] = {
        [VOUCH_RATING_A] = "A", [VOUCH_RATING_B] = "B", [VOUCH_RATING_C] = "C",
        [VOUCH_RATING_D] = "D", [VOUCH_RATING_E] = "E",
    };

    return WORD(words, rating);
}

const char *vouch_level_word(enum vouch_level level)
{
    static const char *const words[] = {
        [VOUCH_LEVEL_UNTRUSTED] = "untrusted",
        [VOUCH_LEVEL_NEUTRAL] = "neutral",
        [VOUCH_LEVEL_TRUSTED] = "trusted",
    };

    return WORD(words, level);
}

const char *vouch_token_word(enum vouch_token token)
{
    static const char *const words[] = {
        [VOUCH_TOKEN_CSA_PASS] = "csa-pass",
        [VOUCH_TOKEN_CSA_PROHIBITED] = "csa-prohibited",
        [VOUCH_TOKEN_CSA_MISMATCH] = "csa-mismatch",
        [VOUCH_TOKEN_CSA_NO_ADDRESS] = "csa-no-address",
        [VOUCH_TOKEN_CSA_EXPLICIT] = "csa-explicit",
        [VOUCH_TOKEN_CSA_PERMERROR] = "csa-permerror",
        [VOUCH_TOKEN_DNA_A] = "dna-a",
        [VOUCH_TOKEN_DNA_B] = "dna-b",
        [VOUCH_TOKEN_DNA_D] = "dna-d",
        [VOUCH_TOKEN_DNA_E] = "dna-e",
        [VOUCH_TOKEN_LIST_TRUSTED] = "list-trusted",
        [VOUCH_TOKEN_LIST_BLOCKED] = "list-blocked",
        [VOUCH_TOKEN_REPUTATION] = "reputation",
    };

    return WORD(words, token);
}

const char *vouch_withheld_word(enum vouch_withheld withheld)
{
    static const char *const words[] = {
        [VOUCH_WITHHELD_NOT] = "not",
        [VOUCH_WITHHELD_UNPROVEN_NAME] = "unproven-name",
        [VOUCH_WITHHELD_NO_DNSSEC] = "no-dnssec",
        [VOUCH_WITHHELD_QUORUM] = "quorum",
        [VOUCH_WITHHELD_SUSPENDED] = "suspended",
    };

    return WORD(words, withheld);
}

const char *vouch_style_word(enum vouch_style style)
{
    static const char *const words[] = {
        [VOUCH_STYLE_DNA] = "dna",
        [VOUCH_STYLE_VBR] = "vbr",
        [VOUCH_STYLE_DOMAIN_LIST] = "domain-list",
        [VOUCH_STYLE_ADDRESS_LIST] = "address-list",
        [VOUCH_STYLE_LIST] = "list",
    };

    return WORD(words, style);
}

const char *vouch_purpose_word(enum vouch_purpose purpose)
{
    static const char *const words[] = {
        [VOUCH_ASK_CSA] = "csa",       [VOUCH_ASK_ADDRESS] = "address",       [VOUCH_ASK_POINTERS] = "pointers",
        [VOUCH_ASK_REPORT] = "report", [VOUCH_ASK_TARGET] = "target",         [VOUCH_ASK_PARENT] = "parent",
        [VOUCH_ASK_LIST] = "list",     [VOUCH_ASK_REPUTATION] = "reputation",
    };

    return WORD(words, purpose);
}

const char *vouch_status_word(enum vouch_status status)
{
    static const char *const words[] = {
        [VOUCH_FOUND] = "found",   [VOUCH_NODATA] = "nodata",   [VOUCH_NXDOMAIN] = "nxdomain", [VOUCH_CHAIN] = "chain",
        [VOUCH_FAILED] = "failed", [VOUCH_TIMEOUT] = "timeout", [VOUCH_BOGUS] = "bogus",
    };

    return WORD(words, status);
}

const char *vouch_type_word(enum vouch_type type)
{
    switch (type) {
    case VOUCH_TYPE_NONE:
        return "-";
    case VOUCH_TYPE_A:
        return "A";
    case VOUCH_TYPE_CNAME:
        return "CNAME";
    case VOUCH_TYPE_SOA:
        return "SOA";
    case VOUCH_TYPE_PTR:
        return "PTR";
    case VOUCH_TYPE_TXT:
        return "TXT";
    case VOUCH_TYPE_AAAA:
        return "AAAA";
    case VOUCH_TYPE_SRV:
        return "SRV";
    }
    return "?";
}
