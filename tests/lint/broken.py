"""broken.py - broken zones: what is added to a clean world and dropped from it, and which rule has to say so.

A row of CASES: the rule, its clause, lines that are added, owners or whole lines that are dropped. Lines are master-file
lines with whole names, without TTL and class unless the TTL is what is wrong. `also` are other rules of severity error or
warning that rightly speak up, `mends` says whether lines are printed that mend it, `subject` is what is linted in the place
of the zone file.
"""
import collections

# Clean: one host sends, the domain disowns all other names, a service praises the host.
CLEAN = '''
example.org. SOA ns1.example.org. hostmaster.example.org. 1 3600 900 604800 300
example.org. NS ns1.example.org.
example.org. MX 10 mail.example.org.
ns1.example.org. A 192.0.2.53
_client._smtp.example.org. SRV 1 1 1 example.org.
mail.example.org. A 192.0.2.10
mail.example.org. AAAA 2001:db8::10
mail.example.org. PTR _vouch._smtp.accred.example.
mail.example.org. PTR _vouch._smtp.rating.example.
_client._smtp.mail.example.org. SRV 1 2 0 mail.example.org.
2.0.192.in-addr.arpa. SOA ns1.example.org. hostmaster.example.org. 1 3600 900 604800 300
10.2.0.192.in-addr.arpa. PTR mail.example.org.
8.b.d.0.1.0.0.2.ip6.arpa. SOA ns1.example.org. hostmaster.example.org. 1 3600 900 604800 300
0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR mail.example.org.
example. SOA ns1.example. hostmaster.example. 1 3600 900 604800 300
_vouch._smtp.accred.example. SRV 0 0 443 www.example.
_vouch._smtp.rating.example. SRV 0 0 443 www.example.
mail.example.org.accred.example. TXT "MARID,1,A;member"
mail.example.org.rating.example. TXT "MARID,1,B"
test. SOA ns1.test. hostmaster.test. 1 3600 900 604800 300
host.test. A 203.0.113.7
'''
APEXES = ('example.org.', '2.0.192.in-addr.arpa.', '8.b.d.0.1.0.0.2.ip6.arpa.', 'example.', 'test.')

Case = collections.namedtuple('Case', 'rule clause add drop also mends subject notes')

OWNER = '_client._smtp.mail.example.org.'
DOMAIN = '_client._smtp.example.org.'
BOX6 = '0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.'
CASES = []


def case(rule, clause, *add, drop=(), also=(), mends=True, subject=None, notes=()):
    CASES.append(Case(rule, clause, add, (drop,) if isinstance(drop, str) else drop, also, mends, subject, notes))


def record(rule, clause, rdata, **more):
    """The host's record is another one."""
    case(rule, clause, OWNER + ' SRV ' + rdata, drop=OWNER, **more)


# One record: version, weight, port.
record('other-version', 'CSA 4', '2 2 0 mail.example.org.')
record('other-version', 'CSA 4', '0 2 0 mail.example.org.')
record('other-version', 'CSA 4', '10 5 25 mail.example.org.')
record('reserved-weight', 'CSA 4', '1 4 0 mail.example.org.')
record('reserved-weight', 'CSA 4', '1 6 0 mail.example.org.')
record('reserved-weight', 'CSA 4', '1 65535 0 mail.example.org.')
record('weight-zero', 'CSA 4', '1 0 0 mail.example.org.', also=('pointer-unproven',))
record('weight-zero', 'CSA 4', '1 0 1 mail.example.org.', also=('pointer-unproven',))
record('not-csa', 'CSA 4', '1 0 25 mail.example.org.')
record('port-bits', 'CSA 4', '1 2 2 mail.example.org.')
record('port-bits', 'CSA 4', '1 2 80 mail.example.org.')
record('port-number', 'CSA 4', '1 2 25 mail.example.org.')
record('port-number', 'CSA 4', '1 2 587 mail.example.org.')
record('bad-rdata', 'RFC 2782', r'\# 4 00010002')
record('bad-rdata', 'RFC 2782', r'\# 8 0001000200000000')
case('extra-version', 'CSA 4', OWNER + ' SRV 2 2 0 mail.example.org.')
case('reserved-weight', 'CSA 4', DOMAIN + ' SRV 1 8 1 example.org.', drop=DOMAIN)
case('port-number', 'CSA 4', DOMAIN + ' SRV 1 1 5061 example.org.', drop=DOMAIN)

# One record: the target.
record('target-root', 'RFC 2782', '1 2 0 .', mends=False)
case('placeholder-root', 'CSA 5', DOMAIN + ' SRV 1 1 1 .', drop=DOMAIN)
case('placeholder-target', 'CSA 5', DOMAIN + ' SRV 1 1 1 mail.example.org.', drop=DOMAIN)
case('ignore-target', 'CSA 4', '_client._smtp.cloud.example.org. SRV 1 3 0 cloud.example.org.', mends=False)
record('missing-dot', 'RFC 1035 5.1', '1 2 0 mail.example.org.example.org.')
case('target-cname', 'RFC 2782', OWNER + ' SRV 1 2 0 alias.example.org.', 'alias.example.org. CNAME mail.example.org.', drop=OWNER)
case('target-cname', 'RFC 2782', 'box.example.org. CNAME mail.example.org.',
     '_client._smtp.box.example.org. SRV 1 2 0 box.example.org.', '10.2.0.192.in-addr.arpa. PTR box.example.org.',
     BOX6 + ' PTR box.example.org.')
case('target-cname', 'RFC 2782', 'box.example.org. CNAME nowhere.example.org.',
     '_client._smtp.box.example.org. SRV 1 2 0 box.example.org.')
case('target-cname', 'RFC 2782', 'box.example.org. CNAME out.provider.invalid.',
     '_client._smtp.away.example.org. SRV 1 2 0 box.example.org.', mends=False)
