"""The log: its destinations, its two formats, rotation, bounds, and what hostile peers want to write into it."""
import os
import re
import signal
import socket

from daemon import objects, until
from folder import Skipped
from proc import can_unshare

TIME = r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d'


def test_text(world):
    world.configure()
    daemon = world.start()
    assert world.policy().ask().startswith('action=550')
    daemon.logged('event=reject')
    worker = daemon.children('work')[0]
    for line in daemon.log().splitlines():
        assert re.fullmatch(TIME + r' vouchsafed\[\d+\]: [ -~]+', line), line
    decision = re.search(r' vouchsafed\[(\d+)\]: event=decision id=([a-z2-7]{13}) (.*)', daemon.log())
    assert decision and int(decision.group(1)) == worker and 'csa=fail' in decision.group(3), daemon.log()
    rejection = re.search(r'event=reject id=(\S+) .*stage=rcpt', daemon.log())
    assert rejection and rejection.group(1) == decision.group(2)


def test_ids(world):
    """No two decisions have the same name, not even in several workers; the last character pads."""
    world.configure(top='workers = 2', log='rate = 100000')
    daemon = world.start()
    for number in range(200):
        client = world.policy()
        client.ask('h%d.example.org' % number)
        client.socket.close()
    daemon.logged('event=decision', 200)
    ids = re.findall(r'event=decision id=(\S+)', daemon.log())
    assert len(set(ids)) == 200 and all(re.fullmatch(r'[a-z2-7]{12}[acegikmoqsuwy246]', name) for name in ids)
    assert len({name[i] for name in ids for i in range(13)}) == 32, 'all characters come up'


def test_json(world):
    world.configure(log='format = json')
    daemon = world.start()
    assert world.policy().ask().startswith('action=550')
    daemon.logged('"event": ?"reject"')
    lines = objects(daemon.log())
    assert all(list(line)[0] == 'time' and re.fullmatch(TIME, line['time']) for line in lines)
    words = [line for line in lines if 'message' in line]
    assert words and all(set(line) == {'time', 'level', 'message'} for line in words)
    assert any(line['level'] == 'notice' and line['message'].startswith('vouchsafed ') for line in words)
    events = {line['event']: line for line in lines if 'event' in line}
    assert events['decision']['csa'] == 'fail' and events['decision']['id'] == events['reject']['id'], events


def test_hostile(world):
    """Octets of peers reach the log encoded, whatever the format."""
    evil = ['a\x1b[31mb.example', 'x" event=decision id=aaaaaaaaaaaaa csa="pass', '\u00e9\x07.example', 'a\\nb',
            '%s%n%n.example', 'x' * 3000, 'q\x00r', '{"event":"reject"}']
    for style in ['text', 'json']:
        world.configure(log='format = %s' % style)
        daemon = world.start()
        for helo in evil:
            client = world.policy()
            client.begin(helo)
            try:
                client.finish()
            except ConnectionError:
                pass  # the protocol need not take it
            client.socket.close()
        assert world.policy().ask('mail.example.org').startswith('action=')
        daemon.logged('helo.{1,4}mail.example.org')
        with open(world.path('log'), 'rb') as file:
            octets = file.read()
        assert re.fullmatch(rb'[\n -~]*', octets), octets
        if style == 'json':
            assert all('time' in line for line in objects(octets.decode()))
        else:
            assert all(re.match(TIME + r' vouchsafed\[\d+\]: ', line) for line in octets.decode().splitlines())
        for line in octets.decode().splitlines():
            assert len(re.findall(r'(?:^|[ ,{])"?event"?[=:]', re.sub(r'"(?:\\.|[^"\\])*"(?![:])', '""', line))) <= 1, line
        assert daemon.terminate() == 0
        os.unlink(world.path('log'))


def test_hostile_configuration(world):
    """Names from the operator's own file do not break lines either."""
    world.configure()
    daemon = world.start()
    world.write('conf', 'mode = "a\\nb\\033[31m"\n')
    daemon.process.send_signal(signal.SIGHUP)
    daemon.logged('reload failed')
    with open(world.path('log'), 'rb') as file:
        assert re.fullmatch(rb'[\n -~]*', file.read())


