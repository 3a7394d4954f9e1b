"""deliveries.py - real MTAs send mail to a sink; what it saw is what observe says, from the configuration and from the log."""
import os
import smtplib
import subprocess
import time

import postfix
import private
import world as w

DEADLINE_S = 60
MESSAGE = 'From: a@example.org\nTo: b@example.net\nSubject: x\n\ntext\n'
SENDER = 'sender@example.org'


class Accounts:
    """What tests/mta/postfix.py wants: everything runs in these namespaces already."""

    def wrap(self, command):
        return command

    def environment(self):
        return {}


def wait_for(place, recipients):
    deadline = time.monotonic() + DEADLINE_S
    while any(place.seen(recipient) is None for recipient in recipients) and time.monotonic() < deadline:
        time.sleep(0.05)


def expected_hosts(place, recipients):
    """{HELO name: addresses} as the sink saw them."""
    found = {}
    for recipient in recipients:
        helo, address = place.seen(recipient) or ('nothing came for ' + recipient, '')
        found.setdefault(helo, set()).add(address)
    return {helo: sorted(addresses) for helo, addresses in found.items()}


TRANSPORTS = '''pinned unix - - n - - smtp -o smtp_bind_address=192.0.2.10 -o syslog_name=postfix/$service_name
named unix - - n - - smtp
    -o { smtp_helo_name = named.example.org } -o smtp_bind_address=192.0.2.11
hosted unix - - n - - smtp -o myhostname=hosted.example.org -o inet_interfaces=192.0.2.12
six unix - - n - - smtp -o smtp_helo_name=six.$mydomain -o smtp_bind_address6=2001:db8::10
'''
NAMES = ('pinned', 'named', 'hosted', 'six')


def play_postfix_mail(report, place):
    folder = place.path('real', 'postfix')
    transports = ', '.join('{ %s.test = %s:[%s]:2525 }' % (name, name, w.SINK_6 if name == 'six' else w.SINK) for name in NAMES)
    main = ('transport_maps = inline:{ %s }\nmydomain = example.org\ndefault_transport = smtp\ninet_protocols = all\n'
            'smtp_host_lookup = native\nsmtpd_sasl_auth_enable = no\n' % transports)
    mta = {'address': '192.0.2.10', 'relay': '192.0.2.12', 'namespace': Accounts(), 'certificates': place.folder}
    server = postfix.Postfix(w.POSTFIX, folder, mta, {2526: {}}, main, TRANSPORTS)
    server.start()
    try:
        with smtplib.SMTP('192.0.2.10', 2526, timeout=DEADLINE_S, source_address=('192.0.2.12', 0)) as client:
            client.sendmail(SENDER, ['%s@%s.test' % (name, name) for name in NAMES], MESSAGE)
        wait_for(place, NAMES)
    finally:
        server.stop()
    expected = expected_hosts(place, NAMES)
    seen = w.observed('--postfix', folder + '/etc', '--log', folder + '/mail.log')
    report.equal('postfix mail: names and addresses', w.hosts_of(seen), expected)
    report.equal('postfix mail: names', sorted(expected), ['hosted.example.org', 'mx.example.net', 'named.example.org',
                                                            'six.example.org'])
    counted = {each['sender']: each['deliveries'] for each in seen['senders']}
    report.equal('postfix mail: deliveries in the log', counted, {
        'Postfix transport pinned': 1, 'Postfix transport named': 3, 'Postfix transport hosted': 0,
        'Postfix transport six': 0})


EXIM = '''primary_hostname = mx.example.org
spool_directory = {folder}/spool
log_file_path = {folder}/%slog
log_selector = +incoming_interface +outgoing_interface
exim_path = {program}
keep_environment =
host_lookup =
ROOM = example.org
begin routers
'''
EXIM_ROUTER = '''{name}:
  driver = ipliteral
  self = send
  local_parts = {name}
  transport = {name}
'''
EXIM_TRANSPORTS = {
    'plain': 'interface = 192.0.2.10\n',
    'named': 'helo_data = named.ROOM\n  interface = 192.0.2.11\n',
    'derived': 'helo_data = "out-${primary_hostname}"\n  interface = <; 192.0.2.12 ; 2001:db8::10\n',
    'free': 'helo_data = free.example.org\n',
    'lookup': 'helo_data = ${lookup{x}lsearch{ROOMFILE}}\n  interface = 192.0.2.10\n',
    'choice': 'helo_data = ${if and{{eq{$host}{x}}{def:host}}{a.example.org}{${if !exists{/no} {b.ROOM}{c-${primary_hostname}}}}}\n'
              '  interface = 192.0.2.11\n',
}


def exim_delivers(config, recipients):
    command = [w.EXIM + '/usr/sbin/exim4', '-C', config, '-odi', '-f', SENDER]
    subprocess.run(command + recipients, check=True, input=MESSAGE.encode(),
                   capture_output=True, timeout=DEADLINE_S)


def play_exim_mail(report, place):
    folder = os.path.dirname(place.path('exim-mail', 'spool'))
    owner = dict(private.USERS)['Debian-exim']
    for path in (folder, folder + '/spool'):
        os.makedirs(path, exist_ok=True)
        os.chown(path, owner, owner)
    text = EXIM.format(folder=folder, program=w.EXIM + '/usr/sbin/exim4')
    text += ''.join(EXIM_ROUTER.format(name=name) for name in EXIM_TRANSPORTS) + 'begin transports\n'
    text += ''.join('%s:\n  driver = smtp\n  hosts_try_fastopen =\n  %s' % pair for pair in EXIM_TRANSPORTS.items())
    text = text.replace('host_lookup =\n', 'host_lookup =\nallow_domain_literals\n')
    text = text.replace('ROOMFILE', place.write('exim-mail/names', 'x: looked-up.example.org\n'))
    config = place.write('exim-mail/exim.conf', text)
    exim_delivers(config, ['%s@[%s]' % (name, w.SINK) for name in EXIM_TRANSPORTS])
    wait_for(place, EXIM_TRANSPORTS)
    expected = expected_hosts(place, EXIM_TRANSPORTS)
    free = expected.get('free.example.org')
    # the family of the other side decides; the configuration pins both
    report.equal('exim mail: both families', expected['out-mx.example.org'], ['192.0.2.12'])
    expected['out-mx.example.org'].append('2001:db8::10')
    seen = w.observed('--exim', config, '--log', folder + '/mainlog')
    unknown = expected.pop('looked-up.example.org')
    report.equal('exim mail: one of the names of a choice', expected['b.example.org'], ['192.0.2.11'])
    expected.update({'a.example.org': ['192.0.2.11'], 'c-mx.example.org': ['192.0.2.11']})
    report.equal('exim mail: configuration and log', w.hosts_of(seen), expected)
    report.is_true('exim mail: an address without a name', 'sends from %s, with a HELO name that is not known' % unknown[0]
                   in w.remarks_of(seen), w.remarks_of(seen))
    report.is_true('exim mail: the log is a source', free is not None and free != [], expected)
    seen = w.observed('--exim', config)
    report.equal('exim mail: without the log', w.hosts_of(seen)['free.example.org'], [])


CASES = [play_postfix_mail, play_exim_mail]