case('target-cname', 'RFC 2782', 'box.example.org. CNAME out.provider.invalid.',
     '_client._smtp.box.example.org. SRV 1 2 0 box.example.org.', mends=False)
case('target-chain', 'RFC 1034 3.6.2', '_client._smtp.loop.example.org. SRV 1 2 0 loop.example.org.',
     'loop.example.org. CNAME pool.example.org.', 'pool.example.org. CNAME loop.example.org.')
case('target-chain', 'RFC 1034 3.6.2', 'loop.example.org. CNAME pool.example.org.',
     'pool.example.org. CNAME loop.example.org.', OWNER + ' SRV 1 2 0 loop.example.org.', drop=OWNER, mends=False)
record('target-no-address', 'CSA 4', '1 2 0 nowhere.example.org.', mends=False)
case('target-no-address', 'CSA 4', '_client._smtp.ghost.example.org. SRV 1 2 0 ghost.example.org.')
case('target-not-name', 'CSA 4', OWNER + ' SRV 1 2 0 ns1.example.org.', '53.2.0.192.in-addr.arpa. PTR ns1.example.org.', drop=OWNER,
     mends=False)
case('target-not-name', 'CSA 4', '_client._smtp.box.example.org. SRV 1 2 0 mail.example.org.', 'box.example.org. A 192.0.2.10',
     'box.example.org. AAAA 2001:db8::10')
case('target-not-name', 'CSA 4', DOMAIN + ' SRV 1 2 1 mail.example.org.', 'example.org. A 192.0.2.80',
     '80.2.0.192.in-addr.arpa. PTR example.org.', drop=DOMAIN, mends=False)
record('target-outside', 'CSA 8', '1 2 0 host.test.', mends=False)
case('address-private', 'RFC 6890 2.2', 'mail.example.org. A 10.0.0.1')
case('address-private', 'RFC 6890 2.2', 'inner.example.org. A 192.168.1.1', 'inner.example.org. AAAA fd00::1',
     '_client._smtp.inner.example.org. SRV 1 2 0 inner.example.org.')
case('address-private', 'RFC 6890 2.2', 'inner.example.org. A 127.0.0.1',
     '_client._smtp.inner.example.org. SRV 1 2 0 inner.example.org.')

# Several records, and none.
case('contradiction', 'CSA 4', OWNER + ' SRV 1 1 0 mail.example.org.', also=('pointer-unproven',))
case('mixed-weights', 'CSA 4', OWNER + ' SRV 1 3 0 mail.example.org.')
case('several-records', 'CSA 5', OWNER + ' SRV 1 2 1 mail.example.org.')
case('several-records', 'CSA 5', OWNER + ' SRV 1 2 0 second.example.org.', 'second.example.org. A 192.0.2.11',
     '11.2.0.192.in-addr.arpa. PTR mail.example.org.')
case('several-records', 'CSA 5', '_client._smtp.out.example.org. SRV 1 2 0 mx1.example.org.',
     '_client._smtp.out.example.org. SRV 1 2 0 mx2.example.org.', 'mx1.example.org. A 192.0.2.31', 'mx2.example.org. A 192.0.2.32',
     '_client._smtp.mx1.example.org. SRV 1 2 0 mx1.example.org.', '31.2.0.192.in-addr.arpa. PTR mx1.example.org.',
     '32.2.0.192.in-addr.arpa. PTR mx2.example.org.', 'out.example.org. A 192.0.2.32')
case('several-records', 'CSA 5', '_client._smtp.out.example.org. SRV 1 2 0 mx1.example.org.',
     '_client._smtp.out.example.org. SRV 1 2 0 mx2.example.org.', 'mx1.example.org. A 192.0.2.31', 'mx2.example.org. A 192.0.2.32',
     '31.2.0.192.in-addr.arpa. PTR mx1.example.org.', '32.2.0.192.in-addr.arpa. PTR mx2.example.org.',
     'out.example.org. A 192.0.2.33', '33.2.0.192.in-addr.arpa. PTR out.example.org.', mends=False)
case('several-records', 'CSA 5', '_client._smtp.out.example.org. SRV 1 2 0 a.provider.invalid.',
     '_client._smtp.out.example.org. SRV 1 2 0 b.provider.invalid.', 'out.example.org. A 192.0.2.33',
     '33.2.0.192.in-addr.arpa. PTR out.example.org.', mends=False)
case('several-records', 'CSA 5', DOMAIN + ' SRV 1 1 0 example.org.')
case('many-records', 'CSA 5', *('_client._smtp.farm.example.org. SRV 1 2 0 box%d.example.org.' % n for n in range(33)),
     *('box%d.example.org. A 192.0.2.10' % n for n in range(33)), 'farm.example.org. A 192.0.2.10',
     'farm.example.org. AAAA 2001:db8::10', mends=False, also=('answer-size',))
case('contradiction', 'CSA 4', *('_client._smtp.farm.example.org. SRV 1 2 0 box%d.example.org.' % n for n in range(33)),
     *('box%d.example.org. A 192.0.2.10' % n for n in range(33)), '_client._smtp.farm.example.org. SRV 1 1 0 farm.example.org.', also=('many-records', 'answer-size'))
case('explicit-uncovered', 'CSA 5', drop=OWNER, also=('pointer-unproven',))
case('explicit-uncovered', 'CSA 5', 'example.org. MX 20 backup.example.org.', 'backup.example.org. A 192.0.2.20',
     '20.2.0.192.in-addr.arpa. PTR backup.example.org.', 'backup.example.org. PTR _vouch._smtp.accred.example.',
     'backup.example.org.accred.example. TXT "MARID,1,A"', also=('pointer-unproven',))
case('no-record', 'CSA 5', drop=(OWNER, DOMAIN), also=('pointer-unproven',))
case('no-record', 'CSA 5', drop=(OWNER, DOMAIN), also=('pointer-unproven',), subject='mail.example.org')
case('domain-open', 'CSA 5', drop=DOMAIN)
case('wrong-owner', 'CSA 4', '_smtp._client.mail.example.org. SRV 1 2 0 mail.example.org.', drop=OWNER,
     also=('pointer-unproven',))
