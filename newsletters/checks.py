"""What an editor should know before an issue goes out: what must be mended, what to look at, what is good to know.

Nothing here asks another host: a link elsewhere is judged by its address alone.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models.functions import Length
from django.urls import Resolver404, resolve

from core.errors import NotFound
from newsletters import variables
from newsletters.blocks import BlockKind, kind_of
from newsletters.models import Block, Issue, NewsletterSettings, Picture
from newsletters.rendering.edition import edition_of
from newsletters.rendering.headers import sender_of
from newsletters.rendering.markdown import named_links_in
from newsletters.rendering.recipients import no_recipient
from newsletters.rules import wording
from newsletters.rules.addresses import is_safe
from newsletters.rules.contrast import faint_words
from newsletters.rules.templates import marks, problems
from newsletters.rules.wire import is_address

ERROR, WARNING, HINT = "error", "warning", "hint"
LEVELS = (ERROR, WARNING, HINT)

# Gmail shows no more of a mail than this, and hides the rest with its link to unsubscribe.
CLIPPED_BYTES = 102_000
NEARLY_CLIPPED_BYTES = 90_000
HEAVY_PICTURE_BYTES = 600_000
FEWEST_WORDS_BESIDE_PICTURES = 20
# Everybody has these; of any other a recipient may have none.
ALWAYS_THERE = frozenset({"customer.name", "company.name"})
SHORTENERS = frozenset({"bit.ly", "goo.gl", "is.gd", "ow.ly", "rebrand.ly", "t.co", "tiny.cc", "tinyurl.com"})
# Names that no public server has (RFC 6761, RFC 6762), and those that stand in examples (RFC 2606).
NO_HOSTS = ("localhost", ".localhost", ".local", ".internal", ".test", ".invalid")
PLACEHOLDERS = frozenset({"example.com", "example.net", "example.org"})
# Of our own addresses those that customers can open.
FOR_CUSTOMERS = ("/portal/", "/archive/", "/n/", "/h/")


@dataclass(frozen=True)
class Finding:
    """One thing that the checks found.

    `level` is "error" (must be mended), "warning" (look at it) or "hint"; `where` is a field of the issue ("subject",
    "subject_b", "preheader", "sender_name", "reply_to"), "content", "settings", or "block:" with the block's id.
    """

    level: str
    where: str
    words: str

    @property
    def block_id(self) -> int | None:
        """Return the id of the block that it is about, if it is about one."""
        kind, _, number = self.where.partition(":")
        return int(number) if kind == "block" else None


def check_issue(issue: Issue) -> list[Finding]:
    """Return what the checks find, worst first; a fixed number of queries."""
    blocks = list(issue.blocks.order_by("position"))
    house = NewsletterSettings.current()
    found = [*_subject(issue), *_sender(issue, house), *_content(issue, blocks)]
    addresses = (sender_of(house)[1], _reply_to(issue, house))
    if all(_known(block) for block in blocks) and all(is_address(one) for one in addresses if one):
        found += _whole(issue)
    unique = list(dict.fromkeys(found))
    return sorted(unique, key=lambda finding: LEVELS.index(finding.level))


def _subject(issue: Issue) -> Iterator[Finding]:
    if not issue.subject.strip():
        yield Finding(ERROR, "subject", "There is no subject.")
    if issue.subject_b and issue.subject_b.strip() == issue.subject.strip():
        yield Finding(WARNING, "subject_b", "Both subjects are the same, so nothing is tried.")
    for where in ("subject", "subject_b"):
        text = getattr(issue, where).strip()
        yield from _variables(text, where)
        yield from _loudness(text, where, WARNING)
        if len(text) > wording.LONGEST_SUBJECT:
            yield Finding(
                HINT, where, f"Telephones show about {wording.LONGEST_SUBJECT} letters; this one has {len(text)}."
            )
    yield from _variables(issue.preheader, "preheader")
    if not issue.preheader.strip():
        yield Finding(HINT, "preheader", "Without a preview line mail programs show how the mail begins.")


def _sender(issue: Issue, house: NewsletterSettings) -> Iterator[Finding]:
    if not house.postal_address.strip():
        yield Finding(
            WARNING, "settings", "There is no postal address for the foot of the mail; many countries ask for one."
        )
    host = sender_of(house)[1].rpartition("@")[2]
    if not is_address(sender_of(house)[1]):
        yield Finding(ERROR, "settings", "No mail can come from the sender's address. Correct it.")
    elif _is_no_host(host):
        yield Finding(WARNING, "settings", f"Mails come from an address at {host}: most servers refuse them.")
    if not settings.PUBLIC_URL.startswith("https://"):
        yield Finding(
            HINT, "settings", "Mail programs offer to unsubscribe in one click only where links are https://."
        )
    reply_to = _reply_to(issue, house)
    if not reply_to:
        yield Finding(HINT, "reply_to", "Answers go to the sender's own address. Does somebody read them?")
    elif not is_address(reply_to):
        where = "reply_to" if issue.reply_to else "settings"
        yield Finding(ERROR, where, f"No mail can name {reply_to} as where answers go. Correct it.")


def _content(issue: Issue, blocks: list[Block]) -> Iterator[Finding]:
    if not blocks:
        yield Finding(ERROR, "content", "There is nothing in it yet. Add a block.")
        return
    pictures = {
        str(uid): size for uid, size in Picture.objects.filter(issue=issue).values_list("uid", Length("data")) if size
    }
    for block in blocks:
        yield from _block(block, pictures)
    words = sum(len(text.split()) for block in blocks if (kind := _known(block)) for text in kind.texts(block.data))
    if any(block.kind == "picture" for block in blocks) and words < FEWEST_WORDS_BESIDE_PICTURES:
        yield Finding(
            WARNING, "content", "It is nearly all pictures: many programs don't load them, and filters mistrust it."
        )


def _block(block: Block, pictures: dict[str, int]) -> Iterator[Finding]:
    where, kind = f"block:{block.pk}", _known(block)
    if kind is None:
        yield Finding(ERROR, where, "Nothing here knows this kind of block any more. Remove it.")
        return
    for text in kind.texts(block.data):
        yield from _variables(text, where)
        yield from _loudness(text, where, HINT)
        for words, _ in named_links_in(text):
            if wording.says_nothing(words):
                yield Finding(WARNING, where, f"A link that is called “{words.strip()}” tells nobody where it leads.")
    for url in kind.links(block.data):
        yield from _link(url, where)
    if kind.key == "picture":
        yield from _picture(block, pictures, where)


def _picture(block: Block, pictures: dict[str, int], where: str) -> Iterator[Finding]:
    alt = str(block.data.get("alt") or "")
    size = pictures.get(str(block.data.get("picture")))
    if size is None:
        yield Finding(ERROR, where, "The picture is no longer there. Upload it again.")
    elif size > HEAVY_PICTURE_BYTES:
        yield Finding(WARNING, where, f"The picture has {size // 1000} kB: slow on the way. Make it smaller.")
    if not alt.strip():
        yield Finding(ERROR, where, "Say what the picture shows, for who does not see it.")
    elif wording.is_file_name(alt):
        yield Finding(WARNING, where, f"“{alt}” is the name of a file; say what the picture shows.")


def _variables(text: str, where: str) -> Iterator[Finding]:
    known = variables.names()
    for sentence in problems(text, known):
        yield Finding(ERROR, where, sentence)
    for mark in marks(text):
        if mark.name in known and not mark.has_fallback and mark.name not in ALWAYS_THERE:
            yield Finding(
                WARNING,
                where,
                f"Not every recipient has {mark.name}: say what else to write, as in {{{{ {mark.name} | there }}}}.",
            )


def _loudness(text: str, where: str, level: str) -> Iterator[Finding]:
    if wording.is_shouting(text):
        yield Finding(level, where, "It shouts: capitals and many exclamation marks look like spam.")
    loud = wording.loud_words(text)
    if loud:
        yield Finding(level, where, f"Filters mistrust these words: {', '.join(loud)}.")


def _link(url: str, where: str) -> Iterator[Finding]:
    if "{{" in url or "%7B%7B" in url:
        yield Finding(ERROR, where, "The address of a link can't hold a variable.")
        return
    if not is_safe(url):
        yield Finding(ERROR, where, f"No link may lead to {url[:80]}. Write an address that begins with https://.")
        return
    parts = urlsplit(url)
    if parts.scheme == "mailto":
        return
    if f"{parts.scheme}://{parts.netloc}" == settings.PUBLIC_URL:
        yield from _own_link(parts.path or "/", where)
    elif _is_no_host(parts.hostname or ""):
        yield Finding(WARNING, where, f"Nobody outside can open {parts.hostname}.")
    elif (parts.hostname or "").removeprefix("www.") in PLACEHOLDERS:
        yield Finding(WARNING, where, f"{parts.hostname} stands in examples only. Is the real address missing?")
    elif (parts.hostname or "").removeprefix("www.") in SHORTENERS:
        yield Finding(WARNING, where, f"Filters mistrust {parts.hostname}. Link to the page itself.")
    elif parts.scheme == "http":
        yield Finding(HINT, where, f"{parts.hostname} is linked without encryption. Does https:// work?")


def _own_link(path: str, where: str) -> Iterator[Finding]:
    # Without its last stroke an address leads to the one with it.
    if not (_is_page(path) or _is_page(f"{path}/")):
        yield Finding(ERROR, where, f"There is no page {path} here.")
        return
    path = path if path.endswith("/") else f"{path}/"
    if not path.startswith(FOR_CUSTOMERS):
        yield Finding(WARNING, where, f"Customers can't open {path}: it is a page for staff.")


def _is_page(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def _whole(issue: Issue) -> Iterator[Finding]:
    html = edition_of(issue, counts=False).html(no_recipient())
    size = len(html.encode())
    if size > CLIPPED_BYTES:
        yield Finding(
            WARNING, "content", f"The mail has {size // 1000} kB. Gmail cuts it after {CLIPPED_BYTES // 1000} kB."
        )
    elif size > NEARLY_CLIPPED_BYTES:
        yield Finding(HINT, "content", f"The mail has {size // 1000} kB; Gmail cuts it at {CLIPPED_BYTES // 1000} kB.")
    for faint in faint_words(html):
        yield Finding(WARNING, "content", f"“{faint.words}” stands out too little ({faint.ratio:.1f} : 1).")


def _reply_to(issue: Issue, house: NewsletterSettings) -> str:
    return issue.reply_to or house.reply_to


def _known(block: Block) -> BlockKind | None:
    try:
        return kind_of(block.kind)
    except NotFound:
        return None


def _is_no_host(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(NO_HOSTS)
