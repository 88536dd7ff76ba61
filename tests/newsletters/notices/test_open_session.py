"""An identity opens one session, and only a good one, for the page and the contact that it is about."""

import base64
import json
import time
from types import SimpleNamespace

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from newsletters.actions.products import rotate_secret, switch_product, update_product
from newsletters.models import Product, UsedIdentity
from newsletters.widget.sessions import LASTS_SECONDS
from tests.cast import make_contact
from tests.newsletters.notices.making import ORIGIN, claims_of, give_notice, make_identity, make_product

pytestmark = pytest.mark.django_db


def code_of(answer) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def unsigned(header: dict, claims: dict, signature: bytes = b"") -> str:
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def test_an_identity_opens_a_session_that_reads_the_feed(cast, product, page):
    give_notice(cast.acme_contact, "Hello")
    opened = page()
    answer = opened.begin(product.identity())
    assert answer.status_code == 201
    assert answer.json()["expires_in"] == LASTS_SECONDS == 900
    assert answer["Access-Control-Allow-Origin"] == ORIGIN
    assert "Access-Control-Allow-Credentials" not in answer
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies
    assert [notice["title"] for notice in opened.feed().json()["notices"]] == ["Hello"]
    assert Product.objects.get().last_used_at is not None


@pytest.mark.parametrize("claim", ["external_id", "id", "email"])
def test_a_contact_is_named_by_any_of_its_names(cast, product, page, claim):
    contact = cast.acme_contact
    contact.external_id = "user-17"
    contact.save()
    named = {
        "external_id": {"external_id": "user-17"},
        "id": {"id": contact.pk},
        "email": {"email": "ANN@acme.example"},
    }
    identity = product.identity(customer={"external_id": "acme"}, contact=named[claim])
    assert page().begin(identity).status_code == 201


def test_a_contact_of_another_customer_is_not_known(cast, product, page):
    identity = product.identity(customer={"id": cast.globex.pk}, contact={"id": cast.acme_contact.pk})
    assert code_of(page().begin(identity)) == (404, "contact_unknown")
    assert code_of(page().begin(product.identity(customer={"external_id": "none"}))) == (404, "customer_unknown")


def test_who_was_merged_is_found_with_the_customer_kept(cast, product, page):
    cast.globex.merged_into = cast.acme
    cast.globex.save()
    identity = product.identity(customer={"external_id": "globex"}, contact={"email": "ann@acme.example"})
    assert page().begin(identity).status_code == 201


def test_an_identity_is_used_once(product, page):
    identity = product.identity()
    assert page().begin(identity).status_code == 201
    assert code_of(page().begin(identity)) == (409, "identity_used")
    assert UsedIdentity.objects.count() == 1


def test_two_products_may_use_the_same_number(cast, product, page):
    other, secret = make_product("Other app")
    assert page().begin(product.identity(jti="1")).status_code == 201
    assert page().begin(make_identity(other, secret, cast.acme_contact, jti="1")).status_code == 201


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"exp": int(time.time()) - 60, "iat": int(time.time()) - 300}, "identity_expired"),
        ({"exp": int(time.time()) + 3600}, "identity_too_long"),
        ({"iat": int(time.time()) + 200, "exp": int(time.time()) + 300}, "identity_early"),
        ({"nbf": int(time.time()) + 200}, "identity_early"),
        ({"aud": "cs-platform/notices"}, "identity_audience"),
        ({"aud": None}, "identity_malformed"),
        ({"exp": None}, "identity_malformed"),
        ({"iat": None}, "identity_malformed"),
        ({"jti": None}, "identity_malformed"),
        ({"jti": ""}, "identity_malformed"),
        ({"jti": "x" * 129}, "identity_malformed"),
        ({"jti": "a\0b"}, "identity_malformed"),
        ({"jti": 7}, "identity_forged"),
        ({"exp": float("inf")}, "identity_forged"),
        ({"exp": "soon"}, "identity_forged"),
        ({"exp": True, "iat": True}, "identity_expired"),
        ({"iss": "somebody"}, "identity_forged"),
        ({"contact": None}, "identity_malformed"),
        ({"contact": "ann@acme.example"}, "identity_malformed"),
        ({"contact": {"email": "ann@acme.example", "id": 1}}, "identity_malformed"),
        ({"contact": {"id": "1"}}, "identity_malformed"),
        ({"contact": {"id": 2**63}}, "identity_malformed"),
        ({"contact": {"phone": "1"}}, "identity_malformed"),
        ({"customer": {"email": "ann@acme.example"}}, "identity_malformed"),
        ({"customer": {"external_id": "a\0"}}, "identity_malformed"),
    ],
    ids=str,
)
def test_a_claim_that_is_not_right_is_refused(product, page, changes, code):
    assert code_of(page().begin(product.identity(**changes))) == (401, code)
    assert not UsedIdentity.objects.exists()


