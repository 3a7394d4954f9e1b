"""certificates.py - a certificate authority of our own, a server certificate, and client certificates by name."""
import os
import ssl

import private

DAYS = '3650'
NEW_KEY = ('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes')


def make(folder, *clients):
    """Writes ca.pem, server.pem, server.key and CLIENT.pem (certificate and key) below `folder`."""
    os.makedirs(folder, exist_ok=True)
    private.run(['openssl', 'req', '-x509', *NEW_KEY, '-days', DAYS, '-subj', '/CN=Test CA', '-keyout', 'ca.key',
                 '-out', 'ca.pem'], folder)
    sign(folder, 'server', 'mx.example.net')
    for name in clients:
        sign(folder, name, name)
        with open(os.path.join(folder, name + '.key'), encoding='ascii') as key, \
                open(os.path.join(folder, name + '.pem'), 'a', encoding='ascii') as out:
            out.write(key.read())
    for name in os.listdir(folder):
        os.chmod(os.path.join(folder, name), 0o644)  # the MTAs read them under users of their own
    return folder


def sign(folder, stem, name):
    private.run(['openssl', 'req', '-new', *NEW_KEY, '-subj', '/CN=' + name, '-keyout', stem + '.key',
                 '-out', stem + '.csr'], folder)
    private.run(['openssl', 'x509', '-req', '-in', stem + '.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial',
                 '-days', DAYS, '-out', stem + '.pem'], folder)


def client_context(folder, name=None):
    """For STARTTLS as a client that shows the certificate of `name`; None: none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if name:
        context.load_cert_chain(os.path.join(folder, name + '.pem'))
    return context
