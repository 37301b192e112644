"""Makes docs/try.png anew: python3 test/frontend/screenshot.py, with SIGNET_BINARY or build/release/signet."""

import base64
import collections
import struct
import zlib

from test_try import PASSWORD, ROOT, TryPage, statement

COLOURS_MAX = 256
WIDTH = 1024


def paeth(left, above, corner):
    estimate = left + above - corner
    return min((left, above, corner), key=lambda each: abs(estimate - each))


def pixels_of(png):
    """The rows of a PNG of 8 bits a channel, and how many bytes a pixel has (RFC 2083)."""
    at, packed = 8, b""
    while at < len(png):
        length, kind = struct.unpack_from(">I4s", png, at)
        if kind == b"IHDR":
            width, height, _, colour = struct.unpack_from(">IIBB", png, at + 8)
        elif kind == b"IDAT":
            packed += png[at + 8:at + 8 + length]
        at += length + 12
    size = {2: 3, 6: 4}[colour]
    raw, above, rows = zlib.decompress(packed), bytes(width * size), []
    for begin in range(0, height * (width * size + 1), width * size + 1):
        row = bytearray(raw[begin + 1:begin + 1 + width * size])
        for i in range(len(row)) if raw[begin] else ():
            left, corner = (row[i - size], above[i - size]) if i >= size else (0, 0)
            row[i] = (row[i] + (0, left, above[i], (left + above[i]) // 2, paeth(left, above[i], corner))[raw[begin]]) & 255
        rows.append(row)
        above = row
    return rows, size


def with_palette(png):
    """The same picture, a byte a pixel: a third of the size, since text on plain colours has few of them."""
    rows, size = pixels_of(png)
    colours = collections.Counter(bytes(row[i:i + 3]) for row in rows for i in range(0, len(row), size))
    palette = [colour for colour, _ in colours.most_common(COLOURS_MAX)]
    nearest = {colour: min(range(len(palette)), key=lambda i: sum(abs(a - b) for a, b in zip(palette[i], colour)))
               for colour in colours}
    data = b"".join(b"\0" + bytes(nearest[bytes(row[i:i + 3])] for i in range(0, len(row), size)) for row in rows)

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", len(rows[0]) // size, len(rows), 8, 3, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"PLTE", b"".join(palette))
            + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b""))


class Picture(TryPage):
    def runTest(self):
        tab = self.open(width=WIDTH)
        self.server.signup("ada")
        self.cluster.sql(statement("editor"), self.database)
        self.fill(tab, "login", username="ada", password=PASSWORD)
        tab.wait_for("Signed in as ada.")
        bottom = tab.run("document.querySelector('#sessions').getBoundingClientRect().bottom")
        shot = tab.call("Page.captureScreenshot", captureBeyondViewport=True,
                        clip={"x": 0, "y": 0, "width": WIDTH, "height": int(bottom) + 8, "scale": 1})
        (ROOT / "docs/try.png").write_bytes(with_palette(base64.b64decode(shot["data"])))


if __name__ == "__main__":
    Picture.setUpClass()
    picture = Picture()
    try:
        picture.debug()
    finally:
        picture.doCleanups()
        Picture.doClassCleanups()