case('wrong-owner', 'CSA 4', '_client._smtp.mail.example.org.example.org. SRV 1 2 0 mail.example.org.', drop=OWNER,
     also=('pointer-unproven',))
case('wrong-owner', 'CSA 4', 'client._smtp.mail.example.org. SRV 1 2 0 mail.example.org.', drop=OWNER,
     also=('pointer-unproven',), subject='mail.example.org')
for prefix in ('_client._udp', '_client._smtp._udp'):
    case('wrong-owner', 'CSA 4', prefix + '.mail.example.org. SRV 1 2 0 mail.example.org.', drop=OWNER,
         also=('pointer-unproven',), subject='mail.example.org')
case('wrong-owner', 'CSA 4', '_client._smtp.*.example.org. SRV 1 2 0 mail.example.org.')
case('wrong-owner', 'CSA 4', '_client._smtp.*.example.org. CNAME ' + OWNER)
case('wrong-type', 'CSA 4', OWNER + ' TXT "1 2 0 mail.example.org"', drop=OWNER, also=('pointer-unproven',))
case('wrong-type', 'CSA 4', '_client._smtp.www.example.org. TXT "IN SRV 1 1 0 www.example.org."', 'www.example.org. A 192.0.2.80')
case('wrong-type', 'CSA 4', '_client._smtp.www.example.org. TXT "1 2 0 mail"', 'www.example.org. A 192.0.2.80', mends=False)
case('explicit-uncovered', 'CSA 5', 'example.org. MX 20 box.example.org.', '*.example.org. A 192.0.2.44',
     '44.2.0.192.in-addr.arpa. PTR box.example.org.')
case('record-cname', 'CSA 4', OWNER + ' CNAME csa.example.org.', 'csa.example.org. SRV 1 2 0 mail.example.org.', drop=OWNER,
     mends=False)
case('record-chain', 'RFC 1034 3.6.2', OWNER + ' CNAME a.example.org.', 'a.example.org. CNAME b.example.org.',
     'b.example.org. CNAME a.example.org.', drop=OWNER)

# Reached through an alias: the mend takes the alias away, as nothing else stands at the owner.
ALIAS = OWNER + ' CNAME csa.example.org.'


def aliased(rule, clause, *rdata, **more):
    case(rule, clause, ALIAS, *('csa.example.org. SRV ' + r for r in rdata), drop=OWNER, **more)


aliased('other-version', 'CSA 4', '2 2 0 mail.example.org.')
aliased('reserved-weight', 'CSA 4', '1 4 0 mail.example.org.')
aliased('port-number', 'CSA 4', '1 2 25 mail.example.org.')
aliased('missing-dot', 'RFC 1035 5.1', '1 2 0 mail.example.org.example.org.')
aliased('target-no-address', 'CSA 4', '1 2 0 nowhere.example.org.', mends=False)
aliased('contradiction', 'CSA 4', '1 2 0 mail.example.org.', '1 1 0 mail.example.org.', also=('pointer-unproven',))
aliased('mixed-weights', 'CSA 4', '1 2 0 mail.example.org.', '1 3 0 mail.example.org.')
aliased('several-records', 'CSA 5', '1 2 0 mail.example.org.', '1 2 1 mail.example.org.')
aliased('extra-version', 'CSA 4', '1 2 0 mail.example.org.', '2 2 0 mail.example.org.')
case('ttl-long', 'CSA 6', ALIAS, 'csa.example.org. 604800 SRV 1 2 0 mail.example.org.', drop=OWNER)
case('placeholder-target', 'CSA 5', '_client._smtp.www.example.org. CNAME csa.example.org.', 'csa.example.org. SRV 1 1 0 ns1.example.org.',
     'www.example.org. A 192.0.2.80')
case('target-not-name', 'CSA 4', '_client._smtp.box.example.org. CNAME ' + OWNER, 'box.example.org. A 192.0.2.10',
     'box.example.org. AAAA 2001:db8::10')
case('explicit-depth', 'CSA 6', '_client._smtp.a.b.c.d.e.example.org. CNAME csa.example.org.',
     'csa.example.org. SRV 1 1 1 a.b.c.d.e.example.org.')

# The alias leads nowhere.
case('explicit-uncovered', 'CSA 5', OWNER + ' CNAME gone.example.org.', drop=OWNER, also=('pointer-unproven',))
case('explicit-uncovered', 'CSA 5', '_client._smtp.box.example.org. CNAME gone.example.org.', 'box.example.org. A 192.0.2.20',
     '20.2.0.192.in-addr.arpa. PTR box.example.org.', mends=False)
case('no-record', 'CSA 5', '_client._smtp.box.example.org. CNAME gone.example.org.', 'box.example.org. A 192.0.2.20',
     '20.2.0.192.in-addr.arpa. PTR box.example.org.', drop=DOMAIN, mends=False)
case('no-record', 'CSA 5', '_client._smtp.box.example.org. CNAME gone.example.org.', 'box.example.org. A 192.0.2.20',
     'example.org. MX 20 box.example.org.', '20.2.0.192.in-addr.arpa. PTR box.example.org.', drop=DOMAIN)
case('wrong-owner', 'CSA 4', '_smtp._client.mail.example.org. SRV 1 2 0 mail.example.org.', OWNER + ' CNAME gone.example.org.',
     drop=OWNER, also=('pointer-unproven',))

