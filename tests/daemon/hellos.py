"""HELOs that are left before they are judged: a connection, and all of them, have a few, and the last one counts."""
import re
import struct

from daemon import until
from milter import Milter, frame

HELOS, AT_ONCE = 20000, 200
GROWTH_KIB = 16 * 1024  # more than five evaluations and full buffers take; twenty thousand HELOs that are kept take 70 MiB
SLOW = """;! fault *.slow SRV timeout
;! fault *.slow A timeout
*.slow IN A 192.0.2.10
"""


def configure(world, top='', limits='', log='', timeout_s=60):
    """A milter, whose DNS never answers about names below slow.example.org."""
    with open(world.path('zone'), 'a', encoding='utf-8') as file:
        file.write(SLOW)
    conf = world.configure('listener "unix:%s" { protocol = milter }' % world.path('milter'), top=top, limits=limits,
                           log=log)
    with open(conf, encoding='utf-8') as file:
        text = file.read()
    world.write('conf', text.replace('dns { ', 'dns { timeout = %d ' % timeout_s))
    return world.start()


def connect(world):
    client = Milter(world.path('milter'))
    world.sockets.append(client.socket)
    client.macros(b'C', b'j', b'mx')
    client.step(b'C', b'client.example.org\0' + b'4' + struct.pack('>H', 40000) + b'192.0.2.10\0')
    return client


def mail(client, helo):
    """The rest of a session, to the answer of RCPT."""
    client.step(b'H', helo + b'\0')
    client.step(b'M', b'<from@example.net>\0')
    client.send(b'R', b'<to@example.com>\0')
    return client.receive()


def resident_kib(pid):
    with open('/proc/%d/status' % pid, encoding='ascii') as file:
        return int(re.search(r'VmRSS:\s+(\d+) kB', file.read()).group(1))


def test_flood_on_one_connection(world):
    """Twenty thousand HELOs keep the worker small, and the one that the mail comes with is judged as ever."""
    daemon = configure(world, log='rate = 1000000', timeout_s=3)
    client = connect(world)
    assert mail(client, b'bad.example.org')[0] == b'y', 'refused: the client is judged'
    worker = daemon.children('work')[0]
    before = resident_kib(worker)
    for number in range(0, HELOS, AT_ONCE):
        client.socket.sendall(b''.join(frame(b'H', b'n%d.slow.example.org\0' % (number + i)) for i in range(AT_ONCE)))
    answer = mail(client, b'bad.example.org')
    assert answer[0] == b'y' and b'550' in answer[1], answer
    grown = resident_kib(worker) - before
    assert grown < GROWTH_KIB, 'the worker grew by %d KiB' % grown
    daemon.logged('too many HELOs were left before they were judged')

    def counted():
        cut = len(re.findall(r'event=decision .*csa=temperror .*verb=continue .* cut=yes$', daemon.log(), re.M))
        dropped = sum(int(n) for n in re.findall(r'(\d+) log lines were dropped', daemon.log()))
        return cut > 0 and HELOS - 1000 <= cut + dropped <= HELOS

    until(counted, 'all but the few that there was time for are judged by what was known', lambda: daemon.log()[-500:])


def test_flood_of_connections(world):
    """Connections that come, say HELO and go do not keep others out."""
    daemon = configure(world, limits='jobs = 20')
    for number in range(200):
        client = connect(world)
        client.step(b'H', b'n%d.slow.example.org\0' % number)
        client.step(b'M', b'<from@example.net>\0')
        client.socket.close()
    assert mail(connect(world), b'bad.example.org')[0] == b'y'
    daemon.logged(r'event=decision .*helo=n\d+\.slow\.example\.org .*cut=yes', 150)


def test_few_are_awaited(world):
    """What a usual session leaves behind is judged to its end, also in mode monitor, after the session."""
    daemon = configure(world, top='mode = monitor')
    client = connect(world)
    for name in b'mail', b'bad', b'a', b'b':
        client.step(b'H', name + b'.example.org\0')
    client.socket.close()
    daemon.logged('event=decision .*helo=bad.example.org .*csa=fail .*verb=reject')
    daemon.logged('event=decision', 4)
    assert 'cut=yes' not in daemon.log()
