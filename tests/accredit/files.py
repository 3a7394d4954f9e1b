"""files.py - private lists under a running daemon: edited, broken, mended, replaced, gone."""
import os
import re

from daemon import until
from world import GOOD, OTHER

OWN = 'accreditor "own" { style = list file = "%s" }\n'


def run(world, text):
    return world.run(OWN % world.write('list', text))


def errors(daemon):
    """What the log says about the file."""
    return re.findall(r'/list.*$', daemon.log(), re.M)


def replace(world, text):
    os.rename(world.write('list.new', text), world.path('list'))


def test_edited(world):
    run(world, 'mail.example.org trusted\n')
    assert world.trust(GOOD) == 'trusted' and world.trust(OTHER) == 'neutral'
    world.write('list', '.example.net blocked\n')
    world.becomes(OTHER, 'untrusted')
    assert world.trust(GOOD) == 'neutral'


def test_renamed_over(world):
    """Also where size and time of the new file are those of the old one."""
    daemon = run(world, 'mail.example.org trusted\n')
    before = os.stat(world.path('list'))
    new = world.write('list.new', 'mail.example.org blocked\n')
    os.utime(new, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert os.stat(new).st_size == before.st_size
    os.rename(new, world.path('list'))
    world.becomes(GOOD, 'untrusted')
    replace(world, 'mail.example.org trusted\n')
    world.becomes(GOOD, 'trusted')
    assert errors(daemon) == []


def test_broken_and_mended(world):
    """A list that cannot be read leaves the old one in force; the log says why, once a change."""
    daemon = run(world, 'mail.example.org trusted\n')
    replace(world, 'mail.example.org blocked\nmx.example.net maybe\n')
    daemon.logged('/list:2: neither trusted nor blocked: maybe')
    assert world.trust(GOOD) == 'trusted'
    replace(world, 'mail.example.org blocked\nmx.example.net perhaps\n')
    daemon.logged('/list:2: neither trusted nor blocked: perhaps')
    assert world.trust(GOOD) == 'trusted' and len(errors(daemon)) == 2
    replace(world, 'mail.example.org blocked\n')
    world.becomes(GOOD, 'untrusted')
    assert len(errors(daemon)) == 2


def test_useless_lines(world):
    """What no HELO name can match keeps no daemon from starting, and no list from being read: the log says the line."""
    daemon = run(world, 'localhost trusted\nmail.example.org trusted\n')
    assert world.trust(GOOD) == 'trusted'
    daemon.logged('/list:1: a name of one label, and .*: localhost; skipped$')
    replace(world, 'mail.example.org blocked\n192.0.2.0/24 trusted\n')
    world.becomes(GOOD, 'untrusted')
    daemon.logged('/list:2: a network, and lists are of names; .*: 192.0.2.0/24; skipped$')
    assert len(errors(daemon)) == 2, errors(daemon)


def test_truncated(world):
    """What an editor leaves on a full disk: the list stays, and the log says why; a comment empties it."""
    daemon = run(world, 'mail.example.org trusted\n')
    world.write('list', '')
    daemon.logged('/list: is empty, and was not; a comment line says that it is meant')
    assert world.trust(GOOD) == 'trusted'
    world.write('list', '# nobody now\n')
    world.becomes(GOOD, 'neutral')
    assert len(errors(daemon)) == 1


def test_gone_and_back(world):
    daemon = run(world, 'mail.example.org trusted\n')
    os.rename(world.path('list'), world.path('away'))
    daemon.logged('/list: No such file or directory')
    assert world.trust(GOOD) == 'trusted'
    os.rename(world.path('away'), world.path('list'))
    replace(world, 'mail.example.org blocked\n')
    world.becomes(GOOD, 'untrusted')
    assert len(errors(daemon)) == 1


def test_two_lists(world):
    """Trouble of one does not keep the other from being read."""
    more = OWN % world.write('list', 'mail.example.org trusted\n')
    more += (OWN % world.write('other', 'mx.example.net trusted\n')).replace('"own"', '"other"')
    daemon = world.run(more)
    assert world.trust(GOOD) == 'trusted' and world.trust(OTHER) == 'trusted'
    replace(world, 'nonsense\n')
    world.write('other', 'mx.example.net blocked\n')
    world.becomes(OTHER, 'untrusted')
    until(lambda: len(errors(daemon)) == 1, 'the log says what is wrong', daemon.log)
    assert world.trust(GOOD) == 'trusted'
