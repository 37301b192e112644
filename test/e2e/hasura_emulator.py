"""Hasura as far as keys, tokens and Actions go: how v2 and v3 fetch a JWKS, whether they take a
token, and how v2 calls the handler of an action and what it makes of the answer.

The judge of signatures is jwcrypto, which shares no code with Signet. The facts are
those of docs/reference/hasura.md.
"""

import http.client
import json
import re
import threading
import time
import urllib.parse

from jwcrypto import jwk, jws

KEY_TYPES = {"RSA", "EC", "oct", "OKP"}
JWS_ALGS = {"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
            "EdDSA"}
V3_ALGS = JWS_ALGS - {"ES512"}
PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
# Before v2.48.5 a key without `use` was dropped, and another value than these spoilt the set.
USES = {"sig", "enc"}
V3_LEEWAY_S = 60


class FetchFailed(Exception):
    pass


class Refused(Exception):
    """Why Hasura refuses a token."""


def fetch(urls):
    """The headers, as they came, and the body of the first address that answers at all: what stands
    before several replicas goes on to the next one when a connection is refused."""
    fault = None
    for url in urls:
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)
        try:
            connection.request("GET", parts.path, headers={"Content-Type": "application/json"})
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            fault = error
            continue
        finally:
            connection.close()
        if not 200 <= response.status < 300:
            raise FetchFailed(f"{url} answers {response.status}: {body[:200]}")
        return response.getheaders(), body
    raise FetchFailed(f"nobody answers: {fault}")


def lifetime_s(headers):
    """Seconds that v2 keeps its copy; None: for ever (Signet sends no Expires)."""
    first = next((value for name, value in headers if name.lower() == "cache-control"), None)
    if first is None:
        return None
    directives = {}
    for part in re.split(r", ?", first):
        name, equals, value = part.partition("=")
        if name in ("max-age", "s-maxage") and equals:
            number = re.fullmatch(r'"?(\d+)(\.\d+)?"?', value)
            if not number:
                return None
            directives.setdefault("age", int(number[1]))
        else:
            directives[name] = True
    if "must-revalidate" in directives:
        return directives.get("age", 0)
    if "no-cache" in directives or "no-store" in directives:
        return 0
    return directives.get("age")


def read_set(body, algs):
    """The keys of a JWKS, or FetchFailed: one bad key spoils it."""
    try:
        keys = json.loads(body)["keys"]
    except (ValueError, KeyError, TypeError) as error:
        raise FetchFailed("no JWK set") from error
    for key in keys:
        if PRIVATE_MEMBERS & set(key):
            raise AssertionError(f"a private member is published: {sorted(key)}")  # nobody else would notice
        if key.get("kty") not in KEY_TYPES or key.get("alg", "RS256") not in algs:
            raise FetchFailed(f"a key of an unknown kind: {key.get('kty')} {key.get('alg')}")
        for name in ("n", "e"):
            if name in key and ("=" in key[name] or key[name].startswith("AA")):
                raise FetchFailed(f"{name} is padded or not minimal")
    return keys


def parts_of(token):
    """Header and claims, unverified."""
    from jwcrypto.common import base64url_decode
    header, payload, _ = token.split(".")
    return json.loads(base64url_decode(header)), json.loads(base64url_decode(payload))


def has_signature(token, key):
    try:
        signed = jws.JWS()
        signed.allowed_algs = sorted(JWS_ALGS)
        signed.deserialize(token)
        signed.verify(key)
        return True
    except (jws.InvalidJWSSignature, jws.InvalidJWSObject, ValueError, TypeError):
        return False


class V2:
    """Fetches twice at its start, then looks every `tick_s` whether its copy is stale. A failed
    fetch keeps the old keys and is tried again at the next tick. An unknown kid fetches
    nothing."""

    def __init__(self, urls, issuer, tick_s=60.0, phase_s=0.0):
        self.urls = urls
        self.issuer = issuer
        self.tick_s = tick_s
        self.keys = {}  # by kid, which v2 itself does not look at
        self.expires_at = None
        self.fetches = 0
        self.failed_fetches = 0
        self.done = threading.Event()
        self._fetch()  # The first only looks whether it can be had
        self._fetch()
        self.thread = threading.Thread(target=self._run, args=(phase_s,), daemon=True)
        self.thread.start()

    def _fetch(self):
        headers, body = fetch(self.urls)
        keys = read_set(body, JWS_ALGS)
        if any(key.get("use", "sig") not in USES for key in keys):
            raise FetchFailed("a key with a strange use")
        age = lifetime_s(headers)
        self.keys = {str(key.get("kid")): jwk.JWK(**key) for key in keys if "use" in key}
        self.expires_at = None if age is None else time.monotonic() + age
        self.fetches += 1

    def _run(self, phase_s):
        self.done.wait(phase_s)
        while not self.done.wait(self.tick_s):
            stale = self.expires_at is not None and self.expires_at <= time.monotonic()
            if stale or not self.keys:
                try:
                    self._fetch()
                except FetchFailed:
                    self.failed_fetches += 1

    def verify(self, token):
        """Its claims, or Refused."""
        header, claims = parts_of(token)
        # Every key is tried. The likely one first, which changes no verdict.
        keys = sorted(self.keys.items(), key=lambda item: item[0] != header.get("kid"))
        if not any(has_signature(token, key) for _, key in keys):
            raise Refused("JWSInvalidSignature")
        now = time.time()
        if claims["iat"] > now:
            raise Refused("JWTIssuedAtFuture")  # J13, skew 0
        if claims["exp"] <= now:
            raise Refused("JWTExpired")
        if claims["iss"] != self.issuer:
            raise Refused("JWTNotInIssuer")
        return claims

    def close(self):
        self.done.set()
        self.thread.join()