# Several faults at one name: one run prints what mends them all.
aliased('reserved-weight', 'CSA 4', '1 4 0 mail.example.org.', '1 6 1 mail.example.org.')
aliased('other-version', 'CSA 4', '2 2 0 mail.example.org.', '3 2 25 mail.example.org.')
aliased('target-no-address', 'CSA 4', '1 2 0 nowhere.example.org.', '1 2 0 gone.example.org.', also=('several-records',), mends=False)
aliased('missing-dot', 'RFC 1035 5.1', '1 2 0 mail.example.org.example.org.', '1 2 0 mail.example.org.', also=('several-records',))
aliased('port-number', 'CSA 4', '1 2 25 mail.example.org.', '1 8 0 mail.example.org.', also=('reserved-weight',))
case('reserved-weight', 'CSA 4', OWNER + ' SRV 1 4 0 mail.example.org.', OWNER + ' SRV 1 2 25 mail.example.org.', drop=OWNER,
     also=('port-number',))
case('reserved-weight', 'CSA 4', OWNER + ' SRV 1 8 1 mail.example.org.')
case('reserved-weight', 'CSA 4', OWNER + ' SRV 1 8 0 mail.example.org.', OWNER + ' SRV 1 1 0 mail.example.org.', drop=OWNER,
     also=('pointer-unproven',))
case('reserved-weight', 'CSA 4', OWNER + ' SRV 1 8 0 mail.example.org.', drop=(OWNER, '10.2.0.192.in-addr.arpa.'),
     also=('reverse-missing',))
case('reserved-weight', 'CSA 4', OWNER + ' SRV 1 8 0 mail.example.org.', 'mail.example.org. A 10.0.0.1', drop=OWNER,
     also=('address-private',))
case('reserved-weight', 'CSA 4', OWNER + ' 7200 SRV 1 8 0 mail.example.org.', 'mail.example.org. 1800 A 192.0.2.10',
     'mail.example.org. 1800 AAAA 2001:db8::10', 'mail.example.org. 1800 A 10.0.0.1',
     drop=(OWNER, 'mail.example.org. A', 'mail.example.org. AAAA'), also=('address-private', 'ttl-differs'))
case('ttl-long', 'CSA 6', OWNER + ' 604800 SRV 1 2 25 mail.example.org.', OWNER + ' 604800 SRV 1 2 0 second.example.org.',
     'second.example.org. A 192.0.2.11', '11.2.0.192.in-addr.arpa. PTR mail.example.org.', drop=OWNER,
     also=('port-number', 'several-records'))
case('target-no-address', 'CSA 4', OWNER + ' SRV 1 2 0 nowhere.example.org.', 'mail.example.org. TXT "no host any more"',
     drop=(OWNER, 'mail.example.org. A', 'mail.example.org. AAAA'), also=('pointer-unproven',))
case('several-records', 'CSA 5', '_client._smtp.out.example.org. CNAME csa.example.org.', 'csa.example.org. SRV 1 2 0 mx1.example.org.',
     'csa.example.org. SRV 1 2 0 mx2.example.org.', 'mx1.example.org. A 192.0.2.31', 'mx2.example.org. A 192.0.2.32',
     'mx2.example.org. A 10.0.0.1', '31.2.0.192.in-addr.arpa. PTR out.example.org.', '32.2.0.192.in-addr.arpa. PTR out.example.org.',
     'out.example.org. A 192.0.2.32', also=('address-private',))
case('wrong-owner', 'CSA 4', '_smtp._client.mail.example.org. SRV 1 2 25 mail.example.org.',
     '_smtp._client.mail.example.org. SRV 1 8 0 mail.example.org.', drop=OWNER,
     also=('pointer-unproven', 'port-number', 'reserved-weight'))
case('wrong-owner', 'CSA 4', '_smtp._client.mail.example.org. SRV 1 1 0 mail.example.org.', drop=OWNER, also=('pointer-unproven',))
case('wrong-owner', 'CSA 4', '_smtp._client.mail.example.org. SRV 1 3 0 mail.example.org.', drop=OWNER, also=('pointer-unproven',))
case('wrong-type', 'CSA 4', OWNER + ' TXT "1 1 0 mail.example.org"', drop=OWNER, also=('pointer-unproven',))

# Records of a name that is not its own Target: nobody is refused who sends, no web server passes. OUT is the domain's own name.
WEB = ('example.org. A 192.0.2.80', '80.2.0.192.in-addr.arpa. PTR example.org.')


def domain(rule, clause, *rdata, add=(), **more):
    """The domain's record is another one, or gone; the name has the address of a web server."""
    case(rule, clause, *WEB, *(DOMAIN + ' SRV ' + r for r in rdata), *add, drop=DOMAIN, **more)


domain('other-version', 'CSA 4', '10 2 0 mail.example.org.', notes=('target-not-name',))
domain('other-version', 'CSA 4', '10 5 25 mail.example.org.', notes=('target-not-name',))
domain('other-version', 'CSA 4', '2 1 0 example.org.')
domain('other-version', 'CSA 4', '2 1 0 example.org.', add=('example.org. TXT "v=spf1 a -all"',), mends=False)
domain('other-version', 'CSA 4', '2 2 0 nowhere.example.org.', mends=False)
domain('other-version', 'CSA 4', '2 2 0 .', mends=False)
domain('other-version', 'CSA 4', '2 2 1 mail.example.org.', add=('out.example.org. A 192.0.2.20', 'example.org. TXT "v=spf1 a:out.example.org mx -all"'),
       notes=('target-not-name',))
domain('reserved-weight', 'CSA 4', '1 10 0 mail.example.org.', notes=('target-not-name',))
domain('reserved-weight', 'CSA 4', '1 10 0 mail.example.org.', add=('example.org. TXT "v=spf1 a mx -all"',), mends=False)
domain('reserved-weight', 'CSA 4', '1 5 0 mail.example.org.', mends=False)
domain('reserved-weight', 'CSA 4', '1 7 0 mail.example.org.', notes=('ignore-target',))
domain('reserved-weight', 'CSA 4', '1 8 0 mail.example.org.', '1 5 0 example.org.', mends=False)
domain('reserved-weight', 'CSA 4', '1 8 0 box.example.org.', add=('box.example.org. CNAME mail.example.org.',), also=('target-cname',),
       notes=('target-not-name',))
