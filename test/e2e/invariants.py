"""People who use some replicas all the time, and what has to be true of it whatever breaks meanwhile.

I1  What was acknowledged (a signup, a logout, a change of the password) is in the database.
I2  Every user has a role and a password, and no name is there twice.
I3  A session that was ended is of no use.
I4  The key of every token that was issued is in the JWKS of every replica.
I5  No replica ends unless the test ends it.
I6  Seconds after the fault everything works, without a restart.
I7  During a fault the answer is 503 with a code and Retry-After, within seconds: no 500, no 401, no silence."""

import base64
import contextlib
import http.client
import itertools
import json
import random
import select
import threading
import time
import unittest

import proxy
import replication
import rotating
import sessions
import support

ANSWER_S_MAX = 8
RECOVERY_S_MAX = 10
STALE_S_MAX = 6  # how long a change may stay unseen that came while a replica could not listen
# The clients of one load come from addresses of their own, since an address has its limits.
_hosts = itertools.count(random.randrange(1 << 20))


def settings(**more):
    """Replicas that share their keys, to which a login costs little and one address may come often."""
    return {**sessions.CHEAP, "AUTH_ISSUER": "http://signet.test",
            "AUTH_LIMIT_SIGNUP": "100000/1h", "AUTH_LIMIT_LOGIN": "100000/1h",
            "AUTH_KEY_ENCRYPTION_KEY": rotating.new_encryption_key(), **more}


def new_address():
    number = next(_hosts)
    return f"127.{16 + number // 65000 % 200}.{number // 250 % 250}.{number % 250 + 2}"


class Lost(Exception):
    """No answer came, and nobody knows what has happened."""


class Client:
    """Goes round the replicas, over one connection to each that is kept. One that takes no connection is passed
    over, as a load balancer does: nothing has been sent then."""

    def __init__(self, replicas, load):
        self.replicas = replicas
        self.load = load
        self.turn = random.randrange(len(replicas))
        self.address = new_address()
        self.lines = {}

    def ask(self, method, path, body=None, token=None):
        headers = support.bearer(token) if token else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        for _ in self.replicas:
            self.turn = (self.turn + 1) % len(self.replicas)
            server = self.replicas[self.turn]
            began = time.monotonic()
            try:
                line = self._line(server)
            except OSError:
                continue
            try:
                line.request(method, path, json.dumps(body) if body is not None else None, headers)
                response = line.getresponse()
                answer = support.Answer(response.status, {k.lower(): v for k, v in response.getheaders()},
                                        response.read())
            except (OSError, http.client.HTTPException) as reason:
                self._drop(server)
                self.load.note_lost(server, method, path, began, repr(reason))
                raise Lost from reason
            if line.sock is None:
                self._drop(server)
            self.load.note(server, method, path, began, answer)
            return answer
        time.sleep(0.1)
        raise Lost

    def _line(self, server):
        line = self.lines.get(server)
        if line and select.select([line.sock], [], [], 0)[0]:
            self._drop(server)  # the server has closed it, as every pool of connections looks for
            line = None
        if line is None:
            line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=ANSWER_S_MAX + 4,
                                              source_address=(self.address, 0))
            line.connect()
            self.lines[server] = line
        return line

    def _drop(self, server):
        line = self.lines.pop(server, None)
        if line:
            line.close()

    def close(self):
        for server in list(self.lines):
            self._drop(server)


class Account:
    def __init__(self, name, answer):
        self.id, self.name = answer["id"], name
        self.passwords = [support.PASSWORD]  # the last is in force, or one of all while `doubtful`
        self.doubtful = False
        self.sessions = []


class Session:
    def __init__(self, answer):
        self.token, self.refresh_token = answer["token"], answer["refreshToken"]
        self.id = support.claims(self.token)["sid"]


