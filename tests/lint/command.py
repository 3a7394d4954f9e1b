"""command.py - the command line of lint: operands, exit statuses, output for people, hostile data, long files."""
import json
import os
import pty
import subprocess
import termios

import mend

HEAD = 'example.org. 3600 IN SOA ns1.example.org. h.example.org. 1 3600 900 604800 300\n'
GOOD = HEAD + 'mail.example.org. 3600 IN A 192.0.2.10\n_client._smtp.mail.example.org. 3600 IN SRV 1 2 0 mail.example.org.\n' \
              '_client._smtp.example.org. 3600 IN SRV 1 1 1 example.org.\n'
BAD = GOOD.replace('SRV 1 2 0', 'SRV 1 2 25')
WARNED = GOOD.replace('3600 IN A', '1800 IN A')
ESCAPES = HEAD + r'''mail.example.org. 3600 IN A 192.0.2.10
_client._smtp.mail.example.org. 3600 IN SRV 1 6 0 ev\027[31mil\010.example.org.
mail.example.org. 3600 IN PTR _vouch.\027]0;x\007.example.
mail.example.org.accred.example.org. 3600 IN TXT "MARID,9,\027[2J\013\010"
'''


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    return path


def status(wanted, *arguments, text=None, stderr='', stdout=''):
    """What is wrong with exit status and output, or None."""
    done = mend.run(*arguments, text=text)
    if done.returncode == wanted and stderr in done.stderr and stdout in done.stdout and (wanted == 2) == bool(done.stderr):
        return None
    return 'exit %d: %s %s' % (done.returncode, done.stdout[:500], done.stderr[:500])


def harmless(folder, *words):
    """Nothing of a file reaches the terminal but as printable ASCII."""
    done = mend.run(*words, write(folder, 'escapes.zone', ESCAPES))
    odd = [c for c in done.stdout + done.stderr if not (c == '\n' or 32 <= ord(c) < 127)]
    return 'exit %d, %r' % (done.returncode, odd or done.stdout) if odd or 'reserved-weight' not in done.stdout else None


def several(folder):
    """Several subjects: an array, in their order."""
    done = mend.run('--json', write(folder, 'good.zone', GOOD), write(folder, 'bad.zone', BAD))
    reports = json.loads(done.stdout)
    subjects = [os.path.basename(report['subject']) for report in reports]
    return None if done.returncode == 1 and subjects == ['good.zone', 'bad.zone'] else done.stdout


def one_mend(folder):
    """Two faults of one name, one mend: printed once, and each finding of the JSON has it."""
    path = write(folder, 'twice.zone', GOOD.replace('SRV 1 2 0', 'SRV 1 8 25') +
                 '_client._smtp.mail.example.org. 3600 IN SRV 1 2 443 mail.example.org.\n')
    text = mend.run(path).stdout
    mends = [f['mend'] for f in json.loads(mend.run('--json', path).stdout)['findings'] if f['severity'] == 'error']
    once = text.count('mend: as above') == 1 and text.count('SRV 1 2 0') == 1 and text.count('delete:') == 2
    return None if once and len(mends) == 2 and mends[0] == mends[1] != '' else text


LONG = 40000
PEAK = '''import resource, subprocess, sys
done = subprocess.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(done.returncode)
'''


def peak(path):
    """What lint of a file takes at most, in KiB, and its output."""
    done = subprocess.run(['python3', '-c', PEAK, mend.TOOL, 'lint', path], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=mend.PATIENCE_S, check=False)
    if done.returncode != 1 or 'port-number' not in done.stdout:
        raise ValueError('exit %d: %s %s' % (done.returncode, done.stdout[:300], done.stderr[:300]))
    return int(done.stdout.split()[-1])


def long_file(folder):
    """A file is not kept: what no rule looks at takes no memory, however much of it there is."""
    path = write(folder, 'long.zone', BAD + ''.join('host%d.example.org. 3600 IN NAPTR 100 10 "" "" "!.*!%0100d!" .\n' % (n, n)
                                                    for n in range(LONG)))
    if b'__asan_init' in subprocess.run(['nm', '-D', mend.TOOL], stdout=subprocess.PIPE, check=True).stdout:
        return None  # it keeps what is freed
    more = peak(path) - peak(write(folder, 'bad.zone', BAD))
    return '%d KiB more than a short file' % more if more > 4096 else None


