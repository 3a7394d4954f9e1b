"""What stands in the ledger: every decision, once, with its whole reasoning, or with the one that has it."""
import contextlib
import json
import os
import re
import signal

from daemon import until
from proc import gone
from world import SESSIONS, Load


def settle(world, name=''):
    """Waits until the ledger holds all decisions of the log; returns them."""
    logged = [event['id'] for event in world.events('decision', name)]
    until(lambda: set(logged) <= set(world.decisions()), 'all decisions are in the ledger')
    return logged


def compare(event, row):
    """A line of the log and a row of the ledger say the same."""
    same = {'csa': 'csa', 'reason': 'reason', 'domain': 'domain', 'identity': 'identity', 'dna': 'rating',
            'service': 'service', 'trust': 'level', 'score': 'score', 'reasons': 'reasons', 'verb': 'verb',
            'mode': 'mode', 'queries': 'queries', 'protocol': 'protocol', 'profile': 'profile', 'helo': 'helo',
            'ms': 'elapsed_ms'}
    for key, column in same.items():
        assert event[key] == row[column], (key, event, tuple(row))
    assert bytes(row['client']) == bytes(int(part) for part in event['client'].split('.'))


def test_every_decision(world):
    """Through two ports, new and remembered: facts, evidence, verdict and action of each are there, once."""
    world.configure()
    daemon = world.start()
    client = world.policy()
    for _ in range(3):
        for host, address, expected in SESSIONS:
            assert client.ask(host, address).startswith(expected or 'DUNNO')
            world.message(host + '.example.org', address)
    assert daemon.terminate() == 0
    decisions = world.check_file()
    events = world.events('decision')
    assert len(events) == 6 * len(SESSIONS) == len(decisions) == len({event['id'] for event in events})
    assert {row['protocol'] for row in decisions.values()} == {'policy', 'milter'}
    for event in events:
        row = decisions[event['id']]
        compare(event, row)
        evaluated = decisions[row['evaluation']]
        assert (row['detail'] == '') == (row['evaluation'] != row['id']) == (event['queries'] == 0), tuple(row)
        account = json.loads(evaluated['detail'])
        assert account['csa']['result'] == row['csa'] and account['trust']['score'] == row['score']
        assert account['client'] == event['client'] and account['helo'] == event['helo']
        assert account['queries'] == evaluated['queries'] and account['elapsed_ms'] == evaluated['elapsed_ms']
        assert row['name'] == account['helo'] and row['organization'] == 'example.org'
    assert sum(row['detail'] != '' for row in decisions.values()) == len(SESSIONS)
    refused = [event['id'] for event in world.events('reject')]
    actions = world.rows('SELECT * FROM action')
    assert sorted(refused) == sorted(row['id'] for row in actions) and len(refused) == 12
    for row in actions:
        assert row['reply'].startswith('550') and row['id'] in row['reply'] and row['acted'] == 1
        assert row['stage'] == 'rcpt' and row['recipient'].strip('<>') == 'user@example.net'


def test_evidence(world):
    """The account is what `check --json` prints: the questions with their records, the report, the reply."""
    world.configure()
    daemon = world.start()
    assert world.policy().ask('listed', '192.0.2.30') == 'DUNNO'
    assert daemon.terminate() == 0
    row, = world.decisions().values()
    ours, theirs = json.loads(row['detail']), world.tool('check', '--json', '192.0.2.30', 'listed.example.org')
    theirs = json.loads(theirs.stdout)
    reputation = [step for step in ours['trace'] if step['purpose'] == 'reputation']
    assert [step['status'] for step in reputation] == ['nxdomain']
    for account in (ours, theirs):
        account['trace'] = [step for step in account['trace'] if step['purpose'] != 'reputation']
        account.pop('elapsed_ms')
    assert ours == theirs
    assert ['"MARID,1,A"'] in [step['records'] for step in ours['trace']]
    assert ours['dna']['reports'][0]['rating'] == 'A' and row['rating'] == 'A' and row['service'] == 'accred.example'


def test_joined(world):
    """Two sessions that wait for one evaluation: it is the first one's, and the other points there."""
    world.configure()
    daemon = world.start()
    clients = [world.policy() for _ in range(3)]
    load = [Load(world, 3, [('slow', '192.0.2.40', '')])]
    load[0].asks(30)
    assert not load[0].stop()
    for client in clients:
        client.socket.close()
    assert daemon.terminate() == 0
    decisions = world.check_file()
    joined = [row for row in decisions.values() if row['queries'] > 0 and row['evaluation'] != row['id']]
    assert len(joined) >= 1, 'nobody waited for the same'
    assert all(decisions[row['evaluation']]['detail'] != '' for row in decisions.values())


def test_not_judged(world):
    """Exempt visits are not in the ledger; a log that says nothing is no reason for the ledger to say nothing."""
    world.configure(top='exempt = {"192.0.2.0/29 ours"}', log='to = file level = error file = "%s"' % world.path('log'))
    daemon = world.start()
    assert world.policy().ask('bad', '192.0.2.5') == 'DUNNO'
    assert world.policy().ask('bad', '192.0.2.10').startswith('550')
    assert daemon.terminate() == 0
    row, = world.decisions().values()
    assert row['verb'] == 'reject' and len(world.rows('SELECT * FROM action')) == 1


