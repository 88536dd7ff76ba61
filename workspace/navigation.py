"""The registry of navigation entries: each app registers its own pages in its apps.py, and the shell shows them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from accounts.models import User

Face = Literal["staff", "portal"]


@dataclass(frozen=True)
class Entry:
    """One page that the navigation offers to whoever may open it."""

    label: str
    url: str
    icon: str
    order: int
    section: str = ""
    # An action of accounts.permissions; without one, everybody of this face sees the entry.
    action: str | None = None
    face: Face = "staff"
    # Returns how much waits behind the entry for this person; asked at every page, so it must cost next to nothing.
    badge: Callable[[User], int] | None = None


@dataclass(frozen=True)
class NavItem:
    """An entry as one person sees it on one page."""

    label: str
    url: str
    icon: str
    active: bool
    badge: int = 0
    section: str = ""


_entries: dict[tuple[Face, str], Entry] = {}


def register(entry: Entry) -> None:
    """Add the entry, or replace the one that leads to the same address."""
    _entries[entry.face, entry.url] = entry


def entries(face: Face) -> list[Entry]:
    """Return what is registered for this face, in the order shown."""
    return sorted((entry for entry in _entries.values() if entry.face == face), key=lambda entry: entry.order)


def active_url(path: str, urls: Iterable[str]) -> str | None:
    """Return the longest of the addresses that leads to the path; `/` and `/portal/` stand for themselves alone."""
    fitting = [url for url in urls if path == url or (url not in {"/", "/portal/"} and path.startswith(url))]
    return max(fitting, key=len, default=None)


def nav_for(user: User, path: str, face: Face, may: Callable[[User, str], bool]) -> list[NavItem]:
    """Return the entries of this face that the user may open, the one of the current page marked."""
    shown = [entry for entry in entries(face) if entry.action is None or may(user, entry.action)]
    active = active_url(path, (entry.url for entry in shown))
    return [
        NavItem(
            label=entry.label,
            url=entry.url,
            icon=entry.icon,
            active=entry.url == active,
            badge=entry.badge(user) if entry.badge else 0,
            section=entry.section,
        )
        for entry in shown
    ]