def test_rotation(world):
    """After `vouchsafe reload` nobody writes to the file that was moved away, old sessions included."""
    world.configure()
    daemon = world.start()
    session = world.policy().begin()
    daemon.logged('serves')
    os.rename(world.path('log'), world.path('log.1'))
    assert world.policy().ask().startswith('action=550')
    until(lambda: 'event=reject' in world.read('log.1'), 'until then the old file grows')
    assert not os.path.exists(world.path('log'))
    assert world.reload().returncode == 0
    old = world.read('log.1')
    assert session.finish().startswith('action=550')
    daemon.logged('event=reject')
    daemon.logged('reloaded')
    assert world.read('log.1') == old


def test_format_changes(world):
    """A session of the old generation says its events in the old format: they stay whole lines of the new log."""
    world.configure()
    daemon = world.start()
    session = world.policy().begin()
    world.configure(log='format = json')
    assert world.reload().returncode == 0
    os.unlink(world.path('log'))
    assert world.reload().returncode == 0
    assert session.finish().startswith('action=550')
    daemon.logged('event=reject')
    rejection = [line for line in objects(daemon.log()) if 'event=reject' in line.get('message', '')]
    assert len(rejection) == 1 and rejection[0]['level'], rejection


def test_level(world):
    world.configure(log='level = error')
    daemon = world.start()
    assert world.policy().ask().startswith('action=550')
    os.kill(daemon.children('work')[0], signal.SIGKILL)
    daemon.logged('was killed by signal 9')
    assert len(daemon.log().splitlines()) == 1, daemon.log()
    world.configure(log='level = debug')
    assert world.reload().returncode == 0
    daemon.logged('reloaded')


def test_rate(world):
    """Beyond log.rate lines are counted instead of written; written and counted is all there was."""
    world.configure(log='rate = 5')
    daemon = world.start()
    daemon.logged('serves')
    client = world.policy()
    for number in range(200):
        client.ask('r%d.example.org' % number)

    def counts():
        dropped = re.findall(r': (\d+) log lines were dropped$', daemon.log(), re.M)
        return len(re.findall('event=decision', daemon.log())), sum(int(n) for n in dropped)

    until(lambda: counts()[1] > 0 and sum(counts()) == 200, 'all are written or counted', lambda: str(counts()))
    assert counts()[0] < 200
    for number in range(200):
        client.ask('s%d.example.org' % number)
    assert client.ask('bad.example.org').startswith('action=550')
    daemon.logged('event=reject ')  # a refusal has an allowance of its own, behind any flood of decisions


def test_full_disk(world):
    """Nobody can write to a full device: sessions do not notice, and a reload gets out of it."""
    if not os.path.exists('/dev/full'):
        raise Skipped('needs /dev/full')
    world.configure(log='to = file file = "/dev/full"')
    daemon = world.start()
    for number in range(20):
        assert world.policy().ask('f%d.example.org' % number) == 'action=DUNNO'
    world.configure()
    assert world.reload().returncode == 0
    daemon.logged(r'\d+ log lines were dropped')
    assert daemon.terminate() == 0
    return None


def test_disk_fills_up(world):
    """A line that found no room is no half line once there is room again."""
    if not can_unshare():
        raise Skipped('needs root and a mount namespace')
    os.mkdir(world.path('small'))
    world.configure(log='to = file file = "%s"' % world.path('small/log'))
    script = 'mount -t tmpfs -o size=16k none "$0" && exec "$@"'
    daemon = world.start(before=['unshare', '-m', 'sh', '-c', script, world.path('small')])
    inside = '/proc/%d/root%s' % (daemon.pid(), world.path('small/log'))

    def text():
        with open(inside, encoding='ascii') as file:
            return file.read()

    for number in range(200):
        assert world.policy().ask('f%d.example.org' % number) == 'action=DUNNO'
    until(lambda: os.path.getsize(inside) >= 15000, 'the disk is full')
    os.truncate(inside, 0)
    assert world.policy().ask('after.example.org') == 'action=DUNNO'
    until(lambda: 'dropped: No space left' in text(), 'the loss is told', text)
    whole = [line for line in text().splitlines() if re.fullmatch(TIME + r' vouchsafed\[\d+\]: .*', line)]
    assert len(text().splitlines()) - len(whole) <= 1, text()
    return None