def test_no_ledger(world):
    """Without a ledger nothing is written; without a store there is no keeper."""
    world.configure(ledger='keep = 0')
    daemon = world.start()
    assert world.policy().ask().startswith('550')
    assert len(daemon.children('keep')) == 1
    assert daemon.terminate() == 0
    assert world.decisions() == {}
    world.configure(store='type = none')
    daemon = world.start()
    assert world.policy().ask().startswith('550')
    assert daemon.children('keep') == [] and len(daemon.children('')) == 2


def test_privacy(world):
    """Hashed names: neither detail nor recipient leaves the worker's hands readable."""
    world.configure(ledger='hash_names = yes')
    daemon = world.start()
    assert world.policy().ask().startswith('550')
    assert daemon.terminate() == 0
    row, = world.decisions().values()
    action, = world.rows('SELECT * FROM action')
    assert row['name'].startswith('h:') and row['detail'] == '' and 'example' not in row['helo']
    assert action['recipient'] == ''


def test_memory(world):
    """Type memory: a keeper without a file."""
    world.configure(store='type = memory file = "%s"' % world.path('db'))
    daemon = world.start()
    assert world.policy().ask().startswith('550')
    assert len(daemon.children('keep')) == 1 and daemon.terminate() == 0
    assert not os.path.exists(world.path('db'))


def test_reload_under_load(world):
    """Two keepers write one file for a while; no decision is lost, and one keeper is left."""
    world.configure(top='workers = 2')
    daemon = world.start()
    load = Load(world)
    for _ in range(3):
        before = daemon.children('keep')
        load.asks(200)
        done = world.reload()
        assert done.returncode == 0, done
        load.asks(200)
        until(lambda: daemon.children('keep') != before and len(daemon.children('keep')) == 1, 'the old keeper ends')
    assert not load.stop(), load.wrong[:5]
    assert daemon.terminate() == 0
    logged = [event['id'] for event in world.events('decision')]
    assert len(logged) == load.asked and set(logged) == set(world.check_file())


def test_last_decisions(world):
    """SIGTERM under load: what was answered is in the ledger."""
    world.configure(top='workers = 2', limits='drain_timeout = 1')
    daemon = world.start()
    clients = [world.policy() for _ in range(10)]
    for turn in range(50):
        for client in clients:
            assert client.ask('x%d' % turn) == 'DUNNO'
    assert daemon.terminate() == 0
    assert len(world.check_file()) == 500


def test_supervisor_killed(world):
    """Nobody is left to tell the keeper: it ends after the workers, with their last decisions."""
    world.configure(limits='drain_timeout = 1')
    daemon = world.start()
    client, keeper, worker = world.policy(), daemon.children('keep')[0], daemon.children('work')[0]
    daemon.process.kill()
    daemon.process.wait()
    answered = 0
    with contextlib.suppress(ConnectionError):  # the worker ends once it sees that nobody leads it
        while answered < 20:
            assert client.ask('x%d' % answered) == 'DUNNO'
            answered += 1
    os.kill(keeper, signal.SIGTERM)  # as systemd does to all processes of a unit
    client.socket.close()
    until(lambda: gone(worker) and gone(keeper), 'both end')
    assert 0 < answered <= len(world.check_file()) <= answered + 1  # a last answer may not have come


def test_earned(world):
    """The keeper writes the earned list; what it cannot write is an alarm, once, until it can."""
    world.configure(earned='text = "%s" refresh = 1' % world.path('lists/earned'))
    daemon = world.start()
    assert world.policy().ask('listed', '192.0.2.30') == 'DUNNO'
    daemon.logged('alarm: .*lists')
    os.mkdir(world.path('lists'))
    daemon.logged('all clear: .*lists')
    assert len(re.findall('alarm: ', daemon.log())) == 1
    assert daemon.terminate() == 0
    assert world.read('lists/earned').startswith('192.0.2.30 ')


def test_shared_list(world):
    """What `vouchsafe list` writes into the store, sessions hear from the keeper."""
    with open(world.configure(cache='ttl = 1'), 'a', encoding='utf-8') as file:
        file.write('accreditor "enemies" { style = list shared = yes }\n')
    daemon = world.start()
    assert world.policy().ask('forward', '192.0.2.20') == 'DUNNO'
    done = world.tool('list', 'add', 'enemies', '.example.org', 'blocked', 'they', 'know')
    assert done.returncode == 0, done
    until(lambda: world.policy().ask('forward', '192.0.2.20').startswith('550'), 'the entry counts', daemon.log)
    assert daemon.terminate() == 0
    last = [row for row in world.decisions().values() if row['detail'] and row['level'] == 'untrusted']
    assert 'they know' in last[0]['detail'], last[0]['detail']


def test_many_workers(world):
    world.configure(top='workers = 64')
    daemon = world.start()
    for _ in range(100):
        assert world.policy().ask().startswith('550')
    assert daemon.terminate() == 0
    assert len(world.check_file()) == 100
