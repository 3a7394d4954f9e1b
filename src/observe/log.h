/*
 * log.h - what mail logs say of mail that leaves: Postfix, Exim and Sendmail, in files of their own or by syslog.
 *
 * Exim writes the address that a delivery left from (log_selector = +incoming_interface +outgoing_interface). Neither
 * Postfix nor Sendmail does, and none writes the HELO name, but for some errors and debugging. So deliveries are
 * counted by transport, and what servers of ours write of their clients is kept where the name is one of
 * sightings->domains.
 */
#ifndef OBSERVE_LOG_H
#define OBSERVE_LOG_H

#include "observe/lines.h"
#include "observe/sightings.h"

/* Reads a log to its end, in constant memory. */
void log_read(struct sightings *sightings, struct lines *lines);

/* One line of a program's log: who wrote it, what, and where it stands. Texts are in the caller's line. */
struct log_entry {
    struct sightings *sightings;
    const char *tag; /* "postfix/smtp", "exim", "sendmail" */
    const char *text;
    const struct lines *lines;
};

void log_postfix(const struct log_entry *entry);
void log_exim(const struct log_entry *entry);
void log_sendmail(const struct log_entry *entry);

/* One delivery by the transport of a tag, to a host and its address. */
void log_delivery(const struct log_entry *entry, const char *tag, struct vouch_bytes host,
                  const struct vouch_address *to);

/* The transport of a tag said this HELO name. */
void log_helo(const struct log_entry *entry, const char *tag, struct vouch_bytes name);

/* A client with this address said a HELO name; `verified` is its name in the DNS as the server proved it, or empty. */
void log_client(const struct log_entry *entry, struct vouch_bytes helo, const struct vouch_address *client,
                struct vouch_bytes verified);

/* The transport of a tag; a new one if no configuration has it. Null: no room. */
struct sender *log_sender(const struct log_entry *entry, const char *tag);

#endif
