"""Where the links of mails lead: the page of GET and POST /verify, and `redirectTo`."""

import re
import unittest
import urllib.parse

import support
from mailbox import CLIENT, FORM, NEW_PASSWORD, MailTest
from support import PASSWORD, bearer

APP = "https://app.example.org"
ALLOWED = ["https://shop.example.org", "https://docs.example.org/guide", "myapp://callback"]
ASKS = ("/email/verification", "/password/reset-request", "/login/link", "/login/code")
# What only looks like an allowed place.
TRICKS = ["https://evil.example/", "//evil.example", "/\\evil.example", "evil.example", "", "/home", "javascript:alert(1)",
          "https://app.example.org@evil.example/", "https://user@app.example.org/", "https://app.example.org.evil.example/",
          "https://app.example.org\\@evil.example/", "https://app.example.org%2eevil.example/",
          "https://app.example.org:8443/", "http://app.example.org/", "https://app.example.org/../x",
          "https://docs.example.org/guide/../admin", "https://docs.example.org/guide/%2e%2e/admin",
          "https://docs.example.org/guide%2f..%2fadmin", "https://docs.example.org/guides", "https://docs.example.org/",
          "https://app.example.org/\r\nSet-Cookie: a=b", "https://app.example.org/ x", "https://app.example.org/\u00fc",
          "https://\u0430pp.example.org/", "data:text/html,x", "https:app.example.org", "https:///app.example.org",
          "https://app.example.org/\"onmouseover=", "https://app.example.org/<script>", "https://app.example.org/" + "x" * 2100,
          "myapp://callback.evil", "https://shop.example.org:80/"]


