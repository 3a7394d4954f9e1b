#!/usr/bin/python3
"""Manuals and code say the same: options, sub-commands, functions and words are compared both ways; the manuals lint
clean; and every command that stands behind "$ " in a Markdown document is run, its output compared.

In an expected output "..." stands for anything within a line, and a line "..." for any number of lines.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path += [os.path.join(ROOT, 'tests', name) for name in ('mta', 'servers')]

import private  # noqa: E402


def read(path):
    with open(os.path.join(ROOT, path), encoding='utf-8') as file:
        return file.read()


def compare(what, code, manual):
    """Two sets that must be equal."""
    for name in sorted(code - manual):
        yield '%s: %s is in the code, not in the manual' % (what, name)
    for name in sorted(manual - code):
        yield '%s: %s is in the manual, not in the code' % (what, name)


def lint():
    for path in sorted(glob.glob(ROOT + '/man/*.[1-8]')):
        done = subprocess.run(['mandoc', '-Tlint', '-W', 'warning', path], stdout=subprocess.PIPE, check=False)
        yield from done.stdout.decode().splitlines()


ROW = re.compile(r'\{"([a-z0-9_.]+)",\s*CONF_(\w+),\s*(IN_(\w+)|POINTS)\(([\w.\[\]]+)\),\s*(-?\w+),\s*([\w -]+),\s*"([^"]*)",'
                 r'\s*(\w+),\s*CONF_(RELOAD|RESTART),\s*"')
CONSTANTS = {'VOUCH_REPORTS_MAX': '6'}
KINDS = {'BOOL': 'yes | no', 'OCTAL': 'octal', 'TOKEN': 'name', 'KEYWORD': 'keyword', 'CLASS': 'class', 'STRING': 'text',
         'PATH': 'file', 'STRINGS': '{ text, ... }', 'PATHS': '{ file, ... }', 'WORDS': '{ name, ... }',
         'NETWORKS': '{ network, ... }', 'EXEMPTIONS': '{ exemption, ... }', 'CODES': '{ code, ... }'}


def rows():
    """(name, what it may be, default, change class) of each option of the tables; in a titled section, section.name."""
    text = read('src/conf/options.c') + read('src/conf/sections.c')
    words = {name: ' | '.join(re.findall(r'"([\w-]+)"', body))
             for name, body in re.findall(r'struct conf_word (\w+)\[\] = \{(.*?)\{0\}\}', text, re.S)}
    for name, kind, _, place, _, low, high, default, table, change in ROW.findall(text):
        if place not in ('', 'CONF'):
            name = place.lower() + '.' + name
        if kind in ('MILLI', 'SECONDS'):
            low, high = ['%g' % (int(bound) / 1000) for bound in (low, high)]
        shape = words[table] if kind == 'WORD' else KINDS.get(kind, '%s to %s' % (low, CONSTANTS.get(high, high)))
        yield name, shape, default if not name.startswith('profile.') else '', change


def manual_rows():
    """The same of vouchsafe.conf(5). A profile's defaults are what stands at the top."""
    section = ''
    for part in re.split(r'^(?=\.Ss |\.Sh |\.It Va )', read('man/vouchsafe.conf.5'), flags=re.M):
        head = re.match(r'\.S[sh] (?:Section (\w+))?', part)
        if head:
            section = head.group(1) + '.' if head.group(1) else ''
        item = re.match(r'\.It Va (\w+) = (.*)$', part, re.M)
        if item:
            default = re.search(r'^Default:\n\.Cm (.+) \.$', part, re.M)
            yield section + item.group(1), item.group(2), default.group(1).replace('\\-', '-').replace('\\&', '') if default else '', \
                'RESTART' if re.search(r'^Needs a restart\.$', part, re.M) else 'RELOAD'


def options():
    """The option tables against vouchsafe.conf(5): names, what they may be, defaults, what needs a restart."""
    code, manual = list(rows()), list(manual_rows())
    in_code = sum(len(re.findall(r'^    \{"[a-z0-9_.]+", CONF_[A-Z]+,', read(path), re.M))
                  for path in ('src/conf/options.c', 'src/conf/sections.c'))
    if len(code) != in_code or len(code) < 80:
        yield 'options: %d of %d rows understood' % (len(code), in_code)
    yield from compare('option', {row[0] for row in code}, {row[0] for row in manual})
    for what, column in [('values', 1), ('default', 2), ('change', 3)]:
        yield from compare(what, *[{row[0] + ' = ' + row[column] for row in side} for side in (code, manual)])
    if len(manual) != len({row[0] for row in manual}):
        yield 'vouchsafe.conf(5): an option stands there twice'


