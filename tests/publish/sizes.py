"""The limit of 512 octets: where it warns, a real name server cannot send the whole answer in one packet without EDNS."""
import socket
import struct

import world

TIMEOUT_S = 20


def additional_of(resolver, name):
    """(octets, records in the Additional section) of the answer to the SRV question, over UDP, without EDNS."""
    address, port = resolver.split('@')
    question = struct.pack('>6H', 77, 0, 1, 0, 0, 0) + b''.join(
        bytes([len(label)]) + label.encode() for label in name.split('.')) + b'\0' + struct.pack('>2H', 33, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(TIMEOUT_S)
        client.connect((address, int(port)))
        client.send(question)
        answer = client.recv(65535)
    return len(answer), struct.unpack('>6H', answer[:12])[5]


def test_limit(there):
    """One host a number of addresses around the limit, of either family."""
    hosts = {'h%d' % count: ['192.0.2.%d' % (number + 1) for number in range(count)] for count in range(20, 33)}
    hosts |= {'s%d' % count: ['2001:db8::%x' % (number + 1) for number in range(count)] for count in range(10, 20)}
    output = there.publish('--domain', 'example.org', *sum([['--send', '%s=%s' % (name, ','.join(addresses))]
                                                            for name, addresses in hosts.items()], []))
    warned = {text.split(':')[0].split('.')[0] for text in world.remarks(output, 'warning') if ' octets ' in text}
    path = there.write('example.org.zone', 'example.org. 300 IN SOA ns.example.net. h.example.net. 1 3600 600 86400 300\n'
                       'example.org. 300 IN NS ns.example.net.\n' + output)
    resolver = there.serve('bind', [('example.org', path)])  # no authority section, as the limit is measured
    cut = set()
    for name, addresses in hosts.items():
        size, count = additional_of(resolver, '_client._smtp.%s.example.org' % name)
        assert size <= 512, size
        if count < len(addresses):
            cut.add(name)
    assert warned and cut and len(warned) < len(hosts), (warned, cut)
    assert warned == cut, (warned, cut)


def test_fits(there):
    """As many addresses as it says fit, do."""
    addresses = ['192.0.2.%d' % (number + 1) for number in range(40)]
    text = world.remarks(there.publish('--domain', 'example.org', '--send', 'mail=' + ','.join(addresses)), 'warning')[0]
    fit = int(text.split('[CSA 6]. ')[1].split()[0])
    assert 20 < fit < 40, text
    for count, expected in ((fit, 0), (fit + 1, 1)):
        output = there.publish('--domain', 'example.org', '--send', 'mail=' + ','.join(addresses[:count]))
        assert len([text for text in world.remarks(output, 'warning') if ' octets ' in text]) == expected, output
