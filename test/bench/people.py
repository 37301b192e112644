"""Users by the thousand, made by SQL with one password hash, and tokens for them."""

import base64
import concurrent.futures
import hashlib
import json
import pathlib
import time
import uuid

import stage as stages

TOKENS_PER_TASK = 500


def user_id(number):
    """The id that make_users() gives the user of this number, and his session."""
    return str(uuid.UUID(hashlib.md5(str(number).encode()).hexdigest()))


def make_users(stage, server, url, count, sessions=0):
    """Users u0, u1, … with the tests' password; the first `sessions` of them with a session that nobody refreshes."""
    if server.signup("first-one").status != 200:
        raise RuntimeError("the first signup failed")
    stage.sql(url, f"""
        insert into "user" (id, username, password, active)
        select md5(n::text)::uuid, 'u' || n, (select password from "user" where username = 'first-one'), true
        from generate_series(0, {count - 1}) n;
        insert into user_role (user_id, role_id) select u.id, r.id from "user" u, role r
        where r.name = 'user' and u.username <> 'first-one';
        insert into signet.session (id, user_id, sealed_key, device, idle_until, absolute_until, sweep_at)
        select md5(n::text)::uuid, md5(n::text)::uuid, 'v1.x', '', t, t, t
        from generate_series(0, {sessions - 1}) n, (select now() + interval '1 day' as t) end_of_all""")
    stage.sql(url, "vacuum analyze")


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign_some(key_path, head, payloads):
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding
    key = serialization.load_pem_private_key(pathlib.Path(key_path).read_bytes(), None)
    signed = []
    for payload in payloads:
        text = f"{head}.{encode(json.dumps(payload, separators=(',', ':')).encode())}"
        signed.append(f"{text}.{encode(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}")
    return signed


def sign_all(key_path, head, payloads):
    parts = [payloads[at:at + TOKENS_PER_TASK] for at in range(0, len(payloads), TOKENS_PER_TASK)]
    with concurrent.futures.ProcessPoolExecutor() as pool:
        made = pool.map(sign_some, [str(key_path)] * len(parts), [head] * len(parts), parts)
        return [token for part in made for token in part]


def payload_of(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def like(stage, token, count):
    """`count` tokens that differ from a real one in their `jti`: same user, same session."""
    payload = payload_of(token)
    return sign_all(stage.key, token.split(".")[0], [{**payload, "jti": str(uuid.uuid4())} for _ in range(count)])


def of_users(stage, token, numbers):
    """A token each for users of make_users() that have a session, in the form of a real one."""
    payload, now = payload_of(token), int(time.time()) - 5
    space = "https://hasura.io/jwt/claims"
    payloads = []
    for number in numbers:
        user = user_id(number)
        payloads.append({**payload, "sub": user, "name": f"u{number}", "sid": user, "jti": str(uuid.uuid4()),
                         "iat": now, "exp": now + stages.TTL_S - 60,
                         space: {**payload[space], "x-hasura-user-id": user}})
    return sign_all(stage.key, token.split(".")[0], payloads)
