/*
 * milter.h - the milter protocol, versions 2 to 6: frames to events, and answers to frames; both sides of it.
 *
 * A frame is a length of four octets, which counts the rest, a command octet, and data. Reading is pulled: hand in the
 * octets that are there, get one event and how many octets it took. Views point into those octets. Nothing here waits,
 * allocates or trusts a length.
 *
 * Sources: the header files of libmilter (mfdef.h, mfapi.h), and the documents of Sendmail's milter API.
 */
#ifndef PROTO_MILTER_H
#define PROTO_MILTER_H

#include "base/text.h"

#define MILTER_VERSION_MIN 2
#define MILTER_VERSION_MAX 6
#define MILTER_FRAME_MAX   65536     /* data octets of a frame that are looked at; the rest is passed over */
#define MILTER_LENGTH_MAX  268435456 /* a frame that says it is longer is no frame */

/* What the MTA says. */
enum milter_command {
    MILTER_OPTIONS = 'O',
    MILTER_CONNECT = 'C',
    MILTER_HELO = 'H',
    MILTER_MAIL = 'M',
    MILTER_RCPT = 'R',
    MILTER_DATA = 'T',
    MILTER_HEADER = 'L',
    MILTER_END_OF_HEADERS = 'N',
    MILTER_BODY = 'B',
    MILTER_END_OF_MESSAGE = 'E',
    MILTER_MACROS = 'D',
    MILTER_ABORT = 'A',   /* the message is dropped, the connection goes on */
    MILTER_QUIT = 'Q',    /* the milter connection ends */
    MILTER_QUIT_NC = 'K', /* the SMTP connection ends, another follows */
    MILTER_UNKNOWN = 'U'  /* an SMTP command that the MTA does not know */
};

/* What the filter answers. */
enum milter_answer {
    MILTER_CONTINUE = 'c',
    MILTER_ACCEPT = 'a',
    MILTER_REJECT = 'r',
    MILTER_TEMPFAIL = 't',
    MILTER_DISCARD = 'd',
    MILTER_REPLY = 'y',
    MILTER_SKIP = 's',
    MILTER_PROGRESS = 'p',
    MILTER_INSERT_HEADER = 'i',
    MILTER_ADD_HEADER = 'h',
    MILTER_CHANGE_HEADER = 'm'
};

/* Actions, announced in the negotiation. */
enum {
    MILTER_CAN_ADD_HEADERS = 0x1,
    MILTER_CAN_CHANGE_HEADERS = 0x10,
    MILTER_CAN_SET_MACROS = 0x100 /* the filter may name the macros that it wants */
};

/* Steps that the filter does not want (NO_), does not answer (NR_), and others. */
enum {
    MILTER_NO_CONNECT = 0x1,
    MILTER_NO_HELO = 0x2,
    MILTER_NO_MAIL = 0x4,
    MILTER_NO_RCPT = 0x8,
    MILTER_NO_BODY = 0x10,
    MILTER_NO_HEADERS = 0x20,
    MILTER_NO_END_OF_HEADERS = 0x40,
    MILTER_NR_HEADER = 0x80,
    MILTER_NO_UNKNOWN = 0x100,
    MILTER_NO_DATA = 0x200,
    MILTER_CAN_SKIP = 0x400,
    MILTER_REJECTED_RCPT = 0x800,
    MILTER_NR_CONNECT = 0x1000,
    MILTER_NR_HELO = 0x2000,
    MILTER_NR_MAIL = 0x4000,
    MILTER_NR_RCPT = 0x8000,
    MILTER_NR_DATA = 0x10000,
    MILTER_NR_UNKNOWN = 0x20000,
    MILTER_NR_END_OF_HEADERS = 0x40000,
    MILTER_NR_BODY = 0x80000,
    MILTER_HEADER_LEADING_SPACE = 0x100000
};

/* For MILTER_CAN_SET_MACROS: stage numbers in the list. */
enum milter_stage {
    MILTER_AT_CONNECT = 0,
    MILTER_AT_HELO = 1,
    MILTER_AT_MAIL = 2,
    MILTER_AT_RCPT = 3,
    MILTER_AT_DATA = 4,
    MILTER_AT_END_OF_MESSAGE = 5,
    MILTER_AT_END_OF_HEADERS = 6
};

enum milter_read {
    MILTER_MORE,  /* not a whole frame yet */
    MILTER_EVENT, /* `event` is filled in */
    MILTER_BAD    /* this is not the milter protocol, or malformed: close; `event->cause` says what */
};

