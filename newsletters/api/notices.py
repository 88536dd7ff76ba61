"""The API of the widget: a session for an identity, the contact's notices, and what it did with them.

It is called by browsers from the products' own pages, without cookies. An answer can be read there only where a product
allows the page's origin, exactly as it is written.
"""

import hashlib
import json
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from drf_spectacular.utils import OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.visitors import address_of
from core.errors import Invalid
from newsletters.actions.widget import OpenedSession, note_step, open_session
from newsletters.models import Notice, Product
from newsletters.queries.notices import ShownNotice, feed_of
from newsletters.rules.notice_text import blocks_of
from newsletters.widget import limits
from newsletters.widget.identity import IdentityForged, is_signed
from newsletters.widget.sessions import SessionRefused, WidgetSession, is_known_origin, session_of

# As long as the most patient browser keeps the answer to a preflight.
PREFLIGHT_SECONDS = 2 * 3600
# When the widget asks again.
ASK_AGAIN_SECONDS = 300


FEED = OpenApiResponse(description="The notices that show now, at most twenty, the most important first.")


class WidgetView(APIView):
    """A view that pages of the products' origins may ask, and only they."""

    authentication_classes = ()
    permission_classes = ()
    methods = "GET"

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # type: ignore[override]
        """Answer a browser's question whether a page may ask."""
        response = Response(status=204)
        if self._may_read(request):
            response["Access-Control-Allow-Methods"] = self.methods
            response["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
            response["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
        return response

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Return the response with what lets the page's browser read it."""
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(response, ["Origin"])
        response.setdefault("Cache-Control", "no-store")
        if self._may_read(request):
            response["Access-Control-Allow-Origin"] = request.headers["Origin"]
            response["Access-Control-Expose-Headers"] = "Retry-After"
        return response

    def session(self, request: Request) -> WidgetSession:
        """Return the session that asks, counted; raise as `session_of` and `limits.count` do."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind != "Bearer" or not token:
            raise SessionRefused("Begin a session first.")
        session = session_of(token, request.headers.get("Origin", ""))
        # It is one of the product's origins, or there would be no session.
        self._readable = True
        _count(session.product, session.contact_id)
        return session

    def _may_read(self, request: Request) -> bool:
        if not hasattr(self, "_readable"):
            origin = request.headers.get("Origin", "")
            self._readable = bool(origin) and "\0" not in origin and is_known_origin(origin)
        return self._readable


class NoticeSessionView(WidgetView):
    """Begins sessions."""

    methods = "POST"

    @extend_schema(
        operation_id="notices_session",
        auth=[],
        request=inline_serializer("Identity", {"identity": serializers.CharField(help_text="The signed JWT.")}),
        responses={
            201: inline_serializer(
                "NoticeSession", {"token": serializers.CharField(), "expires_in": serializers.IntegerField()}
            )
        },
    )
    def post(self, request: Request) -> Response:
        """Exchange an identity, once, for a session of a quarter of an hour."""
        identity = request.data.get("identity") if isinstance(request.data, dict) else None
        if not isinstance(identity, str) or not identity:
            raise Invalid("Send the identity that the product's backend has signed.", field="identity")
        opened = self._open(identity, request)
        self._readable = True
        _count(opened.product, opened.contact.pk)
        return Response({"token": opened.token, "expires_in": opened.seconds}, status=201)

    def _open(self, identity: str, request: Request) -> OpenedSession:
        """Return the session; forged identities are limited by address, good ones from the same address never are."""
        address = address_of(request)
        if limits.has_forged(address) and not is_signed(identity):
            limits.count_forged(address)
        try:
            return open_session(identity=identity, origin=request.headers.get("Origin", ""))
        except IdentityForged:
            limits.count_forged(address)
            raise


class NoticeFeedView(WidgetView):
    """Tells a contact's notices."""

    @extend_schema(operation_id="notices_feed", auth=[], responses=FEED)
    def get(self, request: Request) -> Any:
        """Return the notices that show to the contact now, or 304 where they are as the browser has them."""
        session = self.session(request)
        notices = feed_of(session.contact_id, now=timezone.now())
        content = json.dumps(
            {"notices": [_told(notice) for notice in notices], "ask_again": ASK_AGAIN_SECONDS},
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode()
        # Whoever else looks in the same browser has another tag, even for the same notices.
        etag = f'"{hashlib.sha256(b"%d:" % session.contact_id + content).hexdigest()[:32]}"'
        response = HttpResponse(content, content_type="application/json")
        response["ETag"] = etag
        response["Cache-Control"] = "private, no-cache"
        return get_conditional_response(request, etag=etag, response=response) or response


class NoticeStepView(WidgetView):
    """Keeps what a contact did with a notice."""

    methods = "POST"

    @extend_schema(operation_id="notices_step", auth=[], request=None, responses={204: None})
    def post(self, request: Request, uid: UUID, step: str) -> Response:
        """Keep that the contact saw, read or dismissed the notice; the first time counts."""
        session = self.session(request)
        note_step(contact_id=session.contact_id, notice=uid, step=step)
        return Response(status=204)


def _count(product: Product, contact_id: int) -> None:
    limits.count_contact(str(product.uid), contact_id)
    limits.count_product(str(product.uid))


def _told(notice: ShownNotice) -> dict[str, Any]:
    link = {"url": notice.link_url, "text": notice.link_text or "Read more"} if notice.link_url else None
    return {
        "uid": str(notice.uid),
        "kind": notice.kind,
        "title": notice.title,
        "body": [
            {
                "kind": block.kind,
                "runs": [
                    {
                        "text": run.text,
                        **({"bold": True} if run.bold else {}),
                        **({"italic": True} if run.italic else {}),
                        **({"href": run.href} if run.href else {}),
                    }
                    for run in block.runs
                ],
            }
            for block in blocks_of(notice.body)
        ],
        "link": link,
        "from": notice.starts_at.isoformat(timespec="seconds"),
        "once": notice.shows == Notice.Shows.ONCE,
        "seen": notice.is_seen,
        "read": notice.is_read,
    }
