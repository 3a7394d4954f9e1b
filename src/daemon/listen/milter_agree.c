/*
 * milter_agree.c - the negotiation: we take what the MTA offers of what we need, down to version 2.
 */
#include "daemon/listen/milter_session.h"

#define ANSWER_SIZE 512

/* What we need to know, for an MTA that lets us choose. */
static const struct milter_macros_wanted wanted_macros[] = {
    {MILTER_AT_CONNECT, "{daemon_name}"},
    {MILTER_AT_HELO, "{verify} {cn_subject} {cert_subject}"},
    {MILTER_AT_MAIL, "{auth_type} {auth_authen}"},
    {MILTER_AT_RCPT, "{rcpt_addr}"},
};

/* agree_refuses_rcpt - could any recipient be refused under this profile, or under that of a domain? */
static bool agree_refuses_rcpt(const struct milter_session *session)
{
    const struct conf *conf = session->visit.worker->conf;

    for (size_t i = 0; i < conf->domains_count; i++)
        if (conf->profiles[conf->domains[i].profile].mode == VOUCH_MODE_ENFORCE)
            return true;
    return session->visit.profile->mode == VOUCH_MODE_ENFORCE;
}

bool milter_reads_filter(const struct milter_session *session)
{
    const struct worker *worker = session->visit.worker;

    return worker->keeper != NULL && worker->conf->feedback.header[0] != '\0' && session->visit.profile->judge;
}

/* agree_steps - the steps that we do without, or do not answer, under this profile */
static uint32_t agree_steps(const struct milter_session *session)
{
    const struct conf_profile *profile = session->visit.profile;
    bool enforces = profile->mode == VOUCH_MODE_ENFORCE;
    uint32_t steps = MILTER_NO_BODY | MILTER_NO_UNKNOWN | MILTER_NO_DATA | MILTER_NO_END_OF_HEADERS |
                     MILTER_NR_CONNECT | MILTER_NR_HEADER;

    if (!profile->judge)
        steps |= MILTER_NO_HELO | MILTER_NO_MAIL | MILTER_NO_RCPT;
    if (!enforces || profile->reject_at_stage != VOUCH_STAGE_HELO)
        steps |= MILTER_NR_HELO;
    if (!enforces || profile->reject_at_stage == VOUCH_STAGE_RCPT)
        steps |= MILTER_NR_MAIL;
    if (!agree_refuses_rcpt(session))
        steps |= MILTER_NR_RCPT;
    if (session->visit.worker->conf->strip == CONF_STRIP_NO && !milter_reads_filter(session))
        steps |= MILTER_NO_HEADERS;
    return steps;
}

void milter_agree(struct milter_session *session, const struct milter_event *event)
{
    bool chooses = (event->actions & MILTER_CAN_SET_MACROS) != 0;
    uint32_t version = event->version > MILTER_VERSION_MAX ? MILTER_VERSION_MAX : event->version;
    char buffer[ANSWER_SIZE];
    struct text out;

    session->actions = event->actions & (MILTER_CAN_ADD_HEADERS | MILTER_CAN_CHANGE_HEADERS | MILTER_CAN_SET_MACROS);
    session->steps = event->steps & agree_steps(session);
    session->agreed = true;
    text_init(&out, buffer, sizeof buffer);
    milter_add_options(&out, version, session->actions, session->steps, chooses ? wanted_macros : NULL,
                       chooses ? sizeof wanted_macros / sizeof wanted_macros[0] : 0);
    stream_write(session->stream, out.data, out.length);
}

bool milter_is_silent(const struct milter_session *session, enum milter_command command)
{
    switch (command) {
    case MILTER_CONNECT:
        return (session->steps & MILTER_NR_CONNECT) != 0;
    case MILTER_HELO:
        return (session->steps & MILTER_NR_HELO) != 0;
    case MILTER_MAIL:
        return (session->steps & MILTER_NR_MAIL) != 0;
    case MILTER_RCPT:
        return (session->steps & MILTER_NR_RCPT) != 0;
    case MILTER_HEADER:
        return (session->steps & MILTER_NR_HEADER) != 0;
    case MILTER_MACROS:
    case MILTER_ABORT:
    case MILTER_QUIT:
    case MILTER_QUIT_NC:
        return true;
    case MILTER_OPTIONS:
    case MILTER_DATA:
    case MILTER_END_OF_HEADERS:
    case MILTER_BODY:
    case MILTER_END_OF_MESSAGE:
    case MILTER_UNKNOWN:
        return false;
    }
    return false;
}
