"""shared.py - what one daemon finds out about an accreditor, the others of its store believe for as long as it says so."""
from world import OTHER, Rbldnsd, is_suspended, resumed, suspended

from accidents import BLACK, BLACK_DATA, REFUSALS, everything, stays
from daemon import VOUCHSAFED, Daemon, until


class Other(Daemon):
    """The second daemon of a folder."""

    def log(self):
        try:
            return self.read('log.b')
        except FileNotFoundError:
            return ''


def start(world):
    """Two daemons with one store; only the first one has canaries that tell anything."""
    store = 'store { type = sqlite file = "%s" timeout = 5 }\n' % world.path('store.db')
    first = world.run(store + BLACK % (REFUSALS, ''), timeout=1)
    second = Other(VOUCHSAFED, world.folder, world.configure(store + BLACK % (REFUSALS, 'canary_random = no'), timeout=1,
                                                             tag='.b'))
    world.daemons.append(second)
    return first, second


def test_imposed_and_lifted(world):
    black = world.serve(Rbldnsd, 'black.test', BLACK_DATA)
    first, second = start(world)
    assert world.trust(OTHER, tag='.b') == 'untrusted'
    black.change(everything(':127.0.0.2:'))
    suspended(first, 'black.test', 'lists what was made up at random: code 127.0.0.2')
    suspended(second, 'black.test', r'lists what was made up at random: code 127.0.0.2 \(\S+ \d+\)')
    stays(world, OTHER, 'neutral', tag='.b')
    black.change(BLACK_DATA)
    resumed(first, 'black.test')
    resumed(second, 'black.test')
    world.becomes(OTHER, 'untrusted', tag='.b')


def test_outlived(world):
    """Who found it dies: the others believe it until its time is over, and so does the one that takes its place."""
    black = world.serve(Rbldnsd, 'black.test', BLACK_DATA)
    first, second = start(world)
    black.change(everything(':127.0.0.2:'))
    suspended(second, 'black.test', 'lists what was made up at random')
    first.kill()
    black.change(BLACK_DATA)
    assert is_suspended(second, 'black.test')
    world.run('store { type = sqlite file = "%s" timeout = 5 }\n' % world.path('store.db') +
              BLACK % (REFUSALS, 'canary_random = no'), timeout=1, tag='.c')
    until(lambda: 'event=suspend service=black.test cause="lists what was made up' in world.read('log.c'), 'the new one believes it')
    resumed(second, 'black.test')
    until(lambda: 'event=resume service=black.test' in world.read('log.c'), 'the new one lets it go')
    world.becomes(OTHER, 'untrusted', tag='.c')
