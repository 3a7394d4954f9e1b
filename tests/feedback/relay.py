"""relay.py - a real Postfix with a content filter before our milter: does the field that it adds reach us?"""
import os
import sys

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path += [TREE + '/tests/mta', TREE + '/tests/servers']

import postfix  # noqa: E402
import private  # noqa: E402
import servers  # noqa: E402
import smtp  # noqa: E402
from filter import Filter  # noqa: E402
from place import ZONE, Place  # noqa: E402

BEFORE, BEHIND = 2680, 2681  # SMTP ports on which the filter is asked before us, and behind us
MAIL, CSA = 10, 11           # hosts of the network
FEEDBACK = 'header = "X-Spam"'
LISTENERS = 'listener "unix:{0}/milter" {{ protocol = milter  mode = 0666 }}\n'


def services(place):
    ours, filters = 'unix:' + place.path('milter'), 'unix:' + place.path('filter')
    common = {'smtpd_recipient_restrictions': 'reject_unauth_destination', 'smtpd_sasl_auth_enable': 'no'}
    return {BEFORE: {'smtpd_milters': '%s, %s' % (filters, ours), **common},
            BEHIND: {'smtpd_milters': '%s, %s' % (ours, filters), **common}}


def make_postfix(place, network):
    package = postfix.fetch(os.path.join(os.environ.get('MTA_DIR') or TREE + '/build', 'postfix'))
    folder = place.path('postfix')
    os.mkdir(folder)
    address = network.address(2)
    return postfix.Postfix(package, folder, {'address': address, 'relay': network.address(30), 'certificates': folder,
                                             'namespace': private.Namespace(place.folder, address)}, services(place))


def send(server, client, helo, subject, *fields, port=BEFORE):
    with smtp.Session((server.address, port), client) as session:
        session.say('EHLO ' + helo)
        replies = session.envelope('user@example.net')
        assert replies[-1].startswith('250'), replies
        reply = session.message(subject, fields)
        assert reply.startswith('250'), reply


def votes(place, server, network):
    """What the filter says counts, for whom the session proved, once a message; the order of milters matters."""
    mail, stranger = network.address(MAIL), network.address(99)
    send(server, mail, 'mail.example.org', 'bad')
    send(server, mail, 'mail.example.org', 'good')
    send(server, mail, 'mail.example.org', 'nothing')
    send(server, stranger, 'mail.example.org', 'bad')
    # The sender says something too: beside a filter that leaves it, the message counts for nothing.
    send(server, mail, 'mail.example.org', 'bad', 'X-Spam: No')
    send(server, mail, 'mail.example.org', 'bad and clean', 'X-Spam: No', 'x-spam: No')
    # Without a word of the filter, that of the sender is taken for it.
    send(server, mail, 'mail.example.org', 'nothing', 'X-Spam: No')
    # A filter behind us has said nothing yet.
    send(server, mail, 'mail.example.org', 'bad', port=BEHIND)
    send(server, network.address(CSA), 'csa.example.org', 'good')
    place.counted('csa.example.org', 1, 0)
    place.counted('mail.example.org', 2, 2)


def play():
    """True if all is as it should be."""
    network = servers.Network()
    place = Place(feedback=FEEDBACK, listeners=LISTENERS,
                  zone=ZONE.replace('csa IN A 192.0.2.10', 'csa IN A ' + network.address(CSA))
                  .replace('192.0.2.10', network.address(MAIL)))
    content_filter = Filter(place.path('filter'))
    server = None
    try:
        server = make_postfix(place, network).start()
        votes(place, server, network)
        print('ok relay votes', flush=True)
        return True
    except Exception as error:
        print('FAILED relay votes: %s: %s\n--- Postfix\n%s' % (type(error).__name__, error, server.log() if server else ''))
        return False
    finally:
        if server:
            server.stop()
        content_filter.stop()
        place.close()
