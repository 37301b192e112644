"""nginx and Caddy in front of Signet, each with the file of docs/deploy."""

import http.client
import http.cookiejar
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest
import urllib.request

import support
from support import PASSWORD, bearer

DOCS = support.ROOT / "docs/deploy"
NAME = "auth.example.org"
CHEAP = {"AUTH_ARGON2_MEMORY_KIB": "64", "AUTH_ARGON2_ITERATIONS": "1"}
# What the files let through, as Signet does.
HEAD_BYTES, HEAD_LINES = 32 * 1024, 200
SIGNET_COOKIE_BYTES = 6 * 1024


def replaced(path, changes):
    """The text of a file of the docs with each of the changes made; each old text stands there once."""
    text = path.read_text()
    for old, new in changes.items():
        if text.count(old) != 1:
            raise AssertionError(f"{old!r} stands {text.count(old)} times in {path.name}")
        text = text.replace(old, new)
    return text


def program(name):
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if not found:
        raise AssertionError(f"{name} is not installed; ./run test installs it")
    return found


class Proxy:
    """A proxy that runs in a folder of its own, and a client that reaches it by TLS as NAME."""

    def __init__(self, upstream_port, https_port=None):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="signet-e2e-"))
        self.dir.chmod(0o755)  # for the workers of nginx, where root runs the tests
        self.http_port, self.https_port = support.free_port(), https_port or support.free_port()
        self.origin = f"https://{NAME}:{self.https_port}"
        self.certificate, self.key = self.dir / "certificate.pem", self.dir / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
                        "-keyout", self.key, "-out", self.certificate], check=True, capture_output=True, timeout=30)
        self.trust = ssl.create_default_context(cafile=str(self.certificate))
        self.log = self.dir / "log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command(upstream_port), stdout=log, stderr=log, env=self.environment())
        try:
            support.wait_until(self.is_up, what="the proxy")
        except BaseException:
            self.close()
            raise

    def environment(self):
        return os.environ

    def is_up(self):
        if self.process.poll() is not None:
            raise AssertionError("the proxy ended: " + self.log.read_text()[-2000:])
        try:
            socket.create_connection(("127.0.0.1", self.https_port), 5).close()
            return True
        except OSError:
            return False

    def request(self, method, path, body=None, headers=None, source=None):
        """Sends the header lines of a list, or of a dictionary, as they are; from an address of this machine."""
        connection = http.client.HTTPConnection("127.0.0.1", self.https_port, timeout=15,
                                                source_address=(source, 0) if source else None)
        connection.connect()
        connection.sock = self.trust.wrap_socket(connection.sock, server_hostname=NAME)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            connection.putheader("Host", f"{NAME}:{self.https_port}")
            lines = list((headers or {}).items()) if not isinstance(headers, list) else headers
            if body is not None and not isinstance(body, bytes):
                body = json.dumps(body).encode()
                lines.append(("Content-Type", "application/json"))
            if body is not None:
                lines.append(("Content-Length", str(len(body))))
            for name, value in lines:
                connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
            answer = support.Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
            answer.info = lambda: response.msg  # what a cookie jar asks for
            return answer
        finally:
            connection.close()

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


class Nginx(Proxy):
    MAIN = """
daemon off; worker_processes 1; pid {dir}/pid;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fastcgi;
    uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
    set_real_ip_from 127.0.0.1; real_ip_header X-Test-Client; # so that a test can come from anywhere
    include {dir}/signet.conf;
}}
"""

    CHANGES = {}

    def command(self, upstream_port):
        live = f"/etc/letsencrypt/live/{NAME}"
        (self.dir / "signet.conf").write_text(replaced(DOCS / "nginx.conf", {
            "server 127.0.0.1:4000;": f"server 127.0.0.1:{upstream_port};",
            "listen 80;": f"listen 127.0.0.1:{self.http_port};",
            "listen [::]:80;": "",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{self.https_port} ssl http2;",
            "listen [::]:443 ssl http2;": "",
            f"{live}/fullchain.pem": str(self.certificate),
            f"{live}/privkey.pem": str(self.key),
            **self.CHANGES,
        }))
        main = self.dir / "nginx.conf"
        main.write_text(self.MAIN.format(dir=self.dir))
        return [program("nginx"), "-e", "stderr", "-c", main]