domain('not-csa', 'CSA 4', '1 0 25 mail.example.org.', mends=False)
domain('not-csa', 'CSA 4', '1 0 80 example.org.', mends=False)
domain('bad-rdata', 'RFC 2782', r'\# 4 00010002', mends=False)
domain('target-root', 'RFC 2782', '1 2 0 .', mends=False)
domain('target-no-address', 'CSA 4', '1 2 0 outt.example.org.', mends=False)
domain('target-no-address', 'CSA 4', '1 2 0 mial.example.org.', mends=False)
domain('missing-dot', 'RFC 1035 5.1', '1 2 0 gone.example.org.example.org.', mends=False)
domain('missing-dot', 'RFC 1035 5.1', '1 2 0 mail.example.org.example.org.', notes=('target-not-name',))
domain('record-chain', 'RFC 1034 3.6.2', add=(DOMAIN + ' CNAME a.example.org.', 'a.example.org. CNAME ' + DOMAIN), mends=False)
domain('address-private', 'RFC 6890 2.2', '1 2 0 in.example.org.', add=('in.example.org. A 10.0.0.1',), mends=False)
record('other-version', 'CSA 4', '2 1 0 mail.example.org.', mends=False)
record('reserved-weight', 'CSA 4', '1 5 0 mail.example.org.', mends=False)
record('reserved-weight', 'CSA 4', '1 10 0 ns1.example.org.', mends=False)
case('reserved-weight', 'CSA 4', OWNER + ' SRV 1 5 0 mail.example.org.')
case('target-root', 'RFC 2782', OWNER + ' SRV 1 2 0 .', also=('several-records',))
case('target-root', 'RFC 2782', '_client._smtp.ghost.example.org. SRV 1 2 0 .')
case('target-no-address', 'CSA 4', OWNER + ' SRV 1 2 0 nowhere.example.org.', also=('several-records',))
case('address-private', 'RFC 6890 2.2', OWNER + ' SRV 1 2 0 in.example.org.', 'in.example.org. A 10.0.0.1', also=('several-records',))
case('contradiction', 'CSA 4', '_client._smtp.out.example.org. SRV 1 2 0 mail.example.org.', '_client._smtp.out.example.org. SRV 1 1 0 out.example.org.',
     'out.example.org. A 192.0.2.10', 'out.example.org. AAAA 2001:db8::10')
case('contradiction', 'CSA 4', '_client._smtp.out.example.org. SRV 1 2 0 .', '_client._smtp.out.example.org. SRV 1 1 0 out.example.org.',
     'out.example.org. A 192.0.2.10', also=('target-root',))
domain('domain-open', 'CSA 5')
domain('domain-open', 'CSA 5', add=('example.org. TXT "v=spf1 a:example.org -all"',))
domain('domain-open', 'CSA 5', add=('example.org. TXT "v=spf1 a -all"',))
domain('domain-open', 'CSA 5', add=('example.org. TXT "v=spf1 ip4:192.0.2.80 -all"',))
domain('domain-open', 'CSA 5', add=('example.org. TXT "v=spf1 redirect=_spf.example.org"', '_spf.example.org. TXT "v=spf1 ip4:192.0.2.80 -all"'))
domain('domain-open', 'CSA 5', add=('example.org. A 192.0.2.81', '81.2.0.192.in-addr.arpa. PTR example.org.',
                                    'example.org. TXT "v=spf1 ip4:192.0.2.80 -all"'), mends=False)
case('domain-open', 'CSA 5', 'example.org. TXT "v=spf1 mx -all"', drop=DOMAIN)

# Records that stand where those of other services may stand, too.
case('wrong-owner', 'CSA 4', '_client._tcp.mail.example.org. SRV 1 2 0 mail.example.org.', drop=OWNER, also=('pointer-unproven',))
case('wrong-owner', 'CSA 4', '_client._tcp.box.example.org. SRV 1 2 0 mail.example.org.', notes=('target-not-name', 'reverse-other'))
case('wrong-owner', 'CSA 4', '_client.www.example.org. SRV 1 1 0 www.example.org.', 'www.example.org. A 192.0.2.80')
case('wrong-owner', 'CSA 4', '_smtp._client.mail.example.org. SRV 1 1 0 mail.example.org.', drop=(OWNER, DOMAIN), also=('pointer-unproven',), mends=False)
case('wrong-owner', 'CSA 4', '_smtp._client.mail.example.org. SRV 1 2 0 mx2.example.org.', 'example.org. MX 20 mx2.example.org.',
     'mx2.example.org. A 192.0.2.12', '12.2.0.192.in-addr.arpa. PTR mx2.example.org.', drop=(OWNER, DOMAIN), also=('pointer-unproven', 'no-record'),
     mends=False)
case('wrong-owner', 'CSA 4', '_smtp._client.example.org. SRV 1 2 1 mail.example.org.', 'out.example.org. A 192.0.2.20', *WEB,
     'example.org. TXT "v=spf1 a:out.example.org mx -all"', drop=DOMAIN, notes=('target-not-name',))
case('wrong-type', 'CSA 4', OWNER + ' TXT "1 1 0 mail.example.org"', drop=(OWNER, DOMAIN), also=('pointer-unproven',), mends=False)
case('wrong-type', 'CSA 4', DOMAIN + ' TXT "1 1 1 example.org"', *WEB, 'out.example.org. A 192.0.2.20',
     'example.org. TXT "v=spf1 a:out.example.org mx -all"', drop=DOMAIN)

# Size and time.
case('answer-size', 'CSA 6', *('farm.example.org. A 192.0.2.%d' % n for n in range(100, 140)),
     *('%d.2.0.192.in-addr.arpa. PTR farm.example.org.' % n for n in range(100, 140)),
     '_client._smtp.farm.example.org. SRV 1 2 0 farm.example.org.', mends=False)
