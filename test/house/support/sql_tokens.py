"""Reads SQL into tokens: comments are left out, dollar-quoted bodies and SQL in strings are read too."""

import re
from typing import NamedTuple

# `marker` is `:name`, which src/store/sql_fill.cpp or psql fills in; `place` is a specifier of format().
TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<comment>--[^\n]*|/\*(?:(?!\*/).)*\*/)
      | (?P<dollar>\$(?P<tag>(?:[a-z_]\w*)?)\$(?P<body>.*?)\$(?P=tag)\$)
      | (?P<string>[eE]'(?:[^'\\]|\\.|'')*'|(?:[uU]&|[bBxX])?'(?:[^']|'')*')
      | (?P<quoted>"(?:[^"]|"")*")
      | (?P<param>\$\d+)
      | (?P<op>::|:=)
      | (?P<marker>:(?:[a-z_]\w*|"\w+"|'\w+'))
      | (?P<place>%(?:\d+\$)?[-]?\d*[sIL])
      | (?P<word>[^\W\d][\w$]*)
      | (?P<number>\d[\w.]*)
      | (?P<sign>[-+*/<>=~!@\#%^&|`?]+|.)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)

LOOKS_LIKE_SQL = re.compile(
    r"\s*(?:select|insert|update|delete|with|lock|truncate|create|alter|drop|grant|revoke|do|set)\s",
    re.IGNORECASE,
)


class Token(NamedTuple):
    kind: str
    text: str
    line: int

    def is_word(self, *words):
        return self.kind == "word" and self.text in words

    def is_sign(self, *signs):
        return self.kind in ("sign", "op") and self.text in signs


END = Token("end", "", 0)


def value_of(kind, text):
    if kind == "word":
        return text.lower()
    if kind == "quoted":
        return text[1:-1].replace('""', '"')
    if kind == "string":
        return text[text.index("'") + 1 : -1].replace("''", "'")
    if kind == "marker":
        return text.strip(":\"'").lower()
    return text


def tokens(text, line=1):
    """The tokens of `text` with comments among them; a string goes on in the one on the next line."""
    found = []
    for match in TOKEN.finditer(text):
        kind = match.lastgroup if match.lastgroup not in ("tag", "body") else "dollar"
        if kind != "space":
            value = match["body"] if kind == "dollar" else value_of(kind, match[0])
            if kind == "string" and found and found[-1].kind == "string":
                found[-1] = Token("string", found[-1].text + value, found[-1].line)
            else:
                found.append(Token(kind, value, line))
        line += match[0].count("\n")
    return found


def streams(text, line=1):
    """Lists of tokens without comments: of the text, and of every SQL text within it."""
    own = [token for token in tokens(text, line) if token.kind != "comment"]
    yield own
    for before, token in zip([END, *own], own):
        is_message = before.is_word("exception", "warning", "notice")
        is_sql = token.kind == "string" and LOOKS_LIKE_SQL.match(token.text) and not is_message
        if token.kind == "dollar" or is_sql:
            yield from streams(token.text, token.line)


def statements(stream):
    """The stream in pieces: what stands between semicolons."""
    piece = []
    for token in stream:
        if token.is_sign(";"):
            if piece:
                yield piece
            piece = []
        else:
            piece.append(token)
    if piece:
        yield piece
