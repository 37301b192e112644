#!/usr/bin/python3
"""Signs a user up and lets python3-jwcrypto verify the token and the JWKS. Needs SIGNET_URL;
SIGNET_ALG is what tokens are signed with."""

import json
import os
import secrets
import sys
import urllib.request

from jwcrypto import jwk, jws, jwt

BASE = os.environ.get("SIGNET_URL", "http://127.0.0.1:4000").rstrip("/")
ALG = os.environ.get("SIGNET_ALG", "RS256")
TIMEOUT_S = 10
results = {True: 0, False: 0}


def check(name, test):
    try:
        outcome = test()
        reason = f"got {outcome!r}"
    except Exception as error:  # a check that breaks is a check that fails
        outcome, reason = False, f"{type(error).__name__}: {error}"
    good = outcome is True
    results[good] += 1
    print(f"ok    {name}" if good else f"FAIL  {name}: {reason}")


def call(path, value=None):
    body = None if value is None else json.dumps(value).encode()
    request = urllib.request.Request(BASE + path, data=body)
    if body is not None:
        request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
        return answer.read().decode()


def verified(token, keys):
    return json.loads(jwt.JWT(jwt=token, key=keys, algs=[ALG]).claims)


def refuses(token, keys):
    try:
        jwt.JWT(jwt=token, key=keys, algs=[ALG])
    except (jws.InvalidJWSSignature, jwt.JWTMissingKey):
        return True
    return False


def main():
    text = call("/jwks")
    keys = jwk.JWKSet.from_json(text)
    listed = json.loads(text)["keys"]
    user = call("/signup", {
        "username": "interop-" + secrets.token_hex(8),
        "password": secrets.token_urlsafe(18) + " interop",
    })
    token = json.loads(user)["token"]
    header = jws.JWS()
    header.deserialize(token)
    kid = header.jose_header["kid"]
    key = keys.get_key(kid)
    named = os.environ.get("AUTH_KEY_ID", "")

    check("every key of the set is read", lambda: len(keys["keys"]) == len(listed) > 0)
    check("no key of the set has a private half",
          lambda: not any(one.has_private for one in keys["keys"]))
    check("the token names a key of the set", lambda: key is not None)
    for entry in listed:
        check(f"{entry['kid']} is the thumbprint of its key",
              lambda e=entry: e["kid"] == named or jwk.JWK(**e).thumbprint() == e["kid"])
    check("the token verifies under the set", lambda: verified(token, keys)["iss"] != "")
    check("the token verifies under its key",
          lambda: verified(token, key)["sub"] == json.loads(user)["id"])
    altered = token[:-6] + ("B" if token[-6] == "A" else "A") + token[-5:]
    check("an altered token is refused", lambda: refuses(altered, key))
    other = {"RS256": lambda: jwk.JWK.generate(kty="RSA", size=2048),
             "ES256": lambda: jwk.JWK.generate(kty="EC", crv="P-256"),
             "EdDSA": lambda: jwk.JWK.generate(kty="OKP", crv="Ed25519")}[ALG]()
    check("a key of somebody else refuses the token", lambda: refuses(token, other))
    print(f"{results[True]} passed, {results[False]} failed")
    return 0 if results[False] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
