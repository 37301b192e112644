#!/usr/bin/env python3
"""A million users, a hundred thousand tokens, and a cache that is bounded: run by hand.

    SIGNET_BINARY=build/release/signet /usr/bin/python3 test/bench/webhook_scale.py [USERS] [TOKENS] [CACHE_MIB...]

Asks about every token three times, and prints how fast and with how much memory. Fails when an answer is not 200, or
when the process takes more than the cache may, the idle process and a margin for the allocator.
"""

import base64
import concurrent.futures
import hashlib
import http.client
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import freshness  # noqa: E402
import support  # noqa: E402

ISSUER = "http://signet.test"
MARGIN_MIB = 24
OVERHEAD = 1.35  # of the allocator over what the cache counts
CLIENTS = 4
PATIENCE_S = 600  # until the users are there
ROUNDS = 3
TTL_S = 3600


def user_id(number):
    digest = hashlib.md5(str(number).encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}"


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign_some(key_path, kid, numbers):
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding
    key = serialization.load_pem_private_key(pathlib.Path(key_path).read_bytes(), None)
    head = encode(json.dumps({"alg": "RS256", "typ": "JWT", "kid": kid}).encode())
    now, tokens = int(time.time()) - 5, []
    for number in numbers:
        user = user_id(number)
        claims = {"sub": user, "name": f"u{number}", "iss": ISSUER, "iat": now, "exp": now + TTL_S, "jti": user,
                  "sid": user, "https://hasura.io/jwt/claims": {"x-hasura-allowed-roles": ["user"],
                                                                "x-hasura-default-role": "user",
                                                                "x-hasura-user-id": user}}
        text = f"{head}.{encode(json.dumps(claims).encode())}"
        tokens.append(f"{text}.{encode(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}")
    return tokens


def sign_all(key_path, kid, count):
    with concurrent.futures.ProcessPoolExecutor() as pool:
        parts = [range(start, min(start + 5000, count)) for start in range(0, count, 5000)]
        made = pool.map(sign_some, [key_path] * len(parts), [kid] * len(parts), parts)
        return [token for part in made for token in part]


def make_users(url, count, sessions):
    """Users whose ids and sessions user_id() knows."""
    sql = freshness.Sql(url, PATIENCE_S)
    sql(f"""
        insert into "user" (id, username, active)
        select md5(n::text)::uuid, 'u' || n, true from generate_series(0, {count - 1}) n;
        insert into role (name) values ('user');
        insert into user_role (user_id, role_id) select u.id, r.id from "user" u, role r;
        insert into signet.session (id, user_id, sealed_key, device, idle_until, absolute_until, sweep_at)
        select md5(n::text)::uuid, md5(n::text)::uuid, 'v1.x', '', t, t, t
        from generate_series(0, {sessions - 1}) n, (select now() + interval '1 day' as t) end_of_all;
        analyze""")
    sql.close()


def rss_mib(server):
    for line in pathlib.Path(f"/proc/{server.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmRSS")


def ask_all(server, tokens):
    """Requests a second over all tokens once."""
    wrong, began = [], time.monotonic()

    def some(part):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        for asked, token in enumerate(part):
            if asked % 900 == 899:  # the server ends a connection after a thousand
                connection.close()
            connection.request("GET", "/webhook", headers=support.bearer(token))
            response = connection.getresponse()
            response.read()
            if response.status != 200:
                wrong.append(response.status)
        connection.close()

    threads = [threading.Thread(target=some, args=(tokens[i::CLIENTS],)) for i in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise AssertionError(f"{len(wrong)} answers were not 200, the first {wrong[0]}")
    return len(tokens) / (time.monotonic() - began)


def run(url, key_path, tokens, cache_mib):
    env = {**freshness.CHEAP, "AUTH_PRIVATE_KEY_FILE": key_path, "AUTH_KEY_ID": "scale", "AUTH_ISSUER": ISSUER,
           "AUTH_ACCESS_TOKEN_TTL": str(TTL_S + 60), "AUTH_WEBHOOK_CACHE_MIB": str(cache_mib)}
    server = support.Signet(url, env=env, wait="/readyz")
    try:
        time.sleep(1)
        idle = rss_mib(server)
        rates = [ask_all(server, tokens) for _ in range(ROUNDS)]
        took = rss_mib(server)
        bound = idle + cache_mib * OVERHEAD + MARGIN_MIB
        print(f"cache {cache_mib} MiB: {', '.join(f'{rate:.0f}' for rate in rates)} requests/s in {ROUNDS} rounds; "
              f"RSS {idle:.0f} MiB idle, {took:.0f} MiB after, bound {bound:.0f} MiB", flush=True)
        if took > bound:
            raise AssertionError("more memory than the bound")
    finally:
        server.close()


def main():
    numbers = [int(word) for word in sys.argv[1:]]
    users, tokens = (numbers + [1_000_000, 100_000][len(numbers):])[:2]
    caches = numbers[2:] or [16, 128]
    cluster = support.Cluster()
    try:
        with tempfile.TemporaryDirectory() as folder:
            key_path = os.path.join(folder, "key.pem")
            subprocess.run(["openssl", "genrsa", "-out", key_path, "2048"], check=True, capture_output=True)
            os.chmod(key_path, 0o600)
            url = cluster.fresh_database()
            done = support.command("migrate", env={"DATABASE_URL": url})
            if done.returncode != 0:
                raise AssertionError(done.stderr)
            began = time.monotonic()
            make_users(url, users, tokens)
            print(f"{users} users in {time.monotonic() - began:.0f} s", flush=True)
            began = time.monotonic()
            signed = sign_all(key_path, "scale", tokens)
            print(f"{tokens} tokens in {time.monotonic() - began:.0f} s", flush=True)
            for cache_mib in caches:
                run(url, key_path, signed, cache_mib)
    finally:
        cluster.close()


if __name__ == "__main__":
    main()
