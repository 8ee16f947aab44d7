# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Short hands for log lines of every daemon, so that a test reads like the story it tells."""

from __future__ import annotations

import calendar
import itertools
import json
import pathlib
import re
import time
import typing as t

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.health import judge
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.parse import parse_lines

CORPUS = pathlib.Path(__file__).resolve().parents[4] / "corpus"
PROVIDER_OF = {"iked": "alibaba", "charon": "charon", "racoon": "racoon"}
VCO = "vco-m5elab0initiator0001"
START = calendar.timegm((2026, 11, 21, 10, 0, 0))

Lines = t.List[str]


def _timed(story: str) -> t.Iterator[t.Tuple[str, str]]:
    """Stamp and text of each line; ``+n`` in front moves the clock by n seconds."""
    now = START
    for line in filter(None, (one.strip() for one in story.strip().split("\n"))):
        ahead = re.match(r"\+(\d+) ", line)
        if ahead:
            now += int(ahead[1])
            line = line[ahead.end() :]
        yield time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now)), line


def iked(story: str) -> Lines:
    """Lines of iked in Alibaba's envelope, UTC: ``[+seconds] [!LEVEL] file text``."""
    lines = []
    for stamp, text in _timed(story):
        level = "INFO"
        if text.startswith("!"):
            level, text = text[1:].split(" ", 1)
        source, message = text.split(" ", 1)
        lines.append(f"{stamp} {VCO} [{level}]: {source}:100:func(): {message}")
    return lines


def charon(story: str, tags: bool = True) -> Lines:
    """Native lines of charon, UTC: ``[+seconds] [GROUP] <tag> text``; without ``tags`` the tags are taken out."""
    lines = []
    for stamp, text in _timed(story):
        group = re.match(r"([A-Z]{3}) ", text)
        text = text[4:] if group else text
        if not tags:
            text = re.sub(r"^<[^>]*> ", "", text)
        lines.append(f"{stamp} 11[{group[1] if group else 'IKE'}] {text}")
    return lines


def racoon(story: str) -> Lines:
    """Native lines of racoon, UTC: ``[+seconds] [!LEVEL] file:func text``."""
    lines = []
    for stamp, text in _timed(story):
        level = "INFO"
        if text.startswith("!"):
            level, text = text[1:].split(" ", 1)
        source, message = text.split(" ", 1)
        name, _colon, func = source.partition(":")
        lines.append(f"{stamp}: {level}: {name}:100:{func or 'func'}(): {message}")
    return lines


def vrp(story: str) -> Lines:
    """Lines of Huawei Cloud: ``[+seconds] sentence (parameters)``."""
    return [
        f"{stamp.replace(' ', 'T')}.730275+00:00 host-192-0-2-4 ipsec_ike[30085]: [203.0.113.9] {text}"
        for stamp, text in _timed(story)
    ]


_PROVIDERS: t.Dict[t.Callable[..., Lines], str] = {iked: "alibaba", charon: "charon", racoon: "racoon", vrp: "huawei"}


def entries(lines: t.Union[str, Lines], provider: str = "alibaba") -> t.List[t.Dict[str, t.Any]]:
    """Entries of lines whose stamps are UTC."""
    return parse_lines(lines, provider=provider, log_timezone="+00:00")


def health(daemon: t.Callable[..., Lines], story: str, **how: t.Any) -> t.Dict[str, t.Any]:
    """The verdict over a story of one daemon."""
    return judge(entries(daemon(story, **how), _PROVIDERS[daemon]))


def verdict(daemon: t.Callable[..., Lines], story: str, **how: t.Any) -> t.Tuple[str, t.Optional[str]]:
    """State and reason over a story of one daemon."""
    told = health(daemon, story, **how)
    return told["state"], told["reason"]


# Pieces of stories

COOKIES = "a8bce6408be4728d:606732937a96cec3"
UNANSWERED = "a8bce6408be4728d:0000000000000000"
IN, OUT, IN2, OUT2 = "0x0a036c93", "0xc3b6e755", "0x0bb36c94", "0xc4b6e756"
V2 = "1:198.51.100.10[500] - 203.0.113.20[500]:(nil):"
PAIR = "198.51.100.10[500]<=>203.0.113.20[500]"
_SA = "satype=ESP samode=tunnel spi={} authtype=HMAC-SHA-1 enctype=AES128-CBC lifetime soft time=3600 bytes=0 hard time=3600 bytes=0"


def update(spi: str = IN) -> str:
    """iked asks the kernel to install an inbound SA."""
    return "ike_pfkey.c SADB_UPDATE ul_proto=255 src=203.0.113.20[500] dst=198.51.100.10[500] " + _SA.format(spi)


def add(spi: str = OUT) -> str:
    """iked asks the kernel to install an outbound SA."""
    return "ike_pfkey.c SADB_ADD ul_proto=255 src=198.51.100.10[500] dst=203.0.113.20[500] " + _SA.format(spi)


def delete(spi: str) -> str:
    """iked asks the kernel to remove an SA."""
    return f"ike_pfkey.c SADB_DELETE ul_proto=255 src=198.51.100.10[500] dst=203.0.113.20[500] satype=ESP spi={spi}"


