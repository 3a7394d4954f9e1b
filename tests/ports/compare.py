"""compare.py - what came through a port against what the pure evaluator says; every function returns what differs."""
import re

import suite

ID = re.compile(r' id=([a-z2-7]{13})(?= see |$)')
ENHANCED = re.compile(r'^(\d{3}) \d\.\d\.\d ')
ORDER = ('helo', 'mail', 'rcpt')


def plain(reply):
    """A reply without what differs from place to place: the decision id, and the enhanced code that HELO has not."""
    return reply and ID.sub('', ENHANCED.sub(r'\1 ', reply))


def reply_at(stage, expected):
    """The expected reply as it must begin at this stage."""
    if stage == 'helo':
        return plain(expected)
    codes = {'550': '550 5.7.1 ', '451': '451 4.4.3 '}
    return codes[expected[:3]] + plain(expected)[4:]


def refusal(where, got, stage, wanted):
    """One reply: None for a pass, on either side."""
    if got is None and wanted is None:
        return []
    if (got is None) != (wanted is None):
        return ['%s: reply %r, not %r' % (where, got, wanted)]
    found = [] if ID.search(got) else ['%s: no decision id in %r' % (where, got)]
    bare = ID.sub('', got, 1)
    if not bare.startswith(reply_at(stage, wanted)):
        found.append('%s: reply %r, not %r' % (where, bare, reply_at(stage, wanted)))
    return found


def milter(group, expected, outcome):
    wanted = None if group.monitors else expected.reply
    found = refusal('milter', outcome.reply, group.stage, wanted)
    if outcome.stage not in (None, group.stage):
        found.append('milter: refused at %s' % outcome.stage)
    if outcome.stage not in (None, 'rcpt'):
        return found
    fields = [(0, 'Authentication-Results', expected.header and expected.header.partition(': ')[2])]
    if outcome.inserted != fields and (expected.header or len(outcome.inserted) != 1):
        found.append('milter: inserted %r, not %r' % (outcome.inserted, fields))
    if outcome.deleted != [(2, 'Authentication-Results', '')]:
        found.append('milter: deleted %r, not the second field alone' % outcome.deleted)
    if outcome.last not in ('c', 'a') or (outcome.last == 'a' and expected.decision.verb != 'accept'):
        found.append('milter: the last answer is %r' % outcome.last)
    return found


def policy(group, expected, actions, port):
    """The actions at helo, mail, for postmaster and for a user."""
    found, marks = [], []
    accepts = expected.decision.verb == 'accept'
    for stage, action in zip(('helo', 'mail', 'postmaster', 'rcpt'), actions):
        reached = stage != 'postmaster' and ORDER.index(stage) >= ORDER.index(group.stage)
        wanted = expected.reply if reached and not group.monitors else None
        got = action if action[:1].isdigit() else None
        found += refusal('%s at %s' % (port, stage), got, stage, wanted)
        if got is None and action.startswith('PREPEND '):
            marks.append(action[len('PREPEND '):])
        elif got is None and action != 'DUNNO' and not (action == suite.TRUSTED_CLASS and accepts and port == 'class'):
            found.append('%s at %s: %s' % (port, stage, action))
    if port == 'class' and accepts and actions[-1] != suite.TRUSTED_CLASS:
        found.append('class: %s for a trusted session' % actions[-1])
    if len(marks) > 1 or any(mark != (expected.header or mark) for mark in marks):
        found.append('%s: marked with %r, not once with %r' % (port, marks, expected.header))
    if bool(marks) != (port == 'policy') and not any(action[:1].isdigit() for action in actions):
        found.append('%s: marked with %r' % (port, marks))
    return found


def exim(group, expected, answer):
    decision = expected.decision
    acts = {'accept': 'trusted', 'continue': 'pass', 'defer': 'defer', 'reject': 'reject'}
    act = acts[decision.verb]
    if group.monitors and act in ('defer', 'reject'):
        act = 'pass'
    pairs = [('act', act), ('verb', decision.verb), ('csa', decision.csa), ('reason', decision.reason),
             ('trust', decision.trust), ('score', None if decision.score is None else str(decision.score)),
             ('header', expected.header)]
    found = ['exim: %s is %r, not %r' % (key, answer.get(key), value)
             for key, value in pairs if value is not None and answer.get(key) != value]
    return found + refusal('exim', answer.get('reply') or None, group.stage,
                           None if group.monitors else expected.reply)


class Log:
    """The events of one daemon. Sessions are found by what they said, since no id goes with those that pass."""

    def __init__(self, lines):
        self.decisions = [line for line in lines if line.get('event') == 'decision']
        self.actions = [line for line in lines if line.get('event') in ('reject', 'defer')]
        self.unseen = {event['id'] for event in self.decisions}
        self.others = [line for line in lines if line.get('level') in ('warning', 'error') or
                       line.get('event', 'decision') not in ('decision', 'reject', 'defer')]

    def judge(self, group, port, expected):
        """The events of one session on one port."""
        protocol = 'policy' if port == 'class' else port
        profile = 'class' if port == 'class' else 'default'
        wanted = expected.decision
        mine = [event for event in self.decisions
                if (event['protocol'], event['profile'], event['client'], event['helo']) ==
                (protocol, profile, wanted.client, wanted.helo)]
        if not mine:
            return ['%s: no decision is logged' % port]
        found = []
        for event in mine:
            self.unseen.discard(event['id'])
            found += self.decision(port, event, wanted)
        if expected.reply is not None:
            found += self.action(group, port, {event['id'] for event in mine}, expected)
        return found

    @staticmethod
    def decision(port, event, wanted):
        found = ['%s: the log says %s=%r, not %r' % (port, key, event.get(key), value)
                 for key, value in wanted._asdict().items()
                 if value is not None and key != 'queries' and event.get(key) != value]
        if wanted.queries is not None and event['queries'] not in (0, wanted.queries):
            found.append('%s: %d queries, not %d' % (port, event['queries'], wanted.queries))
        return found

    def action(self, group, port, ids, expected):
        """A refusal is logged once for each decision, as it was answered."""
        found = []
        mine = [event for event in self.actions if event['id'] in ids]
        if sorted(event['id'] for event in mine) != sorted(ids):
            found.append('%s: %d refusals logged for %d decisions' % (port, len(mine), len(ids)))
        for event in mine:
            found += refusal('%s: log' % port, event['reply'], event['stage'], expected.reply)
            if event['acted'] != (not group.monitors) or event['event'] != expected.decision.verb:
                found.append('%s: logged as %s, acted %s' % (port, event['event'], event['acted']))
        return found

    def rest(self):
        """What belongs to no session."""
        return ['the log holds decisions of nobody: %s' % ', '.join(sorted(self.unseen))] * bool(self.unseen) + \
            ['the log holds %r' % event for event in self.others]
