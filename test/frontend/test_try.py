"""The page /try, in a browser."""

import base64
import json
import pathlib
import shutil
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test/e2e"))

import support  # noqa: E402
from chromium import Chromium  # noqa: E402
from support import PASSWORD  # noqa: E402
from test_pages import LOOK  # noqa: E402

AXE = ROOT / "test/frontend/node_modules/axe-core/axe.min.js"
CHEAP = {"AUTH_ARGON2_MEMORY_KIB": "64", "AUTH_ARGON2_ITERATIONS": "1"}
# What the keyboard reaches, in the order of the page, and what it should.
REACHABLE = """(() => {
    const all = [...document.querySelectorAll('a[href], button, input, summary')].filter(each => each.checkVisibility());
    return all.filter(each => each.tabIndex !== 0 || each.disabled).map(each => each.outerHTML);
})()"""
# The name of the field that has an error, which is said below it, and has the focus.
WRONG = """(() => {
    const field = document.activeElement;
    const notes = (field.getAttribute('aria-describedby') || '').split(' ').map(id => document.getElementById(id));
    return field.getAttribute('aria-invalid') && [field.id, notes.map(each => each && each.innerText).join(' ')];
})()"""
# Ends the first session in the list that is another one.
END_OTHER = """[...document.querySelectorAll('#sessions li')].find(each => !each.innerText.includes('this one'))
    .querySelector('button').click()"""


def statement(role):
    return f"""insert into public.role (name) values ('{role}') on conflict do nothing;
        insert into public.user_role (user_id, role_id) select u.id, r.id from public."user" u, public.role r
        where r.name = '{role}'"""


