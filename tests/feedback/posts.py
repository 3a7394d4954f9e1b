"""posts.py - POST /v1/feedback: who may, what is counted, and what is no request."""
import http.client
import json
import os
import signal
import socket
import struct
import threading

from daemon import PATIENCE_S, VOUCHSAFE, VOUCHSAFED, run, until
from place import LISTENERS, TOKEN
from web import Closed, Web, post, request, vote


def counted(place):
    """Votes on a proven name, host and organization, by inet and by unix socket."""
    decision = place.decide('mail.example.org')
    before = place.counts('mail.example.org')
    for where, verdict in ((place.port(), 'spam'), (place.path('http'), 'ham'), (place.port(), 'ham')):
        answer = post(where, vote(decision, verdict, source='user'))
        assert (answer.status, answer.body) == (200, {'result': 'counted', 'counted': 1, 'of': 1}), answer
        assert answer.fields['content-type'] == 'application/json' and 'server' not in answer.fields, answer
    place.counted('mail.example.org', before[0] + 2, before[1] + 1)
    place.counted('.example.org', *place.counts('mail.example.org'))
    until(lambda: len(place.noted(decision)) == 3, 'the ledger notes it')
    assert place.noted(decision) == [(1, 'user', 'counted'), (0, 'user', 'counted'), (0, 'user', 'counted')]


def proven_by_csa(place):
    answer = post(place.port(), vote(place.decide('csa.example.org'), 'ham'))
    assert answer.body['result'] == 'counted', answer
    place.counted('csa.example.org', 1, 0)


def not_proven(place):
    """CSA fail, no address that fits, a name that is none: never counted."""
    for helo in ('never.example.org', 'stranger.example.org', 'missing.example.org', '[192.0.2.10]', 'x_y'):
        decision = place.decide(helo)
        answer = post(place.port(), vote(decision))
        assert (answer.status, answer.body) == (409, {'result': 'unproven'}), (helo, answer)
        until(lambda: place.noted(decision) == [(1, 'http', 'unproven')], 'the ledger notes it')
        assert place.counts(helo) == (0, 0)


def not_known(place):
    answer = post(place.port(), vote('aaaaaaaaaaaaa'))
    assert (answer.status, answer.body) == (404, {'result': 'unknown'}), answer
    assert place.noted('aaaaaaaaaaaaa') == []


def capped(place):
    """A source has its share of a name's day, whoever asks; another has its own."""
    decision = place.decide('other.example.org')
    with Web(place.port()) as web:
        results = [web.ask(request(vote(decision, source='one'))).body['result'] for _ in range(7)]
        assert results == ['counted'] * 5 + ['capped'] * 2, results
        assert web.ask(request(vote(decision, source='two'))).body['result'] == 'counted'
        assert web.ask(request(vote(decision, 'ham', source='one'))).body['result'] == 'counted'
    place.counted('other.example.org', 1, 6)


def many_messages(place):
    """A vote on many messages counts as so many, as far as the source has them left."""
    decision = place.decide('several.many.example.org')
    with Web(place.port()) as web:
        for count, result, counted in ((3, 'counted', 3), (1, 'counted', 1), (100, 'capped', 1), (2, 'capped', 0)):
            answer = web.ask(request(json.dumps({'id': decision, 'verdict': 'spam', 'source': 'one', 'count': count})))
            assert (answer.status, answer.body) == (200, {'result': result, 'counted': counted, 'of': count}), (count, answer)
        for count in (0, -1, 101, 1.5, '2', None, True, [1], 2 ** 32 + 1):
            answer = web.ask(request(json.dumps({'id': decision, 'verdict': 'spam', 'source': 'two', 'count': count})))
            assert answer.status == 400 and 'count' in answer.body['error'], (count, answer)
    place.counted('several.many.example.org', 0, 5)


def many_names(place):
    """Who calls himself something else each time has twenty votes on one decision."""
    decision = place.decide('names.many.example.org')
    with Web(place.port()) as web:
        results = [web.ask(request(vote(decision, 'ham', source='user%d' % i))).body['result'] for i in range(30)]
    assert results == ['counted'] * 20 + ['capped'] * 10, results
    place.counted('names.many.example.org', 20, 0)