case('many-addresses', 'CSA 6', *('farm.example.org. A 192.0.2.%d' % n for n in range(100, 118)),
     *('%d.2.0.192.in-addr.arpa. PTR farm.example.org.' % n for n in range(100, 118)),
     '_client._smtp.farm.example.org. SRV 1 2 0 farm.example.org.', mends=False)
case('ttl-differs', 'CSA 6', OWNER + ' 7200 SRV 1 2 0 mail.example.org.', 'mail.example.org. 1800 A 192.0.2.10',
     'mail.example.org. 1800 AAAA 2001:db8::10', drop=(OWNER, 'mail.example.org. A', 'mail.example.org. AAAA'))
case('ttl-soa-default', 'CSA 6', OWNER + ' 300 SRV 1 2 0 mail.example.org.', drop=OWNER)
case('ttl-soa-default', 'CSA 6', OWNER + ' 7200 SRV 1 2 0 mail.example.org.', drop=OWNER)
case('ttl-short', 'CSA 6', OWNER + ' 5 SRV 1 2 0 mail.example.org.', drop=OWNER)
case('ttl-long', 'CSA 6', OWNER + ' 604800 SRV 1 2 0 mail.example.org.', drop=OWNER)
case('ttl-long', 'CSA 6', DOMAIN + ' 604800 SRV 1 1 1 example.org.', drop=DOMAIN)

# Explicit and wildcards.
case('explicit-depth', 'CSA 6', '_client._smtp.a.b.c.d.e.example.org. SRV 1 1 1 a.b.c.d.e.example.org.')
case('explicit-tld', 'CSA 7', '_client._smtp.test. SRV 1 1 1 test.', subject='test')
case('explicit-below', 'CSA 6', DOMAIN + ' SRV 1 1 0 example.org.', '_client._smtp.lab.example.org. SRV 1 1 1 lab.example.org.',
     drop=DOMAIN, mends=False)
case('explicit-wildcard', 'CSA 5', '*.example.org. SRV 1 1 0 example.org.')
case('wildcard-record', 'CSA 5', '*.example.org. SRV 1 1 0 example.org.', DOMAIN + ' SRV 1 1 0 example.org.', drop=DOMAIN)
case('wildcard-explicit', 'CSA 4', '*.example.org. SRV 1 1 443 www.example.org.', mends=False)
case('wildcard-foreign', 'CSA 4', '*.example.org. SRV 1 0 443 www.example.org.', mends=False)
case('wildcard-foreign', 'CSA 4', '*._smtp.example.org. SRV 10 60 5060 www.example.org.', mends=False)
case('wildcard-foreign', 'CSA 4', '*.lab.example.org. SRV 0 5 5061 www.example.org.', mends=False)
case('explicit-wildcard', 'CSA 5', '*.example.org. SRV 1 2 0 mail.example.org.', '*.example.org. A 192.0.2.10', mends=False)
case('wildcard-record', 'CSA 5', '*.example.org. SRV 1 2 0 mail.example.org.', DOMAIN + ' SRV 1 1 0 example.org.', drop=DOMAIN, mends=False)

# The name and its neighbours.
case('name-underscore', 'RFC 5321 4.1.2', 'mail_1.example.org. A 192.0.2.21',
     '_client._smtp.mail_1.example.org. SRV 1 2 0 mail_1.example.org.', '21.2.0.192.in-addr.arpa. PTR mail-1.example.org.',
     'mail_1.example.org. PTR _vouch._smtp.accred.example.', 'mail-1.example.org.accred.example. TXT "MARID,1,A"',
     notes=('pointer-single', 'underscore-kept'))
case('name-underscore', 'RFC 5321 4.1.2', 'mail_1.example.org. A 192.0.2.21', 'mail-1.example.org. A 192.0.2.99',
     '_client._smtp.mail_1.example.org. SRV 1 2 0 mail_1.example.org.', mends=False)
case('name-underscore', 'RFC 5321 4.1.2', 'mail_1.example.org. A 192.0.2.21',
     '_client._smtp.mail_1.example.org. SRV 1 1 0 mail_1.example.org.', mends=False)
case('underscore-kept', 'RFC 5321 4.1.2', 'mx_two.example.org. A 192.0.2.21', 'example.org. MX 20 mx_two.example.org.', mends=False)
case('name-single-label', 'RFC 5321 2.3.5', mends=False, subject='mail')
case('name-literal', 'RFC 5321 4.1.4', mends=False, subject='[192.0.2.10]')
case('name-literal', 'RFC 5321 4.1.4', mends=False, subject='192.0.2.10')
case('name-not-ascii', 'RFC 5890 2.3.2.1', mends=False, subject='m\u00fcller.example.org')
case('name-bad-alabel', 'RFC 5890 2.3.2.1', 'xn--0.example.org. A 192.0.2.22', '22.2.0.192.in-addr.arpa. PTR xn--0.example.org.',
     '_client._smtp.xn--0.example.org. SRV 1 2 0 xn--0.example.org.', mends=False)
case('name-syntax', 'RFC 5321 4.1.2', mends=False, subject='mail-.example.org')
case('name-syntax', 'RFC 5321 4.1.2', mends=False, subject='mail.example.123')
case('name-too-long', 'CSA 4', mends=False, subject='.'.join(['a' * 50] * 5))
case('no-such-name', 'RFC 5321 2.3.5', mends=False, subject='nothing.example.org')
case('below-dname', 'RFC 6672 2.4', 'box.example.org. A 192.0.2.20', 'box.example.org. DNAME example.net.', mends=False, subject='box.example.org')
case('helo-cname', 'RFC 5321 2.3.5', 'box.example.org. CNAME mail.example.org.',
     '_client._smtp.box.example.org. SRV 1 2 0 mail.example.org.')
case('helo-cname', 'RFC 5321 2.3.5', '*.example.org. CNAME mail.example.org.', 'example.org. MX 20 box.example.org.',
     drop=DOMAIN, mends=False, also=('no-record',))
