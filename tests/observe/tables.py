"""tables.py - configurations in many forms, read by observe and by the MTA itself."""
import os
import re
import shutil
import subprocess

import world as w

MASTER = 'smtp unix - - n - - smtp\n'

# (main.cf, master.cf)
POSTFIX = [
    ('', MASTER),
    ('mydomain = example.com\n', MASTER),
    ('myhostname = mail.example.org\n', MASTER),
    ('myhostname = a.example.org\nmyhostname = b.example.org\n', MASTER),
    ('mydomain = example.org\nmyhostname = mail.$mydomain\nsmtp_helo_name = out.$mydomain\n', MASTER),
    ('mydomain = example.org\nsmtp_helo_name = ${mydomain}\n', MASTER),
    ('mydomain = example.org\nsmtp_helo_name = $(mydomain)\n', MASTER),
    ('myhostname = mail.example.org\nsmtp_helo_name = out.$mydomain\n', MASTER),
    ('myhostname =\n  mail.example.org\n# x\n\n  # y\nsmtp_helo_name\t=\tout.example.org  \n', MASTER),
    ('mail = mail\nx = ${mail?{$mail.example.org}:{no.example.org}}\nsmtp_helo_name = $x\n', MASTER),
    ('mail =\nsmtp_helo_name = ${mail?{$mail.example.org}:{no.example.org}}\n', MASTER),
    ('mail =\nsmtp_helo_name = ${mail:no.example.org}\n', MASTER),
    ('mail = x\nsmtp_helo_name = ${mail?yes.example.org}\n', MASTER),
    ('mail = x\nsmtp_helo_name = ${{$mail} == {x} ? {same.example.org} : {other.example.org}}\n', MASTER),
    ('mail = x\nsmtp_helo_name = ${{$mail} != {x} ? {same.example.org} : {other.example.org}}\n', MASTER),
    ('mail = 10\nsmtp_helo_name = ${{$mail} > {9} ? {more.example.org} : {less.example.org}}\n', MASTER),
    ('mail = $other\nother = x\nsmtp_helo_name = h${mail}.example.org\n', MASTER),
    ('smtp_helo_name = out.example.org\nsmtp_bind_address = 192.0.2.10\nsmtp_bind_address6 = 2001:db8::10\n', MASTER),
    ('smtp_bind_address = 10.1.2.3\nmyhostname = mail.example.org\n', MASTER),
    ('myhostname = mail.example.org\n', MASTER + 'bulk unix - - n - - smtp -o smtp_helo_name=bulk.example.org\n'),
    ('myhostname = mail.example.org\n', MASTER + 'bulk unix - - n - - smtp\n  -o { smtp_helo_name = bulk.example.org }\n'
     '  -o smtp_bind_address=192.0.2.11\n# no\n  -o smtp_bind_address6=2001:db8::10\n'),
    ('myhostname = mail.example.org\n', 'bulk unix - - n - - smtp -o myhostname=bulk.example.org\n' + MASTER),
    ('myhostname = mail.example.org\nbulk_name = b.example.org\n',
     'bulk unix - - n - - smtp -o smtp_helo_name=$bulk_name\nsmtp inet n - n - - smtpd -o myhostname=no.example.org\n' +
     MASTER),
]


def postconf(folder, *arguments):
    done = subprocess.run([w.POSTFIX + '/usr/sbin/postconf', '-c', folder, *arguments], check=True, capture_output=True,
                          text=True, env={**os.environ, 'LD_LIBRARY_PATH': w.POSTFIX + '/usr/lib/postfix'})
    return done.stdout.splitlines()


def of_postfix(folder):
    """What postconf says of all smtp transports, as observe says it: {HELO name: addresses}."""
    overrides = {}
    for line in postconf(folder, '-P'):
        service, option = line.split(' = ')[0].rsplit('/', 1), line.split(' = ', 1)[1]
        overrides.setdefault(service[0], []).append('%s=%s' % (service[1], option))
    found = {}
    for line in postconf(folder, '-M'):
        fields = line.split()
        if line.startswith(' ') or fields[7] != 'smtp':
            continue
        options = sum((['-o', option] for option in overrides.get('/'.join(fields[:2]), [])), [])
        name, *addresses = postconf(folder, *options, '-xh', 'smtp_helo_name', 'smtp_bind_address', 'smtp_bind_address6')
        found.setdefault(name, set()).update(a for a in addresses if a and not a.startswith('10.'))
    return {name: sorted(addresses) for name, addresses in found.items()}


