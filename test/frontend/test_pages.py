"""The pages that links of mails lead to, in a browser: a person with a phone reads a mail."""

import http.client
import http.server
import pathlib
import re
import shutil
import sys
import tempfile
import threading
import unittest
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test/e2e"))

import mail_server  # noqa: E402
import support  # noqa: E402
from chromium import Chromium  # noqa: E402
from support import PASSWORD, bearer, wait_until  # noqa: E402

NEW_PASSWORD = "walnut-Harbour-62-kettle"
ADA = "ada@example.org"
# What can be seen of a page without a person. The ratio is that of https://www.w3.org/TR/WCAG21/#contrast-minimum.
LOOK = """(() => {
    const channels = colour => colour.match(/[\\d.]+/g).map(Number);
    const luminance = colour => channels(colour).slice(0, 3).map(value => value / 255)
        .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
        .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
    const behind = element => {
        for (; element; element = element.parentElement) {
            const colour = getComputedStyle(element).backgroundColor;
            if (channels(colour)[3] !== 0) return colour;
        }
    };
    const contrast = element => {
        const both = [getComputedStyle(element).color, behind(element)].map(luminance).sort((a, b) => b - a);
        return (both[0] + 0.05) / (both[1] + 0.05);
    };
    const fields = [...document.querySelectorAll('input:not([type=hidden]):not([hidden])')];
    const visible = [...document.querySelectorAll('h1, h2, h3, h4, p, label, button, input, a, td, dt, dd, pre, summary')].filter(each => each.checkVisibility());
    return {
        width: document.documentElement.scrollWidth,
        language: document.documentElement.lang,
        headings: document.querySelectorAll('h1').length,
        nameless: fields.filter(field => !field.labels.length).length,
        low: Math.min(...[...document.querySelectorAll('input, button, .button')].filter(each => each.type !== 'hidden'
            && !each.hidden).map(each => each.getBoundingClientRect().height), 44),
        contrast: Math.min(...visible.map(contrast)),
        title: document.title,
        unfilled: fields.filter(field => !field.autocomplete).length,
        wide: visible.filter(each => each.getBoundingClientRect().right > innerWidth).length,
        page: getComputedStyle(document.body).backgroundColor,
    };
})()"""


