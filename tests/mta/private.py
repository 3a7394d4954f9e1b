"""private.py - Debian packages that are unpacked, not installed, and programs that run as if they were.

Two MTAs exclude each other in dpkg, and none may replace the developer's own. So they are unpacked into a folder and run
in a private mount namespace, in which passwd, group and resolv.conf are files of ours: users of their own, DNS of ours.
"""
import glob
import os
import re
import subprocess

import servers

# (user, uid, groups); the ids are such as nobody has.
USERS = (('postfix', 65434), ('Debian-exim', 65433), ('vmail', 65436), ('vouchsafe', 65437))
GROUPS = (('postfix', 65434), ('postdrop', 65435), ('Debian-exim', 65433), ('vmail', 65436), ('vouchsafe', 65437))
VMAIL = 65436


def run(command, folder, **options):
    """Runs a command; RuntimeError with what it said, if it fails."""
    done = subprocess.run(command, cwd=folder, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **options)
    output = done.stdout.decode('utf-8', 'replace')
    if done.returncode:
        raise RuntimeError('%s: %s' % (' '.join(command), output.strip()[-2000:]))
    return output


def unpack(package, folder, proof):
    """Downloads and unpacks `package` below `folder` unless `proof`, one of its files, is there."""
    if not os.path.exists(os.path.join(folder, proof)):
        os.makedirs(folder, exist_ok=True)
        run(['apt-get', '-q', '-o', 'APT::Sandbox::User=root', 'download', package], folder)
        for path in glob.glob(os.path.join(folder, package + '_*.deb')):
            run(['dpkg', '-x', path, folder], folder)
            os.remove(path)


def missing_libraries(paths, library_path=''):
    """Names of the shared libraries that these executables lack."""
    environment = dict(os.environ, LD_LIBRARY_PATH=library_path)
    missing = set()
    for path in paths:
        done = subprocess.run(['ldd', path], check=False, capture_output=True, text=True, env=environment)
        missing.update(re.findall(r'^\s*(\S+) => not found', done.stdout, re.MULTILINE))
    return sorted(missing)


def write(path, text):
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    return path


class Namespace:
    """Runs commands so that they see our passwd, group and resolv.conf: bound over the system's in a mount namespace;
    where that is not permitted, by the wrapper libraries of libresolv-wrapper and libnss-wrapper."""

    def __init__(self, folder, name_server):
        self.resolv = write(os.path.join(folder, 'resolv.conf'),
                            'nameserver %s\noptions timeout:2 attempts:1\n' % name_server)
        self.passwd = write(os.path.join(folder, 'passwd'), with_lines('/etc/passwd', [
            '%s:x:%d:%d::/nonexistent:/bin/false' % (name, uid, uid) for name, uid in USERS]))
        self.group = write(os.path.join(folder, 'group'), with_lines('/etc/group', ['%s:x:%d:' % pair for pair in GROUPS]))
        self.permitted = servers.can_unshare()

    def wrap(self, command):
        if not self.permitted:
            return command
        binds = ''.join('mount --bind "%s" "%s" && ' % pair
                        for pair in ((self.resolv, '/etc/resolv.conf'), (self.passwd, '/etc/passwd'),
                                     (self.group, '/etc/group')))
        return ['unshare', '-m', 'sh', '-c', binds + 'exec "$@"', 'sh', *command]

    def environment(self):
        """What the commands and their children must find in their environment, beside PATH."""
        if self.permitted:
            return {}
        return {'LD_PRELOAD': 'libresolv_wrapper.so libnss_wrapper.so', 'RESOLV_WRAPPER_CONF': self.resolv,
                'NSS_WRAPPER_PASSWD': self.passwd, 'NSS_WRAPPER_GROUP': self.group}


def with_lines(source, lines):
    """The text of a passwd or group file in which these lines stand instead of others of their names."""
    names = {line.split(':')[0] for line in lines}
    with open(source, encoding='utf-8') as file:
        kept = [line for line in file.read().splitlines() if line.split(':')[0] not in names]
    return '\n'.join(kept + lines) + '\n'


class Mailbox:
    """The messages that were delivered into a maildir, each read once."""

    def __init__(self, folder):
        self.folder = folder
        self.messages = {}

    def find(self, token):
        """The message whose text holds `token`, or None."""
        for path in glob.glob(os.path.join(self.folder, 'new', '*')):
            if path not in self.messages:
                with open(path, 'rb') as file:
                    self.messages[path] = file.read().decode('utf-8', 'replace').replace('\r\n', '\n')
        return next((text for text in self.messages.values() if token in text), None)