def test_stderr(world):
    """With a time of our own, or, where standard error is the journal's, with the priority in front."""
    for is_journal in [False, True]:
        world.configure(log='to = stderr')
        with open(world.path('stderr'), 'w', encoding='ascii') as file:
            status = os.fstat(file.fileno())
            stream = '%d:%d' % (status.st_dev, status.st_ino + (0 if is_journal else 1))
            daemon = world.start(environment=dict(os.environ, JOURNAL_STREAM=stream), stderr=file)
        assert world.policy().ask().startswith('action=550')
        assert daemon.terminate() == 0
        lines = world.read('stderr').splitlines()
        pattern = r'<[0-7]>(event=|[a-z]).*' if is_journal else TIME + r' vouchsafed\[\d+\]: .*'
        assert lines and all(re.fullmatch(pattern, line) for line in lines), lines
        assert any('event=reject' in line for line in lines)


def private(world, script):
    """What stands before the daemon so that it sees a /dev or /run of its own."""
    return ['unshare', '-m', 'sh', '-c', script + ' && exec "$@"', 'sh']


def receiver(world, path):
    taker = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    taker.bind(path)
    os.chmod(path, 0o666)
    taker.settimeout(60)
    world.sockets.append(taker)
    return taker


def device_folder(world):
    """A /dev with nothing in it but what everybody needs, and our log."""
    os.mkdir(world.path('dev'))
    script = 'true'
    for name in ['null', 'urandom']:
        world.write('dev/' + name, '')
        script += ' && mount --bind /dev/%s %s' % (name, world.path('dev/' + name))
    return script + ' && mount --rbind %s /dev' % world.path('dev')


def test_syslog(world):
    if not can_unshare():
        raise Skipped('needs root and a mount namespace')
    script = device_folder(world)
    taker = receiver(world, world.path('dev/log'))
    world.configure(log='to = syslog')
    daemon = world.start(before=private(world, script))
    assert world.policy().ask().startswith('action=550')
    text = ''
    while 'event=reject' not in text:
        text = taker.recv(8192).decode()
        # 16 is facility mail times 8; then the severity
        assert re.match(r'<(1[6-9]|2[0-3])>\w{3} [ \d]\d \d\d:\d\d:\d\d vouchsafed\[\d+\]: ', text), text
    assert int(re.search(r'\[(\d+)\]', text).group(1)) == daemon.children('work')[0]
    return None


def test_journal(world):
    """Native datagrams; where there is no journal, syslog."""
    if not can_unshare():
        raise Skipped('needs root and a mount namespace')
    os.makedirs(world.path('run/systemd/journal'))
    script = device_folder(world) + ' && mount --bind %s /run' % world.path('run')
    fallback = receiver(world, world.path('dev/log'))
    taker = receiver(world, world.path('run/systemd/journal/socket'))
    world.configure(log='to = journal')
    daemon = world.start(before=private(world, script))
    assert world.policy().ask().startswith('action=550')
    fields = {}
    while 'event=reject' not in fields.get('MESSAGE', ''):
        fields = dict(line.split('=', 1) for line in taker.recv(8192).decode().splitlines())
        assert set(fields) == {'PRIORITY', 'SYSLOG_FACILITY', 'SYSLOG_IDENTIFIER', 'SYSLOG_PID', 'MESSAGE'}, fields
        assert fields['PRIORITY'] in '01234567' and fields['SYSLOG_IDENTIFIER'] == 'vouchsafed'
    assert int(fields['SYSLOG_PID']) == daemon.children('work')[0]
    taker.close()
    os.unlink(world.path('run/systemd/journal/socket'))
    assert world.policy().ask().startswith('action=550')
    text = ''
    while 'event=reject' not in text:
        text = fallback.recv(8192).decode()
    return None


def test_stalled_syslog(world):
    """A syslog daemon that takes nothing stalls the writer, and nobody else; the daemon still ends."""
    if not can_unshare():
        raise Skipped('needs root and a mount namespace')
    script = device_folder(world)
    receiver(world, world.path('dev/log'))
    world.configure(log='to = syslog')
    daemon = world.start(before=private(world, script))
    client = world.policy()
    for number in range(500):
        assert client.ask('s%d.example.org' % number) == 'action=DUNNO'
    client.socket.close()
    assert daemon.terminate() == 0
    return None
