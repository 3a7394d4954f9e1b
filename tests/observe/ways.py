"""ways.py - which way mail takes through a real MTA, and the address that it leaves from: observe says the same, or that
it cannot know."""
import os
import smtplib
import subprocess

import deliveries
import postfix
import private
import tables
import world as w

LOG_SHOWN = 3000  # characters

# Of a transport: what master.cf gives it. What it binds, the sink says.
BINDINGS = {
    'one': 'inet_interfaces = 192.0.2.10',
    'local': 'inet_interfaces = 192.0.2.10, localhost',
    'literal': 'inet_interfaces = 192.0.2.10, 127.0.0.1',
    'twice': 'inet_interfaces = 192.0.2.10 [192.0.2.10]',
    'two': 'inet_interfaces = 192.0.2.10, 192.0.2.11',
    'named': 'inet_interfaces = one.example.org',
    'both': 'inet_interfaces = one.example.org, localhost',
    'same': 'inet_interfaces = one.example.org, 192.0.2.12',
    'self': 'inet_interfaces = $myhostname } -o { myhostname = one.example.org',
    'loop': 'inet_interfaces = loopback-only',
    'all': 'inet_interfaces = all',
    'six': 'inet_interfaces = 2001:db8::10',
    'four-six': 'inet_interfaces = 192.0.2.10, 2001:db8::10',
    'six-local': 'inet_interfaces = 2001:db8::10, ::1, 192.0.2.10',
    'free': 'inet_interfaces = 192.0.2.10, 2001:db8::10 } -o { smtp_bind_address = 0.0.0.0',
    'free-six': 'inet_interfaces = 192.0.2.10, 2001:db8::10 } -o { smtp_bind_address6 = ::',
    'any': 'smtp_bind_address = 0.0.0.0 } -o { smtp_bind_address6 = [::]',
    'pinned': 'smtp_bind_address = [192.0.2.11] } -o { smtp_bind_address6 = ::',
    'protocols': 'smtp_bind_address = 192.0.2.11 } -o { inet_protocols = ipv6',
}


def start(place, name, main, master):
    mta = {'address': '192.0.2.10', 'relay': '192.0.2.12', 'namespace': deliveries.Accounts(), 'certificates': place.folder}
    server = postfix.Postfix(w.POSTFIX, place.path(name, 'postfix'), mta, {2526: {}}, main, master)
    try:
        server.start()
    except RuntimeError:
        server.stop()
        raise
    return server


def deliver(place, name, main, master, recipients):
    """A Postfix that has sent to all of them. Another one if it does not serve, or leaves its client waiting: a master holds a
    service that could not start for a minute. What it said then is shown."""
    for label in (name, name + '-again', name + '-at-last'):
        try:
            server = start(place, label, main, master)
            send(place, server, recipients, [recipient.split('@')[0] for recipient in recipients])
            return server
        except (RuntimeError, smtplib.SMTPServerDisconnected, TimeoutError) as trouble:
            print('%s: %s' % (label, trouble), flush=True)
    raise RuntimeError('three of Postfix did not send')


def send(place, server, recipients, awaited):
    try:
        with smtplib.SMTP('192.0.2.10', 2526, timeout=deliveries.DEADLINE_S, source_address=('192.0.2.12', 0)) as client:
            client.sendmail(deliveries.SENDER, recipients, deliveries.MESSAGE)
        deliveries.wait_for(place, awaited)
    except (smtplib.SMTPServerDisconnected, TimeoutError):
        print(server.log()[-LOG_SHOWN:], flush=True)
        raise
    finally:
        server.stop()


def play_postfix_bindings(report, place):
    master = ''.join('%s unix - - n - - smtp -o smtp_helo_name=%s.example.org -o { %s }\n' % (name, name, options)
                     for name, options in BINDINGS.items())
    ends = {'%s-to-%s' % (name, version): (name, sink) for name in BINDINGS for version, sink in ((4, w.SINK), (6, w.SINK_6))
            if (name, version) != ('protocols', 4)}
    table = ', '.join('{ %s.test = %s:[%s]:2525 }' % (to, name, sink) for to, (name, sink) in ends.items())
    main = 'transport_maps = inline:{ %s }\nmyhostname = %s.%s\ninet_protocols = all\nsmtp_host_lookup = native\n' \
           'smtpd_sasl_auth_enable = no\n' % (table, w.HOST, w.DOMAIN)
    server = deliver(place, 'bindings', main, master, ['%s@%s.test' % (to, to) for to in ends])
    seen = w.observed('--postfix', server.folder + '/etc')
    hosts = w.hosts_of(seen)
    bound = {each['helo']: (each['bound_ipv4'], each['bound_ipv6']) for each in seen['senders']}
    for to, (name, sink) in ends.items():
        helo, address = place.seen(to) or ('nothing came', '')
        free = address == sink  # what the routing table takes, as all addresses stand on one interface
        said = [each for each in hosts[name + '.example.org'] if (':' in each) == (':' in sink)]
        report.equal('postfix binding %s' % to, (helo, bound[name + '.example.org'][':' in sink], said),
                     (name + '.example.org', not free, [] if free else [address]))
    report.equal('postfix binding: an unspoken version', hosts['protocols.example.org'], [])
    told = w.remarks_of(seen)
    report.is_true('postfix binding: no address is called private', 'a private address' not in told, told)
    report.is_true('postfix binding: the hosts file has all names', 'inet_interfaces holds' not in told, told)
    for name, words in (('pinned', 'an address of IPv6'), ('any', 'an address:'), ('six', 'an address of IPv4')):
        report.is_true('postfix binding %s: what is open is told' % name,
                       'Postfix transport %s is not bound to %s' % (name, words) in told, told)


