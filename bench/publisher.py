#!/usr/bin/python3
"""publisher.py - what the publisher's tools cost on large inputs, beside the checkers of name servers and grep.

    publisher.py [BUILD]

lint, named-checkzone and kzonecheck read the same zone file: they look for other faults, so the figure says whether one
waits longer for lint than for the checker that runs anyway. observe and grep read the same log of Postfix. Memory below
that of this program (15 MiB) cannot be told.
"""
import os
import subprocess
import tempfile
import time

import figures

HOSTS = 20000
LINES = 500000
PLANNED = 20000


def measured(*command):
    """(seconds, processor seconds, memory in MiB) of one run that must end well; what it says goes into a file."""
    start = time.monotonic()
    with tempfile.TemporaryFile() as said:  # grep ends early if nobody reads what it finds
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said,  # pylint: disable=R1732
                                   stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError('%s: exit %d' % (command[0], process.returncode))
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def row(label, *command):
    runs = [measured(*command) for _ in range(figures.RUNS)]
    return [label, *[figures.spread(values) for values in zip(*runs)]]


def write_zone(path):
    """Hosts that send, each with its record and two addresses."""
    with open(path, 'w', encoding='ascii') as out:
        out.write('$ORIGIN example.org.\n$TTL 3600\n@ SOA ns1 hostmaster 1 7200 900 1209600 900\n@ NS ns1\n@ NS ns2\n'
                  'ns1 A 11.0.0.1\nns2 A 11.0.0.2\n_client._smtp SRV 1 1 1 @\n')
        for i in range(HOSTS):
            out.write('_client._smtp.h%d SRV 1 2 0 h%d\nh%d A 11.1.%d.%d\nh%d AAAA 2600::%x\n'
                      % (i, i, i, i >> 8, i & 255, i, i))


def write_log(path):
    """Deliveries of one Postfix to others."""
    with open(path, 'w', encoding='ascii') as out:
        for i in range(LINES):
            out.write('Nov 23 00:00:00 mail postfix/smtp[42]: %X: to=<user%d@example.net>, relay=mx.example.net[11.2.3.4]:25, '
                      'delay=0.5, delays=0.1/0/0.2/0.2, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued)\n' % (1 << 40 | i, i))


def write_configuration(folder):
    os.mkdir(folder)
    with open(os.path.join(folder, 'main.cf'), 'w', encoding='ascii') as out:
        out.write('myhostname = mail.example.org\nsmtp_bind_address = 11.0.0.25\n')
    with open(os.path.join(folder, 'master.cf'), 'w', encoding='ascii') as out:
        out.write('smtp unix - - n - - smtp\n')
    return folder


def write_description(path):
    with open(path, 'w', encoding='ascii') as out:
        out.write('domain = "example.org"\ncomplete = yes\ndisown = {"@"}\n')
        for i in range(PLANNED):
            out.write('host "h%d" { addresses = {"11.1.%d.%d"} }\n' % (i, i >> 8, i & 255))


def main():
    vouchsafe = os.path.join(figures.build_folder(), 'vouchsafe')
    head = ['program', 'seconds', 'CPU s', 'memory MiB']
    with figures.work_folder() as folder:
        zone, log, description = (os.path.join(folder, name) for name in ('example.org.zone', 'mail.log', 'description'))
        write_zone(zone)
        figures.print_table('A zone file of %d hosts, %d records' % (HOSTS, 3 * HOSTS + 6), head, [
            row('vouchsafe lint', vouchsafe, 'lint', zone),
            row('named-checkzone', 'named-checkzone', '-q', 'example.org', zone),
            row('kzonecheck', 'kzonecheck', '-o', 'example.org', zone)])
        write_log(log)
        postfix = write_configuration(os.path.join(folder, 'postfix'))
        figures.print_table('A log of Postfix, %d lines, %d MB' % (LINES, os.path.getsize(log) // 1000000), head, [
            row('vouchsafe observe', vouchsafe, 'observe', '--postfix', postfix, '--log', log),
            row('grep -c', 'grep', '-c', 'relay=.*status=sent', log)])
        write_description(description)
        figures.print_table('A description of %d hosts' % PLANNED, head,
                            [row('vouchsafe publish', vouchsafe, 'publish', description)])


if __name__ == '__main__':
    main()
