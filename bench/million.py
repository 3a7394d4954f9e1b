#!/usr/bin/python3
"""million.py - one million names in the store, and what a decision in the ledger costs.

    million.py [BUILD]

bench/million fills a file as an import does, five days of each name; four hosts have one organization. Then it votes on
some, and asks for names that are there and for strangers, each of them once, in a process of its own. Takes some minutes
and 500 MB below the folder for temporary files.
"""
import os
import subprocess

import figures

NAMES, DAYS, VOTES, ASKED, DECISIONS = 1000000, 5, 50000, 100000, 50000


def run(*arguments):
    """One line of the program, as numbers by name."""
    words = subprocess.run([os.path.join(figures.build_folder(), 'bench', 'million'), *map(str, arguments)],
                           stdout=subprocess.PIPE, check=True).stdout.decode().split()
    return dict(zip(words[::2], map(float, words[1::2])))


def several(*arguments):
    """The spread of each figure over some runs."""
    results = [run(*arguments) for _ in range(figures.RUNS)]
    return {name: figures.spread([result[name] for result in results]) for name in results[0]}


def store(path):
    filled = run('put', path, NAMES, DAYS)
    voted = several('vote', path, NAMES, VOTES)
    figures.print_table('%d names, %d days of each' % (NAMES, DAYS),
                        ['what', 'seconds', 'CPU s', 'memory KiB', 'file octets', 'octets a name'],
                        [['import', *[figures.number(filled[name]) for name in ('wall_s', 'cpu_s', 'rss_kib', 'octets')],
                          figures.number(filled['octets'] / NAMES)],
                         ['then %d votes' % VOTES, voted['wall_s'], voted['cpu_s'], voted['rss_kib'], voted['octets'], '']])
    rows = []
    for label, words in [('the system has forgotten the file', ['cold']), ('the system knows the file', [])]:
        asked = several('ask', path, NAMES, ASKED, *words)
        rows.append([label, asked['open_ms'], asked['p50_us'], asked['p99_us'], asked['most_us'], asked['rss_kib']])
    figures.print_table('one answer for a host and its organization, %d of them' % ASKED,
                        ['file', 'open and first answer ms', 'p50 us', 'p99 us', 'most us', 'memory KiB'], rows)


def ledger(path):
    rows = []
    for detail in [0, 1500, 6000]:
        made = run('decide', path, DECISIONS, detail)
        gone = run('expire', path)
        rows.append(['{:,}'.format(detail), figures.number(DECISIONS / made['wall_s']),
                     figures.number(made['cpu_s'] / DECISIONS * 1e6), figures.number(made['octets'] / DECISIONS),
                     figures.number(gone['cpu_s'] / DECISIONS * 1e6), figures.number(gone['wall_s'] * 1e3 / gone['calls'])])
        os.unlink(path)
    figures.print_table('%d decisions' % DECISIONS, ['octets of detail', 'decisions a second', 'CPU us', 'octets in the file',
                                                     'CPU us to remove one', 'ms a call that removes'], rows)


def main():
    with figures.work_folder() as folder:
        store(os.path.join(folder, 'store.db'))
        ledger(os.path.join(folder, 'ledger.db'))


main()