def configurations(build):
    """What vouchsafe config prints is read by it, states every option once, and is the file that we ship."""
    printed = {verb: subprocess.run([build + '/vouchsafe', 'config', verb], stdout=subprocess.PIPE, check=True).stdout.decode()
               for verb in ('defaults', 'sample')}
    if printed['sample'] != read('contrib/vouchsafe.conf'):
        yield 'contrib/vouchsafe.conf is not what vouchsafe config sample prints'
    for verb, text in printed.items():
        found, section = [], ''
        for line in text.split('\n# An alternate server')[0].splitlines():
            opened = re.match(r'#?(\w+)( "[^"]*")? \{$', line)
            option = re.match(r'#? *#?(\w+) = ', line)
            if opened:
                section = opened.group(1) + '.'
            elif re.match(r'#?\}$', line):
                section = ''
            elif option:
                found.append(section + option.group(1))
        known = {row[0] for row in rows()}
        yield from compare('config ' + verb, known, set(found))
        if len(found) != len(known) + (verb == 'sample'):  # its second listener
            yield 'config %s: an option stands there twice' % verb
    yield from uncommented(build, printed['sample'])


def uncommented(build, sample):
    """The sample with its examples in force, the built-in defaults as they stand there."""
    text = re.sub(r'^( {4}|)#(\w|\}| {4})', r'\1\2', sample, flags=re.M).replace('"NAME"', '"x.example"').replace('"DOMAIN"', '"x.example"')
    if '\nprofile "strict" {\n' not in text or '\ndomain "csv.example.net" {\n    profile = strict\n' not in text:
        yield 'config sample: the alternate server is missing'
    with tempfile.NamedTemporaryFile('w', suffix='.conf') as file:
        file.write(text + '\ndns { trust_anchor = none }\n')
        file.flush()
        done = subprocess.run([build + '/vouchsafe', 'config', 'check', file.name], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            yield 'config sample, examples in force: ' + done.stdout.decode()


def command_line():
    """Sub-commands, and options of check and of the publisher's tools, against vouchsafe(1)."""
    manual = read('man/vouchsafe.1')
    yield from compare('command', set(re.findall(r'^    \{"(\w+)", "', read('src/tool/main.c'), re.M)) | {'version', 'help'},
                       set(re.findall(r'^\.It Cm (\w+)$', manual.split('.Ss Options of check')[0], re.M)))
    for tool in ('lint', 'observe', 'publish', 'watch'):
        section = re.search(r'^\.Ss Options of %s$.*?^\.S[sh] ' % tool, manual, re.M | re.S).group()
        named = set(re.findall(r'[a-z-]+', ' '.join(re.findall(r'^\.Fl Fl (.*)$', section, re.M))))  # as of another tool
        items = set(re.findall(r'^\.It Fl Fl ([a-z-]+)', section, re.M))
        code = set(re.findall(r'"--([a-z-]+)"', read('src/tool/%s/%s.c' % (tool, tool))))
        yield from compare('option of ' + tool, code, items | (code & named))
    yield from compare('option of check', set(re.findall(r'\{"([a-z-]+)", (?:no|required)_argument', read('src/tool/check.c'))),
                       set(re.findall(r'^\.It Fl Fl ([a-z-]+)', re.search(r'^\.Ss Options of check$.*?^\.S[sh] ', manual, re.M | re.S).group(), re.M)))
    synopsis = re.search(r'^\.Nm vouchsafe watch\n(.*?)^\.Nm ', manual, re.M | re.S).group(1)
    yield from compare('option of watch', set(re.findall(r'"--([a-z-]+)"', read('src/tool/watch/watch.c'))),
                       set(re.findall(r'^\.Op Fl Fl ([a-z-]+)', synopsis, re.M)))


LIMITS = {'PORT_ZERO': 'SRV port 0', 'SRV_APEX': "SRV below the zone's name", 'SRV_FORM': '`_smtp` in its form', 'NO_SRV': 'SRV',
          'NO_PTR': 'PTR', 'NULL_TARGET': 'target `.`', 'TTL_LOWEST': 'TTL below %s'}


PICTURES = {'PARTS': 'A', 'NAME': 'B', 'VALUE': 'C', 'PRIORITY': 'D', 'ZONE': 'E', 'FILE': 'F'}
ENTERED = {'o': '_client._smtp.mail', 'f': '_client._smtp.mail.example.org', 'h': 'mail', 'b': 'mail', 'p': '1', 'w': '2', 'n': '0',
           't': 'mail.example.org', 's': '3600'}


def picture(fields):
    """The picture that a form looks like, by its fields."""
    values = [value.rstrip('.') for _, value in fields]
    if '%p %w %n %t' in values:
        return 'C'
    if '%w %n %t' in values:
        return 'D'
    if {'%o', '%f'} & set(values):
        return 'B'
    return 'A' if {'%h', '%b'} & set(values) else 'E'


def forms(code):
    """(hoster, letter of its picture, its fields, who said so) of each form in hoster.c."""
    said = dict(re.findall(r'\[HOSTER_(SAID_BY_\w+)\] = "(.*?)"', code))
    said['GUIDE'] = said['SAID_BY_GUIDE'] + ': ' + re.search(r'#define GUIDE HOSTER_SAID_BY_GUIDE, "(.*)"', code).group(1)
    for hoster, name, text, source, where in re.findall(
            r'\{"(\w+)", HOSTER_PICTURE_(\w+),\s*((?:"[^"]*"\s*)+),\s*(?:HOSTER_)?(\w+)(?:,\s*((?:"[^"]*"\s*)+))?\}', code):
        text, where = (''.join(re.findall('"(.*?)"', part)) for part in (text, where))
        fields = [tuple(field.split('=')) for field in text.split('|')] if name != 'FILE' else text
        yield hoster, PICTURES[name], fields, said[source] + (': ' + where if where else '')


def rows_below(document, head):
    """The rows of a table as a set."""
    rule = '|---' * head.count(' | ') + '|---|'
    return set(document.split('%s\n%s\n' % (head, rule))[1].split('\n\n')[0].splitlines())


def hosters_forms(code, document, limited):
    """The pictures of publishing.md, which hoster has which, and the hosters whose form nobody told of."""
    table, files = set(), set()
    for hoster, letter, fields, where in forms(code):
        if letter == 'F':
            files.add('| %s | %s | %s |' % (hoster, fields, where))
            continue
        if picture(fields) != letter:
            yield 'hoster.c: %s: the fields are of picture %s, not %s' % (hoster, picture(fields), letter)
        table.add('| %s | %s | %s |' % (hoster, letter, ', '.join(
            '%s `%s`' % (label, re.sub('%(.)', lambda found: ENTERED[found.group(1)], value)) for label, value in fields)))
    if len(table) < 30 or len(files) < 4:
        yield 'hoster.c: %d forms and %d files found' % (len(table), len(files))
    yield from compare('form', table, rows_below(document, '| Hoster | Picture | Fields |'))
    yield from compare('import', files, rows_below(document, '| Hoster | Where | Said by |'))
    known = {row.split()[1] for row in table | files}
    told = document.split('\nNot known: ')[1].split('.\n')[0].replace(',', '').split()
    yield from compare('hoster of unknown form', limited - known, set(told))
    headings = re.findall(r'^### Picture (\w): .*\n(?:(?!###).*\n)*?    \+-', document, re.M)
    yield from compare('picture', set(PICTURES.values()), set(headings))
    used = {row.split(' | ')[1] for row in table} | {'F'}
    yield from compare('picture that a hoster has', set(PICTURES.values()), used)


def hosters():
    """The table of DNS hosters, their limits and forms against publishing.md, and the rules of lint that it names."""
    limits, code, document = {}, read('src/publish/hoster.c'), read('doc/publishing.md')
    for hoster, limit, value in re.findall(r'^    \{"(\w+)", HOSTER_(\w+), (\d+),', code, re.M):
        limits.setdefault(hoster, []).append(LIMITS[limit].replace('%s', value))
    yield from compare('hoster', {'| %s | %s |' % (name, ', '.join(refused)) for name, refused in limits.items()},
                       rows_below(document, '| Hoster | Does not take |'))
    yield from hosters_forms(code, document, set(limits))
    rules = set(re.findall(r'^    \[LINT_\w+\] = \{"([\w-]+)"', read('src/lint/rules.c'), re.M))
    mistakes = document.split('\n## Mistakes')[1].split('\n## ')[0]
    named = set(re.findall(r'`([a-z]+-[a-z-]+)`', ' '.join(row.rsplit('|', 2)[1] for row in mistakes.splitlines() if '|' in row)))
    if len(named) < 8:
        yield 'publishing.md: %d rules of lint found' % len(named)
    for rule in sorted(named - rules):
        yield 'publishing.md: %s is no rule of lint' % rule


def functions():
    """Public functions against libvouchsafe(3); the *_word functions stand there as one."""
    code = set(re.findall(r'\b(vouch_\w+)\(', re.sub(r'/\*.*?\*/', '', read('include/vouchsafe.h'), flags=re.S)))
    manual = set(re.findall(r'^\.Fn (vouch_\w+)', read('man/libvouchsafe.3').split('.Sh DESCRIPTION')[0], re.M))
    yield from compare('function', {name for name in code if not name.endswith('_word')}, manual)


def words():
    """Every CSA reason and evidence why stands in vouchsafe(1)."""
    table = read('src/core/words.c')
    manual = read('man/vouchsafe.1')
    for word in re.findall(r'\[VOUCH_(?:REASON|WITHHELD|CSA|IDENTITY)_\w+\] = "([\w-]+)"', table):
        if word != 'not' and not re.search(r'^\.Cm %s( |$)' % re.escape(word), manual, re.M):
            yield 'vouchsafe(1) does not explain %s' % word
    reasons = set(re.findall(r'\[VOUCH_REASON_\w+\] = "([\w-]+)"', table))
    yield from compare('reason of protocol.md', reasons,
                       set(re.findall(r'^\| `\w+` \| `([\w-]+)` \|', read('doc/protocol.md'), re.M)))


def examples(text):
    """(command, expected lines) of each "$ " line in an indented or fenced block."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        found = re.match(r'^( {4}|)\$ (.*)$', line)
        if not found:
            continue
        expected = []
        for following in lines[number + 1:]:
            inside = following[len(found.group(1)):]
            if following.strip() == '```' or inside.startswith('$ ') or \
                    (following.strip() and not following.startswith(found.group(1))):
                break
            expected.append(inside)
        while expected and not expected[-1].strip():
            expected.pop()
        yield found.group(2), expected


def matches(expected, output):
    pattern = '\n'.join('(?:.*\n)*?.*' if e == '...' else re.escape(e).replace(r'\.\.\.', '.*') for e in expected)
    return re.fullmatch(pattern + r'\n*', output) is not None


def documents(build):
    """Runs the examples of every document in an empty folder that holds the document's neighbours.

    The users and groups that the guides create, and those of the MTAs, are there.
    """
    for path in sorted(glob.glob(ROOT + '/*.md') + glob.glob(ROOT + '/doc/*.md') + glob.glob(ROOT + '/conformance/*.md')):
        with tempfile.TemporaryDirectory() as folder:
            os.symlink(os.path.join(build, 'vouchsafe'), os.path.join(folder, 'vouchsafe'))
            os.mkdir(os.path.join(folder, '.system'))
            system = private.Namespace(os.path.join(folder, '.system'), '127.0.0.1')
            for neighbour in ['conformance', 'contrib', 'doc', 'include']:
                os.symlink(os.path.join(ROOT, neighbour), os.path.join(folder, neighbour))
            for command, expected in examples(read(path)):
                if command.startswith(('./dev', 'git ', 'cc ')):
                    continue
                done = subprocess.run(system.wrap(['sh', '-c', command]), cwd=folder, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, check=False,
                                      env=dict(os.environ, PATH=build + ':' + os.environ['PATH'], NO_COLOR='1',
                                               **system.environment()))
                output = done.stdout.decode()
                if expected and not matches(expected, output):
                    yield '%s: $ %s\nprints\n%s' % (os.path.relpath(path, ROOT), command, output)
                elif done.returncode > 1:
                    yield '%s: $ %s: exit %d: %s' % (os.path.relpath(path, ROOT), command, done.returncode, output)


def main():
    build = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else 'build')
    checks = [lint(), options(), configurations(build), command_line(), hosters(), functions(), words(), documents(build)]
    faults = [list(check) for check in checks]
    for fault in sum(faults, []):
        print(fault)
    print('%d passed, %d failed' % (faults.count([]), len(checks) - faults.count([])))
    return 1 if any(faults) else 0


sys.exit(main())
