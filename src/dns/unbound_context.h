/*
 * unbound_context.h - sets libunbound up: settings, forwarders, local names, trust anchors and the look at them.
 */
#ifndef DNS_UNBOUND_CONTEXT_H
#define DNS_UNBOUND_CONTEXT_H

#include "base/text.h"
#include "dns/unbound.h"

struct ub_ctx;

/* One DS or DNSKEY record. */
struct unbound_anchor {
    char *record; /* as text on one line */
    char *name;   /* its owner, in lower case with the final dot */
    bool left_out;
};

struct unbound_anchors {
    struct unbound_anchor *anchors;
    size_t count;
};

/*
 * Reads the file of trust anchors that the configuration names. The default file may be missing, which `notice` then
 * says. False with `error` for other trouble; free the anchors in any case.
 */
bool unbound_anchors_read(struct unbound_anchors *anchors, const char *path, struct text *notice,
                          char error[UNBOUND_ERROR_SIZE]);
void unbound_anchors_free(struct unbound_anchors *anchors);

/* A context that works, with the anchors that are not left out. Null with `error` for trouble. */
struct ub_ctx *unbound_context_open(struct event_base *base, const struct unbound_config *config,
                                    const struct unbound_anchors *anchors, char error[UNBOUND_ERROR_SIZE]);

/*
 * Asks for the DNSKEYs of every anchor's name and runs the loop until all have answered or probe_ms are over. Leaves
 * out the anchors of names whose keys did not come back secure; `notice` says which and why. False if any was left
 * out: the context has to be replaced then.
 */
bool unbound_probe(struct event_base *base, struct ub_ctx *context, struct unbound_anchors *anchors, unsigned probe_ms,
                   struct text *notice);

/* Hands the name servers of a resolv.conf (null: the system's) to the context. False with `error`. */
bool unbound_resolv_conf(struct ub_ctx *context, const char *path, char error[UNBOUND_ERROR_SIZE]);

/* Hands one name server, "ADDR" or "ADDR@PORT", to the context; false if it is none. */
bool unbound_forward(struct ub_ctx *context, const char *resolver);

/* Puts "what: name: cause" into `error`; empty parts are left out. Always false. */
bool unbound_fail(char error[UNBOUND_ERROR_SIZE], const char *what, const char *name, const char *cause);

#endif