class AppendingNginx(Nginx):
    CHANGES = {"X-Forwarded-For $remote_addr;": "X-Forwarded-For $proxy_add_x_forwarded_for;"}


class Caddy(Proxy):
    def command(self, upstream_port):
        file = self.dir / "Caddyfile"
        file.write_text(replaced(DOCS / "Caddyfile", {
            "{\n\tservers {": f"{{\n\tadmin off\n\thttp_port {self.http_port}\n\tservers {{",
            f"\n{NAME} {{": f"\n{self.origin} {{\n\tbind 127.0.0.1\n\ttls {self.certificate} {self.key}",
            "reverse_proxy 127.0.0.1:4000 {": f"reverse_proxy 127.0.0.1:{upstream_port} {{",
        }))
        return [program("caddy"), "run", "--config", file, "--adapter", "caddyfile"]

    def environment(self):
        return {**os.environ, "HOME": str(self.dir), "XDG_DATA_HOME": str(self.dir), "XDG_CONFIG_HOME": str(self.dir)}


class Recorder:
    """Stands where Signet would, keeps what it is sent, and says yes to everything."""

    def __init__(self):
        self.requests = []  # (request line, header lines, bytes of the body)
        self.connections = 0
        self.more_headers = ""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        with connection, connection.makefile("rb") as reader:
            while True:
                lines = []
                while (line := reader.readline()).strip():
                    lines.append(line.decode("latin-1").strip())
                if not lines:
                    return
                headers = [tuple(each.split(": ", 1)) for each in lines[1:] if ": " in each]
                length = int(next((v for k, v in headers if k.lower() == "content-length"), "0"))
                self.requests.append((lines[0], headers, len(reader.read(length))))
                connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n{self.more_headers}\r\n{{}}".encode())

    def close(self):
        self.listener.close()


class Browser:
    """Keeps cookies as browsers do, and says which page asks."""

    def __init__(self, proxy):
        self.proxy, self.jar = proxy, http.cookiejar.CookieJar()

    def post(self, path, body):
        request = urllib.request.Request(self.proxy.origin + path)
        self.jar.add_cookie_header(request)
        headers = {"Origin": self.proxy.origin, **({"Cookie": request.get_header("Cookie")} if len(self.jar) else {})}
        answer = self.proxy.request("POST", path, body, headers)
        self.jar.extract_cookies(answer, request)
        return answer


CLIENT, CLIENT_NETWORK = "127.0.9.5", "127.0.9.0/24"


def addresses_of_a_login(server, proxy, name):
    """What the list of sessions and the log say of a login from CLIENT, which claims to come from elsewhere."""
    person = {"username": name, "password": PASSWORD}
    if server.signup(name).status != 200:
        raise AssertionError("no signup")
    claims = [("X-Forwarded-For", "203.0.113.66"), ("X-Forwarded-For", "203.0.113.67, 127.0.0.1"),
              ("Forwarded", "for=203.0.113.68"), ("X-Real-IP", "203.0.113.69")]
    login = proxy.request("POST", "/login", person, claims, source=CLIENT)
    listed = server.get("/sessions", headers=bearer(login.json["token"])).json
    [current] = [session for session in listed if session["current"]]
    lines = [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]
    [address] = [line["address"] for line in lines if line.get("session") == current["id"]]
    return current["address"], address


