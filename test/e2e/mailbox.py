"""What the tests of mails share: where mails arrive, and servers that send them there."""

import concurrent.futures
import itertools
import pathlib
import re
import tempfile
import types
import urllib.parse

import mail_server
import rotating
import support
from support import PASSWORD, bearer, wait_until

# These tests are about mails: a password is to cost little.
CHEAP = {"AUTH_ARGON2_MEMORY_KIB": "64", "AUTH_ARGON2_ITERATIONS": "1", "AUTH_IO_THREADS": "1",
         "AUTH_LANE_DATA_THREADS": "2", "AUTH_LANE_CRYPTO_THREADS": "2"}
ISSUER = "https://id.example.org"
CLIENT = "https://app.example.org/home"
NEW_PASSWORD = "walnut-Harbour-62-kettle"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SIGNED_IN = {"id", "username", "email", "roles", "defaultRole", "token", "expiresIn", "refreshToken"}


def kinds():
    """By the pattern of its subject, the name and the language of each mail that ships."""
    found = {}
    for path in (support.ROOT / "templates/mail").glob("*/*.txt"):
        subject = path.read_text().partition("\n")[0]
        if subject.startswith("Subject: "):
            words = re.split(r"\{\{\w+\}\}", subject.removeprefix("Subject: "))
            found[re.compile(".+".join(map(re.escape, words)))] = (path.stem, path.parent.name)
    return found


KINDS = kinds()


class Received:
    """A mail that arrived."""

    def __init__(self, content):
        self.content = content
        self.message = mail_server.parse(content)
        self.to = str(self.message["To"])
        self.text, self.html = mail_server.text_of(self.message), mail_server.html_of(self.message)
        (self.kind, self.language), = [value for pattern, value in KINDS.items()
                                       if pattern.fullmatch(str(self.message["Subject"]))]
        self.taken = False

    @property
    def link(self):
        return re.search(r"^\S+/verify\?\S+$", self.text, re.MULTILINE)[0]

    @property
    def path(self):
        """Of the link, with its query."""
        return self.link.removeprefix(ISSUER)

    @property
    def ticket(self):
        return urllib.parse.parse_qs(urllib.parse.urlsplit(self.link).query)["ticket"][0]

    @property
    def code(self):
        return re.search(r"^ +(\d{6})$", self.text, re.MULTILINE)[1]

    def secrets(self):
        """What nobody may find elsewhere."""
        return re.findall(r"ticket=([\w-]+)|^ +(\d{6})$", self.text, re.MULTILINE)


