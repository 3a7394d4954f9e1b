"""proc.py - processes as /proc and signals show them."""
import os
import resource
import signal
import subprocess


def can_unshare():
    """Is a mount namespace of our own permitted? Not without root, nor in a chroot."""
    return subprocess.run(['unshare', '-m', 'true'], check=False, capture_output=True).returncode == 0


def state(pid):
    """(comm, state letter, parent) of a process."""
    try:
        with open('/proc/%d/stat' % pid, encoding='latin-1') as file:
            text = file.read()
    except OSError:
        raise ProcessLookupError(pid) from None
    comm, rest = text[text.index('(') + 1:text.rindex(')')], text[text.rindex(')') + 2:].split()
    return comm, rest[0], int(rest[1])


def children(parent, kind):
    """PIDs of the living children of a process whose name ends so: 'log', 'work', '' for all."""
    state(parent)
    found = []
    for name in filter(str.isdigit, os.listdir('/proc')):
        try:
            comm, letter, above = state(int(name))
        except ProcessLookupError:
            continue
        if above == parent and letter != 'Z' and comm.endswith(kind):
            found.append(int(name))
    return sorted(found)


def gone(pid):
    try:
        return state(pid)[1] == 'Z'
    except ProcessLookupError:
        return True


def signal_process(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def kill_all(pids):
    """Also those that were stopped."""
    for pid in pids:
        signal_process(pid, signal.SIGCONT)
        signal_process(pid, signal.SIGKILL)


def files(pid):
    """How many descriptors a process has."""
    return len(os.listdir('/proc/%d/fd' % pid))


def targets(pid):
    """What the descriptors of a process above those of the standard streams are."""
    found = []
    for name in os.listdir('/proc/%d/fd' % pid):
        try:
            found += [os.readlink('/proc/%d/fd/%s' % (pid, name))] * (int(name) > 2)
        except FileNotFoundError:
            pass
    return found


def memory(pid):
    """Resident octets of a process."""
    with open('/proc/%d/statm' % pid, encoding='ascii') as file:
        return int(file.read().split()[1]) * resource.getpagesize()
