"""The outbox under faults: mail servers, databases and replicas that fail, and what stands in dumps and logs."""

import base64
import collections
import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

import mail_server
import proxy
import replication
import rotating
import sessions
import support
from mail_server import MailServer, text_of
from support import PASSWORD, bearer, wait_until
from test_session_keys import fixed_key

ISSUER = "http://signet.test"
NEW_PASSWORD = "walnut-Harbour-62-kettle"
SECRET = "pw/of?the:mail#server"
PATIENCE_S = 75  # a time-out of a mail server that is silent, and the longest pause after it
ANSWER_S_MAX = 5  # of a server that waits for no mail server, on a machine that is busy
LANES = 3  # threads of sessions.CHEAP that connect to the database at their first call
STOP_S_MAX = 15  # the drain, what a delivery may still take, and libcurl's pace


def quoted(text):
    return "".join(f"%{byte:02X}" for byte in text.encode())


def ticket_of(message):
    found = re.search(r"ticket=([\w-]{43})", text_of(message))
    return found and found[1]


def code_of(message):
    found = re.search(r"^ +(\d{6})$", text_of(message), re.MULTILINE)
    return found and found[1]


class BlackHole:
    """Takes connections on a port, and says nothing."""

    def __init__(self, port):
        self.listener = socket.create_server(("127.0.0.1", port))
        self.taken = []
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        with contextlib.suppress(OSError):
            while True:
                self.taken.append(self.listener.accept()[0])

    def close(self):
        with contextlib.suppress(OSError):  # closed before
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.taken:
            connection.close()


class OutboxTest(support.ClusterTest):
    """A database and a mail server for each test."""

    tls = "?tls=off"

    def setUp(self):
        self.url = self.cluster.fresh_database()
        self.mail = self.mail_server()
        self.env = {**sessions.CHEAP, "AUTH_ISSUER": ISSUER, "AUTH_LIMIT_MAIL": "off",
                    "AUTH_KEY_ENCRYPTION_KEY": rotating.new_encryption_key(),
                    "AUTH_MAIL_URL": f"smtp://127.0.0.1:{self.mail.port}{self.tls}",
                    "AUTH_MAIL_FROM": "signet@example.org"}

    def mail_server(self, **options):
        server = MailServer(**options)
        self.addCleanup(lambda: server.loop.is_closed() or server.close())
        return server

    def serve(self, **options):
        return self.signet(options.pop("url", self.url), env={**self.env, **options.pop("env", {})}, **options)

    def sql(self, text):
        return self.cluster.sql(text, self.url)

    def command(self, *words, code=0, stdin="", **env):
        done = support.command(*words, stdin=stdin, env={"DATABASE_URL": self.url, **self.env, **env})
        self.assertEqual(done.returncode, code, (words, done.stdout, done.stderr))
        return done

    def listed(self):
        return json.loads(self.command("outbox", "list", "--json").stdout)

    def person(self, server, name="ada"):
        answer = server.post("/signup", {"username": name, "email": f"{name}@example.org", "password": PASSWORD})
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json

    def ask(self, server, name="ada", path="/password/reset-request"):
        answer = server.post(path, {"email": f"{name}@example.org"})
        self.assertEqual(answer.status, 204, answer.body)

    def rows(self):
        return int(self.sql("select count(*) from signet.outbox"))

    def is_empty(self, seconds=support.DEADLINE_S):
        wait_until(lambda: self.rows() == 0, seconds, what=f"an empty outbox; there are {self.rows()}")

    def end_leases(self):
        """As if whoever held them had been gone for longer than a lease lasts."""
        self.sql("update signet.outbox set due_at = now() where leased")

    def recipients(self):
        return sorted(to for _, (to,), _ in self.mail.mails)

    def message_ids(self):
        return collections.Counter(str(message["Message-ID"]) for message in self.mail.messages())

    def events(self, server, *names):
        lines = [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] in names]