class Pages(MailTest):
    env = {"AUTH_REDIRECT_URLS": ",".join(ALLOWED)}

    def mail_of(self, kind):
        if kind == "invitation":
            return self.invite()[1]
        person = self.person()
        if kind == "change-email":
            return self.change_mail(person, f"new-{person.email}")
        return {"verify-email": self.verify_mail, "reset-password": self.reset_mail,
                "sign-in-link": self.link_mail}[kind](person)

    def is_page(self, answer, status):
        """One that nobody else keeps, shows or reads along."""
        self.assertEqual((answer.status, answer.headers["content-type"]), (status, "text/html; charset=utf-8"))
        self.assertEqual(answer.headers["cache-control"], "no-store")
        self.assertEqual(answer.headers["x-content-type-options"], "nosniff")
        self.assertEqual(answer.headers["referrer-policy"], "no-referrer")
        policy = answer.headers["content-security-policy"]
        for rule in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"):
            self.assertIn(rule, policy)
        self.assertNotIn("unsafe", policy)
        page = answer.body.decode()
        self.assertNotRegex(page, r"<script|javascript:|\bon\w+=|src=|<link|<a ")
        return page

    def test_a_get_shows_one_button_and_uses_nothing_up(self):
        for kind in ("verify-email", "change-email", "reset-password", "sign-in-link", "invitation"):
            with self.subTest(kind):
                mail = self.mail_of(kind)
                pages = {self.is_page(self.server.get(mail.path), 200) for _ in range(3)}
                self.assertEqual(self.server.request("HEAD", mail.path).status, 200)
                (page,) = pages
                self.assertEqual(page.count("<button"), 1)
                self.assertEqual(re.findall(r"<form [^>]*>", page), ['<form method="post" action="verify">'])
                fields = set(re.findall(r'<input [^>]*name="(\w+)"', page))
                self.assertEqual(fields, {"ticket", *{"reset-password": ["newPassword"],
                                                      "invitation": ["username", "password"]}.get(kind, [])})
                typed = {"reset-password": {"newPassword": NEW_PASSWORD}, "invitation": {"password": NEW_PASSWORD}}
                done = self.follow(mail, **typed.get(kind, {}))
                self.assertEqual((done.status, done.body), (303, b""))
                signs_in = kind in ("sign-in-link", "invitation")
                self.assertRegex(done.headers["location"],
                                 "^" + re.escape(CLIENT) + (r"#refreshToken=[\w.-]+$" if signs_in else "$"))
                self.assertEqual(done.cookies, [])
                self.is_page(self.server.get(mail.path), 400)
                self.is_page(self.follow(mail, **typed.get(kind, {})), 400)

    def test_the_token_of_the_fragment_is_good_and_was_never_in_a_query(self):
        mail = self.mail_of("sign-in-link")
        location = self.follow(mail).headers["location"]
        self.assertNotIn("oken", location.partition("#")[0])
        token = urllib.parse.parse_qs(location.partition("#")[2])["refreshToken"][0]
        self.assertEqual(self.server.post("/refresh", {"refreshToken": token}).status, 200)
        self.assertNotIn(token, self.server.log())

    def test_the_form_of_a_reset_says_what_is_wrong_and_uses_nothing_up(self):
        person = self.person()
        mail = self.reset_mail(person)
        for typed in ({"newPassword": "password1"}, {"newPassword": ""}, {}):
            page = self.is_page(self.follow(mail, **typed), 400)
            self.assertIn('aria-invalid="true"', page)
            self.assertNotIn("password1", page)
        self.assertEqual(self.follow(mail, newPassword=NEW_PASSWORD).status, 303)
        self.assertEqual(self.server.login(person.name, NEW_PASSWORD).status, 200)

    def test_the_form_of_an_invitation_keeps_the_name_that_is_taken(self):
        person, (_, mail) = self.person(), self.invite()
        page = self.is_page(self.follow(mail, username=person.name, password=PASSWORD), 409)
        self.assertIn(f'value="{person.name}"', page)
        page = self.is_page(self.follow(mail, username="\"><script>alert(1)</script>", password=PASSWORD), 400)
        self.assertIn("&quot;&gt;&lt;script&gt;", page)
        self.assertEqual(self.follow(mail, username="", password=PASSWORD).status, 303)

    def test_a_link_that_is_no_good_is_a_page_of_4xx_that_names_nobody(self):
        mail = self.mail_of("sign-in-link")
        self.sql(f"""update "user" set active = false where email = '{mail.to}'""")
        for path in ("/verify", "/verify?", "/verify?ticket=", "/verify?ticket=" + "A" * 43, "/verify?ticket=%00",
                     f"/verify?ticket={mail.ticket}&ticket={mail.ticket}", "/verify?ticket=%zz", "/verify?" + "x" * 4000,
                     f"/verify?ticket={mail.ticket[:-1]}", mail.path):
            page = self.is_page(self.server.get(path), 400)
            self.assertNotIn(mail.to, page)
        for body in ("", "ticket=", "ticket=" + "A" * 43, f"ticket={mail.ticket}", "ticket=%zz", "x" * 4000):
            self.is_page(self.server.request("POST", "/verify", body, FORM), 400)

    def test_the_page_speaks_german_where_the_browser_does(self):
        mail = self.mail_of("reset-password")
        page = self.is_page(self.server.get(mail.path, headers={"Accept-Language": "de-CH,de;q=0.9"}), 200)
        self.assertIn('<html lang="de">', page)
        self.assertIn("Wählen Sie ein neues Passwort", page)
        page = self.is_page(self.server.get("/verify?ticket=x", headers={"Accept-Language": "de"}), 400)
        self.assertIn('<html lang="de">', page)
        self.assertIn('<html lang="en">', self.is_page(self.server.get(mail.path, headers={"Accept-Language": "fr"}), 200))

    def test_a_form_of_another_site_is_refused_and_uses_nothing_up(self):
        mail = self.mail_of("sign-in-link")
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "https://app.example.org.evil.example"},
                        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
                        {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
                        {"Sec-Fetch-Site": "cross-site", "Origin": "https://id.example.org"}):
            self.is_page(self.follow(mail, headers), 403)
        for content_type in ("text/plain", "application/json", "multipart/form-data; boundary=x"):
            self.assertEqual(self.follow(mail, {"Content-Type": content_type}).status, 415)
        # As browsers send it from our own page, whose referrer policy makes the origin "null".
        self.assertEqual(self.follow(mail, {"Sec-Fetch-Site": "same-origin", "Origin": "null"}).status, 303)