struct milter_event {
    enum milter_command command;
    /* MILTER_OPTIONS: as offered; a version above ours is no error */
    uint32_t version, actions, steps;
    /* MILTER_CONNECT: family '4', '6', 'L' (unix), 'U' (unknown); `client` is family 0 unless '4' or '6' and valid */
    char family;
    uint16_t port;
    struct vouch_bytes host;
    struct vouch_address client;
    /* MILTER_HELO, MILTER_UNKNOWN: the argument. MILTER_MAIL, MILTER_RCPT: the first one, the address as it came */
    struct vouch_bytes argument;
    /* MILTER_HEADER: value without its final NUL, folds as LF or CR LF; both may be cut at MILTER_FRAME_MAX */
    struct vouch_bytes name, value;
    /* MILTER_MACROS: for which command (any octet: no answer is due), and the list for milter_macro_next */
    enum milter_command macros_for;
    struct vouch_bytes macros;

    bool cut;          /* the frame was longer than MILTER_FRAME_MAX */
    size_t skip;       /* octets that follow and belong to this frame: discard them before the next milter_read */
    const char *cause; /* MILTER_BAD: in words, constant */
};

/*
 * Reads the first frame in `bytes`, as a filter does. `used` is how many octets it took (0 unless MILTER_EVENT), not
 * counting event->skip. Only header, body and unknown frames may be cut; other long frames, unknown commands, strings
 * without their final NUL and numbers that are cut short are MILTER_BAD. An address that is none is no error.
 */
enum milter_read milter_read(struct vouch_bytes bytes, struct milter_event *event, size_t *used);

/* Takes the next name and value off a list of macros; false at its end. A malformed rest ends it. Names keep braces. */
bool milter_macro_next(struct vouch_bytes *macros, struct vouch_bytes *name, struct vouch_bytes *value);

/* One macro wanted at a stage: names parted by blanks, such as "j {daemon_name}". */
struct milter_macros_wanted {
    enum milter_stage stage;
    const char *names;
};

/* ---- answers: whole frames appended to `out`; if one does not fit, out->cut, and no later one goes out either ---- */

/* The answer to MILTER_OPTIONS; macros only if the MTA offered MILTER_CAN_SET_MACROS (null and 0: none). */
void milter_add_options(struct text *out, uint32_t version, uint32_t actions, uint32_t steps,
                        const struct milter_macros_wanted *macros, size_t macros_count);

/* An answer without data: continue, accept, tempfail, ... */
void milter_add_answer(struct text *out, enum milter_answer answer);

/*
 * An SMTP reply of one line, "550 5.7.1 text"; a "%" is doubled, as the protocol wants it. What is not printable ASCII
 * (CR, LF) reads \xNN.
 */
void milter_add_reply(struct text *out, const char *reply);

/*
 * Header at `index`, 0 is the very top. `value` is what stands behind "Name:", its folds as LF before blank or tab. Any
 * other octet that is not printable ASCII or tab reads \xNN.
 */
void milter_add_insert_header(struct text *out, uint32_t index, const char *name, const char *value);

/* Deletes the field of this name that is number `index` (from 1) among those of that name. */
void milter_add_delete_header(struct text *out, uint32_t index, const char *name);

/* ---- the MTA's side: for the demo, tests and load ---- */

struct milter_said {
    enum milter_answer answer; /* MILTER_OPTIONS is answered by 'O' */
    uint32_t version, actions, steps;
    struct vouch_bytes reply;       /* MILTER_REPLY, as in the frame */
    uint32_t index;                 /* headers */
    struct vouch_bytes name, value; /* headers */
};

/* Reads one answer of a filter; only whole frames up to MILTER_FRAME_MAX. Answers that we never give are MILTER_BAD. */
enum milter_read milter_read_answer(struct vouch_bytes bytes, struct milter_said *said, size_t *used);

void milter_add_offer(struct text *out, uint32_t version, uint32_t actions, uint32_t steps);

/* A client of family 0 is sent as family 'U'. */
void milter_add_connect(struct text *out, const char *host, const struct vouch_address *client, uint16_t port);

/* HELO, MAIL, RCPT or an unknown command with its argument. */
void milter_add_command(struct text *out, enum milter_command command, struct vouch_bytes argument);
void milter_add_header(struct text *out, const char *name, const char *value);

/* A macro list for `command` with one macro. */
void milter_add_macro(struct text *out, enum milter_command command, const char *name, const char *value);

/* A command without data: data, end of headers, end of message, abort, quit. */
void milter_add_bare(struct text *out, enum milter_command command);

#endif