class AMailServerIsAway(OutboxTest):
    def test_a_mail_server_that_is_away_and_then_silent_delays_mails_and_nothing_else(self):
        server = self.serve()
        names = [f"user{i}" for i in range(4)]
        people = [self.person(server, name) for name in names]
        self.mail.close()
        for name in names[:2]:
            self.ask(server, name)
        wait_until(lambda: any("onnect" in row["error"] for row in self.listed()), what="a refused connection")
        self.goes_on(server, people[0]["token"])
        hole = BlackHole(self.mail.port)
        self.addCleanup(hole.close)
        for name in names[2:]:
            self.ask(server, name)
        wait_until(lambda: hole.taken, what="a connection that is not answered")
        self.goes_on(server, people[0]["token"])
        self.assertEqual(self.rows(), 4)
        wait_until(lambda: any("timed out" in row["error"].lower() or "timeout" in row["error"].lower()
                               for row in self.listed()), what=f"a time-out: {self.listed()}")
        hole.close()
        self.mail = self.mail_server(port=self.mail.port)
        self.is_empty(PATIENCE_S)
        self.assertEqual(self.recipients(), [f"{name}@example.org" for name in names])
        self.assertEqual({line["level"] for line in self.events(server, "mail-delayed")}, {"warn"})

    def goes_on(self, server, token):
        """Logins and the webhook answer at their pace."""
        for _ in range(20):
            for call in (lambda: server.login("user0"), lambda: server.get("/webhook", headers=bearer(token))):
                began = time.monotonic()
                self.assertEqual(call().status, 200)
                self.assertLess(time.monotonic() - began, ANSWER_S_MAX)

    def test_what_is_refused_for_now_is_tried_with_growing_pauses(self):
        self.mail.answers = {"RCPT": "451 4.3.0 come back later"}
        server = self.serve()
        self.person(server)
        self.ask(server)
        wait_until(lambda: len(self.mail.attempts) >= 4, what="four attempts")
        tried = self.mail.attempts
        pauses = [later - before for before, later in zip(tried, tried[1:])]
        for pause, least in zip(pauses, (1, 2, 4)):
            self.assertTrue(least - 0.1 <= pause <= least + 4, pauses)
        (row,) = self.listed()
        self.assertEqual((row["kind"], row["name"], row["to"], row["state"]),
                         ("mail", "reset-password", "ada@example.org", "waiting"))
        self.assertGreaterEqual(row["attempts"], 3)
        self.assertIn("451 4.3.0 come back later", row["error"])
        self.mail.answers = {}
        self.command("outbox", "retry", row["id"])  # does not wait for the pause
        self.is_empty()
        self.assertEqual(self.recipients(), ["ada@example.org"])

    def test_a_reply_that_comes_late_is_not_taken_for_that_of_the_next_mail(self):
        self.mail.answers = {"RCPT": "hang"}
        server = self.serve()
        for name in ("ada", "bob"):
            self.person(server, name)
        self.ask(server)
        wait_until(lambda: self.events(server, "mail-delayed"), 40, what="the time of a reply to be over")
        self.mail.answers = {}
        self.ask(server, "bob")
        self.is_empty()
        self.assertEqual(self.recipients(), ["ada@example.org", "bob@example.org"])
        (delayed,) = self.events(server, "mail-delayed")
        self.assertIn("no reply in time", delayed["reason"])

    def test_what_one_recipient_is_refused_holds_up_no_other(self):
        self.mail.answers = {"DATA": lambda content: "451 later" if b"To: ada@" in content else None}
        server = self.serve()
        for name in ("ada", "bob"):
            self.person(server, name)
            self.ask(server, name)
        wait_until(lambda: self.mail.mails, what="the other mail")
        self.assertEqual(self.recipients(), ["bob@example.org"])

    def test_what_is_refused_for_good_is_given_up_at_once_and_shown_until_somebody_retries(self):
        self.mail.answers = {"RCPT": "550 5.1.1 no such user here"}
        server = self.serve()
        self.person(server)
        self.ask(server)
        wait_until(lambda: any(row["state"] == "failed" for row in self.listed()), what="a failed row")
        (row,) = self.listed()
        self.assertLessEqual({"id", "kind", "to", "state", "attempts", "error"}, set(row))
        self.assertEqual((row["kind"], row["to"], row["attempts"]), ("mail", "ada@example.org", 1))
        self.assertIn("550 5.1.1 no such user here", row["error"])
        (line,) = self.events(server, "mail-given-up")
        self.assertEqual((line["level"], line["id"]), ("warn", row["id"]))
        time.sleep(2.5)
        self.assertEqual(len(self.mail.attempts), 1)
        self.mail.answers = {}
        self.command("outbox", "retry", row["id"])
        self.is_empty()
        self.assertEqual([str(message["Message-ID"]) for message in self.mail.messages()],
                         [f"<{row['id']}@example.org>"])
        self.command("outbox", "retry", row["id"], code=1)

    def test_a_backlog_costs_neither_memory_nor_connections_and_goes_out_when_the_server_is_back(self):
        mails = 2000
        server = self.serve()
        self.person(server)
        self.mail.close()
        before = self.resources(server)
        line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=15)
        for _ in range(mails):
            line.request("POST", "/login/link", json.dumps({"email": "ada@example.org"}),
                         {"Content-Type": "application/json"})
            response = line.getresponse()
            response.read()
            self.assertEqual(response.status, 204)
        line.close()
        wait_until(lambda: self.sql("select count(*) from signet.outbox where kind = 'ask'") == "0", 60,
                   what="everything to be decided")
        self.assertEqual(self.rows(), mails)
        delayed = len(self.events(server, "mail-delayed"))
        time.sleep(3)
        self.assertLessEqual(len(self.events(server, "mail-delayed")) - delayed, 3)  # one mail tries for all
        self.mail = self.mail_server(port=self.mail.port)
        self.is_empty(PATIENCE_S + 60)
        self.assertEqual((len(self.mail.mails), set(self.message_ids().values())), (mails, {1}))
        self.assertLessEqual(self.mail.connections, 3)
        after = self.resources(server)
        # Those that watch may be looking, too.
        self.assertLessEqual(after[1], before[1] + LANES + 2)
        self.assertLessEqual(after[2], before[2] + LANES + 4)  # and the mail server
        if not support.is_sanitized():
            self.assertLess(after[0] - before[0], 20 << 20)

    def resources(self, server):
        """Bytes, connections of the database, and descriptors of the process."""
        status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
        return (int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) << 10,
                int(self.sql("select count(*) from pg_stat_activity where datname = current_database()")),
                len(os.listdir(f"/proc/{server.process.pid}/fd")))

    def test_a_server_that_hangs_after_a_mail_keeps_no_process_from_ending(self):
        door = proxy.Proxy(self.mail.port)
        self.addCleanup(door.close)
        self.env["AUTH_MAIL_URL"] = f"smtp://127.0.0.1:{door.port}?tls=off"
        server = self.serve()
        self.person(server)
        self.ask(server)
        self.is_empty()
        door.forget()
        began = time.monotonic()
        self.assertEqual(server.stop(signal.SIGTERM), 0)
        self.assertLess(time.monotonic() - began, STOP_S_MAX)


