"""Events: a real receiver, good and bad, the npm package that checks signatures, and `signet outbox`."""

import base64
import collections
import concurrent.futures
import http.server
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse

import mail_server
import support
from support import PASSWORD, bearer, wait_until

EXAMPLE = support.ROOT / "docs/events"
SECRET = "whsec_" + base64.b64encode(b"a key of 32 bytes for the events").decode()
OTHER = "whsec_" + base64.b64encode(b"twenty-four bytes of key").decode()
CHEAP = {"AUTH_ARGON2_MEMORY_KIB": "64", "AUTH_ARGON2_ITERATIONS": "1"}
POST_MAX_S = 15


class Event:
    def __init__(self, headers, body):
        self.at = time.monotonic()
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.body = body
        self.id = self.headers["webhook-id"]
        self.type, self.data = (json.loads(body)[member] for member in ("type", "data"))
        self.user = self.data["id"]


class Receiver(http.server.ThreadingHTTPServer):
    """Keeps what comes. `answer` says for an event the status, or "hang"; it may be changed at any time."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port=0):
        super().__init__(("127.0.0.1", port), Posts)
        self.answer = lambda event: 204
        self.tries, self.taken = [], []
        self.done = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}/events?key=hunter2"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # the other end has gone, as it should

    def types(self, user=None):
        return [event.type for event in list(self.taken) if user in (None, event.user)]

    def close(self):
        self.done.set()
        self.shutdown()
        self.server_close()


class Posts(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        event = Event(self.headers, self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.tries.append(event)
        status = self.server.answer(event)
        if status == "hang":
            self.server.done.wait(60)
            self.close_connection = True
            return
        if status // 100 == 2:
            self.server.taken.append(event)
        body = b"" if status == 204 else b"said the receiver"
        self.send_response(status)
        if status // 100 == 3:
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        if body:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def verified(events, secret=SECRET):
    """What standardwebhooks makes of each: the event, or None."""
    asked = [{"secret": secret, "body": event.body, "headers": event.headers} for event in events]
    done = subprocess.run(["node", pathlib.Path(__file__).with_name("verify_events.mjs")], input=json.dumps(asked),
                          capture_output=True, text=True, timeout=support.DEADLINE_S, check=True)
    return json.loads(done.stdout)


class EventTest(support.ClusterTest):
    def setUp(self):
        self.receiver = self.receive()
        self.url = self.cluster.fresh_database()
        self.env = {"AUTH_EVENTS_URL": self.receiver.url, "AUTH_EVENTS_SECRET": SECRET, **CHEAP}

    def receive(self, port=0):
        receiver = Receiver(port)
        self.addCleanup(receiver.close)
        return receiver

    def serve(self, **options):
        return self.signet(self.url, env={**self.env, **options.pop("env", {})}, **options)

    def command(self, server, *words, code=0, stdin="", **env):
        done = support.command(*words, stdin=stdin, cwd=server.dir, env={
            "DATABASE_URL": self.url, "AUTH_KEYS_DIR": server.keys, **self.env, **env})
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def create(self, server, name, *more):
        self.command(server, "user", "create", name, *more, stdin=PASSWORD + "\n")
        return self.cluster.sql(f"select id from \"user\" where username = '{name}'", self.url)

    def outbox(self, server):
        return json.loads(self.command(server, "outbox", "list", "--json").stdout)

    def arrives(self, count, receiver=None):
        receiver = receiver or self.receiver
        wait_until(lambda: len(receiver.taken) >= count, what=f"{count} events; there are {receiver.types()}")

    def is_quiet(self, count):
        """No more than these have come, and nothing waits."""
        wait_until(lambda: self.cluster.sql("select count(*) from signet.outbox where sent_at is null", self.url) == "0",
                   what="an empty outbox")
        self.assertEqual(len(self.receiver.taken), count, self.receiver.types())


class WhatIsSent(EventTest):
    def test_what_operators_do_arrives_signed_and_in_order(self):
        server = self.serve()
        ada = self.create(server, "ada", "--email", "ada@example.org")
        for words in (["role", "create", "editor"], ["user", "grant", "ada", "editor"], ["user", "grant", "ada", "editor"],
                      ["user", "revoke", "ada", "editor"], ["user", "rename", "ada", "countess"],
                      ["user", "set-email", "countess", "--none"], ["user", "disable", "countess"],
                      ["user", "enable", "countess"]):
            self.command(server, *words)
        self.command(server, "user", "set-password", "countess", stdin="another-" + PASSWORD)
        self.command(server, "user", "delete", "countess", "--yes")
        wanted = [("user.created", {"username": "ada", "email": "ada@example.org", "roles": ["user"],
                                    "by": "operator"}),
                  ("roles.changed", {"roles": ["editor", "user"], "granted": ["editor"], "revoked": []}),
                  ("roles.changed", {"roles": ["user"], "granted": [], "revoked": ["editor"]}),
                  ("user.renamed", {"username": "countess"}), ("user.email-changed", {"email": None}),
                  ("user.disabled", {}), ("user.enabled", {}), ("password.changed", {}), ("user.deleted", {})]
        self.arrives(len(wanted))
        self.is_quiet(len(wanted))
        for event, told, (kind, data) in zip(self.receiver.taken, verified(self.receiver.taken), wanted):
            self.assertEqual({"type": kind, "data": {"id": ada, **data}}, {k: told[k] for k in ("type", "data")})
            self.assertRegex(told["timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
            self.assertEqual(list(json.loads(event.body)), ["type", "timestamp", "data"])
        self.assertEqual(verified(self.receiver.taken, OTHER), [None] * len(wanted))
        self.assertEqual(len({event.id for event in self.receiver.taken}), len(wanted))

    def test_what_users_do_arrives_too(self):
        server = self.serve(env={"AUTH_REFRESH_GRACE": "1s"})
        signed_in = server.post("/signup", {"username": "ada", "email": "ada@example.org", "password": PASSWORD}).json
        head = bearer(signed_in["token"])
        self.assertEqual(server.request("PATCH", "/me", {"username": "countess"}, headers=head).status, 200)
        new = "another-" + PASSWORD
        self.assertEqual(server.post("/password", {"currentPassword": PASSWORD, "newPassword": new},
                                     headers=head).status, 204)
        first = server.login("countess", new).json["refreshToken"]
        second = server.post("/refresh", {"refreshToken": first}).json["refreshToken"]
        server.post("/refresh", {"refreshToken": second})
        time.sleep(1.5)
        self.assertEqual(server.post("/refresh", {"refreshToken": first}).status, 401)
        head = bearer(server.login("countess", new).json["token"])
        self.assertEqual(server.request("DELETE", "/me", {"currentPassword": new}, headers=head).status, 204)
        self.arrives(5)
        self.is_quiet(5)
        told = verified(self.receiver.taken)
        self.assertEqual([event["type"] for event in told],
                         ["user.created", "user.renamed", "password.changed", "session.reuse", "user.deleted"])
        self.assertEqual(told[0]["data"], {"id": signed_in["id"], "username": "ada", "email": "ada@example.org",
                                           "roles": ["user"], "by": "signup"})
        self.assertEqual(told[1]["data"], {"id": signed_in["id"], "username": "countess"})
        self.assertRegex(told[3]["data"]["session"], r"^[0-9a-f-]{36}$")

    def test_what_fails_or_is_done_by_sql_makes_no_event(self):
        server = self.serve()
        self.create(server, "ada", "--email", "ada@example.org")
        self.command(server, "user", "create", "ADA", stdin=PASSWORD, code=1)
        self.command(server, "user", "grant", "ada", "nothing", code=1)
        self.assertEqual(server.signup("Ada").status, 409)
        self.cluster.sql("update \"user\" set username = 'countess'; delete from user_role", self.url)
        self.arrives(1)
        self.is_quiet(1)

    def test_a_command_without_the_key_of_the_servers_changes_nothing(self):
        server = self.serve()
        with tempfile.TemporaryDirectory() as elsewhere:
            done = self.command(server, "user", "create", "ada", stdin=PASSWORD, code=1, AUTH_KEYS_DIR=elsewhere)
            self.assertIn("has no session.key", done.stderr)
            self.assertEqual(os.listdir(elsewhere), [])
        self.assertEqual(self.cluster.sql('select count(*) from "user"', self.url), "0")

    def test_each_of_two_secrets_verifies_and_none_of_them_is_shown(self):
        server = self.serve(env={"AUTH_EVENTS_SECRET": f"{SECRET},{OTHER}", "AUTH_LOG_LEVEL": "debug"})
        self.create(server, "ada")
        self.arrives(1)
        for secret in (SECRET, OTHER):
            self.assertEqual(verified(self.receiver.taken, secret)[0]["type"], "user.created")
        for shown in (server.log(), self.command(server, "config", "--get", "AUTH_EVENTS_URL").stdout):
            for secret in (SECRET, OTHER, "hunter2"):
                self.assertNotIn(secret, shown)

    def test_without_a_url_nothing_is_written_and_without_a_secret_nothing_starts(self):
        server = self.signet(self.url, env=CHEAP)
        self.command(server, "user", "create", "ada", stdin=PASSWORD, AUTH_EVENTS_URL="", AUTH_EVENTS_SECRET="")
        self.assertEqual(server.signup("bob").status, 200)
        self.assertEqual(self.cluster.sql("select count(*) from signet.outbox where sent_at is null", self.url), "0")
        done = self.command(server, "user", "list", code=78, AUTH_EVENTS_SECRET="")
        self.assertIn("AUTH_EVENTS_SECRET is required with AUTH_EVENTS_URL", done.stderr)


class Delivery(EventTest):
    def test_a_failed_try_is_repeated_with_the_same_id_and_body_and_holds_up_its_user_only(self):
        answers = {}
        self.receiver.answer = lambda event: answers.get(event.user, 204)
        server = self.serve()
        ada = self.create(server, "ada")
        self.arrives(1)
        answers[ada] = 500
        self.command(server, "user", "disable", "ada")
        self.command(server, "user", "enable", "ada")
        wait_until(lambda: len(self.receiver.tries) >= 4, what="three tries")
        self.create(server, "bob")
        self.arrives(2)
        (row,) = [row for row in self.outbox(server) if row["attempts"] > 0]
        self.assertEqual((row["kind"], row["name"], row["to"], row["state"]),
                         ("event", "user.disabled", None, "waiting"))
        self.assertEqual(row["error"], "answered 500: said the receiver")
        answers.clear()
        self.arrives(4)
        self.is_quiet(4)
        self.assertEqual(self.receiver.types(ada), ["user.created", "user.disabled", "user.enabled"])
        tries = [event for event in self.receiver.tries if event.type == "user.disabled"]
        self.assertEqual(len({(event.id, event.body) for event in tries}), 1)
        self.assertGreater(len({event.headers["webhook-timestamp"] for event in tries}), 1)
        self.assertNotIn(None, verified(tries))
        pauses = [later.at - before.at for before, later in zip(tries, tries[1:])]
        self.assertTrue(all(1 <= pause <= 20 for pause in pauses), pauses)
        self.assertGreater(pauses[1], 1.9)

    def test_a_receiver_that_hangs_is_tried_again_and_others_do_not_wait(self):
        server = self.serve()
        ada = self.create(server, "ada")
        self.arrives(1)
        self.receiver.answer = lambda event: "hang" if event.user == ada and len(self.receiver.tries) == 2 else 204
        self.command(server, "user", "disable", "ada")
        wait_until(lambda: len(self.receiver.tries) == 2, what="the event that hangs")
        began = time.monotonic()
        self.create(server, "bob")
        self.arrives(2)
        self.assertLess(time.monotonic() - began, POST_MAX_S - 3)
        self.arrives(3)
        self.assertEqual(self.receiver.types(ada), ["user.created", "user.disabled"])
        self.is_quiet(3)

    def test_what_was_committed_is_delivered_after_a_kill(self):
        server = self.serve()
        ada = self.create(server, "ada")
        self.arrives(1)
        self.receiver.answer = lambda event: "hang"
        self.command(server, "user", "disable", "ada")
        wait_until(lambda: len(self.receiver.tries) == 2, what="the event on its way")
        server.stop(signal.SIGKILL)
        self.command(server, "user", "enable", "ada")  # committed while nobody runs
        self.receiver.answer = lambda event: 204
        # The lease of the one on its way lasts longer than a test does.
        self.cluster.sql("update signet.outbox set due_at = now() where leased", self.url)
        server.start("/readyz")
        self.arrives(3)
        self.is_quiet(3)
        self.assertEqual(self.receiver.types(ada), ["user.created", "user.disabled", "user.enabled"])
        self.assertEqual(self.receiver.tries[1].id, self.receiver.tries[2].id)

    def test_two_replicas_deliver_each_event_once_and_in_order(self):
        first = self.serve()
        second = self.serve(keys=first.keys)
        names = [f"user-{i}" for i in range(8)]
        rounds = 5

        def live(pair):
            name, server = pair
            account = server.signup(name).json
            for turn in range(rounds):
                renamed = server.request("PATCH", "/me", {"username": f"{name}.{turn}"}, headers=bearer(account["token"]))
                self.assertEqual(renamed.status, 200, renamed.body)
            return account["id"], name

        with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
            users = dict(pool.map(live, zip(names, [first, second] * len(names))))
        self.arrives(len(names) * (rounds + 1))
        self.is_quiet(len(names) * (rounds + 1))
        self.assertEqual(set(collections.Counter(event.id for event in self.receiver.tries).values()), {1})
        for user, name in users.items():
            self.assertEqual([event.data["username"] for event in self.receiver.taken if event.user == user],
                             [name] + [f"{name}.{turn}" for turn in range(rounds)])

    def test_a_receiver_that_is_gone_ends_the_tries_until_somebody_retries(self):
        self.receiver.answer = lambda event: 410
        server = self.serve()
        self.create(server, "ada")
        wait_until(lambda: any(row["state"] == "failed" for row in self.outbox(server)), what="a failed row")
        ((tried,), (row,)) = self.receiver.tries, self.outbox(server)
        self.assertEqual((row["id"], row["attempts"], row["error"]), (tried.id, 1, "answered 410: said the receiver"))
        self.assertIn("event-given-up", server.log())
        self.receiver.answer = lambda event: 204
        time.sleep(2)
        self.assertEqual(len(self.receiver.tries), 1)
        self.command(server, "outbox", "retry", row["id"])
        self.arrives(1)
        again = self.receiver.taken[0]
        self.assertEqual((again.id, again.body), (tried.id, tried.body))
        self.is_quiet(1)
        # What was delivered can be sent again, too: the receiver may have lost it.
        (sent,) = json.loads(self.command(server, "outbox", "list", "--sent", "--json").stdout)
        self.assertEqual((sent["id"], sent["state"]), (row["id"], "sent"))
        self.command(server, "outbox", "retry", "--sent-since", "1h")
        self.arrives(2)
        self.assertEqual((self.receiver.taken[1].id, self.receiver.taken[1].body), (tried.id, tried.body))
        self.is_quiet(2)
        self.command(server, "outbox", "retry", "00000000-0000-4000-8000-000000000000", code=1)
        audited = json.loads(self.command(server, "audit", "--action", "outbox-retried", "--json").stdout)
        self.assertEqual([entry["subject"] for entry in audited], [row["id"], "outbox"])

    def test_what_was_given_up_a_month_ago_is_removed_by_a_server(self):
        self.serve()
        self.cluster.sql("insert into signet.outbox (id, kind, name, body, failed_at) select gen_random_uuid(), 'mail', "
                         "'invitation', 'v1.x', now() - days * interval '1 day' from unnest(array[29, 31]) as days", self.url)
        self.serve()
        wait_until(lambda: self.cluster.sql("select count(*) from signet.outbox where sent_at is null", self.url) == "1", what="one row")
        self.assertEqual(self.cluster.sql("select failed_at > now() - interval '30 days' from signet.outbox where sent_at is null", self.url), "t")

    def test_a_redirect_is_not_followed_and_a_large_answer_is_an_answer(self):
        self.receiver.answer = lambda event: 307
        server = self.serve()
        self.create(server, "ada")
        wait_until(lambda: any(row["attempts"] > 0 and row["error"] for row in self.outbox(server)), what="a failed try")
        self.assertIn("set AUTH_EVENTS_URL to where it leads", self.outbox(server)[0]["error"])
        self.receiver.answer = lambda event: 200
        self.arrives(1)

    def test_a_receiver_that_is_away_for_a_while_loses_nothing(self):
        port = self.receiver.server_port
        self.receiver.close()
        server = self.serve()
        for name in ("ada", "bob", "eve"):
            self.create(server, name)
        wait_until(lambda: len([row for row in self.outbox(server) if "connect" in row["error"]]) == 3,
                   what="three failed tries")
        back = self.receive(port)
        self.arrives(3, back)
        self.assertEqual(sorted(event.data["username"] for event in back.tries), ["ada", "bob", "eve"])


class Invitations(EventTest):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.mails = pathlib.Path(folder.name, "mail")
        self.env.update(AUTH_MAIL_URL=f"file:{self.mails}", AUTH_MAIL_FROM="signet@example.org")

    def ticket(self):
        wait_until(lambda: list(self.mails.glob("*.eml")), what="a mail")
        (path,) = self.mails.glob("*.eml")
        text = mail_server.text_of(mail_server.parse(path.read_bytes()))
        return urllib.parse.unquote(re.search(r"/verify\?ticket=([^\s&]+)", text)[1])

    def test_an_invited_user_chooses_a_name_and_a_password(self):
        server = self.serve()
        self.command(server, "role", "create", "editor")
        done = self.command(server, "user", "invite", "ada@example.org", "--role", "editor")
        self.assertRegex(done.stdout, r"^invited ada@example\.org \([0-9a-f-]{36}\)\n$")
        ticket = self.ticket()
        self.assertNotIn(ticket, done.stdout + done.stderr)
        self.assertEqual(server.login("ada@example.org").status, 401)
        accepted = server.post("/invitation/accept", {"ticket": ticket, "username": "ada", "password": PASSWORD})
        self.assertEqual(accepted.status, 200, accepted.body)
        self.assertEqual(accepted.json["roles"], ["editor", "user"])
        self.assertEqual(server.login("ada").status, 200)
        self.assertEqual(server.post("/invitation/accept", {"ticket": ticket, "password": PASSWORD}).status, 400)
        self.arrives(3)
        told = verified(self.receiver.taken)
        self.assertEqual(told[0]["data"]["by"], "invitation")
        self.assertEqual([event["type"] for event in told], ["user.created", "user.renamed", "user.email-verified"])

    def test_a_known_address_a_wrong_role_or_no_mail_invites_nobody(self):
        server = self.serve()
        self.command(server, "user", "invite", "ada@example.org")
        self.ticket()
        self.assertIn("ada", self.command(server, "user", "list").stdout)
        self.command(server, "user", "invite", "ADA@example.org", code=1)
        self.command(server, "user", "invite", "bob@example.org", "--role", "nothing", code=1)
        self.command(server, "user", "invite", "bob", code=1)
        done = self.command(server, "user", "invite", "bob@example.org", code=78, AUTH_MAIL_URL="", AUTH_MAIL_FROM="")
        self.assertIn("AUTH_MAIL_URL is required", done.stderr)
        self.assertEqual(self.cluster.sql('select count(*) from "user"', self.url), "1")
        self.assertEqual(len(list(self.mails.glob("*.eml"))), 1)


class Hasura(http.server.ThreadingHTTPServer):
    """Takes the mutations of the example as Hasura would, and keeps their variables."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Mutations)
        self.asked, self.fails = [], 0
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()


