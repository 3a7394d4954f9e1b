"""accidents.py - what has happened to users of real lists, each with a list that does the same.

In each: while the list is suspended nothing that it says counts, the log says why, mail flows, and once the list is
sound again it counts, and the log says so.
"""
import socket
import time

from world import GOOD, NAMES, OTHER, Nsd, Rbldnsd, RbldnsdNames, is_suspended, resumed, row_of_failures, suspended, zone

from daemon import PATIENCE_S, until

ALL = '0/1 %s\n128/1 %s\n'
WHITE = ('accreditor "white.test" { style = address-list negatives = no '
         'codes = {"127.0.2-20.1=B", "127.0.2-20.2-3=A", "127.0.0.255=error"} %s }\n')
BLACK = 'accreditor "black.test" { style = address-list positives = no codes = {"127.0.0.2=E", %s} %s }\n'
REFUSALS = '"127.255.255.0-255=error"'
WHITE_DATA = '192.0.2.10 :127.0.5.3:\n192.0.2.1 :127.0.5.1:\n'
BLACK_DATA = '192.0.2.66 :127.0.0.2:\n192.0.2.1 :127.0.0.2:\n'


def everything(value):
    return ALL % (value, value)


def stays(world, client, trust, sessions=20, **options):
    """So many sessions in a row have this level."""
    for _ in range(sessions):
        answer = world.ask(client, **options)
        assert answer['trust'] == trust, (answer, world.read('log'))


def test_highest_trust_for_all(world):
    """A positive list that answers its best to everybody who asks too often [rspamd 4627]: only chance names tell."""
    white = world.serve(Rbldnsd, 'white.test', WHITE_DATA)
    daemon = world.run(WHITE % '')
    assert world.trust(GOOD) == 'trusted' and world.trust(OTHER) == 'neutral'
    white.change(everything(':127.0.10.3:'))
    suspended(daemon, 'white.test', 'lists what was made up at random: code 127.0.10.3')
    stays(world, OTHER, 'neutral')
    stays(world, GOOD, 'neutral')
    white.change(WHITE_DATA)
    resumed(daemon, 'white.test')
    world.becomes(GOOD, 'trusted')
    stays(world, OTHER, 'neutral')


def refuse(world, code, pattern):
    """No session is ever refused by this code, neither before nor after the suspension."""
    black = world.serve(Rbldnsd, 'black.test', everything(':%s:' % code))
    daemon = world.run(BLACK % (REFUSALS, 'canary_listed = 192.0.2.1'))
    end = time.monotonic() + PATIENCE_S
    while not is_suspended(daemon, 'black.test') and time.monotonic() < end:
        stays(world, OTHER, 'neutral', 1)
    suspended(daemon, 'black.test', pattern)
    stays(world, OTHER, 'neutral')
    black.change(BLACK_DATA)
    resumed(daemon, 'black.test')
    world.becomes(OTHER, 'untrusted')
    stays(world, GOOD, 'neutral')


def test_refusal_code(world):
    """127.255.255.254 to a public resolver is no listing [simple-login 2675, spamassassin-dqs 53]."""
    refuse(world, '127.255.255.254', r'refuses: 127\.255\.255\.254')


def test_unknown_code(world):
    """127.0.0.255, over quota, stands in no table; nor does a score in the place of a code [filter-senderscore 31]."""
    refuse(world, '127.0.0.255', r'unknown code 127\.0\.0\.255')


def test_score(world):
    """A list that answers with a score: the last octet is a number, and no row of the table means it. One client that comes
    again and again does not suspend it, three clients do."""
    clients = ['192.0.2.%d' % last for last in (66, 67, 68)]
    world.serve(Rbldnsd, 'black.test', ''.join(client + ' :127.0.4.57:\n' for client in clients) + '192.0.2.1 :127.0.0.2:\n')
    daemon = world.run(BLACK % (REFUSALS, 'canary_listed = 192.0.2.1'), interval=5)
    stays(world, OTHER, 'neutral')
    assert not is_suspended(daemon, 'black.test')
    for client in clients + clients:  # a check in between begins a new row
        assert world.ask(client, NAMES[OTHER])['trust'] != 'trusted'
    row_of_failures(daemon, 'black.test', r'unknown code 127\.0\.4\.57')
    stays(world, OTHER, 'neutral')


def test_unchecked(world):
    """With canaries.interval = 0 nobody is suspended, for what checks or sessions find, and everybody is asked on."""
    clients = ['192.0.2.%d' % last for last in range(60, 68)]
    world.serve(Rbldnsd, 'black.test', ''.join(client + ' :127.0.4.57:\n' for client in clients) + '192.0.2.99 :127.0.0.2:\n')
    daemon = world.run(BLACK % (REFUSALS, 'canary_listed = 192.0.2.1'), interval=0)
    for client in clients:
        world.ask(client, NAMES[OTHER])
    assert world.ask('192.0.2.99', NAMES[OTHER])['trust'] == 'untrusted'
    daemon.logged('client=192.0.2.99')
    assert 'event=suspend' not in daemon.log()