def expire(spi: str, kind: int = 2) -> str:
    """The kernel says that a lifetime is over: 1 the soft one, 2 the hard one."""
    return f"ike_pfkey.c received PFKEY_EXPIRE seq=0 sa_dst=203.0.113.20[0] spi={spi} satype=ESP samode=tunnel expired={kind}"


UP = f"{update()}\n{add()}\n"
DOWN = f"{delete(IN)}\n{delete(OUT)}\n"
BETWEEN = "between 198.51.100.10[a.example.com]...203.0.113.20[b.example.com]"


def ike_up(number: int, name: str = "gw") -> str:
    """charon's IKE SA stands."""
    return f"<{name}|{number}> IKE_SA {name}[{number}] established {BETWEEN}\n"


def child_up(ike: int, number: int, name: str = "gw", child: str = "net") -> str:
    """charon's CHILD SA stands."""
    return f"<{name}|{ike}> CHILD_SA {child}{{{number}}} established with SPIs {spis(number)} and TS 10.1.0.0/24 === 10.2.0.0/24\n"


def spis(number: int, middle: str = "") -> str:
    """The SPIs of a CHILD SA, as charon prints them."""
    return f"c{number:07x}_i {middle}d{number:07x}_o{' ' + middle.strip() if middle else ''}"


def child_closed(ike: int, number: int, name: str = "gw", child: str = "net", expired: bool = False) -> str:
    """charon closes a CHILD SA."""
    kind = "expired " if expired else ""
    return f"<{name}|{ike}> closing {kind}CHILD_SA {child}{{{number}}} with SPIs {spis(number, '(0 bytes) ')} and TS 10.1.0.0/24 === 10.2.0.0/24\n"


def pair(number: int) -> str:
    """racoon's IPsec SA pair stands, two lines."""
    one, two = racoon_spis(number)
    return (
        f"pfkey.c:pk_recvupdate IPsec-SA established: ESP/Tunnel 198.51.100.10[500]->203.0.113.20[500] spi={one}({one:#x})\n"
        f"pfkey.c:pk_recvadd IPsec-SA established: ESP/Tunnel 198.51.100.10[500]->203.0.113.20[500] spi={two}({two:#x})\n"
    )


def racoon_spis(number: int) -> t.Tuple[int, int]:
    """Inbound and outbound SPI of racoon's nth pair."""
    return 100000000 + number, 200000000 + number


def pair_expired(number: int) -> str:
    """racoon says that both lifetimes of a pair are over, soft or hard."""
    return "".join(
        f"pfkey.c:pk_recvexpire IPsec-SA expired: ESP/Tunnel 203.0.113.20[500]->198.51.100.10[500] spi={one}({one:#x})\n"
        for one in racoon_spis(number)
    )


# Sessions of the corpus


def corpus_labels() -> t.Dict[str, t.Dict[str, t.Any]]:
    """Labels of the recorded sessions; the test is skipped where the corpus was not copied along."""
    path = CORPUS / "labels.json"
    if not path.is_file():
        pytest.skip(f"no recorded sessions at {path}: the tests of window cuts on real logs did not run")
    found: t.Dict[str, t.Dict[str, t.Any]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def corpus_lines(name: str) -> Lines:
    """Physical lines of a recorded session."""
    text = (CORPUS / f"{name}.log").read_text(encoding="utf-8", errors="replace")
    return text[:-1].split("\n") if text.endswith("\n") else list(filter(None, [text]))


def corpus_entries(name: str, label: t.Mapping[str, t.Any]) -> t.List[t.Dict[str, t.Any]]:
    """Entries of a recorded session."""
    zone = label.get("clock") or "+00:00"
    return parse_lines(corpus_lines(name), provider=PROVIDER_OF[label["daemon"]], log_timezone=zone)


# Texts that fit the rows of a dialect

_EXAMPLES = {
    "peer": "203.0.113.20[500]",
    "local": "198.51.100.10[500]",
    "spi": "0x0a036c93",
    "hex": "0x1f",
    "in": "c1a2b3c4",
    "out": "d1a2b3c4",
    "cookies": COOKIES,
    "ike": "1",
    "child": "net{1}",
    "name": "gw",
    "word": "word",
    "old": "OLD",
    "new": "NEW",
    "n": "7",
    "*": "some thing",
}


def expanded(row: str) -> t.List[str]:
    """Messages that a row of a table describes: every choice, an example for every placeholder."""
    parts: t.List[t.List[str]] = []
    for piece in re.findall(r"<[*a-z]+>|\{[^{}<>]*\|[^{}<>]*\}|[^<{]+|[<{]", row[:-1] if row.endswith("$") else row):
        if piece[0] == "<" and piece[1:-1] in _EXAMPLES:
            parts.append([_EXAMPLES[piece[1:-1]]])
        elif piece[0] == "{" and len(piece) > 1:
            parts.append(piece[1:-1].split("|"))
        else:
            parts.append([piece])
    return ["".join(one) for one in itertools.product(*parts)]