def play_postfix(report, place):
    for number, (main, master) in enumerate(POSTFIX):
        folder = os.path.dirname(place.write('postfix-%d/main.cf' % number, 'compatibility_level = 3.6\n' + main))
        place.write('postfix-%d/master.cf' % number, master)
        expected = {name: addresses for name, addresses in of_postfix(folder).items() if not name.endswith('.localdomain')}
        seen = w.observed('--postfix', folder)
        report.equal('postfix %d: %r' % (number, main), w.hosts_of(seen), expected)
        if not expected:
            report.is_true('postfix %d: why not' % number, 'local use' in w.remarks_of(seen), seen)


TYPES = {'internet': ('', ''), 'smarthost': ('', 'relay.example.net'), 'satellite': ('read.example.org', 'relay.example.net'),
         'local': ('', '')}
MACROS = [
    '',
    'MAIN_HARDCODE_PRIMARY_HOSTNAME = mx.example.org\n',
    'REMOTE_SMTP_HELO_DATA = out.example.org\n',
    'OUR = example.org\nREMOTE_SMTP_HELO_DATA = out.OUR\nREMOTE_SMTP_INTERFACE = 192.0.2.10\n',
    'REMOTE_SMTP_HELO_DATA = out-$primary_hostname\nREMOTE_SMTP_INTERFACE = <; 192.0.2.10 ; 2001:db8::10\n',
    'REMOTE_SMTP_INTERFACE = 192.0.2.11 : 2001::db8::::10\n',
    'REMOTE_SMTP_HELO_FROM_DNS = yes\n',
    '.ifdef NOTHING\nREMOTE_SMTP_HELO_DATA = a.example.org\n.elifdef OTHER\n.else\nREMOTE_SMTP_HELO_DATA = b.example.org\n.endif\n',
    '.ifndef NOTHING\n.ifdef ALSO\n.else\nREMOTE_SMTP_HELO_DATA = c\\\n  .example.org\n.endif\n.endif\n',
    'OURNAME = one.example.org\nOURNAME == two.example.org\nREMOTE_SMTP_HELO_DATA = OURNAME\n',
]


def generate(place, name, kind, split, macros):
    """A folder like /etc/exim4, and what Debian's own script makes of it."""
    folder = place.path(name, 'exim4')
    shutil.copytree(w.EXIM + '/etc/exim4', folder)
    readhost, smarthost = TYPES[kind]
    place.write(name + '/exim4/update-exim4.conf.conf', ''.join("%s='%s'\n" % pair for pair in (
        ('dc_eximconfig_configtype', kind), ('dc_other_hostnames', ''), ('dc_local_interfaces', '127.0.0.1 ; ::1'),
        ('dc_readhost', readhost), ('dc_relay_domains', ''), ('dc_minimaldns', 'false'), ('dc_relay_nets', ''),
        ('dc_smarthost', smarthost), ('dc_use_split_config', 'true' if split else 'false'), ('dc_hide_mailname', ''),
        ('dc_mailname_in_oh', 'true'), ('dc_localdelivery', 'mail_spool'))))
    place.write(name + ('/exim4/conf.d/main/000_localmacros' if split else '/exim4/exim4.conf.localmacros'), macros)
    with open(w.EXIM + '/usr/sbin/update-exim4.conf', encoding='utf-8') as file:
        script = file.read().replace('/etc/mailname', place.write('mailname', 'example.org\n'))
    script = script.replace('/etc/exim4/exim4.conf.localmacros', folder + '/exim4.conf.localmacros')
    generated = place.path(name, 'config.autogenerated')
    w.said(['sh', place.write('update-exim4.conf', script), '-d', folder, '-o', generated])
    os.chmod(generated, 0o644)
    return folder, generated


def of_exim(config):
    """What Exim says of remote_smtp: (HELO name or None, addresses)."""
    program = w.EXIM + '/usr/sbin/exim4'
    options = w.said([program, '-C', config, '-bP', 'transport', 'remote_smtp'])
    helo, interface = (re.search(r'^%s = ?(.*)$' % name, options, re.M).group(1) for name in ('helo_data', 'interface'))
    if 'lookup' in helo:
        return None, []
    name = w.said([program, '-C', config, '-be', helo or '$primary_hostname']).strip()
    text = interface[2:].split(interface[1]) if interface.startswith('<') else \
        [item.replace('\0', ':') for item in interface.replace('::', '\0').split(':')]
    return name, sorted(item.strip() for item in text if item.strip())


