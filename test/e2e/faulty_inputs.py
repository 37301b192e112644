"""What clients send by mistake or by intent, and what Signet answers: one row for each kind of input.

An id has a block and a number. H is HTTP as bytes, J is JSON, V are the values in it, T are access tokens, and X is
what came to mind later. ROWS holds what is sent as it stands here, SCENES what takes several steps, which
test_faulty_inputs.py plays, ELSEWHERE the tests of what needs another server, and ABSENT what cannot be sent yet."""

import base64
import dataclasses
import hashlib
import hmac
import itertools
import json
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

APP = "https://app.example"  # the one origin whose pages may call
AUDIENCE = "the-app"
TAKEN = "alice"  # an account that exists, with the password of support.py
LONG = "bob"  # one whose password is longer than the 72 bytes that bcrypt would look at
LONG_PASSWORD = "plum-Tractor-91-lemon-" * 4
ANSWER_BYTES_MAX = 8192  # of a body: nobody gets back much more than was sent
SECRET = b"hush"  # stands where a client may have a secret, and comes back in no answer

# What an answer says: the status, and for a problem its code.
OK = "200"
MISSING_TOKEN, INVALID_TOKEN, EXPIRED = "401 missing-token", "401 invalid-token", "401 token-expired"
WRONG = "401 invalid-credentials"
BAD_REQUEST, BAD_TARGET, BAD_HEADER = "400 bad-request", "400 bad-target", "400 bad-header"
BAD_FRAMING, BAD_CHUNK, BAD_HOST = "400 bad-framing", "400 bad-chunk", "400 bad-host"
NOT_FOUND, NO_METHOD = "404 not-found", "405 method-not-allowed"
INVALID_JSON = "400 invalid-json"


@dataclasses.dataclass
class Row:
    name: str
    what: str
    answer: str | None  # None: the connection ends without one
    sent: tuple  # of bytes, or of functions that make them of Material
    kept: bool  # whether the connection goes on afterwards, in step
    pointer: str | None = None  # the member that is at fault
    has: dict = dataclasses.field(default_factory=dict)  # headers of the answer; None: there is no such one
    may_break: bool = False  # the bytes are so many that the connection may be reset before the answer is read


def request(method, target, *lines, body=b"", host="a", version="HTTP/1.1"):
    """The bytes; a body of any length is announced."""
    head = [f"{method} {target} {version}".encode()]
    head += [f"Host: {host}".encode()] if host else []
    head += [line.encode("latin-1") if isinstance(line, str) else line for line in lines]
    head += [b"Content-Length: %d" % len(body)] if body else []
    return b"\r\n".join([*head, b"", b""]) + body


def get(target, *lines, **options):
    return request("GET", target, *lines, **options)


def framed(*lines, body=b"", version="HTTP/1.1", target="/login"):
    """A POST of JSON whose framing is said by `lines` alone."""
    return request("POST", target, "Content-Type: application/json", *lines, version=version) + body


def chunked(body, *lines):
    return framed("Transfer-Encoding: chunked", *lines, body=body)


def posted(path, body, *lines, media="application/json"):
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    lines = [*lines, f"Content-Type: {media}"] if media else lines
    return request("POST", path, *lines, body=body)


def login(body, *lines, media="application/json"):
    return posted("/login", body, *lines, media=media)


_number = itertools.count()


def somebody():
    """A name that nobody has, another one each time: failures are counted by name."""
    return f"somebody-{next(_number)}"


def typed(name, password=SECRET.decode()):
    return login({"username": name, "password": password})


def signup(name, password="plum-Tractor-91-lemon", **members):
    return posted("/signup", {"username": name, "password": password, **members})


def encode(data):
    data = data if isinstance(data, bytes) else data.encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Material:
    """A good token, the key that signed it, and what forgers make of them."""

    def __init__(self, good, pem, jwks, other_token):
        self.good, self.jwks, self.other_token = good, jwks, other_token
        header, payload, self.signature = good.split(".")
        self.header, self.payload = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in (header, payload))
        self.key = serialization.load_pem_private_key(pem.encode(), None)
        self.strange_key = rsa.generate_private_key(65537, 2048)
        self.jwk = next(key for key in json.loads(jwks)["keys"] if key["kid"] == self.header["kid"])

    def signed(self, header=None, payload=None, key=None, digest=None, pss=False):
        """A token. `header` and `payload` are texts, or members that change those of the good token, None takes a
        member away."""
        header, payload = (self.text(whole, change)
                           for whole, change in ((self.header, header), (self.payload, payload)))
        digest = digest or hashes.SHA256()
        how = padding.PSS(padding.MGF1(digest), digest.digest_size) if pss else padding.PKCS1v15()
        text = f"{encode(header)}.{encode(payload)}"
        return f"{text}.{encode((key or self.key).sign(text.encode(), how, digest))}"

    @staticmethod
    def text(whole, change):
        if isinstance(change, (str, bytes)):
            return change
        members = {**whole, **(change or {})}
        return json.dumps({name: value for name, value in members.items() if value is not ...})

    def with_mac(self, bits, secret):
        text = f"{encode(self.text(self.header, {'alg': f'HS{bits}'}))}.{encode(json.dumps(self.payload))}"
        return f"{text}.{encode(hmac.new(secret, text.encode(), getattr(hashlib, f'sha{bits}')).digest())}"

    def secrets(self):
        """What of a public key could be taken for the secret of an HMAC."""
        public, forms = self.key.public_key(), serialization.PublicFormat
        for encoding, form in itertools.product((serialization.Encoding.PEM, serialization.Encoding.DER),
                                                (forms.SubjectPublicKeyInfo, forms.PKCS1)):
            text = public.public_bytes(encoding, form)
            yield text
            yield text.rstrip(b"\n")
        numbers = public.public_numbers()
        yield numbers.n.to_bytes(256, "big")
        yield from (self.jwk["n"].encode(), json.dumps(self.jwk).encode(), self.jwks.encode(),
                    json.dumps(self.jwk, separators=(",", ":")).encode(), self.jwk["kid"].encode())

    def parts(self):
        return self.good.split(".")

    def with_signature(self, data):
        return f"{self.good.rsplit('.', 1)[0]}.{encode(data)}"

    def signature_bytes(self):
        return base64.urlsafe_b64decode(self.signature + "==")

    def now(self, seconds):
        return int(time.time()) + seconds