def test_parked_domain(world):
    """A dead list whose domain somebody else has: a wildcard answers everything with the address of a web server."""
    lists = {'names.test': ['mx.example.net A 127.0.0.2', 'canary A 127.0.0.2'],
             'dna.test': ['mail.example.org TXT "MARID,1,A"', 'canary TXT "MARID,1,C"']}
    served = {name: world.serve(Nsd, name, zone(*records)) for name, records in lists.items()}
    daemon = world.run('accreditor "names.test" { style = domain-list canary_listed = canary }\n'
                       'accreditor "dna.test" { canary_listed = canary }\n')
    assert world.trust(GOOD) == 'trusted' and world.trust(OTHER) == 'untrusted'
    for server in served.values():
        server.change(zone('* A 203.0.113.80', '* TXT "v=spf1 -all"'))
    suspended(daemon, 'names.test', 'answers a check with no rating: unknown code 203.0.113.80')
    suspended(daemon, 'dna.test', 'does not list its canary_listed')
    stays(world, OTHER, 'neutral')
    stays(world, GOOD, 'neutral')
    for name, records in lists.items():
        served[name].change(zone(*records))
        resumed(daemon, name)
    world.becomes(GOOD, 'trusted')
    world.becomes(OTHER, 'untrusted')


def test_lists_the_world(world):
    """A blocklist that ends by listing everybody, so that people stop asking it."""
    black = world.serve(Rbldnsd, 'black.test', BLACK_DATA)
    daemon = world.run(BLACK % (REFUSALS, 'canary_listed = 192.0.2.1 canary_unlisted = 127.0.0.1 canary_random = no'))
    assert world.ask(OTHER)['act'] == 'reject' and world.ask(GOOD)['act'] != 'reject'
    black.change(everything(':127.0.0.2:'))
    suspended(daemon, 'black.test', 'lists its canary_unlisted: code 127.0.0.2')
    stays(world, GOOD, 'neutral')
    stays(world, OTHER, 'neutral')
    assert world.ask(OTHER)['act'] != 'reject'
    black.change(BLACK_DATA)
    resumed(daemon, 'black.test')
    world.becomes(OTHER, 'untrusted')
    stays(world, GOOD, 'neutral')


def test_names_list_the_world(world):
    """The same of a list of names."""
    names = world.serve(RbldnsdNames, 'names.test', 'mx.example.net :127.0.0.2:\n')
    daemon = world.run('accreditor "names.test" { style = domain-list positives = no }\n')
    assert world.trust(OTHER) == 'untrusted' and world.trust(GOOD) == 'neutral'
    names.change('.example.org :127.0.0.2:\n.example.net :127.0.0.2:\n.invalid :127.0.0.2:\n')
    suspended(daemon, 'names.test', 'lists what was made up at random: code 127.0.0.2')
    stays(world, GOOD, 'neutral')
    names.change('mx.example.net :127.0.0.2:\n')
    resumed(daemon, 'names.test')
    world.becomes(OTHER, 'untrusted')


def test_accredits_everybody(world):
    """A wildcard in the zone of a dna service, and in that of a vbr service."""
    dna = world.serve(Nsd, 'dna.test', zone('mail.example.org TXT "MARID,1,A"'))
    vbr = world.serve(Nsd, 'vbr.test', zone('mail.example.org._vouch TXT "all"'))
    daemon = world.run('accreditor "dna.test" { }\naccreditor "vbr.test" { style = vbr }\n')
    assert world.trust(GOOD) == 'trusted' and world.trust(OTHER) == 'neutral'
    dna.change(zone('*.example.org TXT "MARID,1,A"', '*.example.net TXT "MARID,1,A"', '*.invalid TXT "MARID,1,A"'))
    vbr.change(zone('*._vouch TXT "all"'))
    for name in 'dna.test', 'vbr.test':
        suspended(daemon, name, 'lists what was made up at random')
    stays(world, OTHER, 'neutral')
    stays(world, GOOD, 'neutral')
    vbr.change(zone('mail.example.org._vouch TXT "all"'))
    resumed(daemon, 'vbr.test')
    world.becomes(GOOD, 'trusted')
    assert world.ask(GOOD)['service'] == 'vbr.test' and is_suspended(daemon, 'dna.test')
    stays(world, OTHER, 'neutral')


def test_emptied(world):
    """A list whose data were lost lists nobody: only the canary that must be there tells."""
    white = world.serve(Rbldnsd, 'white.test', WHITE_DATA)
    daemon = world.run(WHITE % 'canary_listed = 192.0.2.1')
    assert world.trust(GOOD) == 'trusted'
    white.change('192.0.2.250 :127.0.5.3:\n')
    suspended(daemon, 'white.test', 'does not list its canary_listed')
    stays(world, GOOD, 'neutral')
    white.change(WHITE_DATA)
    resumed(daemon, 'white.test')
    world.becomes(GOOD, 'trusted')