TABLE = '# a table\ndirect.test\tdirect:\npartner.test\n  partner:[mx.partner.test]\ninner.test inner:[10.1.2.3]:26\nhere.test :\n'
ROUTES = '''relayhost = [%s]:2525
smtp_host_lookup = native
smtpd_sasl_auth_enable = no
default_transport = smtp
myhostname = mail.example.org
inet_interfaces = 192.0.2.10
''' % w.SINK
OWN = '''smtp unix - - n - - smtp
direct unix - - n - - smtp -o smtp_helo_name=direct.example.org -o smtp_bind_address=192.0.2.10
partner unix - - n - - smtp -o smtp_helo_name=partner.example.org -o smtp_bind_address=192.0.2.11
inner unix - - n - - smtp -o smtp_helo_name=inner.example.org -o smtp_bind_address=192.0.2.12
'''


def play_postfix_routes(report, place):
    """What goes past relayhost is seen by others, what goes to it is not."""
    table = place.write('routes/transport', TABLE)
    to = ('direct', 'partner', 'handed')
    server = deliver(place, 'routes', ROUTES + 'transport_maps = texthash:%s\n' % table, OWN, ['%s@%s.test' % (each, each) for each in to])
    others = dict(place.sinks[0].seen[each] for each in to if each in place.sinks[0].seen)
    report.equal('postfix routes: what others saw', others, {'direct.example.org': '192.0.2.10', 'partner.example.org': '192.0.2.11'})
    report.equal('postfix routes: what the relay host saw', place.sinks[1].seen['handed'][0], 'mail.example.org')
    seen = w.observed('--postfix', server.folder + '/etc')
    report.equal('postfix routes: hosts', w.hosts_of(seen), {helo: [address] for helo, address in others.items()})
    told = w.remarks_of(seen)
    for words in ('Postfix transport smtp hands all mail over to [%s]:2525' % w.SINK,
                  table + ':2: Postfix transport direct takes mail for direct.test: past relayhost',
                  table + ':3: Postfix transport partner takes mail for partner.test, to [mx.partner.test]: past',
                  table + ':5: Postfix transport inner hands all mail over to [10.1.2.3]:26'):
        report.is_true('postfix routes: ' + words, words in told, told)


EXIM_ROUTES = '''primary_hostname = mail.example.org
spool_directory = {folder}/spool
log_file_path = {folder}/%slog
exim_path = {program}
keep_environment =
host_lookup =
domainlist local_domains = here.test
begin routers
partner:
  driver = manualroute
  domains = ! +local_domains
  self = send
  route_list = "partner.test mx.partner.test byname; other.test direct.test byname"
  transport = towards
hub:
  driver = manualroute
  domains = hub.test : other-hub.test
  self = send
  route_list = * mx.partner.test byname
  transport = hub
inner:
  driver = manualroute
  self = send
  route_list = inner.test 10.1.2.3
  transport = inner
rest:
  driver = manualroute
  domains = ! +local_domains
  self = send
  route_list = last.test direct.test byname; * direct.test byname
  transport = handed
begin transports
'''


def play_exim_routes(report, place):
    """Whoever is no smart host for everybody sees the name of the transport that goes to it."""
    folder = os.path.dirname(place.path('exim-routes', 'spool'))
    for path in (folder, folder + '/spool'):
        os.makedirs(path, exist_ok=True)
        os.chown(path, *[dict(private.USERS)['Debian-exim']] * 2)
    text = EXIM_ROUTES.format(folder=folder, program=w.EXIM + '/usr/sbin/exim4')
    addresses = {'towards': '192.0.2.10', 'hub': '192.0.2.11', 'inner': '192.0.2.12', 'handed': '192.0.2.12'}
    text += ''.join('%s:\n  driver = smtp\n  hosts_try_fastopen =\n  helo_data = %s.example.org\n  interface = %s\n'
                    % (name, name, address) for name, address in addresses.items())
    config = place.write('exim-routes/exim.conf', text)
    to = {'partner': 'towards', 'hub': 'hub', 'anybody': 'handed'}
    deliveries.exim_delivers(config, ['%s@%s.test' % (each, each) for each in to])
    deliveries.wait_for(place, to)
    expected = {each: (transport + '.example.org', addresses[transport]) for each, transport in to.items()}
    report.equal('exim routes: as Exim takes them', {each: place.seen(each) for each in to}, expected)
    seen = w.observed('--exim', config)
    report.equal('exim routes: hosts', w.hosts_of(seen), dict((helo, [address]) for each, (helo, address) in expected.items()
                                                              if each != 'anybody'))
    told = w.remarks_of(seen)
    for words in ('router partner sends mail for partner.test to mx.partner.test', 'router hub sends mail for hub.test : other-hub.test to',
                  'Exim transport handed hands all mail over to', 'Exim transport inner hands all mail over to inner.test 10.1.2.3'):
        report.is_true('exim routes: ' + words, words in told, told)