case('helo-no-address', 'RFC 5321 4.1.1.1', '_client._smtp.box.example.org. SRV 1 2 0 two.example.org.', 'two.example.org. A 192.0.2.11',
     '11.2.0.192.in-addr.arpa. PTR two.example.org.', 'two.example.org. A 10.0.0.1', also=('address-private',),
     notes=('target-not-name', 'reverse-other'))
case('helo-no-address', 'RFC 5321 4.1.1.1', 'box.example.org. TXT "a box"',
     '_client._smtp.box.example.org. SRV 1 2 0 mail.example.org.')
case('reverse-missing', 'RFC 1912 2.1', drop='10.2.0.192.in-addr.arpa.')
case('reverse-missing', 'RFC 1912 2.1', drop='0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.')
case('reverse-unconfirmed', 'RFC 8601 3', '10.2.0.192.in-addr.arpa. PTR gone.example.org.', drop='10.2.0.192.in-addr.arpa.')
case('reverse-unconfirmed', 'RFC 8601 3', '10.2.0.192.in-addr.arpa. PTR ns1.example.org.', drop='10.2.0.192.in-addr.arpa.')
case('reverse-other', 'RFC 8601 3', '10.2.0.192.in-addr.arpa. PTR out.example.org.', 'out.example.org. A 192.0.2.10',
     drop='10.2.0.192.in-addr.arpa.', mends=False)

# Pointers, services, reports.
case('pointer-prefix', 'DNA 7', 'mail.example.org. PTR _vouch.other.example.', 'mail.example.org.other.example. TXT "MARID,1,A"',
     subject='mail.example.org', notes=('service-no-access',))
case('pointer-prefix', 'DNA 7', 'mail.example.org. PTR accred.example.', drop='mail.example.org. PTR _vouch._smtp.accred.example.',
     subject='mail.example.org')
case('pointer-prefix', 'DNA 7', 'mail.example.org. PTR _smtp._vouch.accred.example.',
     drop='mail.example.org. PTR _vouch._smtp.accred.example.')
case('pointer-no-service', 'DNA 6', 'mail.example.org. PTR _vouch._smtp.')
LONG_SERVICES = ['%s.%s%d.example.' % ('x' * 60, 'y' * 40, n) for n in range(4)]
case('pointers-size', 'DNA 3', *('mail.example.org. PTR _vouch._smtp.' + service for service in LONG_SERVICES),
     *('mail.example.org.%s TXT "MARID,1,A"' % service for service in LONG_SERVICES))
case('pointers-many', 'DNA 3', *('mail.example.org. PTR _vouch._smtp.s%d.example.' % n for n in range(7)),
     *('mail.example.org.s%d.example. TXT "MARID,1,A"' % n for n in range(7)))
case('pointer-single', 'DNA 3', drop='mail.example.org. PTR _vouch._smtp.rating.example.', mends=False)
case('pointer-unproven', 'DNA 5', 'www.example.org. PTR _vouch._smtp.accred.example.',
     'www.example.org.accred.example. TXT "MARID,1,A"', '_client._smtp.www.example.org. SRV 1 1 0 www.example.org.')
case('pointer-unproven', 'DNA 5', 'www.example.org. PTR _vouch._smtp.accred.example.', 'www.example.org. A 192.0.2.80',
     '80.2.0.192.in-addr.arpa. PTR www.example.org.', DOMAIN + ' SRV 1 1 0 example.org.',
     'www.example.org.accred.example. TXT "MARID,1,A"', drop=DOMAIN)
case('pointer-not-inherited', 'DNA 7', 'example.org. PTR _vouch._smtp.accred.example.',
     'example.org.accred.example. TXT "MARID,1,A"', drop='mail.example.org. PTR', also=('pointer-unproven',))
case('pointer-too-long', 'DNA 6', 'mail.example.org. PTR _vouch._smtp.%s.example.' % '.'.join(['s' * 57] * 4))
case('service-dead', 'DNA 7', 'mail.example.org. PTR _vouch._smtp.gone.example.')
case('service-unlisted', 'DNA 6', drop='mail.example.org.accred.example.', notes=('pointer-single',))
case('service-unlisted', 'DNA 6', 'mail.example.org.accred.example. TXT "hello"', drop='mail.example.org.accred.example.',
     notes=('pointer-single',))
case('service-untrusting', 'DNA 6', 'mail.example.org.accred.example. TXT "MARID,1,E;spam"', drop='mail.example.org.accred.example.',
     notes=('pointer-single',))
case('service-untrusting', 'DNA 6', 'mail.example.org.accred.example. TXT "MARID,1,D"', drop='mail.example.org.accred.example.',
     notes=('pointer-single',))
case('service-neutral', 'DNA 6', 'mail.example.org.accred.example. TXT "MARID,1,C"', drop='mail.example.org.accred.example.',
     mends=False)
case('service-no-access', 'DNA 4', drop='_vouch._smtp.accred.example.', mends=False)
case('report-unparsable', 'DNA 6', 'mail.example.org.accred.example. TXT "MARID, 1, A"', drop='mail.example.org.accred.example.')
case('report-unparsable', 'DNA 6', 'mail.example.org.accred.example. TXT "marid,1,b;ok"', drop='mail.example.org.accred.example.')
case('report-unparsable', 'DNA 6', 'other.example.net.accred.example. TXT "MARID,2,A"', subject='example.')
case('report-several', 'DNA 7', 'mail.example.org.accred.example. TXT "MARID,1,B"')
case('report-several', 'DNA 7', 'x.example.net.accred.example. TXT "MARID,1,B"', 'x.example.net.accred.example. TXT "MARID,1,D"',
     subject='example.')
case('report-collision', 'DNA 7', 'org.example. A 192.0.2.99', 'mail.test.org.example. TXT "MARID,1,A"', subject='example.')

