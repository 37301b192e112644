"""The examples of docs/frontend: they compile, and users sign up with them at a real Signet."""

import functools
import hashlib
import http.client
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "test/frontend"
EXAMPLES = ROOT / "docs/frontend"
sys.path.insert(0, str(ROOT / "test/e2e"))

import mail_server  # noqa: E402
import support  # noqa: E402
from chromium import Chromium  # noqa: E402
from support import PASSWORD  # noqa: E402

SECONDS_MAX = 300
TOKEN_LIFE_S = 2
QUIET = {"NEXT_TELEMETRY_DISABLED": "1", "CI": "true"}


def node_version():
    return tuple(map(int, subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
                     .stdout.strip().lstrip("v").split(".")))


needs_node = unittest.skipIf(node_version() < (20, 19), "Vite and Next.js need Node.js 20.19")


def run(command, cwd, **env):
    done = subprocess.run(command, cwd=cwd, env={**os.environ, **QUIET, **env}, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS_MAX, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}:\n{done.stdout}")
    return done.stdout


def build(example, output):
    """Runs `npm run build` of an example, unless what it made last came from the same sources."""
    directory = EXAMPLES / example
    digest = hashlib.sha256(repr(node_version()).encode())
    sources = [*directory.rglob("*"), EXAMPLES / "fetch/signet.js"]
    for path in sorted(sources):
        inside = path.relative_to(EXAMPLES).parts
        if path.is_file() and not {"node_modules", output}.intersection(inside) and path.name != "next-env.d.ts":
            digest.update("/".join(inside).encode() + b"\0" + path.read_bytes())
    stamp = directory / output / "built-from"
    if not stamp.exists() or stamp.read_text() != digest.hexdigest():
        shutil.rmtree(directory / output, ignore_errors=True)
        run(["npm", "run", "build"], directory)
        stamp.write_text(digest.hexdigest())
    return directory / output