class Mailbox:
    """The mails of a directory (`file:DIR`), or those that a MailServer took."""

    def __init__(self, source):
        self.source = source
        self.received = {}

    def mails(self):
        """All, in the order in which they came."""
        if isinstance(self.source, mail_server.MailServer):
            contents = {number: mail[2] for number, mail in enumerate(list(self.source.mails))}
        else:
            files = sorted(self.source.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
            contents = {path: path.read_bytes() for path in files}
        for key, content in contents.items():
            if key not in self.received:
                self.received[key] = Received(content)
        return [self.received[key] for key in contents]

    def left(self, to=None):
        """Those that no test has taken."""
        return [mail for mail in self.mails() if not mail.taken and to in (None, mail.to)]

    def take(self, to, kind):
        """Waits for a mail to this address, and takes it."""
        def fit():
            return [mail for mail in self.left(to) if mail.kind == kind]
        wait_until(fit, what=f"{kind} to {to}; there are {[(mail.kind, mail.to) for mail in self.left()]}")
        mail = fit()[0]
        mail.taken = True
        return mail


class MailTest(support.ClusterTest):
    """Servers that the tests of a class share, on one database; their mails become files."""

    env = {}
    replicas = 1
    numbers = itertools.count(1)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.url = cls.cluster.fresh_database()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.mailbox = Mailbox(pathlib.Path(folder.name))
        cls.settings = {**CHEAP, "AUTH_ISSUER": ISSUER, "AUTH_CLIENT_URL": CLIENT, "AUTH_LOG_LEVEL": "debug",
                        "AUTH_KEY_ENCRYPTION_KEY": rotating.new_encryption_key(), "AUTH_LIMIT_MAIL": "off",
                        "AUTH_MAIL_URL": f"file:{folder.name}", "AUTH_MAIL_FROM": "signet@example.org", **cls.env}
        cls.servers = [cls.start() for _ in range(cls.replicas)]
        cls.server = cls.servers[0]

    @classmethod
    def start(cls, **env):
        server = support.Signet(cls.url, wait="/readyz", env={**cls.settings, **env})
        cls.addClassCleanup(server.close)
        return server

    def tearDown(self):
        secrets = {part for mail in self.mailbox.mails() for found in mail.secrets() for part in found if part}
        for server in self.servers:
            log = server.log()
            for secret in secrets:
                self.assertIsNone(re.search(rf"(?<![\w-]){secret}(?![\w-])", log), "a ticket or code is in the log")
            self.assertNotRegex(log, r'"level":"error"')

    def sql(self, text):
        return self.cluster.sql(text, self.url)

    def command(self, *words, code=0, stdin="", **env):
        done = support.command(*words, stdin=stdin, env={"DATABASE_URL": self.url, **self.settings, **env})
        self.assertEqual(done.returncode, code, (words, done.stdout, done.stderr))
        return done

    def person(self, email=True, proven=False):
        """Somebody who has signed up."""
        name = f"ada{next(self.numbers)}"
        body = {"username": name, "password": PASSWORD, **({"email": f"{name}@example.org"} if email else {})}
        answer = self.server.post("/signup", body)
        self.assertEqual(answer.status, 200, answer.body)
        if proven:
            self.sql(f"insert into signet.proven_address values ('{answer.json['id']}', '{name}@example.org')")
        return types.SimpleNamespace(name=name, email=f"{name}@example.org", id=answer.json["id"],
                                     token=answer.json["token"], refresh=answer.json["refreshToken"])

    def ask(self, path, body, server=None, headers=None):
        answer = (server or self.server).post(path, body, headers=headers)
        self.assertEqual((answer.status, answer.body), (204, b""), (path, body))
        return answer

    def asked(self, path, person, kind, **body):
        """The mail that somebody gets who asks for it."""
        self.ask(path, {"email": person.email, **body})
        return self.mailbox.take(person.email, kind)

    def reset_mail(self, person, **body):
        return self.asked("/password/reset-request", person, "reset-password", **body)

    def link_mail(self, person, **body):
        return self.asked("/login/link", person, "sign-in-link", **body)

    def code_mail(self, person):
        return self.asked("/login/code", person, "sign-in-code")

    def verify_mail(self, person, **body):
        return self.asked("/email/verification", person, "verify-email", **body)

    def change_mail(self, person, new_email, **body):
        """That to the new address; the notice stays in the mailbox."""
        self.ask("/email/change", {"newEmail": new_email, "currentPassword": PASSWORD, **body},
                 headers=bearer(person.token))
        return self.mailbox.take(new_email, "change-email")

    def invite(self, *more):
        """Returns the address, and the mail that came."""
        email = f"guest{next(self.numbers)}@example.org"
        self.command("user", "invite", email, *more)
        return email, self.mailbox.take(email, "invitation")

    def reset(self, ticket, password=NEW_PASSWORD, server=None):
        return (server or self.server).post("/password/reset", {"ticket": ticket, "newPassword": password})

    def follow(self, mail, headers=None, server=None, **fields):
        """The button of the page."""
        body = urllib.parse.urlencode({"ticket": mail.ticket, **fields})
        return (server or self.server).request("POST", "/verify", body, {**FORM, **(headers or {})})

    def me(self, token):
        return self.server.get("/me", headers=bearer(token))

    def is_proven(self, person):
        return self.sql(f"""select exists (select from signet.proven_address p join "user" u on u.id = p.user_id
                            where u.id = '{person.id}' and lower(p.address) = lower(u.email))""") == "t"

    def settle(self):
        """Waits until everything that was asked for has been decided and sent."""
        wait_until(lambda: self.sql("select count(*) from signet.outbox where failed_at is null and sent_at is null") == "0",
                   what="the outbox to be empty")

    def gets_nothing(self, *addresses):
        self.settle()
        self.assertEqual([(mail.kind, mail.to) for mail in self.mailbox.left() if mail.to in addresses], [])

    def later(self, seconds):
        """Makes tickets, and mails that were counted, so much older."""
        self.sql(f"""update signet.ticket set expires_at = expires_at - make_interval(secs => {seconds});
                     update signet.mail_count set at = at - make_interval(secs => {seconds})""")

    def at_once(self, count, call):
        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            return list(pool.map(call, range(count)))

    def refused(self, answer, status, code):
        self.assertEqual((answer.status, answer.json["code"]), (status, code), answer.body)

    def refused_at(self, answer, pointer, code):
        self.assertEqual((answer.status, [(error["pointer"], error["code"]) for error in answer.json["errors"]]),
                         (400, [(pointer, code)]), answer.body)

    def is_signed_in(self, answer):
        """As /login and /signup answer."""
        self.assertEqual((answer.status, set(answer.json)), (200, SIGNED_IN), answer.body)
        self.assertEqual(answer.headers["cache-control"], "no-store")
        self.assertEqual(self.me(answer.json["token"]).json["id"], answer.json["id"])
        return answer.json
