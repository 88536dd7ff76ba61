"""Mails as people look at them here: an editor before it is sent, a reader in the browser.

Whoever shows one answers with `framed`: the page of the mail runs nothing, loads nothing but pictures, and belongs to
no origin, whatever stands in it.
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse

from newsletters.invitations import portal_url
from newsletters.models import Issue
from newsletters.rendering.edition import edition_of
from newsletters.rendering.recipients import no_recipient
from newsletters.rendering.sheets import BOOKING

# Links open in a new window, which is free of the sandbox; nothing else is allowed.
POLICY = {
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
    "default-src": ["'none'"],
    "img-src": ["'self'", "{0.scheme}://{0.netloc}".format(urlsplit(settings.PUBLIC_URL))],
    "style-src": ["'unsafe-inline'"],
    "form-action": ["'none'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'self'"],
}


def archive_html(issue: Issue) -> str:
    """Return the issue as everybody may read it: nobody's values, no links of a recipient, nothing counted."""
    reader = no_recipient()
    # Who reads the archive has no page of its own to book on; it logs in first.
    reader.values[BOOKING.name] = portal_url()
    return edition_of(issue, for_archive=True).html(reader)


def framed(html: str) -> HttpResponse:
    """Return the answer that shows a mail, alone or inside a frame of our own pages; it can do nothing there."""
    response = HttpResponse(html)
    response._csp_replace = POLICY  # type: ignore[attr-defined]
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Content-Type-Options"] = "nosniff"
    return response