class Redirects(MailTest):
    env = {"AUTH_REDIRECT_URLS": ",".join(ALLOWED)}

    def test_a_place_that_is_not_allowed_is_400_whoever_has_the_address(self):
        person = self.person()
        for url in filter(None, TRICKS):
            code = "redirect-not-allowed" if len(url) < 2000 else "too-long"
            for email in (person.email, "nobody@example.org"):
                for path in ASKS[:3]:
                    self.refused_at(self.server.post(path, {"email": email, "redirectTo": url}),
                                    "/redirectTo", code)
            change = {"newEmail": "x" + person.email, "currentPassword": PASSWORD, "redirectTo": url}
            self.refused_at(self.server.post("/email/change", change, headers=bearer(person.token)),
                            "/redirectTo", code)
        self.gets_nothing(person.email, "x" + person.email, "nobody@example.org")

    def test_a_place_that_is_allowed_is_reached_as_it_was_asked_for(self):
        for url in (APP, f"{APP}/any/where?a=1&b=%26&c=ü".replace("ü", "%C3%BC"), "https://shop.example.org/x#part",
                    "https://docs.example.org/guide", "https://docs.example.org/guide/deep?x=1", "myapp://callback?x=1",
                    "HTTPS://APP.example.org:443/x"):
            with self.subTest(url):
                person = self.person()
                mail = self.verify_mail(person, redirectTo=url)
                self.assertEqual(urllib.parse.parse_qs(mail.path.partition("?")[2])["redirectTo"], [url])
                self.assertEqual(self.server.get(mail.path).status, 200)
                self.assertEqual(self.follow(mail).headers["location"], url)

    def test_every_mail_with_a_link_leads_to_the_place_that_was_asked_for(self):
        url = f"{APP}/there?a=1"
        person = self.person()
        for mail, typed in ((self.link_mail(person, redirectTo=url), {}),
                            (self.verify_mail(self.person(), redirectTo=url), {}),
                            (self.reset_mail(person, redirectTo=url), {"newPassword": NEW_PASSWORD})):
            self.assertEqual(self.follow(mail, **typed).headers["location"].partition("#")[0], url)
        person = self.person()
        mail = self.change_mail(person, "new-" + person.email, redirectTo=url)
        self.assertEqual(self.follow(mail).headers["location"], url)

    def test_a_link_in_which_the_place_was_changed_is_refused_with_nothing_used_up(self):
        for asked in ({}, {"redirectTo": f"{APP}/there"}):
            mail = self.link_mail(self.person(), **asked)
            bare = f"/verify?ticket={mail.ticket}"
            for url in [trick for trick in TRICKS if trick and len(trick) < 2000] + ["https://shop.example.org/"]:
                changed = self.server.get(f"{bare}&redirectTo={urllib.parse.quote(url, safe='')}")
                self.assertEqual(changed.status, 400, url)
                self.assertNotIn(b"evil", changed.body)
                done = self.follow(mail, redirectTo=url)
                self.assertEqual(done.status, 400, url)
            self.assertEqual(self.server.get(bare).status, 200)
            self.assertEqual(self.follow(mail).headers["location"].partition("#")[0], asked.get("redirectTo", CLIENT))

    def test_a_place_that_was_struck_off_meanwhile_is_not_followed(self):
        mail = self.link_mail(self.person(), redirectTo="https://shop.example.org/cart")
        strict = self.start(AUTH_REDIRECT_URLS="")
        self.assertEqual(strict.get(mail.path).status, 200)
        location = self.follow(mail, server=strict).headers["location"]
        self.assertEqual(location.partition("#")[0], CLIENT)

    def test_where_the_client_is_not_set_links_lead_to_the_issuer(self):
        bare = self.start(AUTH_CLIENT_URL="", AUTH_REDIRECT_URLS="")
        person = self.person()
        mail = self.verify_mail(person)
        self.assertEqual(self.follow(mail, server=bare).headers["location"], "https://id.example.org/?done=verify-email")