def many_messages_on_one(place):
    """Twenty messages of a kind count on one decision, however they are spread over votes and sources."""
    decision = place.decide('sum.many.example.org')
    with Web(place.port()) as web:
        bodies = [web.ask(request(json.dumps({'id': decision, 'verdict': 'spam', 'source': 'user%d' % i, 'count': 4}))).body
                  for i in range(7)]
    assert [body['counted'] for body in bodies] == [4] * 5 + [0] * 2, bodies
    place.counted('sum.many.example.org', 0, 20)


def refused(place):
    """Every refusal, on one connection that goes on, with a body that is passed over."""
    decision = place.decide('mail.example.org')
    good = vote(decision)
    before = place.counts('mail.example.org')
    rows = [(404, {'path': '/'}), (404, {'path': '/v1/feedback/'}), (404, {'path': '/V1/feedback'}),
            (404, {'path': '/v1/%66eedback'}), (404, {'path': 'http://localhost/v1/feedback'}), (404, {'path': '*'}),
            (404, {'path': '/healthz', 'method': 'GET', 'token': ''}),
            (405, {'method': 'GET'}), (405, {'method': 'PUT'}), (405, {'method': 'post'}), (405, {'method': 'OPTIONS'}),
            (401, {'token': ''}), (401, {'token': TOKEN[:-1]}), (401, {'token': TOKEN + 'x'}), (401, {'token': 'x' + TOKEN}),
            (401, {'token': TOKEN.upper()}), (401, {'token': TOKEN[:-1] + 'x'}), (401, {'token': TOKEN * 100}),
            (401, {'token': '', 'fields': ('Authorization: Basic ' + TOKEN,)}),
            (401, {'token': '', 'fields': ('Authorization: ' + TOKEN,)}),
            (401, {'token': '', 'fields': ('Authorization: Bearer',)}),
            (401, {'token': '', 'fields': ('Authorization: Bearer  ' + TOKEN,)}),
            (415, {'kind': 'application/x-www-form-urlencoded'}), (415, {'kind': 'application/jsonx'}),
            (415, {'kind': 'text/json'}), (413, {'body': good + ' ' * 5000}),
            (400, {'body': 'x'}), (400, {'body': good[:-1]}), (400, {'body': good + good}), (400, {'body': ''}),
            (400, {'body': '[' * 4000}), (400, {'body': b'{"id":"\xff","verdict":"ham"}'})]
    with Web(place.port()) as web:
        for status, options in rows:
            answer = web.ask(request(**{'body': good, **options}))
            assert answer.status == status and list(answer.body) == ['error'], (options, answer)
            assert ('allow' in answer.fields) == (status == 405) and 'connection' not in answer.fields, answer
            assert ('www-authenticate' in answer.fields) == (status == 401), answer
        answer = web.ask(request(good, method='HEAD'), headless=True)
        assert answer.status == 405 and int(answer.fields['content-length']) > 0, answer
        for kind in ('', 'application/json; charset=utf-8', 'Application/JSON'):
            assert web.ask(request(good, kind=kind)).status == 200
        assert web.ask(request(good, path='/v1/feedback?x=y')).status == 200
        assert web.ask(request(good, token='', fields=('authorization: bEARER ' + TOKEN,))).status == 200
    place.counted('mail.example.org', before[0], before[1] + 5)


def bad_keys(place):
    """What is wrong with a vote is named, and nothing that the client said is repeated."""
    rows = [({'verdict': 'ham'}, 'id'), ({'id': 1, 'verdict': 'ham'}, 'id'), ({'id': [], 'verdict': 'ham'}, 'id'),
            ({'id': "x' OR 1=1", 'verdict': 'ham'}, 'id'), ({'id': 'a' * 16, 'verdict': 'ham'}, 'id'),
            ({'id': 'a'}, 'verdict'), ({'id': 'a', 'verdict': 'bad\n'}, 'verdict'), ({'id': 'a', 'verdict': None}, 'verdict'),
            ({'id': 'a', 'verdict': 'ham', 'source': 7}, 'source'), ([], 'object'), ('text', 'object')]
    with Web(place.port()) as web:
        for thing, word in rows:
            answer = web.ask(request(json.dumps(thing)))
            assert answer.status == 400 and word in answer.body['error'], (thing, answer)
            assert 'OR' not in answer.body['error'] and '\n' not in answer.body['error'], answer
    answer = post(place.port(), '{"id":"aaaaaaaaaaaaa","id":"b","verdict":"ham"}')
    assert answer.status == 400, answer


