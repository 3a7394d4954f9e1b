"""sasl.py - what Postfix needs of Dovecot to let users log in: the authentication protocol, with one user.

PLAIN only; the password is "secret". (https://doc.dovecot.org, Design, Authentication Protocol)
"""
import base64
import os
import socketserver
import threading

HELLO = 'VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t%s\nDONE\n' % ('0' * 32)
PASSWORD = 'secret'


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(HELLO.encode())
        for line in self.rfile:
            fields = line.decode().rstrip('\n').split('\t')
            if fields[0] == 'AUTH':
                given = [field[5:] for field in fields if field.startswith('resp=')]
                user, password = base64.b64decode(given[0]).decode().split('\0')[1:]
                verdict = ('OK\t%s\tuser=%s\n' % (fields[1], user) if password == PASSWORD else 'FAIL\t%s\n' % fields[1])
                self.wfile.write(verdict.encode())


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Listens on a unix socket from creation on, until stop()."""
    daemon_threads = True

    def __init__(self, path):
        super().__init__(path, Handler)
        os.chmod(path, 0o666)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def stop(self):
        self.shutdown()
        self.server_close()
