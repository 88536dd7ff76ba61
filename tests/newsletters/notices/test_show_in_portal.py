"""The portal shows a contact's notices at the top of its pages, and they are dismissed by plain forms."""

import pytest
from django.utils import timezone

from accounts.actions.merges import merge_customers
from newsletters.actions.notices import withdraw_notice
from newsletters.actions.preferences import choose
from newsletters.models import Delivery
from newsletters.queries.notices import feed_of
from newsletters.queries.preferences import choices_of
from tests import cast as makers
from tests.newsletters.makers import make_topic
from tests.newsletters.notices.making import deliver, give_notice

pytestmark = pytest.mark.django_db


def test_notices_stand_on_every_portal_page_and_are_kept_as_seen(cast, login):
    notice = give_notice(
        cast.acme_contact,
        "Maintenance",
        body="On **Sunday**.",
        kind="warning",
        link_url="https://status.company.example/",
    )
    give_notice(cast.globex_contact, "For Globex")
    contact = login(cast.acme_contact.user)
    page = contact.get("/portal/").content.decode()
    assert "Maintenance" in page
    assert "<strong>Sunday</strong>" in page
    assert "For Globex" not in page
    assert "status.company.example" not in page
    seen = Delivery.objects.get(notice=notice).seen_at
    assert seen is not None
    assert "Maintenance" in contact.get("/portal/company/").content.decode()
    assert Delivery.objects.get(notice=notice).seen_at == seen


def test_a_notice_is_dismissed_by_a_form_and_the_next_one_comes(cast, login):
    for number in range(4):
        give_notice(cast.acme_contact, f"Notice {number}", priority=90 - number)
    contact = login(cast.acme_contact.user)
    assert "Notice 3" not in contact.get("/portal/company/").content.decode()
    first = Delivery.objects.get(notice__title="Notice 0")
    address = f"/portal/notices/{first.notice.uid}/dismiss/"
    answer = contact.post(address, {"next": "/portal/company/"})
    assert answer["Location"] == "/portal/company/"
    page = contact.get("/portal/company/").content.decode()
    assert "Notice 0" not in page
    assert "Notice 3" in page
    dismissed = Delivery.objects.get(pk=first.pk).dismissed_at
    contact.post(address)
    assert Delivery.objects.get(pk=first.pk).dismissed_at == dismissed


def test_what_was_withdrawn_since_the_page_was_read_is_dismissed_all_the_same(cast, login):
    notice = give_notice(cast.acme_contact, link_url="https://help.company.example/new")
    withdraw_notice(actor=None, notice=notice)
    contact = login(cast.acme_contact.user)
    answer = contact.post(f"/portal/notices/{notice.uid}/dismiss/", {"next": "/portal/company/"})
    assert (answer.status_code, answer["Location"]) == (302, "/portal/company/")
    assert contact.get(f"/portal/notices/{notice.uid}/").status_code == 404


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/", "/accounts/logout/", ""])
def test_dismissing_leads_back_into_the_portal_only(cast, login, back):
    notice = give_notice(cast.acme_contact)
    answer = login(cast.acme_contact.user).post(f"/portal/notices/{notice.uid}/dismiss/", {"next": back})
    assert answer["Location"] == "/portal/"


def test_a_link_is_kept_as_read(cast, login):
    notice = give_notice(cast.acme_contact, link_url="https://help.company.example/new")
    answer = login(cast.acme_contact.user).get(f"/portal/notices/{notice.uid}/")
    assert (answer.status_code, answer["Location"]) == (302, "https://help.company.example/new")
    assert Delivery.objects.get().read_at is not None


def test_another_contacts_notice_is_not_there(cast, login):
    notice = give_notice(cast.globex_contact, link_url="https://help.company.example/new")
    contact = login(cast.acme_contact.user)
    assert contact.get(f"/portal/notices/{notice.uid}/").status_code == 404
    assert contact.post(f"/portal/notices/{notice.uid}/dismiss/").status_code == 404
    assert Delivery.objects.get().seen_at is None


def test_what_shows_once_is_shown_once(cast, login):
    give_notice(cast.acme_contact, "Only once", shows="once")
    contact = login(cast.acme_contact.user)
    assert "Only once" in contact.get("/portal/").content.decode()
    assert "Only once" not in contact.get("/portal/").content.decode()


def test_staff_pages_show_none(cast, login):
    give_notice(cast.acme_contact)
    assert "portal-notices" not in login(cast.csm).get("/").content.decode()


def test_what_a_merged_contact_declined_last_is_declined_for_the_one_that_stays(cast):
    topic, twin_of_acme = make_topic(), makers.make_customer("Acme again")
    twin = makers.make_contact(twin_of_acme, "ann@acme.example")
    give_notice(cast.acme_contact, topic=topic)
    choose(contact=cast.acme_contact, topic=topic, channel="notice", wants=True, origin="portal")
    choose(contact=twin, topic=None, channel="notice", wants=False, origin="portal")
    assert len(feed_of(cast.acme_contact.pk, now=timezone.now())) == 1
    merge_customers(actor=None, keep=cast.acme, merge=twin_of_acme, reason="Twice")
    # The feed and the page of choices say the same.
    assert [one.notice for one in choices_of(cast.acme_contact).topics] == [False]
    assert feed_of(cast.acme_contact.pk, now=timezone.now()) == []
    choose(contact=cast.acme_contact, topic=topic, channel="notice", wants=True, origin="portal")
    assert len(feed_of(cast.acme_contact.pk, now=timezone.now())) == 1


def test_what_a_merged_contact_did_is_kept_for_the_one_that_stays(cast):
    twin_of_acme = makers.make_customer("Acme again")
    twin = makers.make_contact(twin_of_acme, "ann@acme.example")
    notice = give_notice(cast.acme_contact)
    deliver(notice, twin, seen_at=timezone.now(), dismissed_at=timezone.now())
    merge_customers(actor=None, keep=cast.acme, merge=twin_of_acme, reason="Twice")
    kept = Delivery.objects.get(contact=cast.acme_contact)
    assert kept.seen_at is not None
    assert kept.dismissed_at is not None
    assert kept.read_at is None