class Site:
    """A web site on localhost of the files in a directory, with some words in them replaced."""

    def __init__(self, directory, words):
        class Handler(http.server.SimpleHTTPRequestHandler):
            def do_GET(self):
                path = directory / (self.path.lstrip("/") or "index.html")
                if not path.is_file():
                    self.send_error(404)
                    return
                body = path.read_text()
                for old, new in words.items():
                    body = body.replace(old, new)
                self.send_response(200)
                self.send_header("Content-Type", self.guess_type(str(path)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@functools.cache
def shared(kind):
    """One PostgreSQL and one browser for all tests."""
    it = kind()
    unittest.addModuleCleanup(it.close)
    return it


def start_signet(cluster, **env):
    """A Signet whose tokens soon expire, with a database of its own."""
    cheap = {"AUTH_ARGON2_MEMORY_KIB": "64", "AUTH_ARGON2_ITERATIONS": "1"}
    server = support.Signet(cluster.fresh_database(), wait="/readyz",
                            env={"AUTH_ACCESS_TOKEN_TTL": f"{TOKEN_LIFE_S}s", **cheap, **env})
    server.url = f"http://localhost:{server.port}"
    server.issuer = f"http://127.0.0.1:{server.port}"
    return server


class FrontEnd(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = shared(support.Cluster)

    def signet_for(self, origin, **env):
        mails = tempfile.TemporaryDirectory()
        self.addCleanup(mails.cleanup)
        server = start_signet(self.cluster, AUTH_CORS_ORIGINS=origin, AUTH_CLIENT_URL=origin, AUTH_LIMIT_MAIL="off",
                              AUTH_MAIL_URL=f"file:{mails.name}", AUTH_MAIL_FROM="signet@example.org", **env)
        server.mails = pathlib.Path(mails.name)
        self.addCleanup(server.close)
        return server

    def link_of_mail(self, server, subject):
        """The link of the mail with that subject."""
        def found():
            mails = [mail_server.parse(each.read_bytes()) for each in server.mails.glob("*.eml")]
            return [mail for mail in mails if mail["Subject"] == subject]
        support.wait_until(found, what=subject)
        return re.search(r"^http\S+$", mail_server.text_of(found()[0]), re.MULTILINE)[0]

    def site(self, directory, words):
        site = Site(directory, words)
        self.addCleanup(site.close)
        return site

    @functools.cached_property
    def profile(self):
        return shared(Chromium).new_profile()

    def visit(self, url):
        if not shutil.which("chromium"):
            self.skipTest("there is no chromium: ./run test installs it on Debian")
        return shared(Chromium).visit(url, self.profile)

    def picture(self, tab, name):
        """Keeps what a person would see, for a look at it."""
        pictures = ROOT / "build/frontend"
        pictures.mkdir(parents=True, exist_ok=True)
        tab.screenshot(pictures / f"{name}.png")


class PlainFetch(FrontEnd):
    def test_the_module_works_in_node(self):
        server = self.signet_for("http://localhost:3000")
        run(["node", "--test", "fetch.test.mjs"], HERE, SIGNET_URL=server.url)

    def page(self, keep, host="localhost", signet_host="localhost"):
        words = {'content="cookie"': f'content="{keep}"'}
        site = self.site(EXAMPLES / "fetch", words)
        address = f"http://{host}:{site.port}"
        server = self.signet_for(address, AUTH_REFRESH_GRACE="1s", AUTH_COOKIES="on" if keep == "cookie" else "off")
        words["http://localhost:4000"] = f"http://{signet_host}:{server.port}"
        return address, server

    def sign_up(self, tab, name, email=""):
        tab.wait_for("Username")
        tab.fill(username=name, password=PASSWORD, email=email)
        tab.press("Sign up")
        tab.wait_for("Signed in as " + name)

    def walk(self, keep):
        address, server = self.page(keep)
        tab = self.visit(address)
        tab.wait_for("Username")
        tab.fill(username="no.body", password=PASSWORD)
        tab.press("Log in")
        tab.wait_for("Username or password is wrong.")
        self.picture(tab, "fetch-form-" + keep)
        self.sign_up(tab, "page.one")
        tab.press("Ask who I am")
        tab.wait_for('"username": "page.one"')
        self.picture(tab, "fetch-" + keep)
        other = self.visit(address)
        other.wait_for("Signed in as page.one")
        # Twice the life of a token and the grace: a tab that used an old refresh token would end the session.
        for _ in range(2):
            time.sleep(TOKEN_LIFE_S + 0.2)
            for each in (tab, other):
                each.run("document.querySelector('#me').textContent = ''")
                each.press("Ask who I am")
            for each in (tab, other):
                each.wait_for('"username": "page.one"')
        if keep == "cookie":  # of localStorage a tab may read an old copy after its turn came; the grace is for that
            self.assertNotIn("refresh-replayed", server.log())  # the tabs took turns
        self.assertNotIn("used again after its grace", server.log())
        tab.reload()
        tab.wait_for("Signed in as page.one")
        self.assertEqual(tab.run("document.cookie"), "")
        self.assertEqual(tab.run("localStorage.length"), 0 if keep == "cookie" else 1)
        tab.press("Log out")
        tab.wait_for("Username")
        other.wait_for("Username")
        other.reload()
        other.wait_for("Username")
        self.assertEqual(tab.run("localStorage.length"), 0)
        self.assertEqual(self.cluster.sql("select count(*) from signet.session", server.env["DATABASE_URL"]), "0")

    def test_two_tabs_share_a_session_in_cookies(self):
        self.walk("cookie")

    def test_two_tabs_share_a_session_in_local_storage(self):
        self.walk("localStorage")

    def test_who_forgot_the_password_chooses_another_and_comes_back_to_the_page(self):
        address, server = self.page("localStorage")
        tab = self.visit(address)
        self.sign_up(tab, "page.two", "two@example.org")
        tab.press("Log out")
        tab.wait_for("Username")
        tab.press("I forgot the password")
        tab.wait_for("a mail on its way")
        self.picture(tab, "fetch-forgot")
        mail = self.visit(self.link_of_mail(server, "Choose a new password"))
        mail.wait_for("Choose a new password")
        mail.fill(newPassword="walnut-Harbour-62-kettle")
        mail.press("Save password")
        mail.wait_for("Username")
        self.assertEqual(mail.run("location.origin"), address)
        mail.fill(username="page.two", password="walnut-Harbour-62-kettle")
        mail.press("Log in")
        mail.wait_for("Signed in as page.two")

    def by_link(self, keep):
        address, server = self.page(keep)
        tab = self.visit(address)
        self.sign_up(tab, "page.three", "three@example.org")
        tab.press("Log out")
        tab.wait_for("Username")
        self.assertEqual(server.post("/login/link", {"email": "three@example.org"}).status, 204)
        # As with AUTH_ISSUER=http://localhost:PORT: cookies of 127.0.0.1 would be of another site.
        link = self.link_of_mail(server, "Your link to sign in").replace(server.issuer, server.url)
        mail = self.visit(link)
        mail.wait_for("You are about to sign in")
        mail.press("Sign in")
        mail.wait_for("Signed in as page.three")
        self.assertEqual(mail.run("location.href"), address + "/")
        mail.reload()
        mail.wait_for("Signed in as page.three")

    def test_a_link_signs_in_by_cookie(self):
        self.by_link("cookie")

    def test_a_link_signs_in_by_the_fragment(self):
        self.by_link("localStorage")

    def after_a_reload(self, signet_host):
        address, _ = self.page("cookie", "127.0.0.1", signet_host)
        tab = self.visit(address)
        self.sign_up(tab, "site.one")
        tab.reload()
        return tab

    def test_a_page_on_127_0_0_1_loses_the_cookies_of_a_signet_on_localhost(self):
        self.after_a_reload("localhost").wait_for("Username")

    def test_a_page_and_a_signet_on_127_0_0_1_keep_them(self):
        self.after_a_reload("127.0.0.1").wait_for("Signed in as site.one")


@needs_node
class ReactApollo(FrontEnd):
    def test_the_links_renew_tokens(self):
        server = self.signet_for("http://localhost:3000")
        run(["node", "--test", "react-apollo.test.mjs"], HERE, SIGNET_URL=server.url, AUTH_ISSUER=server.issuer)

    def test_it_builds_and_a_user_signs_up_in_it(self):
        words = {}
        site = self.site(build("react-apollo", "dist"), words)
        address = f"http://localhost:{site.port}"
        server = self.signet_for(address, AUTH_COOKIES="on")
        graphql = subprocess.Popen(["node", HERE / "graphql.mjs", server.url], text=True, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, env={**os.environ, "AUTH_ISSUER": server.issuer})
        self.addCleanup(graphql.communicate)
        words["http://localhost:4000"] = server.url
        words["http://localhost:8080/v1/graphql"] = graphql.stdout.readline().strip()
        tab = self.visit(address)
        tab.wait_for("Username")
        tab.fill(username="react.one", password="short")
        tab.press("Sign up")
        tab.wait_for("8")
        tab.fill(username="react.one", password=PASSWORD)
        tab.press("Sign up")
        tab.wait_for("Hasura says: react.one")
        self.picture(tab, "react-apollo")
        time.sleep(TOKEN_LIFE_S)
        tab.reload()
        tab.wait_for("Hasura says: react.one")
        tab.press("Log out")
        tab.wait_for("Username")


class Visitor:
    """Calls a site as a browser does that runs no scripts."""

    def __init__(self, port):
        self.port = port
        self.cookies = {}

    def ask(self, method, path, form=None):
        connection = http.client.HTTPConnection("localhost", self.port, timeout=30)
        headers = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0",
                   "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, urllib.parse.urlencode(form) if form is not None else None, headers)
            answer = connection.getresponse()
            body = answer.read().decode()
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, value = re.match("([^=]+)=([^;]*)", line).groups()
            self.cookies[name] = value
        return answer, body


@needs_node
class NextAuth(FrontEnd):
    """The grace is 1 s and a token lives 2 s, so a successor that got lost would end the session."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        build("nextjs-authjs", ".next")
        cls.server = start_signet(cls.cluster, AUTH_REFRESH_GRACE="1s")
        cls.addClassCleanup(cls.server.close)
        cls.port = support.free_port()
        process = subprocess.Popen(
            ["node", "node_modules/next/dist/bin/next", "start", "--hostname", "localhost", "--port", str(cls.port)],
            cwd=EXAMPLES / "nextjs-authjs", stdin=subprocess.DEVNULL,
            env={**os.environ, **QUIET, "SIGNET_URL": cls.server.url,
                 "NEXTAUTH_URL": f"http://localhost:{cls.port}", "NEXTAUTH_SECRET": "only-for-this-test"})
        cls.addClassCleanup(process.wait)
        cls.addClassCleanup(process.terminate)
        support.wait_until(cls.is_up, what="Next.js")

    @classmethod
    def is_up(cls):
        try:
            return Visitor(cls.port).ask("GET", "/")[0].status == 200
        except OSError:
            return False

    def setUp(self):
        self.visitor = Visitor(self.port)

    def sign_in(self, username, password, mode):
        token = json.loads(self.visitor.ask("GET", "/api/auth/csrf")[1])["csrfToken"]
        form = {"csrfToken": token, "username": username, "password": password, "mode": mode, "json": "true"}
        answer, body = self.visitor.ask("POST", "/api/auth/callback/signet", form)
        return answer.status, urllib.parse.unquote(json.loads(body)["url"])

    def test_a_user_signs_up_stays_signed_in_and_signs_out(self):
        self.assertIn("Sign up", self.visitor.ask("GET", "/")[1])
        self.assertEqual(self.sign_in("next.one", PASSWORD, "signUp")[0], 200)
        self.assertIn("<strong>next.one</strong>", self.visitor.ask("GET", "/")[1])
        self.assertEqual(json.loads(self.visitor.ask("GET", "/api/auth/session")[1])["roles"], ["user"])
        shown = "".join(self.visitor.ask("GET", path)[1] for path in ("/", "/api/auth/session"))
        self.assertNotIn("refreshToken", shown)
        for _ in range(3):
            # A browser that was closed keeps only the cookie that has an end.
            self.visitor.cookies = {name: value for name, value in self.visitor.cookies.items() if "session-token" in name}
            time.sleep(TOKEN_LIFE_S + 0.2)
            answer, body = self.visitor.ask("GET", "/")
            self.assertIn("<strong>next.one</strong>", body)
            self.assertIn("next-auth.session-token", str(answer.headers.get_all("Set-Cookie")))
        token = json.loads(self.visitor.ask("GET", "/api/auth/session")[1])["token"]
        (session,) = self.server.get("/sessions", headers=support.bearer(token)).json
        self.assertEqual(session["device"], "Firefox on Linux")
        # Without a page in between the route of Auth.js renews it too.
        time.sleep(TOKEN_LIFE_S + 0.2)
        self.assertIn("token", json.loads(self.visitor.ask("GET", "/api/auth/session")[1]))
        token = json.loads(self.visitor.ask("GET", "/api/auth/csrf")[1])["csrfToken"]
        self.visitor.ask("POST", "/api/auth/signout", {"csrfToken": token, "json": "true"})
        self.assertIn("Sign up", self.visitor.ask("GET", "/")[1])
        self.assertEqual(self.cluster.sql("select count(*) from signet.session", self.server.env["DATABASE_URL"]), "0")

    def test_refusals_say_why_and_an_ended_session_shows_the_form(self):
        status, url = self.sign_in("next.two", PASSWORD, "logIn")
        self.assertEqual(status, 401)
        self.assertIn("error=The name or the password is wrong", url)
        self.assertEqual(self.sign_in("next.two", PASSWORD, "signUp")[0], 200)
        self.cluster.sql("""update "user" set active = false""", self.server.env["DATABASE_URL"])
        time.sleep(TOKEN_LIFE_S + 0.2)
        self.assertIn("Sign up", self.visitor.ask("GET", "/")[1])


if __name__ == "__main__":
    unittest.main(verbosity=2)