def sources(place):
    """The source is printable wherever it goes, and bounded."""
    decision = place.decide('a.many.example.org')
    for source, noted in (('Jürgen\n\x1b[31m', 'J\\xc3\\xbcrgen\\x0a\\x1b[31m'), ('x' * 3000, 'x' * 127), ('', 'http')):
        assert post(place.port(), vote(decision, source=source)).status == 200
        until(lambda: (1, noted, 'counted') in place.noted(decision), 'the source reads ' + noted[:20],
              lambda: place.noted(decision))


def not_http(place):
    """What is no request is refused and the connection closed; strict where two readers might differ."""
    good = request(vote('aaaaaaaaaaaaa'))
    rows = [(400, b'\r\n\r\n\r\n'), (400, b'\x16\x03\x01\x02\x00\n\n'), (400, b'POST\n\n'), (505, b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
            (400, good.replace(b'Host: localhost\r\n', b'')), (400, good.replace(b'Host', b'Host: x\r\nHost')),
            (400, good.replace(b'Host:', b'Host :')), (400, good.replace(b'Host', b' Host')),
            (400, good.replace(b'localhost', b'local\0host')), (400, good.replace(b'localhost', b'local\rhost')),
            (400, good.replace(b'Content-Length: ', b'Content-Length: +')),
            (400, good.replace(b'Content-Length', b'Content-Length: 2\r\nContent-Length')),
            (400, good.replace(b'Content-Length', b'Transfer-Encoding: chunked\r\nContent-Length')),
            (413, request(length=10 ** 15)), (413, request(length=1 << 30)), (411, request(length='')),
            (411, request(length='', fields=('Transfer-Encoding: chunked',))), (417, request(fields=('Expect: tea',))),
            (431, request(fields=('X: ' + 'x' * 8192,))), (431, b'x' * 9000), (431, request(fields=['X: y'] * 70))]
    for status, octets in rows:
        with Web(place.port()) as web:
            answer = web.ask(octets)
            assert answer.status == status, (octets[:80], answer)
            if octets != request(length=''):
                assert answer.fields['connection'] == 'close' and web.is_closed(), octets[:80]


def torn(place):
    """A request octet by octet, two in one packet, an empty line between them, and one that waits to be asked."""
    octets = request(vote('aaaaaaaaaaaaa'))
    with Web(place.port()) as web:
        web.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i in range(len(octets)):
            web.send(octets[i:i + 1])
        assert web.answer().status == 404
        web.send(octets + b'\r\n' + request(method='GET', body='') + octets + octets[:30])
        assert [web.answer().status for _ in range(3)] == [404, 405, 404]
        assert web.ask(octets[30:]).status == 404
        head, body = octets.split(b'\r\n\r\n')
        head += b'\r\nExpect: 100-continue\r\n\r\n'
        assert web.ask(head).status == 100
        assert web.ask(body[:5] + body[5:]).status == 404
        assert web.ask(head + body).status == 404  # nobody is asked for what is there
        # A body that comes behind its refusal is passed over, however it looks.
        late = octets * 50
        assert web.ask(request(token='', length=len(late))).status == 401
        web.send(late[:1000])
        assert web.ask(late[1000:] + octets).status == 404
        assert web.ask(head.replace(b'Bearer', b'Bear')).status == 401 and web.is_closed()


def ends(place):
    """Who says that it is the last request gets an answer and the end; so does who hangs up half."""
    octets = request(vote('aaaaaaaaaaaaa'))
    for last in (octets.replace(b'Host', b'Connection: close\r\nHost'), octets.replace(b'HTTP/1.1', b'HTTP/1.0')):
        with Web(place.port()) as web:
            answer = web.ask(last)
            assert answer.status == 404 and answer.fields['connection'] == 'close' and web.is_closed(), answer
    with Web(place.port()) as web:
        web.send(octets)
        web.socket.shutdown(socket.SHUT_WR)
        assert web.answer().status == 404 and web.is_closed()
    with Web(place.port()) as web:
        web.send(octets[:-3])
        web.socket.shutdown(socket.SHUT_WR)
        assert web.is_closed()


def usual_client(place):
    """As http.client of Python speaks."""
    client = http.client.HTTPConnection('127.0.0.1', place.port(), timeout=PATIENCE_S)
    for _ in range(3):
        client.request('POST', '/v1/feedback', vote('aaaaaaaaaaaaa'), {'Authorization': 'Bearer ' + TOKEN})
        answer = client.getresponse()
        assert answer.status == 404 and answer.read() == b'{"result":"unknown"}\n'
        assert answer.getheader('Date').endswith(' GMT') and answer.getheader('Server') is None
    client.close()


def crowd(place):
    """Past a hundred connections who comes is told to come again, past two hundred not even that; those before them are
    served, and MTAs too."""
    octets = request(vote('aaaaaaaaaaaaa'))
    webs, statuses = [], []
    try:
        for _ in range(210):
            webs.append(Web(place.port()))
        for web in webs:
            try:
                answer = web.ask(octets)
                statuses.append(answer.status)
                assert (answer.status == 503) == (int(answer.fields.get('retry-after', '0')) > 0), answer
            except (Closed, OSError):
                statuses.append(0)
        kinds = sorted(set(statuses[:90])), sorted(set(statuses[101:190])), sorted(set(statuses[201:]))
        assert kinds == ([404], [503], [0]), kinds
        place.decide('csa.example.org')
    finally:
        for web in webs:
            web.close()
    until(lambda: post(place.port(), vote('aaaaaaaaaaaaa')).status == 404, 'the places are free again')


def gone(place):
    """Who does not wait for the answer has voted all the same, and harms nobody."""
    decision = place.decide('b.many.example.org')
    for _ in range(3):
        with Web(place.port()) as web:
            web.send(request(vote(decision)))
    place.counted('b.many.example.org', 0, 3)


def quiet_log(place):
    """Nothing that clients sent is in the log: not the token, and no octet as it came."""
    with Web(place.port()) as web:
        web.ask(request(token='wrong-\x1b[31m-token'.replace('\x1b', '\xe9')))
    log = place.daemon.log()
    assert TOKEN not in log and '\xe9' not in log and 'wrong-' not in log
    place.daemon.logged('without the right token')


CASES = [counted, proven_by_csa, not_proven, not_known, capped, many_messages, many_names, many_messages_on_one, refused, bad_keys, sources, not_http, torn, ends,
         usual_client, crowd, gone, quiet_log]


# ---- cases with configurations of their own ----

def slow(place):
    """A request that does not come in time, and a connection on which nothing comes, are closed."""
    place.configure(limits='frame_timeout = 1  idle_timeout = 2')
    assert place.reload().returncode == 0
    with Web(place.path('http')) as web:
        web.send(request(vote('aaaaaaaaaaaaa'))[:-3])
        assert web.is_closed()
    with Web(place.path('http')) as web:
        assert web.ask(request(vote('aaaaaaaaaaaaa'))).status == 404
        assert web.is_closed()


def token_changes(place):
    """A reload reads the token anew; a file that will not do leaves the old configuration, and says which."""
    place.configure(token='other')
    for text, wrong in ((None, 'No such file'), ('short\n', '16 characters'), ('with a blank in it\n', 'without blanks')):
        if text is not None:
            place.write('other', text)
        for done in (place.reload(), run(VOUCHSAFE, 'config', 'check', place.path('conf'))):
            told = done.stdout + done.stderr
            assert done.returncode != 0 and place.path('other') in told and wrong in told, told
        assert post(place.path('http'), vote('aaaaaaaaaaaaa')).status == 404
    place.write('other', 'another-token-of-ours')
    assert place.reload().returncode == 0
    assert post(place.path('http'), vote('aaaaaaaaaaaaa')).status == 401
    assert post(place.path('http'), vote('aaaaaaaaaaaaa'), token='another-token-of-ours').status == 404


def no_token(place):
    """Without a token nobody may post, whatever he shows."""
    place.configure(token='')
    assert place.reload().returncode == 0
    for token in ('', TOKEN):
        assert post(place.path('http'), vote('aaaaaaaaaaaaa'), token=token).status == 403
    place.daemon.logged('feedback.token_file is not set')


def no_store(place):
    place.configure(store='none')
    checked = run(VOUCHSAFE, 'config', 'check', place.path('conf'))
    assert checked.returncode == 0 and 'takes no feedback' in checked.stdout, checked.stdout
    assert place.reload().returncode == 0
    assert post(place.path('http'), vote('aaaaaaaaaaaaa')).status == 403
    place.daemon.logged('store.type is none: no feedback is taken')


def exposed(place):
    """A listener that others can reach is worth a warning; one on loopback is not."""
    assert 'can be reached from other hosts' not in place.daemon.log()
    place.configure(listeners=LISTENERS + 'listener "inet:0.0.0.0:0" {{ protocol = http }}\n')
    assert place.reload().returncode == 0
    place.daemon.logged(r'listener inet:0\.0\.0\.0:0: HTTP without encryption can be reached')
    assert len([line for line in place.daemon.log().splitlines() if 'can be reached' in line]) == 1


def reloads(place):
    """Clients that post while the configuration is loaded again and again get an answer to each request."""
    decision = place.decide('mail.example.org')
    stop, wrong, answers = threading.Event(), [], []

    def client():
        try:
            while not stop.is_set():
                answers.append(post(place.path('http'), vote(decision)).status)
        except Exception as error:  # told in the thread that waits
            wrong.append(error)

    threads = [threading.Thread(target=client) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        before = len(answers)
        assert place.reload().returncode == 0
        until(lambda count=before: len(answers) > count or wrong, 'answers come')
    stop.set()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert not wrong and set(answers) == {200}, (wrong, set(answers))


def drains(place):
    """SIGTERM: an idle connection is closed, a request that has begun is answered, and its vote counted."""
    decision = place.decide('mail.example.org')
    before = place.counts('mail.example.org')
    octets = request(vote(decision, 'ham'))
    with Web(place.path('http')) as idle, Web(place.path('http')) as begun:
        assert idle.ask(request(vote('aaaaaaaaaaaaa'))).status == 404
        assert begun.ask(request(vote('aaaaaaaaaaaaa'))).status == 404
        begun.send(octets[:-3])
        until(lambda: place.daemon.children('work'), 'there is a worker')
        place.daemon.process.terminate()
        assert idle.is_closed()
        answer = begun.ask(octets[-3:])
        assert answer.body['result'] == 'counted', answer
    assert place.daemon.process.wait(PATIENCE_S) == 0
    assert place.counts('mail.example.org') == (before[0] + 1, before[1])


def trouble(place):
    """A keeper that does not answer is trouble, told in time; when it is back it counts."""
    decision = place.decide('mail.example.org')
    keeper, = place.daemon.children('keep')
    workers = place.daemon.children('work')
    os.kill(keeper, signal.SIGSTOP)
    try:
        for _ in range(3):  # these break off while they are waited for
            with Web(place.path('http')) as web, Web(place.port()) as other:
                web.send(request(vote(decision)))
                other.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
                other.send(request(vote(decision)))
        answer = post(place.path('http'), vote(decision))
        assert (answer.status, answer.body) == (503, {'result': 'trouble'}), answer
        assert int(answer.fields['retry-after']) > 0, answer
    finally:
        os.kill(keeper, signal.SIGCONT)
    until(lambda: post(place.path('http'), vote(decision)).status == 200, 'it counts again')
    assert place.daemon.children('work') == workers


def bad_start(place):
    """Without the token's file the daemon does not start, and says so."""
    assert place.daemon.stop() is None
    place.configure(token='missing')
    done = run(VOUCHSAFED, '-f', '-c', place.path('conf'))
    assert done.returncode == 2 and place.path('missing') in done.stderr, done


# Each leaves the place as it wants.
CHANGING = [slow, token_changes, no_token, no_store, exposed]
ENDING = [reloads, drains, trouble, bad_start]
