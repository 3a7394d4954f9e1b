#!/usr/bin/python3
"""Installs libvouchsafe into a temporary place, builds doc/example.c against it by pkg-config, static and shared, and
runs it against a real NSD."""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, 'tests', 'servers'))
import servers  # noqa: E402

ZONE = '''$ORIGIN example.org.
$TTL 3600
@ SOA ns hostmaster 1 3600 600 86400 300
@ NS ns
ns A 192.0.2.1
_client._smtp SRV 1 1 1 @
_client._smtp.mail SRV 1 2 0 mail
mail A 192.0.2.10
mail AAAA 2001:db8::10
'''
EXPECTED = [
    ('192.0.2.10', 'mail.example.org', 0, 'csa=pass (match) identity=csa trust=neutral action=continue'),
    ('2001:db8::10', 'mail.example.org', 0, 'csa=pass (match) identity=csa trust=neutral action=continue'),
    ('192.0.2.99', 'mail.example.org', 1, 'csa=fail (mismatch) identity=none trust=untrusted action=reject'),
    ('192.0.2.99', 'x.y.example.org', 1, 'csa=fail (explicit) identity=none trust=untrusted action=reject'),
    ('192.0.2.99', '[192.0.2.99]', 0, 'csa=none (literal) identity=none trust=neutral action=continue'),
]


def install(folder):
    """The installed tree, and the flags that pkg-config gives for it."""
    build = os.environ.get('BUILD', os.path.join(ROOT, 'build'))
    subprocess.run(['meson', 'install', '-C', build, '--no-rebuild', '--quiet', '--destdir', folder], check=True,
                   stdout=subprocess.DEVNULL)
    found = subprocess.run(['find', folder, '-name', 'libvouchsafe.pc', '-o', '-name', 'vouchsafe.pc'],
                           stdout=subprocess.PIPE, check=True).stdout.decode().split()
    environment = dict(os.environ, PKG_CONFIG_PATH=os.path.dirname(found[0]), PKG_CONFIG_SYSROOT_DIR=folder,
                       PKG_CONFIG_ALLOW_SYSTEM_CFLAGS='1', PKG_CONFIG_ALLOW_SYSTEM_LIBS='1')
    flags = subprocess.run(['pkg-config', '--cflags', '--libs', 'libvouchsafe'], env=environment,
                           stdout=subprocess.PIPE, check=True).stdout.decode().split()
    return os.path.dirname(os.path.dirname(found[0])), flags


def compile_example(folder, library_folder, flags, kind):
    program = os.path.join(folder, 'example-' + kind)
    if kind == 'static':
        flags = [f for f in flags if f != '-lvouchsafe'] + [os.path.join(library_folder, 'libvouchsafe.a')]
    sanitize = ['-fsanitize=address,undefined'] if 'asan' in os.environ.get('BUILD', '') else []
    subprocess.run(['cc', '-std=gnu11', '-Wall', '-Wextra', '-Werror', os.path.join(ROOT, 'doc/example.c'), '-o', program,
                    *flags, *sanitize, '-lresolv'], check=True)
    return program


def play(program, library_folder, server, row):
    client, helo, status, line = row
    done = subprocess.run([program, client, helo, server], stdout=subprocess.PIPE, check=False,
                          env=dict(os.environ, LD_LIBRARY_PATH=library_folder))
    output = done.stdout.decode()
    fine = done.returncode == status and output.splitlines()[0] == line
    print('%s %s %s %s%s' % ('ok' if fine else 'FAILED', os.path.basename(program), client, helo,
                             '' if fine else ': exit %d, %s' % (done.returncode, output)))
    return fine


def main():
    results = []
    with tempfile.TemporaryDirectory() as folder:
        library_folder, flags = install(folder)
        address = servers.Network().address(1)
        zone = servers.write(os.path.join(folder, 'example.zone'), ZONE)
        nsd = servers.start_nsd(folder, 'nsd', address, [('example.org', zone)])
        try:
            nsd.wait_ready(address)
            for kind in ['shared', 'static']:
                program = compile_example(folder, library_folder, flags, kind)
                results += [play(program, library_folder, address, row) for row in EXPECTED]
        finally:
            nsd.stop()
    print('%d passed, %d failed' % (results.count(True), results.count(False)))
    return 0 if all(results) else 1


sys.exit(main())