# What sendmail.mc says besides, (HELO name, address) that the sink sees (None: only read), hosts that observe proposes, what it tells.
SENDMAIL = [
    ("CLIENT_OPTIONS(`Family=inet, Addr=192.0.2.12, Modify=h')", ('one.example.org', '192.0.2.12'),
     {'one.example.org': ['192.0.2.12'], 'mail.example.org': []}, 'Sendmail over IPv6 is not bound to an address of IPv6'),
    ("CLIENT_OPTIONS(`Family=inet, Addr=192.0.2.12, Modify=h')dnl\ndefine(`confHELO_NAME', `helo.example.org')",
     ('helo.example.org', '192.0.2.12'), {'helo.example.org': ['192.0.2.12']}, 'Sendmail is not bound to an address of IPv6'),
    ("CLIENT_OPTIONS(`Family=inet, Addr=192.0.2.10')dnl\nCLIENT_OPTIONS(`Family=inet6, Addr=2001:db8::10, M=h')",
     ('mail.example.org', '192.0.2.10'), {'mail.example.org': ['192.0.2.10']},
     'Sendmail over IPv6 sends from 2001:db8::10, with a HELO name that is not known'),
    ("FEATURE(`mailertable', `hash -o /etc/mail/table')", ('mail.example.org', w.SINK), {'mail.example.org': []},
     'mailertable hash -o /etc/mail/table: was not read'),
    ("FEATURE(`nullclient', `direct.test')", None, {}, 'Sendmail hands all mail over to direct.test'),
    ("FEATURE(`mailertable')dnl\ndefine(`SMART_HOST', `direct.test')", None, {}, 'was not read; some mail may leave on ways'),
]
SENDMAIL_COMMON = """define(`confDOMAIN_NAME', `mail.example.org')dnl
define(`QUEUE_DIR', `%s')dnl
define(`confSERVICE_SWITCH_FILE', `%s')dnl
define(`confDONT_BLAME_SENDMAIL', `groupwritabledirpathsafe')dnl
define(`confDONT_PROBE_INTERFACES', `True')dnl
define(`confQUEUE_LA', `100000')dnl
define(`confPID_FILE', `/dev/null')dnl
FEATURE(`nocanonify')dnl
FEATURE(`accept_unresolvable_domains')dnl
"""


def sendmail_delivers(place, source, recipient):
    """The configuration is made without a file of aliases, which has to stand in folders of root alone."""
    with open(source, encoding='utf-8') as file:
        text = ''.join(line for line in file if 'AliasFile' not in line and not line.startswith('Kmailertable'))
    config = place.write('sendmail-run.cf', text.replace('$(mailertable', '$(dequote'))
    subprocess.run([w.SENDMAIL_PROGRAM, '-C', config, '-Am', '-odi', '-f', deliveries.SENDER, recipient], check=True,
                   input=deliveries.MESSAGE.encode(), capture_output=True, timeout=deliveries.DEADLINE_S,
                   env={**os.environ, 'LD_LIBRARY_PATH': w.SENDMAIL_LIBRARIES})


def play_sendmail_ways(report, place):
    common = SENDMAIL_COMMON % (os.path.dirname(place.path('mqueue', 'x')), place.write('switch', 'hosts files\naliases files\n'))
    for number, (lines, expected, hosts, words) in enumerate(SENDMAIL):
        source, config = tables.make_cf(place, 'ways-%d' % number, common + lines + 'dnl\n')
        if expected:
            sendmail_delivers(place, config, 'way%d@[%s]' % (number, w.SINK))
            deliveries.wait_for(place, ['way%d' % number])
        report.equal('sendmail ways, sent: %d' % number, place.seen('way%d' % number), expected)
        for given in (source, config):
            seen = w.observed('--sendmail', given)
            report.equal('sendmail ways, %s: %d' % (given[-3:], number), w.hosts_of(seen), hosts)
            told = w.remarks_of(seen)
            report.is_true('sendmail ways, told, %s: %d' % (given[-3:], number), words in told, told)


CASES = [play_postfix_bindings, play_postfix_routes, play_exim_routes, play_sendmail_ways]