def read_terminal(arguments, environment, stream):
    """What the tool writes to a terminal that is its standard output or error."""
    leader, follower = pty.openpty()
    attributes = termios.tcgetattr(follower)
    attributes[1] &= ~termios.OPOST
    termios.tcsetattr(follower, termios.TCSANOW, attributes)
    streams = {'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL, stream: follower}
    process = subprocess.Popen([mend.TOOL, 'lint', *arguments], env={**os.environ, **environment}, **streams)
    os.close(follower)
    output = b''
    while True:
        try:
            part = os.read(leader, 4096)
        except OSError:
            break
        if not part:
            break
        output += part
    os.close(leader)
    process.wait(mend.PATIENCE_S)
    return output


def terminal(folder, environment, colored):
    """Coloured on a terminal only, and not with NO_COLOR."""
    output = read_terminal([write(folder, 'bad.zone', BAD)], environment, 'stdout')
    return None if (b'\033[' in output) == colored and b'port-number' in output else repr(output[:300])


def bar(folder):
    """One name only, and a bar while the DNS is asked for it, which is wiped."""
    output = read_terminal(['--zone', write(folder, 'good.zone', GOOD), 'mail.example.org'], {}, 'stderr')
    return None if b' 0 %  mail.example.org' in output and output.endswith(b'\r\033[K') else repr(output[-300:])


def cases(folder):
    good, bad, warned = (write(folder, *pair) for pair in (('good.zone', GOOD), ('bad.zone', BAD), ('warned.zone', WARNED)))
    files = {'good.zone': good, 'bad.zone': bad}
    yield 'file, nothing wrong', lambda: status(0, good, stdout='nothing wrong')
    yield 'file, error', lambda: status(1, files['bad.zone'], stdout='port-number [CSA 4]')
    yield 'file, warning', lambda: status(0, warned, stdout='warning ttl-')
    yield 'file, warning, strict', lambda: status(1, '--strict', warned)
    yield 'standard input', lambda: status(1, '-', text=BAD, stdout='port-number')
    yield 'no operand', lambda: status(2, stderr='needs a domain')
    yield 'unknown option', lambda: status(2, '--nope', good, stderr='--nope')
    yield 'no such file', lambda: status(2, './nowhere.zone', stderr='nowhere.zone')
    db = write(folder, 'of-db', GOOD.replace('example.org', 'example.db'))
    yield 'neither a name nor a file', lambda: status(1, '--zone', db, 'nope.example.db', stdout='nxdomain, and there is no such file')
    yield 'no name of a file', lambda: status(1, '--zone', good, 'nope.example.org', stdout='nxdomain\n')
    yield 'malformed file', lambda: status(2, '-', text=GOOD + 'x IN A 300.1.1.1\n', stderr='standard input:5')
    yield 'malformed world', lambda: status(2, '--zone', write(folder, 'no.zone', 'rubbish\n'), 'example.org', stderr='no.zone:1')
    yield 'empty file', lambda: status(2, '-', text='', stderr='standard input')
    yield 'zone and resolver', lambda: status(2, '--zone', good, '--resolver', '127.0.0.1', 'example.org', stderr='exclude')
    yield 'bad resolver', lambda: status(2, '--resolver', '127.0.0.x', 'example.org', stderr='127.0.0.x')
    yield 'bad second resolver', lambda: status(2, '--trust-anchor', 'none', '--resolver', '127.0.0.1', '--resolver', 'nope',
                                                'example.org', stderr='nope')
    yield 'bad port', lambda: status(2, '--port', '0', 'example.org', stderr='--port')
    yield 'empty name', lambda: status(2, '--zone', good, '', stderr='no domain')
    yield 'a name with a final dot', lambda: status(0, '--zone', good, 'MAIL.example.org.')
    yield 'a name outside of the files', lambda: status(3, '--zone', good, 'mail.example.net', stdout='outside of the zone files')
    yield 'one mend for several findings', lambda: one_mend(folder)
    yield 'several subjects', lambda: several(folder)
    yield 'hostile file, text', lambda: harmless(folder)
    yield 'hostile file, JSON', lambda: harmless(folder, '--json')
    yield 'long file', lambda: long_file(folder)
    yield 'colours on a terminal', lambda: terminal(folder, {'TERM': 'xterm'}, True)
    yield 'no colours wanted', lambda: terminal(folder, {'NO_COLOR': '1'}, False)
    yield 'a bar for one name', lambda: bar(folder)