def play_exim_debian(report, place):
    for number, macros in enumerate(MACROS):
        for split in (True, False):
            name = 'exim-%d-%s' % (number, 'split' if split else 'one')
            folder, generated = generate(place, name, 'internet', split, macros)
            helo, addresses = of_exim(generated)
            expected = {} if helo is None else {helo: addresses}
            for given in (folder, generated):
                seen = w.observed('--exim', given)
                report.equal('%s %s: %r' % (name, os.path.basename(given), macros), w.hosts_of(seen), expected)
                report.is_true('%s %s: an expansion is told' % (name, os.path.basename(given)),
                               ('worked out for each connection' in w.remarks_of(seen)) == (helo is None), seen)


def play_exim_types(report, place):
    """Only the type "internet" delivers to others."""
    for kind, (_, smarthost) in TYPES.items():
        for split in (True, False):
            folder, generated = generate(place, 'exim-%s-%s' % (kind, split), kind, split, '')
            for given in (folder, generated):
                status, out, err = w.observe('--exim', given)
                report.equal('exim %s %s: exit' % (kind, given), status, 0 if kind == 'internet' else 1)
                if smarthost:
                    report.is_true('exim %s: smart host' % kind, 'hands all mail over to * ' + smarthost in out + err, err)


# Lines of sendmail.mc; (HELO name, addresses) is what comes of them.
SENDMAIL = [
    "define(`confDOMAIN_NAME', `mail.example.org')dnl\n",
    "define(`confDOMAIN_NAME', `$w.example.com')dnl\n",
    "dnl define(`confDOMAIN_NAME', `no.example.org')dnl\n",
    "define(`confDOMAIN_NAME', `a.example.org')dnl\ndefine(`confDOMAIN_NAME', `b.example.org')dnl\n",
    "define(`confDOMAIN_NAME', `mail.example.org')dnl\nCLIENT_OPTIONS(`Family=inet, Address=192.0.2.10')dnl\n",
    "CLIENT_OPTIONS(`Family=inet6, Addr=2001:db8::10')dnl\nCLIENT_OPTIONS(`Addr=192.0.2.11')dnl\n",
    "CLIENT_OPTIONS(`Addr=0.0.0.0')dnl\n",
    "LOCAL_CONFIG\nDj$w.local-config.example.org\n",
]


def make_cf(place, name, text):
    """(path of the .mc, path of the .cf that m4 makes of it)."""
    mailers = "MAILER(`local')dnl\nMAILER(`smtp')dnl\n"
    at = text.find('LOCAL_CONFIG')
    text = text + mailers if at < 0 else text[:at] + mailers + text[at:]
    source = place.write(name + '.mc', "divert(0)dnl\n# it is no comment: define(`confDOMAIN_NAME', `hash.example.org')dnl\nOSTYPE(`linux')dnl\n" + text)
    macros = w.SENDMAIL + '/usr/share/sendmail/cf/'
    return source, place.write(name + '.cf', w.said(['m4', '-D_CF_DIR_=' + macros, macros + 'm4/cf.m4', source]))


def of_sendmail(config):
    """$j as Sendmail has it, with what it holds put in."""
    def macro(name):
        text = w.said(['sh', '-c', 'echo \'$%s\' | "$0" -C "$1" -bt' % name, w.SENDMAIL_PROGRAM, config],
                      env={**os.environ, 'LD_LIBRARY_PATH': w.SENDMAIL_LIBRARIES})
        return re.search(r'^> (.*)$', text, re.M).group(1)
    name = macro('j')
    return name.replace('$w', macro('w')) if '$w' in name else name


def play_sendmail(report, place):
    for number, text in enumerate(SENDMAIL):
        source, config = make_cf(place, 'sendmail-%d' % number, text)
        addresses = sorted(set(re.findall(r'Addr(?:ess)?=([0-9a-f.:]+)', text)) - {'0.0.0.0'})
        expected = {of_sendmail(config): addresses}
        for given in (source, config):
            report.equal('sendmail %s: %r' % (os.path.basename(given), text), w.hosts_of(w.observed('--sendmail', given)),
                         expected)


CASES = [play_postfix, play_exim_debian, play_exim_types, play_sendmail]