class Cookies(MailTest):
    env = {"AUTH_COOKIES": "on", "AUTH_CORS_ORIGINS": APP}

    def test_a_session_by_the_page_comes_as_cookies_alone(self):
        for mail, typed in ((self.link_mail(self.person()), {}), (self.invite()[1], {"password": PASSWORD})):
            done = self.follow(mail, {"Sec-Fetch-Site": "same-origin", "Origin": "null"}, **typed)
            self.assertEqual((done.status, done.headers["location"]), (303, CLIENT))
            self.assertEqual([cookie.partition("=")[0] for cookie in done.cookies],
                             ["__Host-signet-access", "__Host-signet-refresh"])

    def test_reset_and_verification_make_no_session(self):
        person = self.person()
        sessions = f"select count(*) from signet.session where user_id = '{person.id}'"
        done = self.follow(self.verify_mail(person))
        self.assertEqual((done.status, done.cookies, self.sql(sessions)), (303, [], "1"))
        done = self.follow(self.reset_mail(person), newPassword=NEW_PASSWORD)
        self.assertEqual((done.status, done.cookies, self.sql(sessions)), (303, [], "0"))
        self.assertNotIn("#", done.headers["location"])

    def test_a_sign_in_by_ticket_or_code_sets_the_cookies_of_a_login(self):
        person = self.person()
        link, code = self.link_mail(person), self.code_mail(person)
        for path, body in (("/login/ticket", {"ticket": link.ticket}),
                           ("/login/code/verify", {"email": person.email, "code": code.code})):
            answer = self.server.post(path, body, headers={"Origin": APP})
            self.assertEqual((answer.status, len(answer.cookies)), (200, 2), answer.body)

    def test_a_page_of_another_origin_can_neither_sign_in_nor_reset(self):
        person = self.person()
        ticket = self.link_mail(person).ticket
        for path, body in (("/login/ticket", {"ticket": ticket}), ("/password/reset", {"ticket": ticket}),
                           ("/login/code/verify", {"email": person.email, "code": "000000"}),
                           ("/invitation/accept", {"ticket": ticket, "password": PASSWORD}),
                           ("/email/change", {"newEmail": "x@example.org", "currentPassword": PASSWORD})):
            answer = self.server.post(path, body, headers={"Origin": "https://evil.example"})
            self.refused(answer, 403, "origin-not-allowed")
        self.assertEqual(self.server.post("/login/ticket", {"ticket": ticket}, headers={"Origin": APP}).status, 200)


class WithoutMail(support.ClusterTest):
    def test_every_route_is_404_without_a_mail_server(self):
        server = self.signet()
        for method, path in [*(("POST", path) for path in (*ASKS, "/email/verify", "/email/change", "/password/reset",
                                                           "/login/ticket", "/login/code/verify", "/invitation/accept",
                                                           "/verify")), ("GET", "/verify?ticket=x"), ("GET", "/verify")]:
            form = FORM if path == "/verify" else None
            answer = server.request(method, path, ("ticket=x" if form else {}) if method == "POST" else None, form)
            self.assertEqual((answer.status, answer.json["code"]), (404, "not-found"), path)
        self.assertEqual(server.post("/signup", {"email": "ada@example.org", "password": PASSWORD}).status, 200)
        self.assertEqual(server.post("/login", {"email": "ada@example.org", "password": PASSWORD}).status, 200)


if __name__ == "__main__":
    unittest.main()