class Front:
    """What holds for either proxy."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        port = support.free_port()
        cls.server = support.Signet(cls.cluster.fresh_database(), wait="/readyz", env={
            **CHEAP, "AUTH_COOKIES": "on", "AUTH_ISSUER": f"https://{NAME}:{port}", "AUTH_TRUSTED_PROXIES": "127.0.0.1"})
        cls.addClassCleanup(cls.server.close)
        cls.proxy = cls.proxy_class(cls.server.port, https_port=port)
        cls.addClassCleanup(cls.proxy.close)
        cls.recorder = Recorder()
        cls.addClassCleanup(cls.recorder.close)
        cls.recorded = cls.proxy_class(cls.recorder.port)
        cls.addClassCleanup(cls.recorded.close)

    def last(self):
        line, headers, size = self.recorder.requests[-1]
        return line, [(name.lower(), value) for name, value in headers], size

    def test_people_sign_up_log_in_and_read_the_keys_over_tls(self):
        person = {"username": "ada.tls", "password": PASSWORD}
        self.assertEqual(self.proxy.request("POST", "/signup", person).status, 200)
        login = self.proxy.request("POST", "/login", person)
        self.assertEqual(login.status, 200, login.body)
        self.assertIn("max-age", login.headers["strict-transport-security"])
        self.assertEqual(self.proxy.request("GET", "/me", headers=bearer(login.json["token"])).status, 200)
        keys = self.proxy.request("GET", "/jwks")
        self.assertEqual(keys.body, self.server.get("/jwks").body)
        self.assertEqual(keys.headers["cache-control"], "public, max-age=300")
        discovery = self.proxy.request("GET", "/.well-known/openid-configuration").json
        self.assertEqual(discovery["issuer"], self.proxy.origin)

    def test_a_browser_refreshes_by_its_cookie_alone(self):
        browser = Browser(self.proxy)
        self.assertEqual(browser.post("/signup", {"username": "bob.tls", "password": PASSWORD}).status, 200)
        before = {cookie.name: cookie.value for cookie in browser.jar}
        self.assertEqual(set(before), {"__Host-signet-access", "__Host-signet-refresh"})
        self.assertEqual(browser.post("/refresh", {}).status, 200)
        self.assertNotEqual({cookie.name: cookie.value for cookie in browser.jar}, before)
        self.assertEqual(browser.post("/logout", {}).status, 204)
        self.assertEqual(browser.post("/refresh", {}).status, 401)

    def test_what_is_for_hasura_and_the_machine_is_not_there(self):
        token = self.proxy.request("POST", "/signup", {"username": "eve.tls", "password": PASSWORD}).json["token"]
        self.assertEqual(self.server.get("/webhook", headers=bearer(token)).status, 200)
        for path in ("/webhook", "/webhook?x=1", "//webhook", "/%77ebhook", "/x/../webhook", "/webhook/", "/readyz", "/metrics"):
            for method in ("GET", "POST"):
                self.assertEqual(self.proxy.request(method, path, headers=bearer(token)).status, 404, path)
        reached = len(self.recorder.requests)
        for path in ("/webhook", "/webhook?x=1", "/%77ebhook", "/readyz", "/metrics"):
            self.recorded.request("GET", path)
        self.assertEqual(len(self.recorder.requests), reached)

    def test_signet_hears_who_asks_and_not_what_they_claim(self):
        self.recorded.request("GET", "/me", headers={
            "X-Forwarded-For": "203.0.113.66", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example",
            "Forwarded": "for=203.0.113.66"})
        line, headers, _ = self.last()
        self.assertEqual(line, "GET /me HTTP/1.1")
        said = lambda name: [value for key, value in headers if key == name]
        self.assertEqual(said("x-forwarded-for"), ["127.0.0.1"])
        self.assertEqual(said("x-forwarded-proto"), ["https"])
        self.assertEqual([value.split(":")[0] for value in said("host")], [NAME])
        self.assertEqual(said("forwarded"), [])
        self.assertNotIn("evil.example", str(headers))

    def test_a_client_cannot_choose_the_address_that_signet_sees(self):
        self.assertEqual(addresses_of_a_login(self.server, self.proxy, "for.ged"), (CLIENT_NETWORK, CLIENT))

    def test_the_cookies_and_headers_of_a_large_site_pass(self):
        cookie = {"Cookie": "site=" + "c" * (20 * 1024)}
        self.assertEqual(self.recorded.request("GET", "/jwks", headers=cookie).status, 200)
        self.assertIn(("cookie", cookie["Cookie"]), self.last()[1])
        lines = [(f"X-Line-{number}", "h" * 120) for number in range(HEAD_LINES - 10)]
        self.assertLess(sum(len(name) + len(value) + 4 for name, value in lines), HEAD_BYTES)
        self.assertEqual(self.recorded.request("GET", "/jwks", headers=lines).status, 200)
        self.assertEqual(sum(name.startswith("x-line-") for name, _ in self.last()[1]), len(lines))
        named = {"X-City": "Zürich".encode()}  # a byte above 0x7F
        self.assertEqual(self.recorded.request("GET", "/jwks", headers=named).status, 200)
        cookie = {"Cookie": "site=" + "c" * SIGNET_COOKIE_BYTES}
        self.assertEqual(self.proxy.request("GET", "/jwks", headers=cookie).status, 200)

    def test_a_large_cookie_passes_by_http_2_as_well(self):
        done = subprocess.run(
            ["curl", "-sS", "--http2", "--noproxy", "*", "--cacert", self.recorded.certificate, "-m", "15",
             "--resolve", f"{NAME}:{self.recorded.https_port}:127.0.0.1", "-H", "Cookie: site=" + "c" * (20 * 1024),
             "-o", "/dev/null", "-w", "%{http_version} %{http_code}", self.recorded.origin + "/jwks"],
            capture_output=True, text=True, timeout=30)
        self.assertEqual(done.stdout, "2 200", done.stderr)

    def test_answers_with_large_cookies_pass(self):
        self.recorder.more_headers = "".join(f"Set-Cookie: {name}={'t' * 6144}\r\n" for name in ("one", "two"))
        try:
            answer = self.recorded.request("POST", "/refresh", {})
        finally:
            self.recorder.more_headers = ""
        self.assertEqual(answer.status, 200)

    def test_no_client_sends_a_large_body(self):
        self.assertEqual(self.recorded.request("POST", "/refresh", b"b" * 48 * 1024).status, 200)
        self.assertEqual(self.last()[2], 48 * 1024)
        # A proxy that passes the body on while it reads it may find that Signet has refused and closed: 502.
        self.assertIn(self.proxy.request("POST", "/refresh", {"refreshToken": "b" * 80 * 1024}).status, (413, 502))

    def test_connections_to_signet_are_kept(self):
        before = self.recorder.connections
        for _ in range(10):
            self.assertEqual(self.recorded.request("GET", "/jwks").status, 200)
        self.assertLessEqual(self.recorder.connections - before, 2)

    def test_plain_http_is_sent_to_https(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.proxy.http_port, timeout=15)
        connection.request("POST", "/login?from=x", headers={"Host": NAME})
        response = connection.getresponse()
        connection.close()
        self.assertEqual(response.status, 308)  # the same method again
        self.assertRegex(response.headers["Location"], rf"^https://{NAME}(:\d+)?/login\?from=x$")


class BehindNginx(Front, support.ClusterTest):
    proxy_class = Nginx
    ASKED_MAX = 300

    def ask(self, path, client, method="POST"):
        return self.recorded.request(method, path, {}, {"X-Test-Client": client})

    def asked_before_refused(self, path, client_of):
        """How often the clients of one network were let in before the first was not."""
        for number in range(self.ASKED_MAX):
            status = self.ask(path, client_of(number)).status
            if status == 429:
                return number
            self.assertEqual(status, 200)
        return self.ASKED_MAX

    def test_too_many_logins_from_one_network_are_refused(self):
        for mine, other in ((lambda _: "192.0.2.1", "192.0.2.2"),
                            (lambda number: f"2001:db8:1:2::{number:x}", "2001:db8:1:3::1")):
            asked = self.asked_before_refused("/login", mine)
            self.assertGreaterEqual(asked, 31)
            self.assertLess(asked, self.ASKED_MAX)
            self.assertEqual(self.ask("/login", other).status, 200)
            self.assertEqual(self.ask("/login", mine(0), "OPTIONS").status, 200)
            self.assertEqual(self.ask("/refresh", mine(0)).status, 200)

    def test_who_signs_up_too_often_is_told_when_to_come_again(self):
        self.assertEqual(self.asked_before_refused("/signup", lambda _: "192.0.2.9"), 21)
        answer = self.ask("/signup", "192.0.2.9")
        self.assertEqual((answer.status, answer.headers["retry-after"]), (429, "60"))
        self.assertEqual(answer.headers["content-type"], "application/problem+json")
        self.assertEqual((answer.json["status"], answer.json["code"]), (429, "too-many-requests"))


    def test_nginx_that_appends_to_what_clients_say_is_followed_from_the_right(self):
        proxy = AppendingNginx(self.server.port)
        self.addCleanup(proxy.close)
        self.assertEqual(addresses_of_a_login(self.server, proxy, "ap.pended"), (CLIENT_NETWORK, CLIENT))

    def test_where_no_proxy_is_trusted_the_address_is_that_of_the_proxy(self):
        server = self.signet(env=CHEAP)
        proxy = Nginx(server.port)
        self.addCleanup(proxy.close)
        self.assertEqual(addresses_of_a_login(server, proxy, "di.rect"), ("127.0.0.0/24", "127.0.0.1"))


class BehindCaddy(Front, support.ClusterTest):
    proxy_class = Caddy


if __name__ == "__main__":
    unittest.main()
