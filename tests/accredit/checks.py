"""checks.py - what vouchsafe config check says about accreditors."""
import re

from daemon import TREE, VOUCHSAFE, run

WARNING = 'accreditor "%s": without canary_random and canary_unlisted nothing tells if it lists everybody'

CONF = """dns { trust_anchor = none }
accreditor "plain.test" { }
accreditor "unlisted.test" { canary_random = no canary_unlisted = example }
accreditor "listed.test" { canary_random = no canary_listed = example }
accreditor "block.test" { style = address-list canary_random = no }
accreditor "mute.test" { canary_random = no positives = no negatives = no }
accreditor "light.test" { canary_random = no weight = 0 }
accreditor "own" { style = list file = "/dev/null" }
"""


def test_warnings(world):
    done = run(VOUCHSAFE, 'config', 'check', world.write('conf', CONF))
    found = [line.split('warning: ', 1)[1] for line in done.stdout.splitlines() if 'canary' in line]
    assert done.returncode == 0 and found == [WARNING % name for name in ('listed.test', 'block.test')], done


def test_bad_canaries(world):
    """A canary that could never be asked is an error, not a check that always passes."""
    for options, cause in [('style = address-list canary_listed = mail.example.org', 'not an IP address'),
                           ('canary_unlisted = "a..b"', 'not a domain name'),
                           ('style = list file = "/dev/null" canary_random = no', 'canary_random does not go with style list')]:
        done = run(VOUCHSAFE, 'config', 'check', world.write('conf', 'accreditor "x.test" { %s }\n' % options))
        assert done.returncode == 2 and cause in done.stderr, done


def test_useless_lines(world):
    """A line of a list that no HELO name can match is advice, and no error; one that is malformed is an error."""
    own = world.write('list', 'mail.example.org trusted\n192.0.2.1 blocked\nlocalhost trusted\n')
    conf = world.write('conf', 'accreditor "own" { style = list file = "%s" }\n' % own)
    words = own + ':2: an address, and lists are of names; '
    done = run(VOUCHSAFE, 'config', 'check', conf)
    assert done.returncode == 0 and 'warning: ' + words in done.stdout, done
    assert '192.0.2.1; skipped, with 1 more like it' in done.stdout, done
    zone = world.write('zone', '$ORIGIN example.org.\n@ 60 SOA ns h 1 1 1 1 60\n_client._smtp.mail SRV 1 2 0 mail\nmail A 192.0.2.10\n')
    done = run(VOUCHSAFE, 'check', '--config', conf, '--zone', zone, '192.0.2.10', 'mail.example.org')
    assert done.returncode == 0 and words in done.stderr and 'list-trusted' in done.stdout, done
    world.write('list', 'mail.example.org trusted\nlocalhost maybe\n')
    done = run(VOUCHSAFE, 'config', 'check', conf)
    assert done.returncode == 2 and own + ':2: ' in done.stderr, done


def test_document(_world):
    """The examples of the guide are those of contrib, which its own command checks."""
    with open(TREE + '/doc/accreditors.md', encoding='utf-8') as file:
        guide = re.findall(r'^    (accreditor "(?!own").*?^    \})', file.read(), re.M | re.S)
    with open(TREE + '/contrib/accreditors.conf', encoding='utf-8') as file:
        shipped = re.findall(r'^accreditor .*?^\}', file.read(), re.M | re.S)
    assert shipped == [re.sub('^    ', '', example, flags=re.M) for example in guide] and len(guide) == 5