def test_an_identity_for_another_product_is_refused(cast, product, page):
    other, _ = make_product("Other app")
    identity = product.identity(aud=f"cs-platform/notices/{other.uid}")
    assert code_of(page().begin(identity)) == (401, "identity_audience")


def test_several_audiences_at_once_are_refused(cast, product, page):
    good = claims_of(product.row, cast.acme_contact)["aud"]
    assert code_of(page().begin(product.identity(aud=[good, "others"]))) == (401, "identity_audience")


def test_another_products_secret_signs_nothing_here(cast, product, page):
    _, secret = make_product("Other app")
    assert code_of(page().begin(make_identity(product.row, secret, cast.acme_contact))) == (401, "identity_forged")


def test_a_changed_identity_is_refused(product, page):
    head, claims, signature = product.identity().split(".")
    changed = json.loads(base64.urlsafe_b64decode(claims + "==")) | {"contact": {"id": 1}}
    body = base64.urlsafe_b64encode(json.dumps(changed).encode()).decode().rstrip("=")
    assert code_of(page().begin(f"{head}.{body}.{signature}")) == (401, "identity_forged")


def test_no_signature_is_refused(cast, product, page):
    claims = claims_of(product.row, cast.acme_contact)
    for name in ("none", "None", "NONE", ""):
        header = {"alg": name, "typ": "JWT", "kid": str(product.row.uid)}
        assert code_of(page().begin(unsigned(header, claims)))[0] == 401
    signed_empty = unsigned({"alg": "HS256", "kid": str(product.row.uid)}, claims)
    assert code_of(page().begin(signed_empty)) == (401, "identity_forged")


def test_another_algorithm_is_refused(cast, product, page):
    claims, header = claims_of(product.row, cast.acme_contact), {"kid": str(product.row.uid)}
    for algorithm in ("HS384", "HS512"):
        token = jwt.encode(claims, product.secret, algorithm=algorithm, headers=header)
        assert code_of(page().begin(token)) == (401, "identity_algorithm")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    assert code_of(page().begin(jwt.encode(claims, key, algorithm="RS256", headers=header)))[0] == 401


@pytest.mark.parametrize(
    "sent",
    [b"", b"[]", b"{}", b'{"identity": 7}', b'{"identity": ""}', b"{", b'"x"', b"\xff\xfe"],
    ids=str,
)
def test_what_is_no_identity_at_all_is_refused(page, product, sent):
    answer = page().send("POST", "/api/v1/notices/session/", sent)
    assert answer.status_code in (400, 422)
    assert answer.json()["message"]


NO_TOKENS = ["x", "a.b.c", "é.é.é", "\0", "..", "x" * 5000, "eyJhbGciOiJIUzI1NiJ9..", "e30.e30.e30"]


@pytest.mark.parametrize("text", NO_TOKENS, ids=range(len(NO_TOKENS)))
def test_a_text_that_is_no_token_is_refused(page, product, text):
    assert code_of(page().begin(text)) == (401, "identity_malformed")


def test_a_signer_that_is_no_product_is_refused(cast, product, page):
    claims = claims_of(product.row, cast.acme_contact)
    for kid in ("00000000-0000-0000-0000-000000000000", "x", 7, None, ["x"]):
        header = {"alg": "HS256", "kid": kid}
        assert code_of(page().begin(unsigned(header, claims, b"x" * 32)))[0] == 401


