/*
 * sightings.h - what was seen of the mail that leaves: ways on which it leaves, names and addresses, and what is not
 * known.
 *
 * Readers of configurations add senders, readers of logs and messages tell what those did; proposal.h makes of it what
 * is shown. All texts may be hostile: they are encoded where they are shown. Bounded: what is too much is counted.
 */
#ifndef OBSERVE_SIGHTINGS_H
#define OBSERVE_SIGHTINGS_H

#include "publish/description.h"

#define SIGHTINGS_PLACE_SIZE  256
#define SIGHTINGS_TEXT_SIZE   512
#define SIGHTINGS_SENDERS_MAX 256
#define SIGHTINGS_PAIRS_MAX   512
#define SIGHTINGS_CLAIMS_MAX  16
#define SIGHTINGS_REMARKS_MAX 256
#define SIGHTINGS_LOGGED_MAX  128 /* remarks about what logs and messages say; the rest of the room is for others */
#define SIGHTINGS_BOUND_MAX   16  /* addresses of one sender */
#define SIGHTINGS_DOMAINS_MAX 16

/* How we know, best first. */
enum evidence {
    EVIDENCE_RECEIVED,  /* a server of others wrote it into a message */
    EVIDENCE_LOG,       /* a log of a server of ours */
    EVIDENCE_CONFIG,    /* the configuration pins it */
    EVIDENCE_CANDIDATE, /* an address of this machine that may be used */
    EVIDENCE_CLAIM      /* some client said it: not taken */
};

/* "received", "log", "configuration", "candidate", "claim". */
const char *evidence_word(enum evidence evidence);

/* An address, and where it was first seen with this evidence: "FILE:LINE". */
struct sighted_address {
    struct vouch_address address;
    enum evidence evidence;
    uint64_t times;
    char place[SIGHTINGS_PLACE_SIZE];
};

/* One way on which mail leaves: a transport of an MTA. */
struct sender {
    char label[SIGHTINGS_PLACE_SIZE]; /* for people: "Postfix transport smtp" */
    char tag[SIGHTINGS_PLACE_SIZE];   /* what marks its lines in a log: "postfix/smtp", "T=remote_smtp"; empty: none */
    char helo[VOUCH_NAME_SIZE];       /* as configured, maybe no name at all; empty: not known */
    char helo_place[SIGHTINGS_PLACE_SIZE];
    bool without_4, without_6; /* does not speak this version of IP */
    bool bound_4, bound_6;     /* connections of this version leave from `addresses` only */
    struct sighted_address addresses[SIGHTINGS_BOUND_MAX];
    size_t addresses_count;
    char next_hop[SIGHTINGS_TEXT_SIZE]; /* hands all mail over to this one; empty: delivers itself */
    char next_hop_place[SIGHTINGS_PLACE_SIZE];
    uint64_t direct, relayed; /* deliveries in logs: to others; to the next hop or a private address */
    char log_place[SIGHTINGS_PLACE_SIZE];
    const struct sender *same; /* that one under another name: its addresses and deliveries count; null: itself */
};

/* A name and an address that were used together. */
struct sighted_pair {
    char helo[VOUCH_NAME_SIZE];
    struct sighted_address at;
};

/* Something that could not be known, or that should be. */
struct remark {
    char place[SIGHTINGS_PLACE_SIZE];
    char text[SIGHTINGS_TEXT_SIZE];
};

/* What there may be no room for. */
enum left_out {
    LEFT_SENDERS,
    LEFT_ADDRESSES,
    LEFT_PAIRS,
    LEFT_CLAIMS,
    LEFT_HOSTS,
    LEFT_DOMAINS,
    LEFT_REMARKS,
    LEFT_KINDS
};

struct sightings {
    struct sender *senders;
    size_t senders_count;
    struct sighted_pair *pairs;
    size_t pairs_count;
    struct sighted_pair *claims; /* what any client said, apart: strangers fill this table */
    size_t claims_count;
    struct remark *remarks;
    size_t remarks_count;
    char domains[SIGHTINGS_DOMAINS_MAX][VOUCH_NAME_SIZE]; /* what clients say of names in these is kept as a claim */
    size_t domains_count;
    uint64_t left_out[LEFT_KINDS];
};

/* False: out of memory. sightings_free in any case. */
bool sightings_init(struct sightings *sightings);
void sightings_free(struct sightings *sightings);

/* A new sender; good until sightings_free. Null: no room. */
struct sender *sightings_sender(struct sightings *sightings, const char *label);

/* The sender of a tag; null: none. */
struct sender *sightings_find(struct sightings *sightings, const char *tag);

/* Adds an address to a sender, or counts it once more; better evidence replaces worse. */
void sender_address(struct sightings *sightings, struct sender *sender, const struct sighted_address *seen);

/* The same for a name and an address together; claims are kept apart. */
void sightings_pair(struct sightings *sightings, const char *helo, const struct sighted_address *seen);

/* Adds a remark, once. */
__attribute__((format(printf, 3, 4))) void sightings_remark(struct sightings *sightings, const char *place,
                                                            const char *format, ...);

/* The same for a remark about what a log or a message says: of these there may be many, so they get a part of the room.
 */
__attribute__((format(printf, 3, 4))) void sightings_remark_logged(struct sightings *sightings, const char *place,
                                                                   const char *format, ...);

/* Adds remarks about what was left out, for which there is always room. Once, at the end. */
void sightings_tell_left_out(struct sightings *sightings);

/* "LABEL:LINE". */
void sightings_place(char place[SIGHTINGS_PLACE_SIZE], const char *label, unsigned long line);

/* Makes a domain one of ours; an empty one is none. */
void sightings_domain(struct sightings *sightings, const char *domain);

/* Is a name, in any case of letters, one of the domains or below one? */
bool sightings_is_ours(const struct sightings *sightings, const char *name);

/* Copies a text; what does not fit is cut. */
void sightings_copy(char *to, size_t size, const char *from);

/*
 * Lower case and no final dot; false with *why in words: it is none that receivers can look up (a literal, one label,
 * odd characters, a name of local use).
 */
bool sightings_name(char name[VOUCH_NAME_SIZE], const char *helo, const char **why);

/* Is the address of local use only, so that no other server sees it? */
bool sightings_is_private(const struct vouch_address *address);

/* Is it 0.0.0.0 or ::, which binds to none? */
bool sightings_is_any(const struct vouch_address *address);

/* Reads an address as MTAs write it: bare, in brackets, with "IPv6:", with a zone or a port behind the bracket. */
bool sightings_read_address(struct vouch_address *address, const char *text, size_t length);

#endif
