"""Clients with addresses of their own, which wrk cannot have: every address of 127.0.0.0/8 is this machine's."""

import asyncio
import collections
import json
import statistics
import time

ANSWER_S_MAX = 9  # for one answer; none in that time is none at all
LOOKED_AT = (200, 401)
REFUSED_GAP_S = 0.02  # after any other answer, because attackers run in the same thread as the others
ASK_S_MAX = 6  # for ask(), before the last answers are waited for


def address(number):
    """127.0.1.1 and on: not the one that the benchmark itself asks from."""
    return f"127.0.{1 + number // 250}.{1 + number % 250}"


class Heard:
    """What some clients were answered."""

    def __init__(self):
        self.statuses = collections.Counter()  # None: no answer
        self.good_ms = []

    def add(self, status, seconds):
        self.statuses[status] += 1
        if status == 200:
            self.good_ms.append(seconds * 1000)

    @property
    def good(self):
        return len(self.good_ms)

    @property
    def asked(self):
        return self.statuses.total()

    @property
    def taken_percent(self):
        return 100 * self.good / self.asked if self.asked else 0.0

    @property
    def p99_ms(self):
        """None where nothing was taken."""
        if len(self.good_ms) < 2:
            return self.good_ms[0] if self.good_ms else None
        return statistics.quantiles(self.good_ms, n=100, method="inclusive")[98]


class Client:
    """One connection at a time from one address, made anew when it has ended."""

    def __init__(self, port, source):
        self.port, self.source, self.link = port, source, None

    async def post(self, path, body):
        """The status."""
        text = json.dumps(body).encode()
        head = (f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(text)}\r\n\r\n")
        if self.link is None:
            self.link = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(self.source, 0))
        reader, writer = self.link
        writer.write(head.encode() + text)
        answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        await reader.readexactly(int(answer.split("content-length:", 1)[1].split("\r\n", 1)[0]))
        if "connection: close" in answer:
            self.close()
        return int(answer.split(" ", 2)[1])

    async def tell(self, heard, path, body):
        """Asks, and adds what came to `heard`."""
        began, status = time.monotonic(), None
        try:
            status = await asyncio.wait_for(self.post(path, body), ANSWER_S_MAX)
        except (OSError, EOFError, asyncio.TimeoutError, asyncio.LimitOverrunError):
            self.close()
        heard.add(status, time.monotonic() - began)
        return status

    def close(self):
        if self.link is not None:
            self.link[1].close()
            self.link = None


async def go_on(client, heard, questions, going, gap_s):
    """Asks one question after the other, and waits in between, as long as `going()`."""
    try:
        for question in questions:
            if not going():
                break
            status = await client.tell(heard, *question)
            await asyncio.sleep(gap_s if status in LOOKED_AT else max(gap_s, REFUSED_GAP_S))
    finally:
        client.close()


def ask(crowd, beside=(), seconds=ASK_S_MAX, gap_s=0.0):
    """What a crowd is answered while others ask beside it, as fast as they are looked at: two Heard.

    Both are lists of (client, questions). The crowd begins no question after `seconds`, or when those beside it have no
    more to ask; its last answers are waited for.
    """
    async def both():
        until, heard, other, around = time.monotonic() + seconds, Heard(), Heard(), []
        over = asyncio.Event()
        around += [asyncio.ensure_future(go_on(client, other, questions, lambda: not over.is_set(), 0))
                   for client, questions in beside]

        def going():
            return time.monotonic() < until and not (around and all(one.done() for one in around))

        await asyncio.gather(*(go_on(client, heard, questions, going, gap_s) for client, questions in crowd))
        over.set()  # because asyncio.wait_for() of Python 3.11 may swallow a cancellation
        for one in around:
            one.cancel()
        await asyncio.gather(*around, return_exceptions=True)
        return heard, other

    return asyncio.run(both())