class Mutations(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = {"data": {}}
        if self.path != "/v1/graphql" or self.headers["X-Hasura-Admin-Secret"] != "a secret":
            answer = {"errors": [{"message": "invalid x-hasura-admin-secret"}]}
        elif self.server.fails:
            self.server.fails -= 1
            answer = {"errors": [{"message": "connection error"}]}
        else:
            self.server.asked.append((re.search(r"(insert|delete)_profile\w+", asked["query"])[0], asked["variables"]))
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Example(EventTest):
    def test_the_example_writes_a_row_through_hasura_and_sends_a_welcome_mail(self):
        hasura, mails = Hasura(), mail_server.MailServer()
        self.addCleanup(hasura.close)
        self.addCleanup(mails.close)
        hasura.fails = 1  # then Signet sends the event again
        example = subprocess.Popen(["node", "receiver.js"], cwd=EXAMPLE, stdout=subprocess.PIPE, text=True, env={
            "PATH": os.environ["PATH"], "PORT": "0", "EVENTS_SECRET": SECRET, "HASURA_URL": hasura.url,
            "HASURA_ADMIN_SECRET": "a secret", "SMTP_URL": f"smtp://127.0.0.1:{mails.port}",
            "MAIL_FROM": "Example <hello@example.org>"})
        self.addCleanup(example.stdout.close)
        self.addCleanup(example.wait)
        self.addCleanup(example.kill)
        self.env["AUTH_EVENTS_URL"] = example.stdout.readline().strip()
        server = self.serve()
        ada = self.create(server, "ada", "--email", "ada@example.org")
        wait_until(lambda: mails.mails, what="the welcome mail")
        ((sender, recipients, content),) = mails.mails
        self.assertEqual((sender, recipients), ("hello@example.org", ["ada@example.org"]))
        message = mail_server.parse(content)
        self.assertEqual(message["Subject"], "Welcome")
        self.assertIn("Hello ada", message.get_content())
        self.assertRegex(message["Message-ID"], r"^<[0-9a-f-]{36}@example\.org>$")
        self.command(server, "user", "disable", "ada")
        self.command(server, "user", "delete", "ada", "--yes")
        wait_until(lambda: len(hasura.asked) == 2, what="both mutations")
        self.assertEqual(hasura.asked, [("insert_profile_one", {"profile": {"user_id": ada, "name": "ada"}}),
                                        ("delete_profile_by_pk", {"id": ada})])
        # Others cannot send it events.
        port = int(self.env["AUTH_EVENTS_URL"].rsplit(":", 1)[1])
        forged = json.dumps({"type": "user.deleted", "timestamp": "2027-01-15T08:00:00Z", "data": {"id": ada}})
        connection = support.http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("POST", "/", forged, {"webhook-id": "x", "webhook-timestamp": str(int(time.time())),
                                                 "webhook-signature": "v1,AAAA"})
        self.assertEqual(connection.getresponse().status, 401)
        connection.close()
        self.assertEqual(len(hasura.asked), 2)


if __name__ == "__main__":
    unittest.main()