# Worlds that look odd and are right: lines added, owners dropped. Nothing louder than a note.
QUIET = [
    ('elsewhere', ['_client._smtp.cloud.example.org. SRV 1 3 0 cloud.example.org.'], []),
    ('elsewhere, with a pointer', ['_client._smtp.cloud.example.org. SRV 1 3 0 cloud.example.org.',
                                   'cloud.example.org. PTR _vouch._smtp.accred.example.',
                                   'cloud.example.org.accred.example. TXT "MARID,1,A"'], []),
    ('domain that sends', ['_client._smtp.example.org. SRV 1 2 1 example.org.', 'example.org. A 192.0.2.40',
                           '40.2.0.192.in-addr.arpa. PTR example.org.'], ['_client._smtp.example.org.']),
    ('disowned subtree', ['_client._smtp.lab.example.org. SRV 1 1 1 lab.example.org.'], []),
    ('repeated bit', [OWNER + ' SRV 1 2 1 mail.example.org.'], [OWNER]),
    ('never sends', ['_client._smtp.www.example.org. SRV 1 1 0 www.example.org.', 'www.example.org. A 192.0.2.80'], []),
    ('exchanger elsewhere', ['example.org. MX 30 host.test.'], []),
    ('null exchanger', ['example.org. MX 0 .'], ['example.org. MX']),
    ('own TLS records', ['_submission._tcp.example.org. SRV 0 1 587 mail.example.org.', '_smtp._tls.example.org. TXT "v=TLSRPTv1"'],
     []),
    ('six pointers', ['mail.example.org. PTR _vouch._smtp.s%d.example.' % n for n in range(4)] +
     ['mail.example.org.s%d.example. TXT "MARID,1,A"' % n for n in range(4)], []),
    ('underscore service', ['mail.example.org. PTR _vouch._smtp.csv_vouch.example.',
                            'mail.example.org.csv_vouch.example. TXT "MARID,1,B"'], []),
    ('other TXT beside the report', ['mail.example.org.accred.example. TXT "v=spf1 -all"'], []),
    ('A-label', ['xn--mller-kva.example.org. A 192.0.2.31', '_client._smtp.xn--mller-kva.example.org. SRV 1 2 0 xn--mller-kva.example.org.',
                 '31.2.0.192.in-addr.arpa. PTR xn--mller-kva.example.org.'], []),
    ('level six', ['_client._smtp.b.c.d.e.example.org. SRV 1 1 1 b.c.d.e.example.org.'], []),
    ('wildcard addresses', ['*.example.org. A 192.0.2.10'], []),
    ('wildcard of SPF', ['*.example.org. TXT "v=spf1 -all"'], [DOMAIN]),
    ('wildcard alias', ['*.example.org. CNAME www.example.org.', 'www.example.org. A 192.0.2.80', 'www.example.org. TXT "v=spf1 -all"'],
     [DOMAIN]),
    ('wildcard that reads as a record', ['*.example.org. TXT "1 2 0 example.org"'], [DOMAIN]),
    ('another text', ['_client._smtp.www.example.org. TXT "v=spf1 -all"', 'www.example.org. A 192.0.2.80'], []),
    ('exchanger with an underscore', ['example.org. MX 20 mx_two.example.org.', 'mx_two.example.org. A 192.0.2.21'], []),
    ('Port 2', [OWNER + ' SRV 1 2 2 mail.example.org.'], [OWNER]),
    ('printer', ['office\\032printer._http._tcp.example.org. SRV 0 0 80 ns1.example.org.'], []),
    ('clients of other services', ['_client._tcp.box.example.org. SRV 1 1 5223 mail.example.org.', 'box.example.org. A 192.0.2.33',
                                   '_client._tcp.box.example.org. SRV 1 2 0 box.example.org.', '_smtp.box.example.org. SRV 10 2 25 mail.example.org.',
                                   '_client._udp.box.example.org. SRV 1 2 0 host.test.'], []),
    ('two PTR names', ['10.2.0.192.in-addr.arpa. PTR other.example.org.'], []),
]

# Answers in trouble: zone, OWNER TYPE FAULT. No rule may speak of absence, and the result is not complete.
TROUBLE = [
    ('example.org.', '_client._smtp.mail SRV servfail'), ('example.org.', '_client._smtp.mail SRV timeout'),
    ('example.org.', '_client._smtp.mail SRV truncated'), ('example.org.', 'mail A servfail'),
    ('example.org.', 'mail AAAA timeout'), ('example.org.', 'mail PTR refused'), ('example.org.', '@ MX servfail'),
    ('example.org.', '_client._smtp SRV servfail'), ('example.org.', 'mail CNAME servfail'),
    ('example.org.', '@ SOA servfail'), ('2.0.192.in-addr.arpa.', '10 PTR servfail'), ('2.0.192.in-addr.arpa.', '10 PTR timeout'),
    ('example.', '_vouch._smtp.accred SRV servfail'),
]

# A mistake beside answers in trouble: lines, faults, and what the mend publishes: nothing that rests on what is not known.
BOTH = ['mail A servfail', 'mail AAAA servfail']
UNKNOWN = [
    ('weight', [OWNER + ' SRV 1 8 0 mail.example.org.'], BOTH, [OWNER + ' 3600 IN SRV 1 2 0 mail.example.org.']),
    ('no record', [], BOTH, [OWNER + ' 3600 IN SRV 1 2 0 mail.example.org.'] * 2),
    ('alias', [OWNER + ' SRV 1 2 0 alias.example.org.', 'alias.example.org. CNAME mail.example.org.'], BOTH, []),
    ('private', [OWNER + ' SRV 1 2 0 inner.example.org.', 'inner.example.org. A 10.0.0.1'], ['inner AAAA servfail'], []),
    ('several', [OWNER + ' SRV 1 2 0 mail.example.org.', OWNER + ' SRV 1 2 0 other.example.org.', 'other.example.org. A 192.0.2.10'],
     ['other AAAA timeout'], []),
]