ROWS = []


def row(name, what, answer, *sent, kept=False, **more):
    ROWS.append(Row(name, what, answer, sent, kept, **more))


def token(name, what, make, answer=INVALID_TOKEN):
    """`make` gives one token of a Material, or several."""

    def sent(material):
        made = make(material)
        tokens = [made] if isinstance(made, str) else made
        return [get("/webhook", f"Authorization: Bearer {each}") for each in tokens]

    ROWS.append(Row(name, what, answer, (sent,), True))


def bearer(material):
    return f"Authorization: Bearer {material.good}"


# --- H: HTTP ---------------------------------------------------------------------------------------------------------

row("H01", "Content-Length beside Transfer-Encoding", BAD_FRAMING,
    framed("Content-Length: 2", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    framed("Transfer-Encoding: chunked", "Content-Length: 2", body=b"0\r\n\r\n"))
row("H02", "a transfer coding that nobody knows, with a request behind it",
    "501 transfer-coding-not-implemented", framed("Transfer-Encoding: xchunked", body=get("/admin")))
row("H03", "identity as a transfer coding", "501 transfer-coding-not-implemented",
    framed("Transfer-Encoding: identity"), framed("Transfer-Encoding: identity", "Content-Length: 2", body=b"{}"))
row("H04", "chunked that is not last", BAD_FRAMING, framed("Transfer-Encoding: chunked, identity"))
row("H05", "chunked twice", BAD_FRAMING, framed("Transfer-Encoding: chunked, chunked"))
row("H06", "a coding before chunked", "501 transfer-coding-not-implemented",
    framed("Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"))
row("H07", "two lines that say chunked", BAD_FRAMING,
    framed("Transfer-Encoding: chunked", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"))
row("H08", "white space before the colon, a control character before the value", BAD_HEADER,
    framed("Transfer-Encoding : chunked"), framed("Transfer-Encoding: \x0bchunked"),
    framed("Transfer-Encoding\t: chunked"))
row("H09", "a header that is folded into two lines", BAD_HEADER, framed("Transfer-Encoding:\r\n chunked"),
    get("/me", "X-A: 1\r\n\tAuthorization: Bearer hush"), get("/jwks", "X-A: b\r\n c"))
row("H10", "chunks in HTTP/1.0", BAD_FRAMING,
    framed("Transfer-Encoding: chunked", body=b"0\r\n\r\n", version="HTTP/1.0"))
row("H11", "two lengths that differ", BAD_FRAMING, framed("Content-Length: 2", "Content-Length: 3", body=b"{}"))
row("H12", "one length twice", BAD_FRAMING, framed("Content-Length: 2", "Content-Length: 2", body=b"{}"),
    framed("Content-Length: 2, 2", body=b"{}"))
row("H13", "a length that is no plain number", BAD_FRAMING,
    *(framed(f"Content-Length: {length}", body=b"{}") for length in ("+2", "-1", "0x2", "", "2 2", "02", "2.0", "2;")))
row("H14", "a length that no integer holds", BAD_FRAMING,
    *(framed(f"Content-Length: {length}", body=b"{}") for length in (2**64, 2**64 - 1, 10**30)))
row("H19", "a chunk that is shorter or longer than it says", BAD_CHUNK, chunked(b"2\r\n{} \r\n0\r\n\r\n"),
    chunked(b"3\r\n{}\r\n0\r\n\r\n"), chunked(b"fffffffffffffffff\r\n{}"), chunked(b"\r\n{}\r\n0\r\n\r\n"))
row("H20", "a chunk whose line ends with LF alone", BAD_CHUNK, chunked(b"2\n{}\r\n0\r\n\r\n"),
    chunked(b"2\r\n{}\n0\r\n\r\n"), chunked(b"2\r\n{}\r\n0\r\n\n"))
row("H21", "a mebibyte of a chunk extension", BAD_CHUNK, chunked(b"2;" + b"a" * 2**20), may_break=True)
row("H22", "a chunk extension, with a quoted string that does not end", BAD_CHUNK,
    chunked(b'2;a="\r\n{}\r\n0\r\n\r\n'), chunked(b'2;a="\r\n"\r\n{}\r\n0\r\n\r\n'),
    chunked(b"2;a=b\r\n{}\r\n0\r\n\r\n"))
row("H23", "17 000 chunks of one byte", "413 body-too-large", chunked(b"1\r\n \r\n" * 17_000 + b"0\r\n\r\n"),
    may_break=True)
row("H24", "a trailer of 100 kB", BAD_CHUNK, chunked(b"2\r\n{}\r\n0\r\nX: " + b"a" * 100_000 + b"\r\n\r\n"),
    may_break=True)
row("H25", "a trailer that says who asks", BAD_CHUNK,
    *((lambda m, line=line: request("GET", "/webhook", "Transfer-Encoding: chunked")
       + b"0\r\n" + (line if line else bearer(m)).encode() + b"\r\n\r\n")
      for line in ("", "Host: b", "X-Hasura-Role: admin")))
row("H26", "a trailer that says another length", BAD_CHUNK, chunked(b"2\r\n{}\r\n0\r\nContent-Length: 9\r\n\r\n"))
row("H28", "1000 header lines", "431 too-many-headers", get("/jwks", *["a:"] * 1000), get("/jwks", *["a:"] * 200))
row("H28", "200 header lines are taken", OK, get("/jwks", *["a:"] * 199), kept=True)
row("H29", "a target of 9 KiB", "414 target-too-long", get("/" + "a" * 9 * 1024), get("/jwks?" + "a" * 9 * 1024))
row("H31", "a control character in the value of a header", BAD_HEADER,
    *(get("/jwks", b"X-A: a" + bytes([c]) + b"b") for c in (0, 1, 8, 0x0b, 0x1b, 0x1f, 0x7f)))
row("H31", "a line that ends with CR alone or with LF alone", BAD_HEADER, get("/jwks", "X-A: a\rb"),
    get("/jwks", "X-A: a\nb"), get("/jwks", "X-A: a\r\rb"))
row("H32", "bytes above ASCII in Authorization", INVALID_TOKEN,
    *(get("/me", b"Authorization: Bearer " + text) for text in (b"\xff", b"\xc3\xbc", b"a.b.\x80")), kept=True)
row("H34", "white space before the first header", BAD_HEADER, get("/jwks", host=None, version="HTTP/1.1\r\n Host: a"),
    get("/jwks", host=None, version="HTTP/1.1\r\n\tHost: a"))
row("H35", "no Host", BAD_HOST, get("/jwks", host=None), get("/jwks", "Hosts: a", host=None))
row("H36", "two Hosts, and a Host that is none", BAD_HOST, get("/jwks", "Host: b"), get("/jwks", "host: a"),
    *(get("/jwks", host=host) for host in ("a,b", "a b", "a@b", "a/b", "a:123456", "[::1", "a?b")))
row("H37", "two credentials", "400 duplicate-header",
    lambda m: get("/webhook", bearer(m), bearer(m)), lambda m: get("/me", bearer(m), "authorization: Bearer hush"))
row("H38", "two media types", "400 duplicate-header", login({}, "Content-Type: application/json"),
    login({}, "content-type: text/plain"))
row("H40", "a version of HTTP that is not 1.1 or 1.0", "505 version-not-supported",
    *(get("/jwks", version=version) for version in ("HTTP/1.2", "HTTP/2.0", "HTTP/1.10", "http/1.1", "HTTP/11",
                                                    "HTTP/0.9")))
row("H41", "the first bytes of HTTP/2", "505 version-not-supported", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
row("H45", "a whole URL of another host", BAD_TARGET, get("http://b/jwks"), get("https://b/jwks"),
    get("http://a:1/jwks"), get("http://hush@a/jwks"), get("ftp://a/jwks"))
row("H45", "a whole URL of this host is served", OK, get("http://A/jwks"), kept=True)
row("H46", "CONNECT", NO_METHOD, request("CONNECT", "b:443", host="b:443"), request("CONNECT", "/jwks"))
row("H47", "TRACE, whose answer would hold the headers", NO_METHOD, request("TRACE", "/", "X-A: hush"),
    request("TRACE", "/jwks", "Cookie: hush"))
row("H48", "what the whole server can", "204", request("OPTIONS", "*"), kept=True,
    has={"allow": "GET, HEAD, POST, PATCH, DELETE, OPTIONS"})
_ASKED = ("Access-Control-Request-Method: POST", "Access-Control-Request-Headers: content-type")
row("H49", "a page of a listed origin may call", "204", request("OPTIONS", "/login", f"Origin: {APP}", *_ASKED),
    kept=True,
    has={"access-control-allow-origin": APP, "access-control-allow-methods": "POST, OPTIONS", "vary": "Origin"})
row("H49", "a page of another origin may not", "204",
    *(request("OPTIONS", "/login", f"Origin: {origin}", *_ASKED)
      for origin in ("https://evil.example", "null", APP + ".evil.example", APP.upper(), "http" + APP[5:])), kept=True,
    has={"access-control-allow-origin": None, "access-control-allow-methods": None, "vary": "Origin"})
row("H50", "HEAD", OK, request("HEAD", "/jwks"), kept=True,
    has={"cache-control": "public, max-age=300", "content-type": "application/json"})
row("H52", "a method that nobody knows", "501 method-not-implemented",
    *(request(method, "/jwks") for method in ("FOO", "get", "A" * 100, "PROPFIND")))
row("H53", "a method that the path has not got", NO_METHOD, get("/login"), request("DELETE", "/login"),
    has={"allow": "POST, OPTIONS"})
row("H54", "a target without slash, or with a fragment", BAD_TARGET, get("jwks"), get("/jwks#hush"), get("a.b/jwks"),
    get("*"))
row("H54", "a target that is not ASCII", BAD_REQUEST, b"GET /jwks\xc3\xbc HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /jwks\x00 HTTP/1.1\r\nHost: a\r\n\r\n", b"GET  /jwks HTTP/1.1\r\nHost: a\r\n\r\n")
row("H55", "letters of a path that are percent-encoded", NOT_FOUND, posted("/%6cogin", {}), get("/%6a%77%6b%73"))
row("H56", "a path with two readings", NOT_FOUND,
    *(posted(path, {}) for path in ("/login%00", "/login%2f", "//login", "/a/../login", "/./login", "/login;x",
                                    "/login/", "/login\\", "/LOGIN", "/..%2flogin", "/%2e%2e/login")))
row("H58", "a query, which may not bring a token", MISSING_TOKEN, get("/me?a=1&a=2"),
    lambda m: get(f"/me?access_token={m.good}"), lambda m: get(f"/webhook?authorization=Bearer%20{m.good}"), kept=True)
row("H59", "a GET with a body", OK, get("/jwks", body=b"{}"),
    get("/jwks", "Content-Type: text/plain", body=b"x" * 16_000), kept=True)
row("H61", "an expectation that is not 100-continue", "417 expectation-failed", get("/jwks", "Expect: foo"),
    login({}, "Expect: 100-continue, foo"))
row("H73", "a body in a content coding", "415 unsupported-content-encoding",
    *(login({}, f"Content-Encoding: {coding}") for coding in ("gzip", "deflate", "br", "identity, gzip", "GZIP")))
row("H74", "a range", OK, get("/jwks", "Range: bytes=0-1"), kept=True, has={"content-range": None})
row("H76", "credentials that are declared to be of this hop", OK,
    lambda m: get("/webhook", bearer(m), "Connection: authorization"),
    lambda m: get("/webhook", "Connection: Authorization, X-Hasura-Role", bearer(m), "X-Hasura-Role: user"), kept=True)
row("H76", "a role that is declared to be of this hop is asked for all the same", "401 role-not-allowed",
    lambda m: get("/webhook", bearer(m), "Connection: x-hasura-role", "X-Hasura-Role: admin"), kept=True)

# --- J: JSON ---------------------------------------------------------------------------------------------------------

row("J01", "no body, or white space", INVALID_JSON, framed("Content-Length: 0"), login(b" \r\n\t"), framed(), kept=True)
row("J03", "no members", "400 required", login(b"{}"), kept=True, pointer="/username")
row("J03", "no members", "400 required", login(b"{}"), kept=True, pointer="/password")
row("J04", "a root that is no object", "400 object-expected", *map(login, (b"[]", b"null", b"1", b'"x"', b"true")),
    kept=True)
row("J06", "what only looks like JSON", INVALID_JSON,
    *map(login, (b'{"username":"a",}', b"[1,]", b"{} // c", b"/**/{}", b"{'username':'a'}", b'{"username":NaN}',
                 b'{"username":Infinity}', b'{"username":-Infinity}', b"{username:1}", b"{}{}", b"{} x", b"{", b'{"a"',
                 b'{"username":01}', b'{"username":1.}', b'{"username":+1}', b'{"username":"\\x41"}',
                 b'{"username":"')), kept=True)
row("J07", "arrays in arrays", "400 too-deep", login(b"[" * 33 + b"]" * 33),
    login(b'{"a":' * 1000 + b"1" + b"}" * 1000), login(b"[" * 16_000), kept=True)
row("J08", "a member twice", "400 duplicate-key", login(b'{"username":"a","password":"b","password":"c"}'),
    posted("/signup", b'{"username":"abc","metadata":{"a":1,"a":2},"password":"plum-Tractor-91-lemon"}'), kept=True)
row("J09", "a member twice, once in another spelling", "400 duplicate-key",
    login(b'{"username":"a","password":"b","\\u0070assword":"c"}'), kept=True)
row("J10", "a number where a text is expected", "400 wrong-type",
    *(login(b'{"username":' + number + b',"password":"b"}')
      for number in (b"-0", b"1E5", b"-1.5e-9", b"123456789012345678901234567890", b"1" * 300)),
    kept=True, pointer="/username")
row("J10", "a number that no double holds", INVALID_JSON,
    *(login(b'{"username":' + number + b',"password":"b"}') for number in (b"1" * 10_000, b"1e400", b"-1e400")),
    kept=True)
row("J12", "a member that the route does not know", "400 unknown-field",
    login({"username": "a", "password": "b", "role": "admin"}), signup("carol", role="admin"), kept=True,
    pointer="/role")
row("J13", "a value of another type", "400 wrong-type",
    *(login({"username": value, "password": "b"}) for value in (1, True, [], {}, ["a"])), kept=True,
    pointer="/username")
row("X14", "a name that is null, as forms send what was left empty", "400 required",
    login({"username": None, "password": "b"}), kept=True, pointer="/username")
row("J15", "bytes that are no UTF-8", INVALID_JSON,
    *(login(b'{"username":"' + text + b'","password":"b"}')
      for text in (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc3", b"\x80",
                   b"\xf8\x88\x80\x80\x80")),
    login(b'{"\xff":1}'), posted("/signup", b'{"username":"abc","metadata":{"a":"\xff"},"password":"p"}'), kept=True)
row("J16", "half a surrogate pair, or one in the wrong order", INVALID_JSON,
    *(login(b'{"username":"' + text + b'","password":"b"}')
      for text in (rb"\ud800", rb"\udc00", rb"\udc00\ud800", rb"\ud800x", rb"\ud800\u0041")), kept=True)
row("J17", "the character U+0000", "400 control-character", login(rb'{"username":"a\u0000b","password":"b"}'),
    login(rb'{"username":"a","password":"b\u0000"}'), login(rb'{"a\u0000":1}'),
    posted("/signup", rb'{"username":"abc","metadata":{"a":"\u0000"},"password":"plum-Tractor-91-lemon"}'),
    posted("/refresh", rb'{"refreshToken":"\u0000"}'), kept=True)
row("J18", "a control character that is not escaped", INVALID_JSON,
    *(login(b'{"username":"a' + bytes([c]) + b'","password":"b"}') for c in (0, 9, 10, 13, 0x1b, 0x1f)), kept=True)
row("J19", "another encoding, or a mark of one", INVALID_JSON, login(b"\xef\xbb\xbf{}"), login("{}".encode("utf-16")),
    login("{}".encode("utf-16-le")), login("{}".encode("utf-32")), kept=True)
row("J21", "a body that does not say that it is JSON", "415 unsupported-media-type",
    *(login(b"{}", media=media) for media in ("text/plain", None, "application/x-www-form-urlencoded", "json",
                                              "application/jsonx", "application/json; charset=latin1",
                                              "application/json, text/plain")))
row("J22", "JSON in another spelling of its name", WRONG,
    *(login({"username": somebody(), "password": "b"}, media=media)
      for media in ("application/json; charset=utf-8", "APPLICATION/JSON", 'application/json;charset="UTF-8"')),
      kept=True)
row("J24", "JSON of another kind", "415 unsupported-media-type", login(b"{}", media="application/problem+json"),
    login(b"{}", media="application/graphql+json"))
row("J25", "JSON in a form", "415 unsupported-media-type",
    login(b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n{}\r\n--x--\r\n',
          media="multipart/form-data; boundary=x"))
row("J27", "16 KiB of spaces", "413 body-too-large", login(b" " * 2**14 + b"{}"), may_break=True)
row("J27", "a byte less", "400 required", login(b" " * (2**14 - 2) + b"{}"), kept=True, pointer="/username")
row("J33", "60 objects in each other beside the headers that count", OK,
    lambda m: posted("/webhook", {"headers": {"authorization": f"Bearer {m.good}"},
                                  "request": json.loads('{"variables":' * 60 + "null" + "}" * 60)}), kept=True)
row("J33", "the same with a bad token", INVALID_TOKEN,
    posted("/webhook", {"request": json.loads('{"variables":' * 60 + "null" + "}" * 60),
                        "headers": {"authorization": "Bearer a.b.c"}}), kept=True)
row("J34", "a webhook call without headers", "400 required",
    *(posted("/webhook", body) for body in (b"{}", b'{"headers":[]}', b'{"headers":null}', b'{"request":{}}')),
    kept=True, pointer="/headers")

# --- V: values -------------------------------------------------------------------------------------------------------

row("V01", "a name that looks like another", "400 charset",
    *map(signup, ("\u0430dmin", "\uff41\uff44\uff4d\uff49\uff4e", "ad\u200dmin", "al\u0131ce", "alice\u0301")),
    kept=True, pointer="/username")
row("V02", "a name that is taken but for its case", "409 username-taken", signup("Alice"), signup("ALICE"), kept=True)
row("V04", "a name that is taken but for white space around it", "409 username-taken", signup(" alice"),
    signup("alice\t"), kept=True)
row("V04", "a name that ends with a dot", "400 edge", signup("alice."), signup(".alice"), kept=True,
    pointer="/username")
row("V04", "a name with two dots", "400 double-dot", signup("a..b"), kept=True, pointer="/username")
row("V05", "a name that others would take for somebody else's", "400 reserved-name",
    *map(signup, ("admin", "root", "anonymous", "hasura", "null", "Admin", "admin ",
                  "6f1f4d0a-6a3f-4a53-9d5c-0b6d1a1c9a11")), kept=True, pointer="/username")
row("V07", "a name that would write into a log or turn its text round", "400 charset",
    *map(signup, ("ab\x07c", "ab\x1b[31m", "ab\r\nevent: x", "ab\u202ec", "ab\u2028c", "ab\u0085c")), kept=True,
    pointer="/username")
row("V07", "the same at a login", WRONG,
    *(typed(somebody() + text) for text in ("\x07", "\x1b[31m", "\r\nevent: x", "\u202e", "\u2028", "\u0085")),
    kept=True)
row("V08", "SQL for a name", "400 charset",
    *map(signup, ("'; DROP TABLE user;--", "\\'a", "%%%", "a$1", "a' or '1'='1", '"user"', "a;b")), kept=True,
    pointer="/username")
row("V08", "SQL for a name at a login", WRONG,
    *(typed(text) for text in ("'; DROP TABLE user;--", "\\'", "%", "_", "$1", "al_ce", "alice'--", "a%' or true--")),
    login({"email": "%@%", "password": "hush"}), login({"email": "' or ''='", "password": "hush"}), kept=True)
row("V10", "U+0000 in a password, behind the right one", "400 control-character",
    login(rb'{"username":"alice","password":"plum-Tractor-91-lemon\u0000"}'),
    login(rb'{"username":"alice","password":"plum-Tractor-91-lemon\u0000x"}'), kept=True)
row("V11", "a password that is longer than any", WRONG, typed(somebody(), "x" * 1025), typed(somebody(), "x" * 4096),
    typed(TAKEN, "x" * 4096), kept=True)
row("V11", "a password that is longer than any spelling of one", "400 too-long", typed(somebody(), "x" * 4097),
    typed(TAKEN, "x" * 4097), typed(TAKEN, "x" * 16_000), kept=True, pointer="/password")
row("V11", "a password as large as a body", "413 body-too-large", typed(somebody(), "x" * 2**14), may_break=True)
row("V13", "a password that ends otherwise behind 72 bytes", WRONG, typed(LONG, LONG_PASSWORD[:72]),
    typed(LONG, LONG_PASSWORD[:-1] + "x"), typed(LONG, LONG_PASSWORD + "x"), kept=True)
row("V14", "a password of seven characters", "400 password-too-short", signup("carol", "Kx7#mQ2"),
    signup("carol", "\U0001f600\U0001f34b\U0001f69c\U0001f3bb\U0001f40c\U0001f9ca\U0001f33b"), kept=True,
    pointer="/password")
row("V16", "a password of 300 characters", "400 password-too-long",
    signup("carol", "plum-Tractor-91-lemon " * 13 + "x"), kept=True, pointer="/password")
row("V19", "a password that is tried first", "400 password-weak", signup("carol", "password1234567"),
    signup("carolina", "Carolina1"), signup("carol", "carolcarol"), kept=True, pointer="/password")
row("V23", "an e-mail address that is none", "400 invalid-email",
    *(signup("carol", email=text) for text in ("a@b", "@example.org", "a@", "a.example.org", '"ab"@example.org',
                                               "a@[127.0.0.1]", "a@example..org", "a@b@example.org")), kept=True,
                                               pointer="/email")
row("V23", "an e-mail address that writes a header, or is not ASCII", "400 charset",
    *(signup("carol", email=text) for text in ("a@b.example\r\nBcc: x@y.example", "a@b.example\x01",
                                               "a@b\u00fccher.example", "a b@c.example")), kept=True, pointer="/email")
row("V23", "an e-mail address of 255 bytes", "400 too-long", signup("carol", email="a@" + "b" * 49 + ".c" * 102),
    kept=True, pointer="/email")
row("V25", "the id of no session", "404 session-not-found",
    *((lambda m, text=text: request("DELETE", f"/sessions/{text}", bearer(m)))
      for text in ("6f1f4d0a", "6F1F4D0A-6A3F-4A53-9D5C-0B6D1A1C9A11", "6f1f4d0a6a3f4a539d5c0b6d1a1c9a11", "a" * 36)),
      kept=True)
row("V25", "what is no id at all", NOT_FOUND,
    *((lambda m, text=text: request("DELETE", f"/sessions/{text}", bearer(m)))
      for text in ("{6f1f4d0a-6a3f-4a53-9d5c-0b6d1a1c9a11}", "../me", "%27", "a" * 300, "..", "a/b")))

# --- T: access tokens ------------------------------------------------------------------------------------------------


def _none(m):
    for bits in range(16):
        alg = "".join(c.upper() if bits >> i & 1 else c for i, c in enumerate("none"))
        whole = m.signed({"alg": alg})
        yield from (whole, whole.rsplit(".", 1)[0] + ".", whole.rsplit(".", 1)[0])


def _changed_tail(m):
    """The same bytes in another spelling: the last character of a part has bits that are not used."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for place, part in enumerate(m.parts()):
        for more in ("=", "==", "%3D", "+", "/", "A"):
            yield ".".join(part + more if place == i else each for i, each in enumerate(m.parts()))
        if len(part) % 4:
            last = alphabet[alphabet.index(part[-1]) ^ 1]
            yield ".".join(part[:-1] + last if place == i else each for i, each in enumerate(m.parts()))


def _embedded(m, **members):
    numbers = m.strange_key.public_key().public_numbers()
    jwk = {"kty": "RSA", "e": "AQAB", "n": encode(numbers.n.to_bytes(256, "big"))}
    for kid in (m.header["kid"], ..., "attacker"):
        yield m.signed({"jwk": jwk, "kid": kid}, key=m.strange_key)
    yield m.signed({"jwk": jwk})


def _certified(m):
    der = m.strange_key.public_key().public_bytes(serialization.Encoding.DER,
                                                  serialization.PublicFormat.SubjectPublicKeyInfo)
    chain = [base64.b64encode(der).decode()]
    yield from (m.signed({"x5c": chain}, key=m.strange_key), m.signed({"x5c": chain}))
    yield from (m.signed({name: "http://127.0.0.1:9/keys"}, key=key)
                for name in ("jku", "x5u") for key in (m.key, m.strange_key))


def _twice(m, member):
    text = json.dumps(m.payload)
    return text[:-1] + f', "{member}": {json.dumps(m.payload[member])}' + "}"


def _claims_twice(m):
    name = next(name for name in m.payload if "hasura" in name)
    inner = json.dumps(m.payload[name])
    return json.dumps({**m.payload, name: 0}).replace(
        f'"{name}": 0', f'"{name}": {inner[:-1]}, "x-hasura-default-role": "admin"}}')


def _signature_forms(m):
    right = m.signature_bytes()
    yield from map(m.with_signature, (right[1:], right[:-1], b"\0" + right, right + b"\0", right * 2, b"\1"))


token("T01", "no signature at all", _none)
token("T03", "an algorithm that is no name of one",
      lambda m: [m.signed({"alg": alg}) for alg in ("", ..., 256, None, [], ["RS256"], {}, True)])
token("T04", "an algorithm that is nearly ours", lambda m: [m.signed({"alg": alg}) for alg in ("rs256", "RS256 ",
                                                                                               "RS256\0", " RS256")])
token("T06", "an HMAC keyed with what everybody knows", lambda m: [m.with_mac(256, text) for text in m.secrets()])
token("T07", "another algorithm than the key is for", lambda m: [
    *(m.with_mac(bits, text) for bits in (384, 512) for text in m.secrets()),
    m.signed({"alg": "RS384"}, digest=hashes.SHA384()), m.signed({"alg": "RS512"}, digest=hashes.SHA512()),
    m.signed({"alg": "PS256"}, pss=True), m.signed(pss=True), m.signed(digest=hashes.SHA512())])
token("T09", "the algorithm of another kind of key", lambda m: [m.signed({"alg": alg}) for alg in ("EdDSA", "ES256",
                                                                                                   "ES256K")])
token("T10", "a token that brings its key along", _embedded)
token("T12", "a token that says where its key is", _certified)
token("T13", "a kid that names no key",
      lambda m: [m.signed({"kid": kid}) for kid in (..., "", 1, None, [], [m.header["kid"]], "unknown",
                                                    m.header["kid"] + " ",
                                                    m.header["kid"].lower(), "../../dev/null", "' or 1=1--")])
token("T16", "a header that asks for what nobody here can",
      lambda m: [m.signed(members) for members in ({"crit": ["exp"]}, {"crit": []}, {"crit": ["x"], "x": 1},
                                                   {"crit": ["b64"], "b64": False}, {"b64": False}, {"crit": None})])
token("T18", "a token in another shape",
      lambda m: [m.signed({"zip": "DEF"}), m.signed({"cty": "JWT"}, m.good), f"{m.parts()[0]}.AA.AA.AA.AA"])
token("T19", "more or fewer than three parts",
      lambda m: [m.parts()[0], ".".join(m.parts()[:2]), m.good + ".AA", m.good + ".AA.AA", "." + m.good, m.good + ".",
                 ".", "..", "...", f"{m.parts()[0]}..{m.signature}", f".{m.parts()[1]}.{m.signature}"])
token("T21", "a part in another spelling", _changed_tail)
token("T22", "a token of 8193 bytes, and one of dots", lambda m: [m.good + "A" * (8193 - len(m.good)), "." * 20_000])
row("T22", "a mebibyte of dots", "431 headers-too-large", get("/webhook", "Authorization: Bearer " + "." * 2**20),
    may_break=True)
token("T24", "a member twice", lambda m: [
    m.signed(f'{{"alg":"RS256","alg":"RS256","typ":"JWT","kid":"{m.header["kid"]}"}}'),
    m.signed(f'{{"alg":"none","typ":"JWT","kid":"{m.header["kid"]}","\\u0061lg":"RS256"}}'),
    *(m.signed(payload=_twice(m, member)) for member in ("exp", "sub", "iss")), m.signed(payload=_claims_twice(m))])
token("T25", "a payload that is no object",
      lambda m: [m.signed(payload=text) for text in ("[]", "null", "1", '"x"', "x", "{", b'{"iss":"\xff"}', b"\xff\xfe",
                                                     json.dumps(m.payload) + " x",
                                                     b"\xef\xbb\xbf" + json.dumps(m.payload).encode())])
token("T27", "a signature that is a number of its own",
      lambda m: [m.with_signature(text) for text in (bytes(256), b"\xff" * 256, bytes(255) + b"\1")])
token("T28", "a signature that is longer or shorter", _signature_forms)
token("T30", "a token that has expired, by a second and within what others would let pass",
      lambda m: [m.signed(payload={"exp": m.now(-late), "iat": m.now(-late - 600)}) for late in (1, 59, 61)], EXPIRED)
token("T31", "an end that is no time",
      lambda m: [m.signed(payload=json.dumps({**m.payload, "exp": 0}).replace('"exp": 0', f'"exp": {exp}'))
                 for exp in ("-1", "0", "1e400", str(2**63), str(2**64), "9.9e99", "1e10", f"{m.payload['exp']}.5",
                             '"9999999999"', "null", "true", "[]")])
token("T33", "a token of the future",
      lambda m: [m.signed(payload={"nbf": m.now(600)}), m.signed(payload={"iat": m.now(600), "exp": m.now(1200)})])
token("T34", "a token that lives longer than any", lambda m: [
    m.signed(payload={"exp": m.now(seconds), "iat": m.now(-5)}) for seconds in (86_400, 10**9)] + [
    m.signed(payload={"exp": 2**53 - 1})])
token("T36", "a token for another audience", lambda m: [
    m.signed(payload={"aud": audience}) for audience in ("other", ..., [], ["other"], "", None, 1, AUDIENCE + " ",
                                                         AUDIENCE.upper(), [[AUDIENCE]])])
token("T36", "a token for several, this one among them", lambda m: m.signed(payload={"aud": [AUDIENCE, "other"]}), OK)
token("T37", "a token of another kind", lambda m: [
    *(m.signed({"typ": kind}) for kind in ("at+jwt", "id+jwt", "jwt", "", None, ...)), m.other_token])
token("T40", "claims that were changed behind the signature", lambda m: [
    f"{m.parts()[0]}.{encode(json.dumps(m.payload).replace('user', 'boss'))}.{m.signature}",
    f"{m.parts()[0]}.{encode(json.dumps(m.payload))}.{m.signature}"])
row("T42", "a scheme in another case", OK, *((lambda m, scheme=scheme: get("/webhook",
                                                                           f"Authorization: {scheme} {m.good}"))
                                            for scheme in ("bearer", "BEARER", "Bearer")), kept=True)
row("T42", "another scheme, or none", INVALID_TOKEN,
    *((lambda m, text=text: get("/webhook", "Authorization: " + text.replace("TOKEN", m.good)))
      for text in ("Basic TOKEN", "TOKEN", "Bearer\tTOKEN", "BearerTOKEN", "Bearer TOKEN TOKEN",
                   "Bearer TOKEN, Bearer TOKEN",
                   "Bearer Bearer TOKEN", "Bearer", "Token TOKEN", "Bearer=TOKEN", '"Bearer TOKEN"')), kept=True)
row("T43", "a cookie beside the header: the header counts, and cookies are off", OK,
    lambda m: get("/webhook", bearer(m), f"Cookie: __Host-signet-access={m.signed(payload={'exp': 1})}"), kept=True)

# --- X: what came to mind later --------------------------------------------------------------------------------------

token("X01", "a claim that is missing", lambda m: [
    m.signed(payload={name: ...}) for name in m.payload if name not in ("name",)])
token("X02", "expired and not signed by us: it is not said that it has expired", lambda m: [
    m.signed(payload={"exp": m.now(-60), "iat": m.now(-600)}, key=m.strange_key),
    m.signed(payload={"exp": m.now(-60), "iat": m.now(-600)})[:-8] + "AAAAAAAA"])
_NAMED = "6f1f4d0a-6a3f-4a53-9d5c-0b6d1a1c9a11"
row("X03", "who one is, said anywhere but in a token", MISSING_TOKEN,
    *(request(method, f"{path}?userId={_NAMED}&user_id={_NAMED}", f"X-Hasura-User-Id: {_NAMED}", "X-Hasura-Role: user",
              f"Cookie: userId={_NAMED}; sub={_NAMED}") for method, path in
      (("GET", "/me"), ("GET", "/sessions"), ("DELETE", f"/sessions/{_NAMED}"), ("GET", "/webhook"))),
    posted("/webhook", {"headers": {"x-hasura-user-id": _NAMED, "x-hasura-role": "user"}, "request": {}}), kept=True)
row("X03", "the same for what has a body", MISSING_TOKEN,
    *(request(method, f"{path}?userId={_NAMED}", f"X-Hasura-User-Id: {_NAMED}", "Content-Type: application/json",
              body=json.dumps(body).encode()) for method, path, body in
      (("PATCH", "/me", {"metadata": {}}), ("DELETE", "/me", {"currentPassword": "hush"}),
       ("POST", "/password", {"currentPassword": "hush", "newPassword": "hush-Tractor-91-lemon"}))), kept=True)
_OWN = ("id", "userId", "roles", "role", "defaultRole", "default_role", "active", "is_admin", "emailVerified",
        "email_verified", "createdAt", "__proto__")
row("X04", "what a user may not say of himself", "400 unknown-field",
    *(signup("carol", **{name: "admin"}) for name in _OWN),
    *((lambda m, name=name: request("PATCH", "/me", bearer(m), "Content-Type: application/json",
                                    body=json.dumps({name: "admin"}).encode())) for name in (*_OWN, "email",
                                                                                             "password")), kept=True)
row("X05", "a number that JSON cannot write, in metadata", INVALID_JSON,
    *(posted("/signup", b'{"username":"carol","password":"plum-Tractor-91-lemon","metadata":{"n":' + number + b"}}")
      for number in (b"1e400", b"-1e400", b"1" * 400)), kept=True)
row("X06", "a long name with a wrong password", WRONG, typed("n" * 200, "hush"), typed("n" * 200, "x" * 200), kept=True)
row("X07", "who one is, said by the headers of proxies", MISSING_TOKEN,
    *(get("/webhook", line) for line in ("X-Forwarded-User: alice", "X-Forwarded-Proto: https",
                                         "X-Auth-Request-User: alice",
                                         "X-Original-URL: /jwks", "X-Forwarded-Access-Token: hush",
                                         "Remote-User: alice",
                                         "X-Forwarded-For: 127.0.0.1", "X-Hasura-Admin-Secret: hush",
                                         "Proxy-Authorization: Bearer hush")),
    lambda m: get("/webhook", f"X-Authorization: Bearer {m.good}", f"Proxy-Authorization: Bearer {m.good}",
                  f"X-Forwarded-Authorization: Bearer {m.good}"), kept=True)
row("X08", "a header without a name or a colon", BAD_HEADER, get("/jwks", ": x"), get("/jwks", "X-A"),
    get("/jwks", "X A: b"),
    get("/jwks", "X(A): b"), get("/jwks", b"X\xc3\xbc: b"))
row("X08", "lines that end with LF alone", BAD_REQUEST, b"GET /jwks HTTP/1.1\nHost: a\n\n")
row("X09", "what would turn the connection into something else", OK,
    get("/livez", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"),
    get("/livez", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: aHVzaA==",
        "Sec-WebSocket-Version: 13"),
    kept=True, has={"upgrade": None})
row("X10", "another method in a header", NO_METHOD,
    *(posted("/me", {"currentPassword": "hush"}, f"{name}: DELETE")
      for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")))
row("X11", "a header that the webhook is given twice, or not as a text", INVALID_TOKEN,
    lambda m: posted("/webhook", {"headers": {"authorization": f"Bearer {m.good}",
                                              "Authorization": f"Bearer {m.good}"}}),
    lambda m: posted("/webhook", {"headers": {"Authorization": "Bearer a.b.c", "AUTHORIZATION": f"Bearer {m.good}"}}),
    kept=True)
row("X11", "a header that is no text", "400 wrong-type",
    *((lambda m, value=value: posted("/webhook", {"headers": {"authorization": value}}))
      for value in (["Bearer a.b.c"], {}, 1, None, True)), kept=True, pointer="/headers")
row("X12", "a member without a name, and names that a program may take for its own", "400 unknown-field",
    *(login({"username": "a", "password": "b", name: {}}) for name in ("", "__proto__", "constructor", "/", "~",
                                                                       "toString")),
    login({"username": "a", "password": "b", **{f"a{i}": 0 for i in range(1000)}}), kept=True)
token("X13", "a token of another issuer", lambda m: [
    m.signed(payload={"iss": issuer}) for issuer in ("http://evil.example", m.payload["iss"] + "/",
                                                     m.payload["iss"].upper(),
                                                     "", [m.payload["iss"]], None)])

# Played by test_faulty_inputs.py.
SCENES = {
    "H16": "a body that breaks off is no request, and has no effect",
    "H17": "a body that does not come is 408 after ten seconds",
    "H43": "a TLS hello is closed at once, with a line in the log at most",
    "H62": "100 requests at once get 100 answers in order", "H64": "who has finished sending still gets the answer",
    "H65": "2000 connections that are reset leave nothing behind",
    "H67": "a body that comes byte by byte is 408 after ten seconds",
    "H68": "who does not read is cut off after ten seconds",
    "H70": "an idle connection is closed when its time is over",
    "H71": "the thousandth request of a connection is its last",
    "T15": "tokens of unknown keys are refused without a look at the database",
    "T39": "a token is refused once its session has ended", "V14": "a password of eight characters is taken",
    "V17": "a password is the same in composed and decomposed form",
    "V20": "characters that Unicode has not assigned are taken, at the signup as at the login",
}

# Another server, or a test that goes further than these.
ELSEWHERE = {
    "J31": ("test/e2e/test_actions.py: "
            "test_a_missing_or_wrong_secret_is_401_and_the_log_says_which_but_shows_neither",),
    "J07": ("test/unit/base/json_test.cpp: a hundred thousand open brackets end at the limit",),
    "T45": ("test/unit/tokens/keyring_test.cpp: one of a removed key does not",),
    "T46": ("test/e2e/test_key_commands.py: test_a_revoked_key_is_refused_at_once_and_the_next_one_takes_over",),
    "T48": ("test/unit/tokens/stale_view_test.cpp: a retired key verifies until its time is over by our own clock",),
    "T43": ("test/unit/routes/browsers_test.cpp: the webhook takes the access cookie where cookies are on",),
    "V22": ("test/e2e/test_throttling.py: test_an_address_has_limits_of_its_own",),
    "H70": ("test/e2e/test_forwarded.py: test_a_connection_that_served_something_is_kept_as_long_as_the_setting_says",),
}

# What would take it is not there: the reason, and the route that would be. When the route comes, so does the row.
ABSENT = {
    "H44": ("Signet ends no TLS: a proxy does", None),
    "J28": ("there is no GraphQL yet: batches are to be refused", "/graphql"),
    "J30": ("there is no GraphQL yet: depth, cycles and size are to be refused", "/graphql"),
    "V26": ("no route answers in pages, so there is no cursor to forge", None),
    "V28": ("no mail is sent, so there is no reset token", "/password/reset"),
}
