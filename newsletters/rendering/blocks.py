"""How the kinds of blocks that newsletters bring along are drawn; they register themselves."""

from collections.abc import Callable
from typing import Any

from django.template.loader import render_to_string

from newsletters.blocks import BlockKind, Data, register
from newsletters.forms import blocks as forms
from newsletters.rendering.markdown import links_in
from newsletters.rendering.palette import QUIET_INK
from newsletters.rendering.sheets import HtmlSheet, Sheet, TextSheet
from newsletters.rules.updates import UPDATE_KINDS

# The column of 600 pixels without what is left free at both sides.
WIDEST_PICTURE = 536


def _get(data: Data, name: str) -> str:
    value = data.get(name)
    return value.strip() if isinstance(value, str) else ""


def _draw(name: str, context: dict[str, Any]) -> str:
    return render_to_string(f"newsletters/mail/{name}.mjml", {"quiet_ink": QUIET_INK, **context})


def _lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def _update_kind(data: Data, sheet: Sheet) -> str:
    kinds = dict(zip(UPDATE_KINDS, sheet.phrases.updates, strict=True))
    return kinds.get(_get(data, "update"), "")


def text_mjml(data: Data, sheet: HtmlSheet) -> str:
    """Return a text."""
    return _draw("text", {"body": sheet.markdown(_get(data, "body"))})


def text_text(data: Data, sheet: TextSheet) -> str:
    """Return a text in plain words."""
    return sheet.markdown(_get(data, "body"))


def picture_mjml(data: Data, sheet: HtmlSheet) -> str:
    """Return a picture; nothing where it is not stored."""
    shown = sheet.picture(_get(data, "picture"))
    if shown is None:
        return ""
    width = min(shown.width, WIDEST_PICTURE)
    return _draw(
        "picture",
        {
            "source": sheet.source(shown),
            "width": width,
            "alt": sheet.words(_get(data, "alt")),
            "href": sheet.href(_get(data, "url")),
            "caption": sheet.words(_get(data, "caption")) if _get(data, "caption") else "",
        },
    )


def picture_text(data: Data, sheet: TextSheet) -> str:
    """Return what stands in for a picture."""
    if sheet.picture(_get(data, "picture")) is None:
        return ""
    alt = f"[{sheet.words(_get(data, 'alt'))}]"
    caption = sheet.words(_get(data, "caption")) if _get(data, "caption") else ""
    return _lines(alt, caption, sheet.href(_get(data, "url")) or "")


def card_mjml(data: Data, sheet: HtmlSheet) -> str:
    """Return a card that leads somewhere."""
    return _draw(
        "link_card",
        {
            "title": sheet.words(_get(data, "title")),
            "text": sheet.words(_get(data, "text")) if _get(data, "text") else "",
            "href": sheet.href(_get(data, "url")),
            "label": sheet.words(_get(data, "label") or sheet.phrases.read_more),
        },
    )


def card_text(data: Data, sheet: TextSheet) -> str:
    """Return a card in plain words."""
    label, href = sheet.words(_get(data, "label") or sheet.phrases.read_more), sheet.href(_get(data, "url"))
    text = sheet.words(_get(data, "text")) if _get(data, "text") else ""
    return _lines(sheet.title(_get(data, "title")), text, f"{label}: {href}" if href else "")


def update_mjml(data: Data, sheet: HtmlSheet) -> str:
    """Return what is new in the product."""
    return _draw(
        "product_update",
        {
            "kind": _update_kind(data, sheet),
            "title": sheet.words(_get(data, "title")),
            "body": sheet.markdown(_get(data, "body"), level=3),
            "href": sheet.href(_get(data, "url")),
            "label": sheet.words(_get(data, "label") or sheet.phrases.see_how),
        },
    )


def update_text(data: Data, sheet: TextSheet) -> str:
    """Return what is new in the product in plain words."""
    kind, title = _update_kind(data, sheet), _get(data, "title")
    label, href = sheet.words(_get(data, "label") or sheet.phrases.see_how), sheet.href(_get(data, "url"))
    return _paragraphs(
        sheet.title(f"{kind}: {title}" if kind else title),
        sheet.markdown(_get(data, "body")),
        f"{label}: {href}" if href else "",
    )


def invitation_mjml(data: Data, sheet: HtmlSheet) -> str:
    """Return the invitation to book an hour."""
    return _draw(
        "booking_invitation",
        {
            "title": sheet.words(_get(data, "title")),
            "body": sheet.markdown(_get(data, "body"), level=3),
            "href": sheet.booking_href(),
            "label": sheet.words(_get(data, "label") or sheet.phrases.choose_hour),
        },
    )


def invitation_text(data: Data, sheet: TextSheet) -> str:
    """Return the invitation to book an hour in plain words."""
    label = sheet.words(_get(data, "label") or sheet.phrases.choose_hour)
    return _paragraphs(
        sheet.title(_get(data, "title")),
        sheet.markdown(_get(data, "body")),
        f"{label}: {sheet.booking_href()}",
    )


def _url(data: Data) -> list[str]:
    return [_get(data, "url")] if _get(data, "url") else []


def _body_links(data: Data) -> list[str]:
    return links_in(_get(data, "body"))


def _texts(*names: str) -> Callable[[Data], list[str]]:
    return lambda data: [text for text in (_get(data, name) for name in names) if text]


def _update_links(data: Data) -> list[str]:
    return _body_links(data) + _url(data)


KINDS = (
    BlockKind("text", "Text", "typography", forms.TextForm, text_mjml, text_text, _body_links, _texts("body")),
    BlockKind(
        "picture", "Picture", "photo", forms.PictureForm, picture_mjml, picture_text, _url, _texts("alt", "caption")
    ),
    BlockKind(
        "link_card",
        "Link card",
        "link",
        forms.LinkCardForm,
        card_mjml,
        card_text,
        _url,
        _texts("title", "text", "label"),
    ),
    BlockKind(
        "product_update",
        "Product update",
        "sparkles",
        forms.ProductUpdateForm,
        update_mjml,
        update_text,
        _update_links,
        _texts("title", "body", "label"),
    ),
    BlockKind(
        "booking_invitation",
        "Booking invitation",
        "calendar-event",
        forms.BookingInvitationForm,
        invitation_mjml,
        invitation_text,
        _body_links,
        _texts("title", "body", "label"),
    ),
)
for _kind in KINDS:
    register(_kind)