@unittest.skipUnless(shutil.which("chromium"), "there is no chromium: ./run test installs it on Debian")
class TryPage(support.ClusterTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = Chromium()
        cls.addClassCleanup(cls.browser.close)

    def open(self, width=1280, **env):
        self.database = self.cluster.fresh_database()
        self.server = self.signet(self.database, env={"AUTH_TRY_PAGE": "on", **CHEAP, **env})
        self.url = f"http://127.0.0.1:{self.server.port}/"
        self.browser.told.clear()
        tab = self.browser.visit("about:blank", self.browser.new_profile())
        for domain in ("Page", "Network", "Log", "Runtime"):
            tab.call(domain + ".enable")
        tab.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        tab.call("Page.navigate", url=self.url + "try")
        tab.wait_for("Settings for your Hasura")
        self.assertEqual(tab.run("document.querySelector('h1').textContent"), "Try Signet")
        return tab

    def fill(self, tab, form, **values):
        for name, value in values.items():
            tab.run(f"document.getElementById('{form}-{name}').value = {json.dumps(value)}")
        tab.run(f"document.querySelector('#{form} button[type=submit]').click()")

    def sign_up(self, tab, name="ada"):
        self.fill(tab, "signup", username=name, email="", password=PASSWORD)
        tab.wait_for(f"Signed in as {name}.")

    def press(self, tab, element, words):
        tab.run(f"document.getElementById('{element}').click()")
        tab.wait_for(words)

    def check_quiet(self, refusals=0):
        """Nothing was asked of others, nothing blocked, nothing written to the console but what was refused."""
        told = [(each["method"], each["params"]) for each in self.browser.told]
        asked = [each["request"]["url"] for method, each in told if method == "Network.requestWillBeSent"]
        self.assertTrue(asked)
        self.assertEqual([url for url in asked if not url.startswith(self.url)], [])
        entries = [each["entry"]["text"] for method, each in told if method == "Log.entryAdded"]
        self.assertEqual([text for text in entries if "the server responded with a status of 4" not in text], [])
        self.assertEqual(len(entries), refusals, entries)
        self.assertEqual([each for method, each in told
                          if method in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled")], [])

    def check_look(self, tab, name):
        pictures = ROOT / "build/frontend"
        pictures.mkdir(parents=True, exist_ok=True)
        self.assertEqual(tab.run(REACHABLE), [])
        for width in (1280, 320):
            tab.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
            self.assertLessEqual(tab.run("document.documentElement.scrollWidth"), width)
            for scheme in ("light", "dark"):
                tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
                # Axe does not judge the contrast of what the edge of the window cuts, so it is computed as well.
                self.assertGreaterEqual(tab.run(LOOK)["contrast"], 4.5, f"{name}, {width}, {scheme}")
                found = tab.run("axe.run().then(found => found.violations"
                                ".map(each => each.id + ': ' + each.nodes.map(node => node.html).join(' ')))")
                self.assertEqual(found, [], f"{name}, {width}, {scheme}")
                shot = tab.call("Page.captureScreenshot", captureBeyondViewport=True)
                (pictures / f"try-{name}-{width}-{scheme}.png").write_bytes(base64.b64decode(shot["data"]))

    def test_somebody_signs_up_gets_a_role_ends_a_session_and_signs_out(self):
        tab = self.open()
        self.sign_up(tab)
        self.assertEqual(tab.run("document.activeElement.id"), "who")
        self.assertIn('"alg": "RS256"', tab.text())
        self.assertIn('"name": "ada"', tab.text())
        self.assertRegex(tab.run("document.getElementById('left').textContent"), r"^14 min \d+ s$")
        self.assertIn("user: 200", tab.text())
        self.assertNotIn("editor: 200", tab.text())
        self.cluster.sql(statement("editor"), self.database)
        self.press(tab, "ask", "Asked again.")
        self.assertIn('"X-Hasura-Role": "editor"', tab.text())
        self.assertIn('"X-Hasura-Role": "user"', tab.text())
        self.assertNotIn("editor", tab.run("document.getElementById('claims').textContent"))
        before = tab.run("document.getElementById('token').textContent")
        self.press(tab, "refresh", "Refreshed")
        self.assertIn("editor", tab.run("document.getElementById('claims').textContent"))
        self.assertNotEqual(tab.run("document.getElementById('token').textContent"), before)

        other = self.server.login("ada").json["refreshToken"]
        self.press(tab, "ask", "Asked again.")
        self.assertEqual(tab.run("document.querySelectorAll('#sessions li').length"), 2)
        tab.run(END_OTHER)
        tab.wait_for("The session has ended.")
        self.assertEqual(tab.run("document.querySelectorAll('#sessions li').length"), 1)
        self.assertEqual(self.server.post("/refresh", {"refreshToken": other}).status, 401)
        self.press(tab, "logout", "Signed out.")
        self.assertNotIn("eyJ", tab.run("document.body.textContent"))
        self.assertEqual(self.cluster.sql("select count(*) from signet.session", self.database), "0")
        self.assertEqual(tab.run("[localStorage.length, sessionStorage.length, document.cookie]"), [0, 0, ""])
        self.check_quiet()

    def test_what_the_server_refuses_stands_at_its_field(self):
        tab = self.open()
        self.fill(tab, "signup", username="ada", password="password1")
        tab.wait_for("easy to guess")
        field, words = tab.run(WRONG)
        self.assertEqual(field, "signup-password")
        self.assertIn("easy to guess", words)
        self.fill(tab, "signup", username="-", email="ada", password=PASSWORD)
        support.wait_until(lambda: (tab.run(WRONG) or [""])[0] == "signup-username", what="the focus")
        self.assertEqual(tab.run("document.querySelectorAll('[aria-invalid]').length"), 2)
        self.sign_up(tab)
        self.press(tab, "logout", "Signed out.")
        self.fill(tab, "login", username="ada", password="wrong-" + PASSWORD)
        tab.wait_for("password")
        support.wait_until(lambda: tab.run("document.querySelector('#login .whole').textContent"), what="the refusal")
        self.assertEqual(tab.run("document.querySelector('#login .whole').getAttribute('role')"), "alert")
        self.assertEqual(tab.run("document.activeElement.id"), "login-password")
        self.fill(tab, "login", username="ada", password=PASSWORD)
        tab.wait_for("Signed in as ada.")
        self.check_quiet(refusals=3)

    def test_with_cookies_no_script_needs_the_refresh_token(self):
        tab = self.open(AUTH_COOKIES="on")
        self.sign_up(tab)
        self.press(tab, "refresh", "Refreshed")
        tab.reload()
        tab.wait_for("Go on with the cookies")
        self.press(tab, "resume", "Signed in as ada.")
        self.press(tab, "logout", "Signed out.")
        tab.run("document.getElementById('resume').click()")
        support.wait_until(lambda: tab.run("document.getElementById('said').className") == "failed", what="the refusal")
        self.check_quiet(refusals=1)

    def test_people_who_do_not_see_or_point_can_use_it(self):
        tab = self.open()
        tab.run(AXE.read_text())
        self.check_look(tab, "guest")
        tab.call("Emulation.setDeviceMetricsOverride", width=1280, height=900, deviceScaleFactor=1, mobile=False)
        self.sign_up(tab)
        self.check_look(tab, "user")

    def test_what_is_copied_is_what_stands_there(self):
        tab = self.open(AUTH_ANONYMOUS_ROLE="guest")
        self.assertIn("HASURA_GRAPHQL_UNAUTHORIZED_ROLE=guest", tab.text())
        shown = tab.run("document.getElementById('jwt-secret').textContent").removeprefix("HASURA_GRAPHQL_JWT_SECRET=")
        printed = support.command("hasura", "secret", env={"PORT": str(self.server.port)}).stdout.strip()
        self.assertEqual(shown, f"'{printed}'")
        tab.run("document.querySelector('[data-copies=auth-hook]').click()")
        support.wait_until(lambda: tab.run("document.getElementById('said').textContent"), what="a word on the copy")
        self.assertIn(tab.run("document.getElementById('said').textContent"),
                      ("Copied.", "Selected. Copy it with the keyboard."))
        self.check_quiet()

    def test_where_it_is_off_it_is_not_there(self):
        server = self.signet(env=CHEAP)
        self.assertEqual(server.get("/try").status, 404)
        self.assertNotIn(b'href="try"', server.get("/", headers={"Accept": "text/html"}).body)


if __name__ == "__main__":
    unittest.main()
