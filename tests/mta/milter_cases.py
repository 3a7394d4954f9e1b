"""milter_cases.py - miltertest scripts against the daemon, and what only Postfix has."""
import glob
import os
import subprocess

import world as w
from targets import USER, results

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPT_TIMEOUT_S = 60


def play_scripts(report, socket, place):
    """Each Lua script of miltertest/."""
    for path in sorted(glob.glob(os.path.join(HERE, 'miltertest', '*.lua'))):
        name = os.path.basename(path)[:-4]
        if name == 'common':
            continue
        settings = {'common': os.path.join(HERE, 'miltertest/common.lua'), 'socket': 'unix:' + socket,
                    'member': place.address(w.MEMBER), 'stranger': place.address(w.STRANGER),
                    'certified': place.address(w.CERTIFIED)}
        command = ['miltertest', '-s', path]
        for pair in settings.items():
            command += ['-D', '%s=%s' % pair]
        done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=SCRIPT_TIMEOUT_S)
        report.is_true('miltertest: ' + name, done.returncode == 0, done.stderr + done.stdout)


def play_submission(report, target, place):
    """The submission service of contrib/postfix: judged by nobody, open to nobody without a password."""
    token = target.token()
    with target.session(place.address(w.STRANGER), 'submission') as session:
        session.say('EHLO never.example.org')
        before = session.envelope(USER)[-1]
        session.say('RSET')
        session.login('user', 'secret')
        after = session.envelope(USER)[-1]
        session.message(token)
    report.starts('submission: without a password', before, '554 5.7.1')
    report.is_true('submission: that refusal is not ours', ' id=' not in before, before)
    report.starts('submission: with a password', after, '250')
    report.equal('submission: no header', results(target.delivered(token)), [])


def play_xclient(report, target, place):
    """A proxy in front of Postfix tells the client's address by XCLIENT, and hands on its EHLO."""
    for helo, code in (('mail.example.org', '250'), ('never.example.org', '550 5.7.1')):
        with target.session(place.address(w.RELAY)) as session:
            session.say('EHLO proxy.example.net')
            session.say('XCLIENT ADDR=%s NAME=[UNAVAILABLE]' % place.address(w.MEMBER))
            session.say('EHLO ' + helo)
            reply = session.envelope(USER)[-1]
        report.starts('%s: XCLIENT, then EHLO %s' % (target.name, helo), reply, code)
    with target.session(place.address(w.RELAY)) as session:
        session.say('EHLO proxy.example.net')
        session.say('XCLIENT ADDR=%s HELO=never.example.org' % place.address(w.MEMBER))
        reply = session.envelope(USER)[-1]
    # Postfix tells a milter nothing of a HELO that stands in XCLIENT only.
    report.starts('%s: XCLIENT with HELO' % target.name, reply, '250' if target.name == 'milter' else '550 5.7.1')