class Crashes(OutboxTest):
    def in_delivery(self, server, verb="DATA", how="hang"):
        """A mail that the mail server is about to take."""
        self.mail.answers = {verb: how}
        self.ask(server)
        wait_until(lambda: self.mail.attempts, what="a mail on its way")
        time.sleep(0.2)

    def test_a_kill_between_commit_and_delivery_loses_nothing(self):
        server = self.serve()
        self.person(server)
        self.in_delivery(server)
        server.stop(signal.SIGKILL)
        self.mail.answers = {}
        self.end_leases()
        server.start("/readyz")
        self.is_empty()
        self.assertEqual(self.recipients(), ["ada@example.org"])
        self.assertEqual(server.post("/password/reset", {"ticket": ticket_of(*self.mail.messages()),
                                                         "newPassword": NEW_PASSWORD}).status, 204)

    def test_a_kill_before_the_ask_is_decided_loses_nothing(self):
        server = self.serve()
        self.person(server)
        server.env["AUTH_MAIL_URL"] = "smtp://127.0.0.1:1?tls=off"  # decides, and sends nothing
        server.stop()
        server.start("/readyz")
        self.ask(server)
        server.stop(signal.SIGKILL)
        self.end_leases()
        other = self.serve()
        wait_until(lambda: self.mail.mails, what="the mail, by another replica")
        self.assertEqual(self.recipients(), ["ada@example.org"])
        other.stop()

    def test_a_kill_after_the_server_took_the_mail_sends_it_again_as_the_same(self):
        server = self.serve()
        self.person(server)
        self.in_delivery(server, how="take and hang")
        wait_until(lambda: self.mail.mails, what="the mail")
        server.stop(signal.SIGKILL)
        self.mail.answers = {}
        self.end_leases()
        self.serve()  # another replica
        self.is_empty()
        self.assertEqual(list(self.message_ids().values()), [2])
        self.assertEqual(len({ticket_of(message) for message in self.mail.messages()}), 1)

    def test_a_stop_waits_for_a_delivery_that_ends_and_breaks_off_one_that_does_not(self):
        server = self.serve()
        self.person(server)
        self.in_delivery(server)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(1)
        self.mail.answers = {}
        self.assertEqual(server.stop(0), 0)
        self.assertEqual((len(self.mail.mails), self.rows()), (1, 0))

        server.start("/readyz")
        self.mail.attempts.clear()
        self.in_delivery(server)
        self.ask(server)  # waits behind it
        began = time.monotonic()
        self.assertEqual(server.stop(signal.SIGTERM), 0)
        self.assertLess(time.monotonic() - began, STOP_S_MAX)
        self.assertEqual(len(self.mail.mails), 1)
        self.assertEqual(self.rows(), 2)
        self.mail.answers = {}
        server.start("/readyz")
        self.end_leases()
        self.is_empty()
        self.assertEqual((len(self.mail.mails), set(self.message_ids().values())), (3, {1}))

    def test_two_replicas_send_each_mail_once(self):
        replicas = [self.serve(), self.serve()]
        names = [f"user{i}" for i in range(6)]
        for name in names:
            self.person(replicas[0], name)
        rounds = 25
        with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
            list(pool.map(lambda turn: self.ask(replicas[turn % 2], names[turn % len(names)],
                                                ("/password/reset-request", "/login/link")[turn // 2 % 2]),
                          range(rounds * len(names))))
        self.is_empty()
        self.assertEqual((len(self.mail.mails), set(self.message_ids().values())), (rounds * len(names), {1}))
        self.assertEqual(len({ticket_of(message) for message in self.mail.messages()}), rounds * len(names))
        shares = [len(self.events(server, "mail-sent")) for server in replicas]
        self.assertEqual(sum(shares), rounds * len(names))  # one of them may have been the faster each time

    def test_connections_of_the_database_that_break_all_the_time_lose_nothing(self):
        server = self.serve()
        self.person(server)
        asked, deadline = 0, time.monotonic() + 6
        while time.monotonic() < deadline:
            answer = server.post("/login/link", {"email": "ada@example.org"})
            self.assertIn(answer.status, (204, 503), answer.body)
            asked += answer.status == 204
            self.cluster.superuser("""select pg_terminate_backend(pid) from pg_stat_activity
                                      where datname ~ '^e2e_' and usename = 'signet' and pid <> pg_backend_pid()""")
            time.sleep(0.02)
        self.assertGreater(asked, 3)
        time.sleep(2)  # the longest delivery is over
        self.end_leases()
        self.is_empty()
        # One that was answered with 503 may have been noted all the same.
        self.assertGreaterEqual(len(self.message_ids()), asked)
        self.assertEqual(set(self.message_ids().values()), {1})

    def test_a_transaction_that_is_rolled_back_sends_nothing(self):
        server = self.serve()
        ada = self.person(server)
        self.ask(server)
        self.is_empty()
        ticket = ticket_of(*self.mail.messages())
        self.sql("""create function public.refuse() returns trigger language plpgsql set search_path = pg_catalog, pg_temp
                        as $$ begin raise exception 'not today'; end $$;
                    create constraint trigger refuse after update of password on public."user" deferrable
                        initially deferred for each row execute function public.refuse()""")
        answer = server.post("/password/reset", {"ticket": ticket, "newPassword": NEW_PASSWORD})
        self.assertGreaterEqual(answer.status, 500, answer.body)
        time.sleep(1.5)
        self.assertEqual((self.rows(), len(self.mail.mails)), (0, 1))
        self.sql('drop trigger refuse on public."user"')
        self.assertEqual(server.post("/password/reset", {"ticket": ticket, "newPassword": NEW_PASSWORD}).status, 204)
        wait_until(lambda: len(self.mail.mails) == 2, what="the notice")
        self.assertEqual(server.login(ada["username"], NEW_PASSWORD).status, 200)


class AFailOver(unittest.TestCase):
    def test_a_fail_over_while_a_mail_is_sent_loses_nothing_and_sends_nothing_twice(self):
        primary = replication.Node()
        self.addCleanup(primary.close)
        standby = replication.Node(primary)
        self.addCleanup(standby.close)
        primary.demand_a_standby()
        mail = MailServer()
        self.addCleanup(mail.close)
        server = support.Signet(replication.url_of([primary, standby]), wait="/readyz", env={
            **sessions.CHEAP, "AUTH_ISSUER": ISSUER, "AUTH_LIMIT_MAIL": "off",
            "AUTH_KEY_ENCRYPTION_KEY": rotating.new_encryption_key(),
            "AUTH_MAIL_URL": f"smtp://127.0.0.1:{mail.port}?tls=off", "AUTH_MAIL_FROM": "signet@example.org"})
        self.addCleanup(server.close)
        self.assertEqual(server.post("/signup", {"email": "ada@example.org", "password": PASSWORD}).status, 200)
        mail.answers = {"DATA": "hang"}
        for path in ("/password/reset-request", "/login/link", "/login/code"):
            self.assertEqual(server.post(path, {"email": "ada@example.org"}).status, 204)
        wait_until(lambda: mail.attempts, what="a mail on its way")
        primary.kill()
        mail.answers = {}  # it is taken while no database is there to note it
        wait_until(lambda: mail.mails, what="the mail")
        wait_until(lambda: "outbox-not-read" in server.log(), what="the note to fail")
        standby.promote()
        wait_until(lambda: standby.sql("select count(*) from signet.outbox") == "0", what="an empty outbox")
        self.assertEqual(len(mail.mails), 3)
        self.assertEqual(len({str(message["Message-ID"]) for message in mail.messages()}), 3)


class TheTransport(OutboxTest):
    """What `signet mail test` shows of servers is in test_mail.py; this is how the outbox goes on after it."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.certificate = mail_server.make_certificate(folder.name)
        self.env["SSL_CERT_FILE"] = self.certificate[0]

    def to(self, server, user=f"ann:{quoted(SECRET)}@", tls=""):
        self.mail = server
        self.env["AUTH_MAIL_URL"] = f"smtp://{user}localhost:{server.port}{tls}"

    def backlog(self, count=30):
        """What waits when a server with a wrong configuration starts."""
        good = self.serve(env={"AUTH_MAIL_URL": "smtp://127.0.0.1:1?tls=off"})
        self.person(good)
        for _ in range(count):
            self.ask(good)
        wait_until(lambda: self.sql("select count(*) from signet.outbox where kind = 'ask'") == "0", what="decisions")
        good.stop()
        self.sql("update signet.outbox set due_at = now()")
        return count

    def test_a_wrong_configuration_is_an_error_in_the_log_and_no_busy_loop_and_its_cure_loses_nothing(self):
        count = self.backlog()
        starttls = {"tls": "starttls", "certificate": self.certificate}
        cases = {"AUTH_MAIL_URL is refused": lambda: self.to(self.mail_server(**starttls, password="another")),
                 "offers no STARTTLS": lambda: self.to(self.mail_server()),
                 "no trusted TLS connection": lambda: self.to(self.mail_server(
                     tls="starttls", certificate=mail_server.make_certificate(
                         pathlib.Path(self.certificate[0]).parent, "other.example.org", "192.0.2.1")))}
        for what, prepare in cases.items():
            with self.subTest(what):
                prepare()
                server = self.serve()
                wait_until(lambda: self.events(server, "mail-delayed"), what=f"a failed attempt:\n{server.log()}")
                time.sleep(4)
                lines = self.events(server, "mail-delayed")
                self.assertLessEqual(len(lines), 4)
                self.assertLessEqual(self.mail.connections, 2 * 4)
                self.assertEqual({line["level"] for line in lines}, {"error"})
                self.assertIn(what, lines[0]["reason"])
                self.assertEqual((self.mail.mails, self.rows()), ([], count))
                for text in (server.log(), self.command("outbox", "list", "--json").stdout):
                    for word in (SECRET, quoted(SECRET), base64.b64encode(SECRET.encode()).decode().rstrip("=")):
                        self.assertNotIn(word, text)
                server.stop()
        self.to(self.mail_server(**starttls, password=SECRET))
        self.serve()
        self.sql("update signet.outbox set due_at = now()")
        self.is_empty()
        self.assertEqual((len(self.mail.mails), self.mail.connections), (count, 1))


class Keys(OutboxTest):
    """The rows are sealed as the keys of sessions are."""

    def wait_behind(self, count=3):
        """Rows that wait for a mail server, and no session."""
        self.mail.close()
        server = self.serve()
        self.command("user", "create", "ada", "--email", "ada@example.org", stdin=PASSWORD + "\n")
        for _ in range(count):
            self.ask(server)
        wait_until(lambda: self.sql("select count(*) from signet.outbox where kind = 'ask'") == "0", what="decisions")
        server.stop()
        self.mail = self.mail_server(port=self.mail.port)

    def kek_ids(self):
        return set(self.sql("select distinct split_part(body, '.', 2) from signet.outbox").splitlines())

    def test_what_waits_is_sealed_anew_by_rewrap_and_delivered_without_the_old_key(self):
        old, new = self.env["AUTH_KEY_ENCRYPTION_KEY"], rotating.new_encryption_key()
        self.wait_behind()
        self.sql("update signet.outbox set failed_at = now() where id = (select min(id::text)::uuid from signet.outbox)")
        (before,) = self.kek_ids()
        self.env["AUTH_KEY_ENCRYPTION_KEY"] = f"{new},{old}"
        self.assertIn("Would seal 3 row(s) of the outbox", self.command("keys", "rewrap").stdout)
        self.assertEqual(self.kek_ids(), {before})
        self.assertIn("Sealed 3 row(s) of the outbox", self.command("keys", "rewrap", "--yes").stdout)
        self.assertNotIn(before, self.kek_ids())
        self.assertNotIn("outbox", self.command("keys", "rewrap", "--yes").stdout)
        audited = json.loads(self.command("audit", "--action", "outbox-rewrapped", "--json").stdout)
        self.assertEqual(len(audited), 1)
        self.env["AUTH_KEY_ENCRYPTION_KEY"] = new
        self.command("outbox", "retry", "--failed")
        server = self.serve()
        self.sql("update signet.outbox set due_at = now()")
        self.is_empty()
        self.assertEqual(len(self.mail.mails), 3)
        self.assertEqual(server.post("/password/reset", {"ticket": ticket_of(self.mail.messages()[0]),
                                                         "newPassword": NEW_PASSWORD}).status, 204)

    def test_what_cannot_be_opened_is_an_error_at_once_and_given_up_within_the_hour(self):
        old = self.env["AUTH_KEY_ENCRYPTION_KEY"]
        self.env["AUTH_PRIVATE_KEY"] = fixed_key()
        self.wait_behind(1)
        self.env["AUTH_KEY_ENCRYPTION_KEY"] = rotating.new_encryption_key()
        done = self.command("keys", "rewrap", "--yes", code=1)
        self.assertIn("1 row(s) of the outbox cannot be read", done.stderr)
        server = self.serve()
        self.sql("update signet.outbox set due_at = now()")
        wait_until(lambda: self.events(server, "mail-delayed"), what="an attempt")
        line = self.events(server, "mail-delayed")[0]
        self.assertEqual(line["level"], "error")
        self.assertIn("needs the key-encryption key", line["reason"])
        (row,) = self.listed()
        self.assertEqual(row["state"], "waiting")
        self.assertIn("needs the key-encryption key", row["error"])
        self.sql("update signet.outbox set tried_since = now() - interval '1 hour', due_at = now()")
        wait_until(lambda: self.listed()[0]["state"] == "failed", what="the end of the attempts")
        self.assertEqual(self.events(server, "mail-given-up")[0]["level"], "error")
        self.command("keys", "rewrap", "--yes")  # what was given up is no failure of it
        server.stop()
        # The key is found again.
        self.env["AUTH_KEY_ENCRYPTION_KEY"] = old
        self.serve()
        self.command("outbox", "retry", "--failed")
        self.is_empty()
        self.assertEqual(self.recipients(), ["ada@example.org"])

    def test_a_replica_that_lacks_the_key_of_the_sessions_leaves_rows_to_others(self):
        self.env["AUTH_PRIVATE_KEY"] = fixed_key()
        self.mail.answers = {"RCPT": "451 later"}
        good = self.serve()
        self.person(good)
        self.ask(good)
        wait_until(lambda: self.mail.attempts, what="an attempt")
        good.stop()
        attempts = int(self.sql("select attempts from signet.outbox"))
        bad = self.serve(env={"AUTH_KEY_ENCRYPTION_KEY": rotating.new_encryption_key()}, wait="/livez")
        wait_until(lambda: "session-keys-unusable" in bad.log(), what="the look at the sessions")
        self.sql("update signet.outbox set due_at = now()")
        time.sleep(2.5)
        self.assertEqual(int(self.sql("select attempts from signet.outbox")), attempts)


def forms_of(secret):
    """How a secret may stand in a text."""
    data = secret.encode()
    forms = {secret, quoted(secret), quoted(secret).lower(), data.hex(), data.hex().upper(), secret[::-1]}
    for shift in range(3):  # wherever in a longer text it stands
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            coded = encode(b"\0" * shift + data).decode().rstrip("=")
            forms.add(coded[-(-shift * 8 // 6):-1] if shift else coded[:-1])
    with contextlib.suppress(ValueError):
        raw = base64.urlsafe_b64decode(secret + "=")
        forms |= {raw.hex(), base64.b64encode(raw).decode().rstrip("=")[:-1]} if len(raw) == 32 else set()
    return forms


class Secrecy(OutboxTest):
    """Whoever reads a dump and all logs can use nothing of it."""

    def setUp(self):
        super().setUp()
        self.name = self.url.rpartition("/")[2].partition("?")[0]
        self.cluster.superuser(f"alter database {self.name} set log_statement = 'all';"
                               f"alter database {self.name} set log_min_duration_statement = 0")
        self.env.update(AUTH_LOG_LEVEL="debug", AUTH_EMAIL_VERIFICATION="optional")

    def texts(self, server):
        """What somebody may get hold of."""
        home = pathlib.Path(self.cluster.dir, "cluster/location").read_text().strip()
        dump = subprocess.run(["pg_dump", "-d", self.url], capture_output=True, text=True, check=True, timeout=60)
        return {"a dump": dump.stdout, "the log": server.log(),
                "the log of PostgreSQL": pathlib.Path(home, "server.log").read_text(errors="replace"),
                "the list of the outbox": self.command("outbox", "list", "--json").stdout,
                "the audit": self.command("audit", "--json", "--limit", "1000").stdout}

    def holds_nothing(self, texts, *words):
        for where, text in texts.items():
            for word in words:
                if re.fullmatch(r"\d{6}", word):  # other numbers have as many digits
                    self.assertIsNone(re.search(rf"(?<![\w.:+-]){word}(?![\w.:-])", text), where)
                    continue
                for form in forms_of(word):
                    self.assertFalse(form in text, f"{where} has a secret")  # and is too long to be shown

    def asks(self, server):
        def change():
            head = bearer(server.login("ada").json["token"])
            self.assertEqual(server.post("/email/change", {"newEmail": "new@example.org", "currentPassword": PASSWORD},
                                         headers=head).status, 204)
        return {
            "verify-email": lambda: self.ask(server, path="/email/verification"),
            "reset-password": lambda: self.ask(server),
            "sign-in-link": lambda: self.ask(server, path="/login/link"),
            "sign-in-code": lambda: self.ask(server, path="/login/code"),
            "change-email": change,
            "invitation": lambda: self.command("user", "invite", "bob@example.org"),
        }

    def test_a_dump_and_the_logs_give_no_ticket_code_or_password_that_could_be_used(self):
        server = self.serve()
        self.person(server)
        self.is_empty()  # the signup sends a mail as well
        for name, ask in self.asks(server).items():
            with self.subTest(name):
                self.mail.mails.clear()
                # As filters do, it says what it did not like.
                self.mail.answers = {"DATA": lambda content: "451 4.7.1 not " + (
                    ticket_of(mail_server.parse(content)) or code_of(mail_server.parse(content)) or "this")}
                ask()
                wait_until(lambda: [row for row in self.listed() if row["name"] == name and row["error"]],
                           what=f"an attempt to send {name}")
                before = self.texts(server)
                hashes = self.sql("select hash from signet.ticket").split()
                self.mail.answers = {}
                self.sql("update signet.outbox set due_at = now()")
                self.is_empty()
                words = [word for message in self.mail.messages() for word in (ticket_of(message), code_of(message))
                         if word]
                self.assertEqual(len(words), 1)
                after = self.texts(server)
                self.holds_nothing(before, *words)
                self.holds_nothing(after, *words)
                self.assertTrue(hashes)
                self.cannot_be_used(server, hashes)
                self.assertEqual(self.used(server, name, words[0]), 200, name)
                self.holds_nothing(self.texts(server), *words, NEW_PASSWORD)

    def cannot_be_used(self, server, hashes):
        for text in hashes:
            for answer in (server.post("/email/verify", {"ticket": text}),
                           server.post("/password/reset", {"ticket": text, "newPassword": NEW_PASSWORD}),
                           server.post("/login/ticket", {"ticket": text}),
                           server.post("/login/code/verify", {"email": "ada@example.org", "code": text}),
                           server.post("/invitation/accept", {"ticket": text, "password": NEW_PASSWORD}),
                           server.get(f"/verify?ticket={text}")):
                self.assertIn(answer.status, (400, 401, 404, 410), answer.body)

    def used(self, server, name, word):
        """The status, or 200 for 204."""
        calls = {"verify-email": ("/email/verify", {"ticket": word}),
                 "reset-password": ("/password/reset", {"ticket": word, "newPassword": NEW_PASSWORD}),
                 "sign-in-link": ("/login/ticket", {"ticket": word}),
                 "sign-in-code": ("/login/code/verify", {"email": "ada@example.org", "code": word}),
                 "change-email": ("/email/verify", {"ticket": word}),
                 "invitation": ("/invitation/accept", {"ticket": word, "password": NEW_PASSWORD})}
        path, body = calls[name]
        status = server.post(path, body).status
        if name == "reset-password":  # the others of this test want the first one
            self.command("user", "set-password", "ada", stdin=PASSWORD + "\n")
        return 200 if status == 204 else status


if __name__ == "__main__":
    unittest.main()