class V3:
    """Fetches at every verification; the kid is mandatory and has to be there."""

    def __init__(self, urls, issuer):
        self.urls = urls
        self.issuer = issuer

    def verify(self, token):
        header, claims = parts_of(token)
        if not isinstance(header.get("kid"), str):
            raise Refused("`kid` (Key ID) header claim not found")
        _, body = fetch(self.urls)
        key = next((key for key in read_set(body, V3_ALGS) if key.get("kid") == header["kid"]), None)
        if key is None:
            raise Refused("No matching JWK found for the given kid")
        if not has_signature(token, jwk.JWK(**key)):
            raise Refused("InvalidSignature")
        if claims["exp"] + V3_LEEWAY_S <= time.time():
            raise Refused("ExpiredSignature")
        if claims["iss"] != self.issuer:
            raise Refused("InvalidIssuer")
        return claims

    def close(self):
        pass


def verdict(hasura, token):
    """None when Hasura takes the token, else why not."""
    try:
        hasura.verify(token)
        return None
    except (Refused, FetchFailed) as reason:
        return str(reason)


# Headers of a client that an action's handler never sees, even with forward_client_headers.
NOT_FORWARDED = {"content-length", "content-type", "content-md5", "user-agent", "host", "origin", "referer", "accept",
                 "accept-encoding", "accept-language", "accept-datetime", "cache-control", "connection", "dnt"}
RENAMED = {"host": "X-Forwarded-Host", "user-agent": "X-Forwarded-User-Agent", "origin": "X-Forwarded-Origin"}


class GraphQLError(Exception):
    """What the client of a failed action gets."""

    def __init__(self, message, extensions):
        super().__init__(f"{message} {extensions}")
        self.message = message
        self.extensions = extensions


def session_variables(role, claims=None, client_headers=None):
    """Of a user with a token: what the token says. Of anybody else, anonymous or admin: what the
    client's own headers say."""
    if claims is not None:
        said = {name.lower(): value for name, value in claims.items() if isinstance(value, str)}
        for name in ("x-hasura-default-role", "x-hasura-allowed-roles"):
            said.pop(name, None)
    else:
        said = {name.lower(): value for name, value in (client_headers or {}).items()
                if name.lower().startswith("x-hasura-")}
        said.pop("x-hasura-admin-secret", None)
    return {**said, "x-hasura-role": role}


class Action:
    """A synchronous action of v2. `fields`: those of its output type, and whether null may stand there."""

    def __init__(self, url, fields, headers=None, kind="mutation", forward_client_headers=False):
        self.url = url
        self.fields = fields
        self.headers = headers or {}
        self.kind = kind
        self.forward_client_headers = forward_client_headers

    def _headers(self, client_headers):
        forwarded = {}
        if self.forward_client_headers:
            for name, value in client_headers.items():
                low = name.lower()
                if low not in NOT_FORWARDED and not low.startswith("x-hasura-"):
                    forwarded[low] = value
                elif low in RENAMED:
                    forwarded[RENAMED[low].lower()] = value
        # Where both have a header, the client's wins.
        return {"content-type": "application/json", "user-agent": "hasura-graphql-engine/v2.48.3",
                **{name.lower(): value for name, value in self.headers.items()}, **forwarded}

    def call(self, arguments, session=None, client_headers=None):
        """The object that the client gets, and the cookies that are set, or a GraphQLError."""
        payload = {"action": {"name": "someAction"}, "input": arguments,
                   "session_variables": session or session_variables("anonymous", client_headers=client_headers),
                   "request_query": "mutation { someAction }"}
        parts = urllib.parse.urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        try:
            connection.request("POST", parts.path, json.dumps(payload), self._headers(client_headers or {}))
            response = connection.getresponse()
            body = response.read()
            cookies = [value for name, value in response.getheaders() if name.lower() == "set-cookie"]
        finally:
            connection.close()
        return self._read(response.status, body), cookies if self.kind == "mutation" else []

    def _read(self, status, body):
        try:
            answer = json.loads(body)
        except ValueError:
            raise GraphQLError("not a valid json response from webhook", {"code": "parse-failed"}) from None
        if 400 <= status < 500:
            if not isinstance(answer, dict) or not isinstance(answer.get("message"), str):
                raise GraphQLError("parsing the error failed", {"code": "parse-failed"})
            extensions = answer.get("extensions")
            raise GraphQLError(answer["message"], extensions if extensions is not None else
                               {"path": "$", "code": answer.get("code", "unexpected")})
        if not 200 <= status < 300:
            raise GraphQLError("internal error", {"path": "$", "code": "unexpected"})
        if not isinstance(answer, dict):
            raise GraphQLError("expecting an object", {"code": "unexpected"})
        for name, nullable in self.fields.items():
            if not nullable and answer.get(name) is None:
                raise GraphQLError(f"field {name} expected in webhook response, but not found", {"code": "unexpected"})
        return {name: answer.get(name) for name in self.fields}