def test_verdicts_forgotten(world):
    """What was remembered of sessions before a suspension, or during it, does not outlive its moment."""
    white = world.serve(Rbldnsd, 'white.test', '$TTL 600\n' + WHITE_DATA)
    daemon = world.run(WHITE % '', remember=True)
    stays(world, GOOD, 'trusted', 3)
    until(lambda: 'queries=0' in daemon.log(), 'a session from memory in the log')
    white.change('$TTL 600\n' + everything(':127.0.10.3:'))
    suspended(daemon, 'white.test', 'lists what was made up at random')
    stays(world, GOOD, 'neutral', 3)
    white.change('$TTL 600\n' + WHITE_DATA)
    resumed(daemon, 'white.test')
    stays(world, GOOD, 'trusted', 3)


def heard(silence):
    """The questions that came to a server which does not answer."""
    found = []
    try:
        while True:
            found.append(silence.recv(4096))
    except BlockingIOError:
        return found


def test_silent(world):
    """A server that takes questions and does not answer: after a row of them sessions do not even ask, so none waits."""
    black = world.serve(Rbldnsd, 'black.test', BLACK_DATA)
    daemon = world.run(BLACK % (REFUSALS, 'canary_listed = 192.0.2.1'), timeout=3)
    assert world.trust(OTHER) == 'untrusted'
    black.kill()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silence:
        silence.bind(('127.0.0.1', black.port))
        silence.setblocking(False)
        row_of_failures(daemon, 'black.test', '(failed|timeout)')
        heard(silence)
        stays(world, OTHER, 'neutral', 10)
        assert not [question for question in heard(silence) if b'\x0266\x012\x010\x03192' in question]
        until(lambda: any(b'\x05black\x04test' in question for question in heard(silence)), 'canaries go on')
    black.start()
    resumed(daemon, 'black.test')
    world.becomes(OTHER, 'untrusted')


def test_killed(world):
    """A server that is gone, and comes back."""
    white = world.serve(Rbldnsd, 'white.test', WHITE_DATA)
    daemon = world.run(WHITE % '')
    assert world.trust(GOOD) == 'trusted'
    white.kill()
    row_of_failures(daemon, 'white.test', '(failed|timeout)')
    stays(world, GOOD, 'neutral')
    white.start()
    resumed(daemon, 'white.test')
    world.becomes(GOOD, 'trusted')


def test_slow(world):
    """An accreditor's own time limit: a decision need not wait for all of its own for one slow list."""
    black = world.serve(Rbldnsd, 'black.test', BLACK_DATA)
    white = world.serve(Rbldnsd, 'white.test', WHITE_DATA)
    daemon = world.run(BLACK % (REFUSALS, 'timeout = 0.3') + WHITE % '', timeout=60)
    assert world.trust(GOOD) == 'trusted' and world.trust(OTHER) == 'untrusted'
    black.pause()
    begin = time.monotonic()
    assert world.trust(GOOD) == 'trusted'
    assert time.monotonic() - begin < 30, 'the decision took its whole time'
    row_of_failures(daemon, 'black.test', 'timeout')
    assert not is_suspended(daemon, 'white.test') and white.process.child.poll() is None
    black.go_on()
    resumed(daemon, 'black.test')
    world.becomes(OTHER, 'untrusted')


def test_servfail(world):
    """A name server that lost its zone."""
    dna = world.serve(Nsd, 'dna.test', zone('mail.example.org TXT "MARID,1,A"'))
    daemon = world.run('accreditor "dna.test" { }\n')
    assert world.trust(GOOD) == 'trusted'
    dna.kill()
    dna.write('this is no zone\n')
    dna.start()
    row_of_failures(daemon, 'dna.test', 'failed')
    stays(world, GOOD, 'neutral')
    dna.kill()
    dna.write(zone('mail.example.org TXT "MARID,1,A"'))
    dna.start()
    resumed(daemon, 'dna.test')
    world.becomes(GOOD, 'trusted')


def test_quorum(world):
    """One list of two that lies, and is not found out, cannot refuse anybody where two must say so."""
    first = world.serve(Rbldnsd, 'black.test', everything(':127.0.0.2:'))
    second = world.serve(Rbldnsd, 'second.test', BLACK_DATA)
    world.run('quorum = 2\n' + BLACK % (REFUSALS, 'canary_random = no') +
              (BLACK % (REFUSALS, '')).replace('black.test', 'second.test'))
    assert world.ask(OTHER)['act'] == 'reject'
    assert world.trust(OTHER) == 'untrusted'
    stays(world, GOOD, 'neutral')
    assert world.ask(GOOD)['act'] != 'reject'
    assert first.zone != second.zone
