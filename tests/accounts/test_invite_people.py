"""Inviting people: a link by mail, good once, for a while, until taken back."""

import re
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.actions.invitations import accept_invitation, invite
from accounts.models import Invitation, Role, User
from core.errors import Conflict
from tests import cast as makers

STRONG = "a quite unusual phrase"


@pytest.fixture
def admin(cast, login):
    return login(cast.administrator)


def link_in(message) -> str:
    return re.search(r"https?://[^/\s]+(/join/\S+)", message.body)[1]


def send_invitation(browser: Client, **changes):
    data = {"email": "New.Colleague@company.example", "name": "Noa New", "roles": ["csm", "am"]} | changes
    return browser.post("/people/invite/", data)


def accept(link: str, **changes):
    return Client().post(link, {"name": "Noa New", "password": STRONG, "time_zone": "Europe/Berlin"} | changes)


def test_invited_person_joins_with_roles_and_team(cast, admin, posted):
    answer = send_invitation(admin, team=cast.team.pk)
    assert answer["Location"] == "/people/"
    [message] = posted()
    assert message.to == ["new.colleague@company.example"]
    link = link_in(message)
    page = Client().get(link).content.decode()
    assert "Noa New" in page
    assert "CSM" in page
    browser = Client()
    answer = browser.post(link, {"name": "Noa N. New", "password": STRONG, "time_zone": "Europe/Berlin"})
    assert answer["Location"] == "/"
    person = User.objects.get(email="new.colleague@company.example")
    assert int(browser.session["_auth_user_id"]) == person.pk
    assert (person.name, person.time_zone, person.team) == ("Noa N. New", "Europe/Berlin", cast.team)
    assert set(person.role_grants.values_list("role", "granted_by")) == {
        ("csm", cast.administrator.pk),
        ("am", cast.administrator.pk),
    }
    assert person.check_password(STRONG)
    assert Invitation.objects.get().accepted_by == person


def test_link_works_once(cast, admin, posted):
    send_invitation(admin)
    link = link_in(posted()[0])
    accept(link)
    answer = accept(link, password="another unusual phrase")
    assert answer.status_code == 409
    assert "has been used" in answer.content.decode()
    assert User.objects.get(email="new.colleague@company.example").check_password(STRONG)


def test_expired_link_is_refused_and_can_be_sent_again(cast, admin, posted):
    send_invitation(admin)
    link = link_in(posted()[0])
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    answer = accept(link)
    assert answer.status_code == 409
    assert "expired" in answer.content.decode()
    assert "Expired" in admin.get("/people/").content.decode()
    admin.post(f"/people/invitations/{Invitation.objects.get().pk}/resend/")
    renewed = link_in(posted()[0])
    assert renewed != link
    assert accept(link).status_code == 404
    assert accept(renewed).status_code == 302


def test_link_taken_back_is_refused(cast, admin, posted):
    send_invitation(admin)
    link = link_in(posted()[0])
    admin.post(f"/people/invitations/{Invitation.objects.get().pk}/revoke/")
    answer = accept(link)
    assert answer.status_code == 409
    assert "taken back" in answer.content.decode()
    assert not User.objects.filter(email="new.colleague@company.example").exists()
    # The address may be invited anew.
    assert send_invitation(admin).status_code == 302


@pytest.mark.parametrize("token", ["", "x", "a.b", "é" * 300])
def test_invented_link_opens_nothing(db, token):
    assert Client().get(f"/join/{token}/").status_code == 404


def test_altered_link_opens_nothing(cast, admin, posted):
    send_invitation(admin)
    link = link_in(posted()[0])
    assert Client().get(link[:-2] + "A/").status_code == 404


def test_weak_password_is_refused_and_nothing_lost(cast, admin, posted):
    send_invitation(admin)
    answer = accept(link_in(posted()[0]), password="12345")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "too short" in page
    assert "Noa New" in page
    assert Invitation.objects.get().accepted_at is None


def test_address_is_invited_once(cast, admin):
    send_invitation(admin)
    answer = send_invitation(admin)
    assert answer.status_code == 422
    assert "already" in answer.content.decode()
    assert Invitation.objects.count() == 1


def test_staff_is_not_invited_again(cast, admin):
    answer = send_invitation(admin, email=cast.csm.email)
    assert answer.status_code == 422
    assert "works here already" in answer.content.decode()


@pytest.mark.parametrize("changes", [{"email": "no address"}, {"roles": []}, {"roles": ["king"]}, {"email": ""}])
def test_bad_invitation_is_refused(cast, admin, changes):
    assert send_invitation(admin, **changes).status_code == 422
    assert not Invitation.objects.exists()


def test_contact_who_joins_becomes_staff(cast, admin, posted):
    user = cast.acme_contact.user
    send_invitation(admin, email=user.email)
    browser = Client()
    browser.force_login(user)
    answer = accept(link_in(posted()[0]))
    assert answer.status_code == 302
    user.refresh_from_db()
    cast.acme_contact.refresh_from_db()
    assert user.kind == User.Kind.STAFF
    assert cast.acme_contact.user is None
    # What the contact was logged in with is closed: the password changed.
    assert browser.get("/portal/").status_code == 302


def test_secret_is_not_kept(cast, admin, posted):
    send_invitation(admin)
    token = link_in(posted()[0]).split("/")[2]
    row = Invitation.objects.values().get()
    assert token not in str(row)


@pytest.mark.django_db(transaction=True)
def test_two_who_accept_at_once_make_one_person(posted):
    administrator = makers.make_person("a@company.example", Role.ADMINISTRATOR)
    invite(actor=administrator, email="twin@company.example", roles=["csm"])
    token = link_in(posted()[0]).split("/")[2]
    start = threading.Barrier(2)
    outcomes = []

    def join(password: str) -> None:
        start.wait()
        try:
            accept_invitation(token=token, name="Twin", password=password)
            outcomes.append("in")
        except Conflict as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=join, args=(f"unusual phrase {number}",)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["in", "invitation_used"]
    assert User.objects.filter(email="twin@company.example").count() == 1
