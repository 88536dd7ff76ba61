"""The feed shows a contact's own notices that are due, keeps each step once, and holds back who asks too often."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import caches
from django.utils import timezone

from newsletters.actions.preferences import choose
from newsletters.actions.products import rotate_secret
from newsletters.actions.widget import forget_identities
from newsletters.models import Channel, Delivery, Notice, Product, UsedIdentity
from tests.newsletters.makers import make_topic
from tests.newsletters.notices.making import give_notice, make_identity, make_product

pytestmark = pytest.mark.django_db


def titles(answer) -> list[str]:
    return [notice["title"] for notice in answer.json()["notices"]]


def test_the_feed_shows_what_is_due_by_priority_and_then_the_newest(cast, ann):
    now = timezone.now()
    give_notice(cast.acme_contact, "Old", starts_at=now - timedelta(days=9))
    give_notice(cast.acme_contact, "New", starts_at=now - timedelta(hours=1))
    give_notice(cast.acme_contact, "High", starts_at=now - timedelta(days=30), priority=90)
    give_notice(cast.acme_contact, "Coming", starts_at=now + timedelta(hours=1))
    give_notice(cast.acme_contact, "Over", starts_at=now - timedelta(days=2), ends_at=now - timedelta(days=1))
    give_notice(cast.acme_contact, "Withdrawn", state=Notice.State.WITHDRAWN)
    give_notice(cast.globex_contact, "Another's")
    assert titles(ann.feed()) == ["High", "New", "Old"]


def test_the_feed_shows_twenty_at_most(cast, ann):
    for number in range(22):
        give_notice(cast.acme_contact, f"Notice {number}", priority=number + 1)
    assert titles(ann.feed()) == [f"Notice {number}" for number in range(21, 1, -1)]


def test_the_feed_tells_text_in_parts_and_no_html(cast, ann):
    body = "Try **it** <script>alert(1)</script>\nnow.\n\n- [here](https://a.example/x)\n- [not](javascript:alert(1))"
    give_notice(cast.acme_contact, "Hello <b>", body=body, link_url="https://a.example/", kind="warning")
    notice = ann.feed().json()["notices"][0]
    assert notice["title"] == "Hello <b>"
    assert notice["kind"] == "warning"
    assert notice["link"] == {"url": "https://a.example/", "text": "Read more"}
    assert [block["kind"] for block in notice["body"]] == ["p", "ul", "ul"]
    assert notice["body"][0]["runs"][1] == {"text": "it", "bold": True}
    assert notice["body"][1]["runs"] == [{"text": "here", "href": "https://a.example/x"}]
    assert {run.get("href") for block in notice["body"] for run in block["runs"]} == {None, "https://a.example/x"}


def test_an_unchanged_feed_is_not_sent_again(cast, product, ann, page):
    give_notice(cast.acme_contact)
    first = ann.feed()
    assert first["Cache-Control"] == "private, no-cache"
    again = ann.feed(**{"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["Access-Control-Allow-Origin"] == ann.origin
    give_notice(cast.acme_contact, "One more")
    assert ann.feed(**{"if-none-match": first["ETag"]}).status_code == 200


def test_another_contacts_feed_has_another_tag(cast, product, ann, page):
    other = page()
    other.begin(product.identity(cast.globex_contact))
    assert ann.feed()["ETag"] != other.feed()["ETag"]


def test_each_step_is_kept_once(cast, ann):
    notice = give_notice(cast.acme_contact)
    assert ann.step(notice, "seen").status_code == 204
    seen = Delivery.objects.get().seen_at
    assert seen is not None
    assert ann.step(notice, "read").status_code == 204
    row = Delivery.objects.get()
    assert (row.seen_at, row.dismissed_at) == (seen, None)
    for step in ("seen", "read"):
        assert ann.step(notice, step).status_code == 204
    assert Delivery.objects.get().read_at == row.read_at
    shown = ann.feed().json()["notices"][0]
    assert (shown["seen"], shown["read"]) == (True, True)


def test_what_is_dismissed_shows_no_more(cast, ann):
    notice = give_notice(cast.acme_contact)
    assert ann.step(notice, "dismissed").status_code == 204
    row = Delivery.objects.get()
    assert row.seen_at == row.dismissed_at is not None
    assert titles(ann.feed()) == []
    assert ann.step(notice, "dismissed").status_code == 204
    assert Delivery.objects.get().dismissed_at == row.dismissed_at


def test_what_shows_once_is_gone_when_it_was_seen(cast, ann):
    notice = give_notice(cast.acme_contact, shows="once")
    assert titles(ann.feed()) == ["New report"]
    ann.step(notice, "seen")
    assert titles(ann.feed()) == []


def test_a_step_with_another_contacts_notice_is_not_kept(cast, ann):
    notice = give_notice(cast.globex_contact)
    answer = ann.step(notice, "dismissed")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert Delivery.objects.get().seen_at is None
    notice.uid = uuid4()
    assert ann.step(notice, "seen").status_code == 404


def test_a_notice_whose_topic_was_declined_since_is_gone(cast, ann):
    topic, other = make_topic("Releases"), make_topic("Events")
    give_notice(cast.acme_contact, "Release", topic=topic)
    give_notice(cast.acme_contact, "Event", topic=other)
    give_notice(cast.acme_contact, "Anything")
    say = {"contact": cast.acme_contact, "channel": Channel.NOTICE, "origin": "portal"}
    choose(topic=topic, wants=False, **say)
    assert sorted(titles(ann.feed())) == ["Anything", "Event"]
    choose(topic=None, wants=False, **say)
    choose(topic=topic, wants=True, **say)
    assert titles(ann.feed()) == ["Release"]
    choose(topic=None, wants=False, contact=cast.acme_contact, channel=Channel.MAIL, origin="portal")
    assert titles(ann.feed()) == ["Release"]


def test_the_feed_costs_the_same_for_one_and_for_many(cast, ann, django_assert_num_queries):
    give_notice(cast.acme_contact)
    with django_assert_num_queries(2):
        ann.feed()
    for number in range(30):
        give_notice(cast.acme_contact, f"Notice {number}")
    with django_assert_num_queries(2):
        ann.feed()


# --- how often ----------------------------------------------------------------------------------
def test_a_contact_that_asks_too_often_waits_in_all_its_sessions(cast, product, ann, page, settings):
    settings.NOTICES_PER_CONTACT = 4
    # The one that opened the session is the first.
    answers = [ann.feed() for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    refused = answers[-1]
    assert refused.json()["code"] == "throttled"
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused["Access-Control-Allow-Origin"] == ann.origin
    assert refused["Access-Control-Expose-Headers"] == "Retry-After"
    # Another session of its own makes no difference, or one person could use up what all of a product have.
    again = page()
    assert again.begin(product.identity()).status_code == 429
    # Others are not held back by it.
    other = page()
    other.begin(product.identity(cast.globex_contact))
    assert other.feed().status_code == 200


def test_a_product_that_asks_too_often_waits(product, ann, page, settings):
    settings.NOTICES_PER_PRODUCT = 3
    assert [ann.feed().status_code for _ in range(3)] == [200, 200, 429]
    assert page().begin(product.identity()).status_code == 429


def test_forged_identities_hold_nobody_back(product, ann, page, settings):
    settings.NOTICES_PER_PRODUCT = 3
    for _ in range(5):
        assert page().begin(product.identity()[:-4] + "AAAA").status_code == 401
    assert ann.feed().status_code == 200


def test_forged_identities_hold_back_their_own_address_alone(product, ann, page, settings):
    settings.NOTICES_FORGED_PER_ADDRESS = 2
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    attacker = page()
    attacker.client.defaults["HTTP_X_FORWARDED_FOR"] = "198.51.100.1, 203.0.113.9"
    forged = product.identity()[:-4] + "AAAA"
    expired = product.identity(iat=1, exp=2)
    sent = (expired, forged, expired, "x", forged)
    assert [attacker.begin(identity).status_code for identity in sent] == [401, 401, 401, 401, 429]
    # Another address in front of the proxy's own word makes no other visitor.
    attacker.client.defaults["HTTP_X_FORWARDED_FOR"] = "198.51.100.2, 203.0.113.9"
    refused = attacker.begin(forged)
    assert (refused.status_code, refused.json()["code"]) == (429, "throttled")
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused["Access-Control-Allow-Origin"] == ann.origin
    other = page()
    other.client.defaults["HTTP_X_FORWARDED_FOR"] = "203.0.113.10"
    assert other.begin(forged).status_code == 401


def test_who_shares_an_address_with_a_forger_is_let_in(
    cast, product, page, settings, monkeypatch, django_assert_num_queries
):
    settings.NOTICES_FORGED_PER_ADDRESS = 1
    other, secret = make_product("Other app")
    strange = make_identity(product.row, secret, cast.acme_contact)
    attacker = page()
    attacker.origin = ""
    assert attacker.begin(strange).status_code == 401
    assert attacker.begin(strange).status_code == 429
    with django_assert_num_queries(0):
        for identity in (strange, "x", "x" * 5000, make_identity(Product(uid=uuid4()), secret, cast.acme_contact)):
            assert attacker.begin(identity).status_code == 429
    assert page().begin(product.identity()).status_code == 201
    assert page().begin(make_identity(other, secret, cast.acme_contact)).status_code == 201
    # What is signed is still judged by all the rest.
    assert page().begin(product.identity(iat=1, exp=2)).json()["code"] == "identity_expired"
    # A new secret is known in the next minute.
    new = rotate_secret(actor=None, product=product.row)
    monkeypatch.setattr("newsletters.widget.identity.REMEMBERED_SECONDS", 10**12)
    settings.NOTICES_FORGED_PER_ADDRESS = 0
    assert page().begin(make_identity(product.row, new, cast.acme_contact)).status_code == 201
    assert page().begin(product.identity()).status_code == 429


def test_a_network_of_ipv6_is_one_visitor(page, settings):
    settings.NOTICES_FORGED_PER_ADDRESS = 1
    attacker, neighbour = page(), page()
    attacker.client.defaults["REMOTE_ADDR"] = "2001:db8:1:2::1"
    assert attacker.begin("x").status_code == 401
    attacker.client.defaults["REMOTE_ADDR"] = "2001:db8:1:2:ffff::9"
    assert attacker.begin("x").status_code == 429
    neighbour.client.defaults["REMOTE_ADDR"] = "2001:db8:1:3::1"
    assert neighbour.begin("x").status_code == 401


def test_good_identities_use_up_nobodys_credit(cast, product, page, settings):
    settings.NOTICES_FORGED_PER_ADDRESS = 1
    used = product.identity()
    sent = (
        *(used, used, product.identity(customer={"id": cast.globex.pk}), product.identity(iat=1, exp=2)),
        # What a product's backend gets wrong is no forgery either.
        *(product.identity(customer={"external_id": 7}), product.identity(jti=None), product.identity(iss="Mine")),
    )
    assert [page().begin(identity).status_code for identity in sent] == [201, 409, 404, 401, 401, 401, 401]
    assert page().begin(product.identity()).status_code == 201


def test_forged_identities_are_limited_while_the_cache_is_away(product, page, settings):
    settings.CACHES = {
        "default": {"BACKEND": "cs_platform.cache.ForgettingRedisCache", "LOCATION": "redis://127.0.0.1:9/0"}
    }
    settings.NOTICES_FORGED_PER_ADDRESS = 2
    assert [page().begin("x").status_code for _ in range(3)] == [401, 401, 429]


def test_limits_hold_while_the_cache_is_away(ann, settings):
    # Nobody listens there.
    settings.CACHES = {
        "default": {"BACKEND": "cs_platform.cache.ForgettingRedisCache", "LOCATION": "redis://127.0.0.1:9/0"}
    }
    assert caches["default"].get("x") is None
    settings.NOTICES_PER_CONTACT = 2
    assert [ann.feed().status_code for _ in range(3)] == [200, 200, 429]


def test_used_identities_are_forgotten_when_they_are_over(product, page):
    page().begin(product.identity())
    assert forget_identities() == 0
    assert forget_identities(now=timezone.now() + timedelta(minutes=11)) == 1
    assert not UsedIdentity.objects.exists()