class Application:
    """The web application that links lead to in the end: another site. It notes what it is told."""

    def __init__(self):
        self.visits = []
        visits = self.visits

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = b"<h1>The application</h1>"
                if self.path.startswith("/in"):
                    visits.append((self.path, self.headers["Referer"]))
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://localhost:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Stripping:
    """A proxy that puts Signet below a path, and passes the rest of it on."""

    def __init__(self, port, target, prefix):
        class Handler(http.server.BaseHTTPRequestHandler):
            def forward(self):
                if not self.path.startswith(prefix + "/"):
                    self.send_error(404)
                    return
                connection = http.client.HTTPConnection("127.0.0.1", target, timeout=10)
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                connection.request(self.command, self.path[len(prefix):], body or None, dict(self.headers))
                answer = connection.getresponse()
                body = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("connection", "date", "server"):
                        self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
                connection.close()

            do_GET = do_POST = forward

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@unittest.skipUnless(shutil.which("chromium"), "there is no chromium: ./run test installs it on Debian")
class Pages(support.ClusterTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = Chromium()
        cls.addClassCleanup(cls.browser.close)
        cls.application = Application()
        cls.addClassCleanup(cls.application.close)

    def setUp(self):
        mails = tempfile.TemporaryDirectory()
        self.addCleanup(mails.cleanup)
        self.mails = pathlib.Path(mails.name)
        self.application.visits.clear()
        self.profile = self.browser.new_profile()

    def serve(self, client="/in", **env):
        self.server = self.signet(env={
            "AUTH_MAIL_URL": f"file:{self.mails}", "AUTH_MAIL_FROM": "signet@example.org", "AUTH_LIMIT_MAIL": "off",
            "AUTH_CLIENT_URL": client and self.application.origin + client, "AUTH_ARGON2_MEMORY_KIB": "64",
            "AUTH_ARGON2_ITERATIONS": "1", **env})
        answer = self.server.post("/signup", {"username": "ada", "email": ADA, "password": PASSWORD})
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json

    def link(self, path, body):
        """Asks for a mail, and returns the link that it has."""
        before = set(self.mails.glob("*.eml"))
        self.assertEqual(self.server.post(path, body).status, 204)
        return self.link_of_new_mail(before)

    def link_of_new_mail(self, before):
        wait_until(lambda: set(self.mails.glob("*.eml")) - before, what="a mail; log:\n" + self.server.log())
        new = (set(self.mails.glob("*.eml")) - before).pop()
        text = mail_server.text_of(mail_server.parse(new.read_bytes()))
        return re.search(r"^http\S+/verify\?\S+$", text, re.MULTILINE)[0]

    def visit(self, url, scripts=False):
        """Opens it as a phone does; no page needs its scripts."""
        tab = self.browser.visit("about:blank", self.profile)
        tab.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        tab.call("Emulation.setDeviceMetricsOverride", width=375, height=667, deviceScaleFactor=1, mobile=True)
        tab.call("Page.navigate", url=url)
        return tab

    def picture(self, tab, name):
        pictures = ROOT / "build/frontend"
        pictures.mkdir(parents=True, exist_ok=True)
        tab.screenshot(pictures / f"{name}.png")

    def look_at(self, tab, name, language="en"):
        backgrounds = set()
        for scheme in ("light", "dark"):
            tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            seen = tab.run(LOOK)
            self.assertLessEqual(seen["width"], 375, name)
            self.assertEqual((seen["language"], seen["headings"], seen["nameless"], seen["unfilled"], seen["wide"]),
                             (language, 1, 0, 0, 0), name)
            self.assertTrue(seen["title"], name)
            self.assertGreaterEqual(seen["low"], 44, name)
            self.assertGreaterEqual(seen["contrast"], 4.5, f"{name}, {scheme}")
            backgrounds.add(seen["page"])
            self.picture(tab, f"{name}-{scheme}")
        self.assertEqual(len(backgrounds), 2, name)

    def arrives(self, tab):
        """Returns the fragment with which the application is reached."""
        tab.wait_for("The application")
        path, referrer = self.application.visits[-1]
        self.assertNotIn("ticket", path)
        self.assertNotIn("oken", path)
        self.assertIsNone(referrer)
        return urllib.parse.parse_qs(urllib.parse.urlsplit(tab.run("location.href")).fragment)

    def test_who_forgot_the_password_chooses_another(self):
        self.serve()
        link = self.link("/password/reset-request", {"email": ADA, "redirectTo": self.application.origin + "/in/reset"})
        for _ in range(2):  # a mail scanner comes first
            tab = self.visit(link)
            tab.wait_for("Choose a new password")
        self.look_at(tab, "pages-reset")
        tab.fill(newPassword="password1")
        tab.press("Save password")
        tab.wait_for("easy to guess")
        self.assertEqual(tab.run("document.activeElement.name"), "newPassword")
        self.assertEqual(tab.run("document.querySelector('input[type=password]').value"), "")
        self.look_at(tab, "pages-reset-refused")
        tab.fill(newPassword=NEW_PASSWORD)
        tab.press("Save password")
        self.assertEqual(self.arrives(tab), {})
        self.assertEqual(self.application.visits[-1][0], "/in/reset")
        self.assertEqual(self.server.login("ada", NEW_PASSWORD).status, 200)
        self.assertEqual(self.server.login("ada").status, 401)
        again = self.visit(link)
        again.wait_for("does not work any more")
        self.look_at(again, "pages-used")

    def test_an_address_is_proven_by_one_button(self):
        token = self.serve()["token"]
        link = self.link("/email/verification", {"email": ADA})
        tab = self.visit(link)
        tab.wait_for("Confirm your")
        self.look_at(tab, "pages-verify")
        self.assertFalse(self.server.get("/me", headers=bearer(token)).json["emailVerified"])
        tab.press("Confirm")
        self.assertEqual(self.arrives(tab), {})
        self.assertTrue(self.server.get("/me", headers=bearer(token)).json["emailVerified"])

    def test_a_link_to_sign_in_hands_the_refresh_token_to_the_application_alone(self):
        self.serve()
        tab = self.visit(self.link("/login/link", {"email": ADA}))
        tab.wait_for("You are about to sign in as")
        self.look_at(tab, "pages-sign-in")
        tab.press("Sign in")
        token = self.arrives(tab)["refreshToken"][0]
        self.assertEqual(self.server.post("/refresh", {"refreshToken": token}).json["username"], "ada")
        self.assertEqual(self.browser.call("Storage.getCookies", browserContextId=self.profile)["cookies"], [])
        self.assertNotIn(token, self.server.log())

    def test_with_cookies_a_link_to_sign_in_sets_cookies_alone(self):
        self.serve(AUTH_COOKIES="on", AUTH_CORS_ORIGINS=self.application.origin)
        tab = self.visit(self.link("/login/link", {"email": ADA}))
        tab.wait_for("You are about to sign in as")
        tab.press("Sign in")
        self.assertEqual(self.arrives(tab), {})
        cookies = self.browser.call("Storage.getCookies", browserContextId=self.profile)["cookies"]
        self.assertEqual({each["name"] for each in cookies}, {"__Host-signet-access", "__Host-signet-refresh"})
        self.assertTrue(all(each["httpOnly"] and each["secure"] for each in cookies))

    def test_without_an_application_a_page_says_what_was_done(self):
        self.serve(client="")
        home = f"http://127.0.0.1:{self.server.port}/"
        for path, button, words, place in (
                ("/email/verification", "Confirm", "Your address is confirmed", "?done=verify-email"),
                ("/password/reset-request", "Save password", "Your password was saved", "?done=reset-password")):
            tab = self.visit(self.link(path, {"email": ADA}))
            tab.wait_for(ADA)
            tab.fill(**({"newPassword": NEW_PASSWORD} if "reset" in path else {}))
            tab.press(button)
            tab.wait_for(words)
            self.assertEqual(tab.run("location.href"), home + place)
            self.look_at(tab, "pages-done-" + place.split("=")[1])
        # A notice has no link that would lead nowhere.
        wait_until(lambda: any("was changed" in each.read_text() for each in self.mails.glob("*.eml")), what="the notice")
        (notice,) = [each.read_text() for each in self.mails.glob("*.eml") if "was changed" in each.read_text()]
        self.assertNotIn("http://", notice)
        tab = self.visit(home)
        tab.wait_for("nothing to do on this page")
        self.look_at(tab, "pages-home")
        self.assertEqual(self.server.get("/").json["issuer"], home[:-1])

    def test_without_an_application_a_refresh_token_stays_in_no_address(self):
        self.serve(client="")
        for scripts in (True, False):
            tab = self.visit(self.link("/login/link", {"email": ADA}), scripts)
            tab.wait_for("You are about to sign in as")
            tab.press("Sign in")
            tab.wait_for("The application is not known" if scripts else "nothing to do on this page")
            addresses = [each["url"] for each in tab.call("Page.getNavigationHistory")["entries"]]
            self.assertEqual(any("refreshToken" in each for each in addresses), not scripts, addresses)
            if scripts:
                self.look_at(tab, "pages-no-application")

    def test_the_routes_can_be_read_on_a_phone_without_anything_from_elsewhere(self):
        self.serve()
        tab = self.visit(f"http://127.0.0.1:{self.server.port}/docs")
        tab.wait_for("POST /signup")
        self.look_at(tab, "pages-docs")
        tab.run("document.querySelectorAll('details').forEach(each => each.open = true)")
        tab.wait_for("Another account has this username")
        self.look_at(tab, "pages-docs-open")
        seen = tab.run("""(() => ({
            routes: [...document.querySelectorAll('h3')].map(each => each.innerText),
            astray: [...document.querySelectorAll('nav a')].filter(each => !document.getElementById(each.hash.slice(1))).length,
            twice: (ids => ids.length - new Set(ids).size)([...document.querySelectorAll('[id]')].map(each => each.id)),
            loaded: performance.getEntriesByType('resource').length,
            scripts: document.scripts.length,
        }))()""")
        described = self.server.get("/openapi.json").json["paths"]
        self.assertEqual(sorted(seen["routes"]),
                         sorted(f"{method.upper()} {path}" for path in described for method in described[path]))
        self.assertEqual((seen["astray"], seen["twice"], seen["loaded"], seen["scripts"]), (0, 0, 0, 0))

    def test_mails_can_be_read_on_a_phone_by_day_and_by_night(self):
        names = sorted(path.stem for path in (ROOT / "templates/mail/en").glob("*.txt") if path.stem != "duration")
        self.assertEqual(len(names), 12)
        for language in ("en", "de"):
            for name in names:
                shown = support.command("mail", "preview", name, "--language", language, "--html")
                self.assertEqual(shown.returncode, 0, shown.stderr)
                page = self.mails / f"{name}.html"
                page.write_text(shown.stdout)
                tab = self.visit(page.as_uri())
                tab.wait_for("127.0.0.1:4000")
                self.look_at(tab, f"mail-{name}-{language}", language)

    def test_pages_work_below_a_path_that_a_proxy_takes_away(self):
        port = support.free_port()
        self.serve(client="", AUTH_ISSUER=f"http://127.0.0.1:{port}/auth/")
        proxy = Stripping(port, self.server.port, "/auth")
        self.addCleanup(proxy.close)
        link = self.link("/email/verification", {"email": ADA})
        self.assertTrue(link.startswith(f"http://127.0.0.1:{port}/auth/verify?"), link)
        tab = self.visit(link)
        tab.wait_for("Confirm your")
        tab.press("Confirm")
        tab.wait_for("Your address is confirmed")
        self.assertEqual(tab.run("location.href"), f"http://127.0.0.1:{port}/auth/?done=verify-email")

    def test_a_foreign_page_cannot_send_the_form(self):
        self.serve()
        ticket = self.link("/login/link", {"email": ADA}).split("ticket=")[1]
        tab = self.visit(self.application.origin, scripts=True)
        tab.wait_for("The application")
        tab.run(f"""document.body.innerHTML = '<form method="post" action="http://127.0.0.1:{self.server.port}/verify">'
                    + '<input type="hidden" name="ticket" value="{ticket}"><button>Win</button></form>'""")
        tab.press("Win")
        tab.wait_for("This came from another page")
        self.assertEqual(self.server.post("/login/ticket", {"ticket": ticket}).status, 200)

    def test_a_place_that_is_not_allowed_is_never_reached(self):
        self.serve()
        link = self.link("/login/link", {"email": ADA})
        for place in ("https://evil.example/", "//evil.example", self.application.origin + "@evil.example/", ""):
            changed = self.server.get("/verify?" + link.partition("?")[2] + "&redirectTo="
                                      + urllib.parse.quote(place, safe=""))
            self.assertEqual((changed.status, b"evil" in changed.body), (200 if place == "" else 400, False), place)
        self.assertEqual(self.server.post("/login/ticket", {"ticket": link.split("ticket=")[1]}).status, 200)

    def test_what_is_no_form_is_refused(self):
        self.serve()
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        ticket = self.link("/login/link", {"email": ADA}).split("ticket=")[1]
        self.assertEqual(self.server.post("/verify", {"ticket": ticket}).status, 415)
        for body in ("", "ticket=x", f"ticket={ticket}&ticket={ticket}", f"ticket={ticket}&a=%",
                     "ticket=" + "x" * 9000):
            answer = self.server.request("POST", "/verify", body=body, headers=form)
            self.assertEqual((answer.status, answer.headers["content-type"]), (400, "text/html; charset=utf-8"), body)
        self.assertEqual(self.server.request("POST", "/verify", body="a=" + "x" * 17000, headers=form).status, 413)
        head = self.server.request("HEAD", f"/verify?ticket={ticket}")
        self.assertEqual((head.status, head.headers["cache-control"]), (200, "no-store"))
        done = self.server.request("POST", "/verify", body=f"ticket={ticket}", headers=form)
        self.assertEqual(done.status, 303)


if __name__ == "__main__":
    unittest.main()