# --- from where ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "origin",
    [
        "https://app.company.example.evil.example",
        "https://app.company.example:8443",
        "http://app.company.example",
        "https://APP.company.example",
        "null",
        "",
        "https://app.company.example\0",
    ],
)
def test_a_page_of_another_origin_opens_none(product, page, origin):
    identity = product.identity()
    answer = page(origin).begin(identity)
    assert code_of(answer) == (403, "wrong_origin")
    assert "Access-Control-Allow-Origin" not in answer
    assert "Origin" in answer["Vary"]
    # It was not used up by that.
    assert page().begin(identity).status_code == 201


def test_a_page_of_another_product_opens_none_but_may_read_why(product, page):
    make_product("Other app", "https://other.company.example")
    answer = page("https://other.company.example").begin(product.identity())
    assert code_of(answer) == (403, "wrong_origin")
    assert answer["Access-Control-Allow-Origin"] == "https://other.company.example"


def test_a_preflight_lets_only_known_origins_through(product, page):
    asks = {"access-control-request-method": "GET", "access-control-request-headers": "authorization"}
    for path in ("session/", "feed/", "00000000-0000-0000-0000-000000000000/seen/"):
        answer = page().send("OPTIONS", f"/api/v1/notices/{path}", **asks)
        assert answer.status_code == 204
        assert answer["Access-Control-Allow-Origin"] == ORIGIN
        assert answer["Access-Control-Max-Age"] == "7200"
        assert "Authorization" in answer["Access-Control-Allow-Headers"]
        assert "Origin" in answer["Vary"]
        stranger = page("https://evil.example").send("OPTIONS", f"/api/v1/notices/{path}", **asks)
        assert not [name for name in stranger.headers if name.startswith("Access-Control")]


# --- sessions that end --------------------------------------------------------------------------
def test_a_session_is_for_its_own_origin(product, ann, page):
    second = "https://second.company.example"
    update_product(actor=None, product=product.row, name="App", origins=[ORIGIN, second])
    ann.origin = second
    assert code_of(ann.feed()) == (403, "wrong_origin")
    ann.origin = ""
    assert code_of(ann.feed()) == (403, "wrong_origin")


def test_a_session_ends_with_its_origin(product, ann):
    update_product(actor=None, product=product.row, name="App", origins=["https://new.company.example"])
    assert code_of(ann.feed()) == (403, "wrong_origin")


def test_a_switched_off_product_opens_and_keeps_no_session(product, ann, page):
    switch_product(actor=None, product=product.row, is_active=False)
    assert code_of(page().begin(product.identity())) == (401, "product_inactive")
    assert code_of(ann.feed()) == (401, "session_over")
    switch_product(actor=None, product=product.row, is_active=True)
    assert ann.feed().status_code == 200


def test_a_new_secret_ends_the_old_ones_sessions(cast, product, ann, page):
    secret = rotate_secret(actor=None, product=product.row)
    assert code_of(ann.feed()) == (401, "session_over")
    assert code_of(page().begin(product.identity())) == (401, "identity_forged")
    assert page().begin(make_identity(product.row, secret, cast.acme_contact)).status_code == 201


def test_a_session_ends_with_its_contact(cast, ann):
    cast.acme_contact.is_active = False
    cast.acme_contact.save()
    assert code_of(ann.feed()) == (401, "session_over")


def test_a_session_ends_by_itself(ann, monkeypatch):
    now = time.time()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + LASTS_SECONDS + 2)
    assert code_of(ann.feed()) == (401, "session_over")


@pytest.mark.parametrize("token", ["", "x", "x:y:z", "e30:1:x", "é"])
def test_what_is_no_session_reads_nothing(cast, product, page, token):
    stranger = page()
    stranger.token = token
    assert code_of(stranger.feed()) == (401, "session_over")


def test_an_inactive_contact_opens_no_session(cast: SimpleNamespace, product, page):
    gone = make_contact(cast.acme, "gone@acme.example", is_active=False)
    assert code_of(page().begin(product.identity(gone))) == (404, "contact_unknown")
