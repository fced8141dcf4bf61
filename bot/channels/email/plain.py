"""HTML of mails as text. It is made safe first, and only the text is kept: nobody is shown the
HTML itself, so nothing of it runs, and no picture of it is fetched."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import nh3
from lxml import etree
from lxml import html as parser

MOST_CHARACTERS = 300_000
"""Of a mail's HTML; what comes after is cut."""
DEEPEST = 150
"""Elements in one another; what goes deeper takes a parser minutes, and is only stripped."""
_BLOCKS = {
    *("p", "div", "br", "tr", "table", "ul", "ol", "li", "blockquote", "pre", "hr"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "header", "footer"),
}
_INLINE = {"a", "b", "i", "u", "em", "strong", "span", "td", "th", "tbody", "code", "font"}
_LEFT_OPEN = {
    *("p", "li", "td", "tr", "th", "dt", "dd", "option", "tbody", "thead", "tfoot", "col"),
    *("br", "hr", "img", "meta", "link", "input", "wbr", "area", "base", "source"),
}
_QUOTES = ("gmail_quote", "moz-cite-prefix", "divrplyfwdmsg", "appendonsend", "yahoo_quoted")
QUOTE = "----- Original Message -----"
"""Put before what a mail program marks as the mail that is answered, for `folding`."""


def text_of(written: str) -> str:
    """The words of a page of HTML, lines where it breaks them. Never raises."""
    if not written.strip("\x00 \r\n\t"):
        return ""
    if depth_of(written[:MOST_CHARACTERS]) > DEEPEST:
        return _stripped(written)
    try:
        clean = nh3.clean(
            written[:MOST_CHARACTERS].replace("\x00", ""),
            tags=_BLOCKS | _INLINE,
            clean_content_tags={"script", "style", "head", "title"},
            attributes={"a": {"href"}, "div": {"class", "id"}, "blockquote": {"class", "type"}},
            link_rel=None,
            url_schemes={"http", "https", "mailto", "tel"},
        )
        if not clean.strip():
            return ""
        root = parser.fromstring(f"<div>{clean}</div>", parser=parser.HTMLParser(huge_tree=True))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, RecursionError):
        return _stripped(written)
    return _tidy("".join(_pieces(root)))


def texts_of(pages: Iterable[str]) -> list[str]:
    """The same of the pages of a mail, which share the bound."""
    texts, left = [], MOST_CHARACTERS
    for page in pages:
        texts.append(text_of(page[:left]))
        left -= min(left, len(page))
    return texts


def depth_of(written: str) -> int:
    """About how deep elements go that must be closed. What was never opened closes nothing."""
    deepest = depth = 0
    opened: Counter[str] = Counter()
    for closes, name in re.findall(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)", written):
        kind = name.lower()
        step = -1 if closes else 1
        if kind in _LEFT_OPEN or opened[kind] + step < 0:
            continue
        opened[kind] += step
        depth += step
        deepest = max(deepest, depth)
    return deepest


def _stripped(written: str) -> str:
    return _tidy(re.sub(r"<[^<>]{0,2000}>", " ", written[:MOST_CHARACTERS]))


def _pieces(root: parser.HtmlElement) -> Iterator[str]:
    """Text in order; without recursion, since mails are nested as deep as anybody likes."""
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if _is_quote(element, tag):
                yield f"\n{QUOTE}\n"
            elif tag in _BLOCKS:
                yield "\n- " if tag == "li" else "\n"
            yield _flat(element.text)
        else:
            yield from _target(element, tag)
            if tag in _BLOCKS and tag != "br":
                yield "\n"
            elif tag in {"td", "th"}:
                yield " "
            yield _flat(element.tail)


def _is_quote(element: parser.HtmlElement, tag: str) -> bool:
    if tag == "blockquote":
        return bool(element.get("type") == "cite")
    named = f"{element.get('class', '')} {element.get('id', '')}".lower()
    return tag == "div" and any(quote in named for quote in _QUOTES)


def _target(element: parser.HtmlElement, tag: str) -> Iterator[str]:
    """Where a link leads, when its words do not say it."""
    href = element.get("href", "") if tag == "a" else ""
    if href.startswith(("http://", "https://")) and href not in (element.text_content() or ""):
        yield f" ({href[:500]})"


def _flat(text: str | None) -> str:
    return re.sub(r"[ \t\r\n\f]+", " ", text or "")


def _tidy(text: str) -> str:
    lines = [" ".join(line.split(" ")).strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