class Load:
    """Threads that sign up, log in, refresh, ask and log out, and the record of all answers."""

    def __init__(self, replicas, clients=4, pause_s=0.01, seed=None):
        self.replicas = list(replicas)
        self.lock = threading.Lock()
        self.accounts, self.ended, self.kids = [], [], set()
        self.answers = []  # (when, seconds, replica, route, status, code)
        self.lost = []     # (when, replica, route, reason)
        self.wrong = []    # answers that no fault excuses
        self.names = itertools.count()
        self.prefix = f"load{random.randrange(1 << 32):x}."
        self.pause_s = pause_s
        self.done = threading.Event()
        self.random = random.Random(seed)
        self.threads = [threading.Thread(target=self._run, daemon=True) for _ in range(clients)]
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.done.set()
        for thread in self.threads:
            thread.join(support.DEADLINE_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def note(self, server, method, path, began, answer):
        took, route = time.monotonic() - began, f"{method} {path}"
        code = answer.json.get("code") if answer.status >= 400 and answer.body else None
        wait = answer.headers.get("retry-after", "")
        excused = answer.status < 400 or (answer.status == 503 and code and wait.isdigit() and int(wait) > 0)
        with self.lock:
            self.answers.append((began, took, server, route, answer.status, code))
            if not excused or took > ANSWER_S_MAX:
                self.wrong.append((route, answer.status, code, round(took, 2), answer.body[:300]))

    def note_lost(self, server, method, path, began, reason):
        with self.lock:
            self.lost.append((began, server, f"{method} {path}", reason))
            if time.monotonic() - began > ANSWER_S_MAX:
                self.wrong.append((f"{method} {path}", "silence", reason))

    def refused(self, since=0):
        """How many answers were 503, of how many."""
        with self.lock:
            statuses = [status for began, _, _, _, status, _ in self.answers if began >= since]
        return statuses.count(503), len(statuses)

    def acknowledged(self):
        with self.lock:
            return len(self.accounts)

    def wait_for_more(self, count=10, seconds=RECOVERY_S_MAX):
        """Until so many more people have signed up; the seconds that it took."""
        began, before = time.monotonic(), self.acknowledged()
        support.wait_until(lambda: self.acknowledged() >= before + count, seconds, "signups to succeed")
        return time.monotonic() - began

    def _run(self):
        while not self.done.is_set():
            client = Client(self.replicas, self)
            try:
                self._life(client)
            except Lost:
                pass
            finally:
                client.close()

    def _pause(self):
        self.done.wait(self.pause_s)

    def _life(self, client):
        """One person, from the signup to the logout."""
        account = self._sign_up(client)
        if account is None:
            self.done.wait(0.1)
            return
        session = self._log_in(client, account)
        if session is None:
            return
        for _ in range(self.random.randrange(2, 6)):
            self._use(client, session)
        if self.random.random() < 0.3:
            self._change_password(client, account, session)
        self._log_out(client, account, session)

    def _open(self, account, answer):
        session = Session(answer.json)
        with self.lock:
            account.sessions.append(session)
            self.kids.add(rotating.header(session.token)["kid"])
        return session

    def _sign_up(self, client):
        name = self.prefix + str(next(self.names))
        answer = client.ask("POST", "/signup", {"username": name, "password": support.PASSWORD})
        if answer.status != 200:
            return None
        account = Account(name, answer.json)
        with self.lock:
            self.accounts.append(account)
        self._open(account, answer)
        return account

    def _log_in(self, client, account):
        self._pause()
        answer = client.ask("POST", "/login", {"username": account.name, "password": account.passwords[-1]})
        return self._open(account, answer) if answer.status == 200 else None

    def _use(self, client, session):
        self._pause()
        what = self.random.choice(("/me", "/webhook", "/refresh"))
        if what != "/refresh":
            try:
                client.ask("GET", what, token=session.token)
            except Lost:
                return
        else:
            self._refresh(client, session)

    def _refresh(self, client, session):
        """Whoever got no answer asks again with the token that he has; 30 s are granted for it."""
        end = time.monotonic() + 25
        while time.monotonic() < end and not self.done.is_set():
            try:
                answer = client.ask("POST", "/refresh", {"refreshToken": session.refresh_token})
            except Lost:
                continue
            if answer.status == 503:
                self.done.wait(0.2)
                continue
            if answer.status == 200:
                session.token, session.refresh_token = answer.json["token"], answer.json["refreshToken"]
                with self.lock:
                    self.kids.add(rotating.header(session.token)["kid"])
            return

    def _change_password(self, client, account, session):
        self._pause()
        new = "quartz-" + base64.b32encode(self.random.randbytes(10)).decode()
        account.passwords.append(new)
        account.doubtful = True
        answer = client.ask("POST", "/password", {"currentPassword": account.passwords[0], "newPassword": new},
                            session.token)
        if answer.status == 204:
            account.doubtful = False
            self._end(other for other in account.sessions if other is not session)

    def _log_out(self, client, account, session):
        self._pause()
        if client.ask("POST", "/logout", {"refreshToken": session.refresh_token}).status == 204:
            self._end([session])

    def _end(self, ended):
        with self.lock:
            self.ended.extend(ended)


class Invariants:
    """`sql` asks the primary that survived. The load has been stopped, and the fault is over."""

    SAMPLE = 8

    def __init__(self, test, load, sql):
        self.test, self.load, self.sql = test, load, sql
        self.live = [server for server in load.replicas if server.process.poll() is None]

    def check(self, expected_dead=()):
        ended = [server for server in self.load.replicas if server.process.poll() is not None]
        self.test.assertEqual(ended, list(expected_dead), "I5")
        self.answers()
        self.recovered()
        self.acknowledged()
        self.whole_users()
        self.ended_sessions()
        self.published_keys()

    def answers(self):
        self.test.assertEqual(self.load.wrong[:5], [], f"I7, {len(self.load.wrong)} in all")

    def recovered(self):
        for server in self.live:
            support.wait_until(lambda: is_ready(server), RECOVERY_S_MAX, f"I6: {server.get('/readyz').body}")
            support.wait_until(lambda: works(server), RECOVERY_S_MAX, "I6: everything to work")

    def acknowledged(self):
        names = {line.partition("|")[0]: line.partition("|")[2] for line in
                 self.sql('select id, username from "user"').splitlines()}
        lost = [account.name for account in self.load.accounts if names.get(account.id) != account.name]
        self.test.assertEqual(lost, [], "I1: signups that are gone")
        changed = [account for account in self.load.accounts if len(account.passwords) > 1]
        for account in self.load.random.sample(changed, min(self.SAMPLE, len(changed))):
            server = self.load.random.choice(self.live)
            answers = [login(server, account.name, password) for password in account.passwords]
            wanted = [[401, 200], [200, 401]] if account.doubtful else [[401, 200]]
            self.test.assertIn(answers, wanted, "I1: the password that was changed")

    def whole_users(self):
        self.test.assertEqual(self.sql("""
            select 'without a role', count(*) from "user" u
            where not exists (select from user_role r where r.user_id = u.id) having count(*) > 0
            union all select 'without a password', count(*) from "user" where password is null having count(*) > 0
            union all select 'twice', count(*) from "user" group by lower(username) having count(*) > 1"""), "", "I2")

    def ended_sessions(self):
        alive = set(self.sql("select id from signet.session").splitlines())
        self.test.assertEqual([session.id for session in self.load.ended if session.id in alive], [],
                              "I3: sessions that were ended and are there")
        for session in self.load.random.sample(self.load.ended, min(self.SAMPLE, len(self.load.ended))):
            for server in self.live:
                support.wait_until(lambda: server.get("/webhook", headers=support.bearer(session.token)).status == 401,
                                   STALE_S_MAX, "I3: the webhook to refuse the session")
                self.test.assertEqual(sessions.use(server, session.refresh_token).status, 401, "I3")

    def published_keys(self):
        for server in self.live:
            self.test.assertLessEqual(self.load.kids, set(rotating.kids(server)), "I4")


def is_ready(server):
    with contextlib.suppress(OSError):
        return server.get("/readyz").status == 200
    return False


def login(server, name, password):
    return server.post("/login", {"username": name, "password": password}).status


def works(server):
    """Whether a stranger can sign up and be known."""
    answer = server.signup(f"works.{random.randrange(1 << 48):x}")
    if answer.status != 200:
        return False
    made = answer.json
    return (server.get("/webhook", headers=support.bearer(made["token"])).status == 200 and
            sessions.use(server, made["refreshToken"]).status == 200)


def webhook(server, token):
    return server.get("/webhook", headers=support.bearer(token)).status


def known_person(server, name):
    """The token of somebody whom the replica knows, and goes on knowing."""
    token = server.signup(name).json["token"]
    for _ in range(2):
        assert webhook(server, token) == 200
        time.sleep(0.7)  # a look that was on its way may tell of the signup once more
    assert webhook(server, token) == 200
    return token


class FaultTest(unittest.TestCase):
    """A PostgreSQL of its own, and two replicas behind a door that are used by all tests of the class."""

    @classmethod
    def setUpClass(cls):
        cls.cluster = replication.Node()
        cls.addClassCleanup(cls.cluster.close)
        cls.door = proxy.Proxy(cls.cluster.port)
        cls.addClassCleanup(cls.door.close)
        common = settings()
        cls.replicas = []
        for _ in range(2):
            cls.replicas.append(support.Signet(cls.door.lead(cls.cluster.url()), env=common, wait="/readyz"))
            cls.addClassCleanup(cls.replicas[-1].close)

    def check(self, load):
        Invariants(self, load, self.cluster.sql).check()
