"""figures.py - what the benchmarks have in common: repeat, measure child processes, print tables."""
import collections
import contextlib
import os
import resource
import shutil
import signal
import statistics
import sys
import tempfile
import time

RUNS = 3
TREE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

Cost = collections.namedtuple('Cost', 'wall cpu')  # seconds; cpu is user and system time of ended children


def build_folder():
    """The build directory: the only argument of each benchmark."""
    return os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(TREE, 'build-bench'))


@contextlib.contextmanager
def work_folder():
    """A folder that goes when the benchmark ends, also by SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = tempfile.mkdtemp(prefix='vouchsafe-bench-')
    os.chmod(folder, 0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def children_cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def cost_of(action, *arguments):
    """What `action` takes; it must wait for the processes that it starts."""
    wall, cpu = time.monotonic(), children_cpu()
    action(*arguments)
    return Cost(time.monotonic() - wall, children_cpu() - cpu)


def by_difference(action, few, many):
    """Cost of each item that `many` has beyond `few`: start and end of the process cancel out."""
    low, high = cost_of(action, few), cost_of(action, many)
    extra = len(many) - len(few)
    return Cost((high.wall - low.wall) / extra, (high.cpu - low.cpu) / extra)


def number(value):
    """Three digits that count."""
    if value >= 1000:
        return '{:,.0f}'.format(value)
    return '%.0f' % value if value >= 100 else '%.1f' % value if value >= 10 else '%.2f' % value


def spread(values):
    """Median, and in brackets the lowest and the highest."""
    return '%s (%s-%s)' % (number(statistics.median(values)), number(min(values)), number(max(values)))


def print_table(title, head, rows):
    """A table that is also one in Markdown."""
    print('\n%s\n' % title)
    table = [head, *[[str(cell) for cell in row] for row in rows]]
    widths = [max(len(row[column]) for row in table) for column in range(len(head))]
    table.insert(1, ['-' * width for width in widths])
    for row in table:
        print('| %s |' % ' | '.join(cell.ljust(width) for cell, width in zip(row, widths)))
    sys.stdout.flush()
