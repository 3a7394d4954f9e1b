"""line.py - the line protocol of src/proto/exim.h against Exim's own ${quote:} and ${extract{}{}}.

Exim quotes hostile HELO names as the ACL file does, and our codec reads them; our codec writes hostile values, and Exim
takes the answer apart. The codec is the program of line.c in the build folder.
"""
import os
import subprocess
import tempfile

import oracle

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

VALUES = [
    b'', b'mail.example.org', b'[192.0.2.10]', b' ', b' a ', b'a b', b'=', b'a=b', b'"', b'"a"', b'\\', b'a\\', b'\\n',
    b'\\"', b'\\x41', b'a\nb', b'a\r\nb', b'\t', b'\x1b[31m', b'\xc3\xa9\xff', b'{', b'}', b'${run{/bin/false}}',
    b'$h_x: \\N', b',:;<>@',
    b'" act=pass x="', b' act=pass', b'\nact=pass', b'\\" act=pass', b'=" act=pass',
    b'550 5.7.1 mail.example.org: "no" (http://example.net/?a=b&c)',
    b'Authentication-Results: mx.example.net; csv=fail reason="mismatch" smtp.helo="a\\"b c" policy.csv-score=-100',
    *[bytes(range(max(first, 1), first + 16)) for first in range(0, 256, 16)], b'"' * 40, b'\\' * 41,
]
REQUEST = 'client=192.0.2.10 helo=${quote:%s} stage=rcpt recipient=${quote:a b@example.net} auth="" tls=""'


def escaped(octets):
    """Octets as Exim's expansion reads them, whatever they are. `exim -be` takes lines of some 1000 characters."""
    return ''.join(chr(octet) if chr(octet).isalnum() and octet < 128 else '\\x%02x' % octet for octet in octets)


def printable(octets):
    """What the answer says instead of octets that are not printable ASCII."""
    return b''.join(b'%c' % octet if 32 <= octet < 127 else b'\\x%02x' % octet for octet in octets)


def expand(exim, texts):
    """What Exim makes of each text."""
    config = oracle.write(os.path.join(exim.folder, 'line.conf'), oracle.CONFIG.format(folder=exim.folder, options=''))
    command = exim.command(config, '192.0.2.10')
    start = command.index('-bs')
    done = subprocess.run(command[:start] + ['-be'], input='\n'.join(texts).encode() + b'\n', check=False,
                          capture_output=True, env=exim.environment(), cwd=exim.folder)
    results = (b'\n' + done.stdout).split(b'\n> ')[1:-1]
    if len(results) != len(texts):
        raise RuntimeError('exim -be: %r' % (done.stderr + done.stdout)[-1000:])
    return results


def codec(mode, given):
    """(standard output, fault) of our codec."""
    program = os.path.join(os.environ.get('BUILD') or os.path.join(TREE, 'build'), 'tests/unit/exim_line')
    done = subprocess.run([program, mode], input=given, check=False, capture_output=True)
    return done.stdout, done.stderr.decode() if done.returncode == 1 else done.returncode


def requests(exim):
    """Exim quotes, we read: (case, fault or None)."""
    lines = expand(exim, [REQUEST % escaped(value) for value in VALUES])
    for value, line in zip(VALUES, lines):
        helo, fault = codec('read', line + b'\n')
        right = helo == value and not fault
        yield 'request with %r' % value[:40], None if right else '%r read as %r, %s' % (line, helo, fault)


def answers(exim):
    """We write, Exim takes apart: (case, fault or None). Each value stands between two others."""
    keys = ['act', 'value', 'next', 'valu']
    lines = []
    for value in VALUES:
        given = b''.join(b'%s %s\n' % (key, what.hex().encode())
                         for key, what in [(b'act', b'reject'), (b'value', value), (b'next', b'"')])
        line, fault = codec('answer', given)
        if fault or line.count(b'\n') != 1:
            raise RuntimeError('line answer: %s, %r' % (fault, line))
        lines.append(line[:-1])
    found = expand(exim, ['${extract{%s}{%s}{<$value>}{none}}' % (key, escaped(line))
                          for line in lines for key in keys])
    for number, (value, line) in enumerate(zip(VALUES, lines)):
        wanted = [b'<reject>', b'<%s>' % printable(value), b'<">', b'none']
        got = found[number * len(keys):][:len(keys)]
        yield 'answer with %r' % value[:40], None if wanted == got else 'Exim finds %r in %r' % (got, line)


def play(executable):
    """Prints the cases; returns how many passed and failed."""
    with tempfile.TemporaryDirectory(prefix='vouchsafe-exim-') as folder:
        os.chmod(folder, 0o755)  # Exim reads below it under a user of its own
        exim = oracle.Exim(executable, folder, '127.0.0.1')
        faults = list(requests(exim)) + list(answers(exim))
    for case, fault in faults:
        print('FAILED %s: %s' % (case, fault) if fault else 'ok %s' % case)
    failed = sum(1 for _, fault in faults if fault)
    return len(faults) - failed, failed
