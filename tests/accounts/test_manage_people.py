"""Administering people: list, facts, roles, leaving, teams."""

import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actions import people as actions
from accounts.actions import roles
from accounts.actions.roles import set_roles
from accounts.models import Assignment, Role, RoleGrant, Team, User
from core.errors import Conflict
from tests import cast as makers


@pytest.fixture
def admin(cast, login):
    return login(cast.administrator)


# --- the list -----------------------------------------------------------------------------------
def test_list_shows_roles_team_and_portfolio(cast, admin):
    makers.assign(cast.globex, cast.csm, Role.AM)
    page = admin.get("/people/?q=csm@company").content.decode()
    assert "Team North" in page
    assert '<td class="num">2</td>' in page
    assert "Other Csm" in page
    assert "Dc" not in page.split("<tbody>")[-1]


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("role=dc", "dc@company.example", "csm@company.example"),
        ("state=inactive", "gone@company.example", "dc@company.example"),
        ("state=all&q=gone", "gone@company.example", "dc@company.example"),
        ("q=%27%22%3Cscript", "Nobody fits", "<script>"),
    ],
)
def test_list_is_narrowed(cast, admin, query, shown, hidden):
    makers.make_person("gone@company.example", is_active=False)
    page = admin.get(f"/people/?{query}").content.decode().rpartition("</select>")[2]
    assert shown in page
    assert hidden not in page


@pytest.mark.parametrize("team", ["x", "²", "9" * 5000])
def test_a_team_that_can_be_none_narrows_nothing(cast, admin, team):
    page = admin.get("/people/", {"team": team})
    assert page.status_code == 200
    assert "csm@company.example" in page.content.decode()


def test_list_takes_the_same_queries_for_many(cast, admin, django_assert_num_queries):
    admin.get("/people/")
    with CaptureQueriesContext(connection) as few:
        admin.get("/people/")
    for number in range(60):
        makers.assign(makers.make_customer(f"C{number}"), makers.make_person(f"p{number}@x.example", Role.AM), Role.AM)
    with django_assert_num_queries(len(few)):
        page = admin.get("/people/").content.decode()
    assert "Next" in page


def test_manager_sees_its_team_and_changes_nothing(cast, login):
    browser = login(cast.manager)
    page = browser.get("/people/").content.decode()
    assert cast.csm.email in page
    assert cast.other_csm.email not in page
    assert "/people/invite/" not in page
    assert browser.get(f"/people/{cast.csm.pk}/").status_code == 200
    assert browser.get(f"/people/{cast.other_csm.pk}/").status_code == 404
    assert browser.post(f"/people/{cast.csm.pk}/roles/", {"roles": ["administrator"]}).status_code == 403


# --- facts --------------------------------------------------------------------------------------
def edit(browser, person, **changes):
    facts = {
        "name": person.name,
        "email": person.email,
        "language": "en",
        "time_zone": "UTC",
        "takes_customers": "on",
    }
    return browser.post(f"/people/{person.pk}/edit/", facts | changes)


def test_edit_changes_facts(cast, admin):
    answer = edit(
        admin,
        cast.csm,
        name="Cleo",
        time_zone="Asia/Kolkata",
        spoken_languages="Hindi, en, hi",
        team=cast.other_team.pk,
    )
    assert answer.status_code == 302
    cast.csm.refresh_from_db()
    assert (cast.csm.name, cast.csm.time_zone, cast.csm.team) == ("Cleo", "Asia/Kolkata", cast.other_team)
    assert cast.csm.spoken_languages == ["hi", "en"]
    assert "Hindi, English" in admin.get(f"/people/{cast.csm.pk}/edit/").content.decode()


def test_address_taken_by_another_is_refused(cast, admin):
    answer = edit(admin, cast.csm, email=cast.am.email.upper())
    assert answer.status_code == 422
    assert "Somebody else has this address" in answer.content.decode()
    assert User.objects.get(pk=cast.csm.pk).email == "csm@company.example"


def test_changed_address_logs_in_and_the_old_one_does_not(cast, admin, client):
    client.post("/accounts/login/", {"login": cast.csm.email, "password": makers.PASSWORD})
    client.post("/accounts/logout/")
    edit(admin, cast.csm, email="cleo@company.example")
    client.post("/accounts/login/", {"login": "csm@company.example", "password": makers.PASSWORD})
    assert "_auth_user_id" not in client.session
    client.post("/accounts/login/", {"login": "cleo@company.example", "password": makers.PASSWORD})
    assert int(client.session["_auth_user_id"]) == cast.csm.pk


def test_contact_is_not_edited_as_staff(cast, admin):
    assert admin.get(f"/people/{cast.acme_contact.user_id}/edit/").status_code == 404


# --- roles --------------------------------------------------------------------------------------
def test_roles_are_granted_and_taken_away(cast, admin):
    admin.post(f"/people/{cast.csm.pk}/roles/", {"roles": ["am", "specialist"]})
    assert set(cast.csm.role_grants.values_list("role", flat=True)) == {"am", "specialist"}
    assert set(cast.csm.role_grants.values_list("granted_by", flat=True)) == {cast.administrator.pk}


def test_unknown_role_is_refused(cast, admin):
    admin.post(f"/people/{cast.csm.pk}/roles/", {"roles": ["king"]})
    assert set(cast.csm.role_grants.values_list("role", flat=True)) == {"csm"}


def test_last_administrator_stays(cast, admin):
    answer = admin.post(f"/people/{cast.administrator.pk}/roles/", {"roles": ["csm"]}, follow=True)
    assert "Somebody has to stay administrator" in answer.content.decode()
    assert cast.administrator.role_grants.filter(role="administrator").exists()
    with pytest.raises(Conflict):
        actions.deactivate_person(actor=cast.manager, person=cast.administrator)


def test_inactive_administrator_does_not_count(cast):
    makers.make_person("gone@company.example", Role.ADMINISTRATOR, is_active=False)
    with pytest.raises(Conflict, match="stay administrator"):
        set_roles(actor=None, person=cast.administrator, roles=[])


def at_once(*jobs) -> list[str]:
    """Return how each job ended, all begun at the same moment in threads of their own."""
    start = threading.Barrier(len(jobs))
    ends: list[str] = []

    def run(job) -> None:
        start.wait()
        try:
            job()
            ends.append("done")
        except Conflict as refusal:
            ends.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ends)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("second", ["roles", "leave"])
def test_two_administrators_who_go_at_once_leave_one(second):
    one = makers.make_person("one@company.example", Role.ADMINISTRATOR)
    two = makers.make_person("two@company.example", Role.ADMINISTRATOR)
    leave = {
        "roles": lambda: set_roles(actor=None, person=two, roles=[]),
        "leave": lambda: actions.deactivate_person(actor=None, person=two),
    }[second]
    for _ in range(5):
        ends = at_once(lambda: set_roles(actor=None, person=one, roles=[]), leave)
        assert ends == ["done", "last_administrator"]
        assert RoleGrant.objects.filter(role="administrator", user__is_active=True).count() == 1
        User.objects.update(is_active=True)
        for person in (one, two):
            person.is_active = True
            set_roles(actor=None, person=person, roles=["administrator"])


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_both_would_go(monkeypatch):
    """The control: the same race with the lock off ends without an administrator."""
    one = makers.make_person("one@company.example", Role.ADMINISTRATOR)
    two = makers.make_person("two@company.example", Role.ADMINISTRATOR)
    meeting = threading.Barrier(2, timeout=10)
    kept = roles.require_administrator

    def check_when_both_have_gone() -> None:
        # Each looks while the other's change is not committed yet, which is what the lock forbids.
        kept()
        meeting.wait()

    monkeypatch.setattr(roles, "lock_administrators", lambda: None)
    monkeypatch.setattr(roles, "require_administrator", check_when_both_have_gone)
    ends = at_once(
        lambda: set_roles(actor=None, person=one, roles=[]), lambda: set_roles(actor=None, person=two, roles=[])
    )
    assert ends == ["done", "done"]
    assert not RoleGrant.objects.filter(role="administrator").exists()


# --- leaving ------------------------------------------------------------------------------------
def test_leaver_hands_over(cast, admin):
    makers.assign(cast.globex, cast.am, Role.AM)
    other_am = makers.make_person("am2@company.example", Role.AM)
    page = admin.get(f"/people/{cast.am.pk}/deactivate/").content.decode()
    assert "1 customer" in page
    assert other_am.name in page
    answer = admin.post(
        f"/people/{cast.am.pk}/deactivate/", {"then": "hand_over", "successor": other_am.pk, "why": "Moves on"}
    )
    assert answer.status_code == 302
    cast.am.refresh_from_db()
    assert not cast.am.is_active
    current = Assignment.objects.get(customer=cast.globex, role="am", ends_at=None)
    assert current.person == other_am
    assert cast.globex.timeline.filter(actor=cast.administrator).exists()


def test_leaver_releases(cast, admin):
    makers.assign(cast.globex, cast.am, Role.AM)
    admin.post(f"/people/{cast.am.pk}/deactivate/", {"then": "release"})
    assert not Assignment.objects.filter(person=cast.am, ends_at=None).exists()
    assert not User.objects.get(pk=cast.am.pk).is_active


def test_leaver_csm_hands_over_its_portfolio(cast, admin):
    admin.post(f"/people/{cast.csm.pk}/deactivate/", {"then": "hand_over", "successor": cast.other_csm.pk})
    assert Assignment.objects.get(customer=cast.acme, role="csm", ends_at=None).person == cast.other_csm
    assert not Assignment.objects.filter(person=cast.csm, ends_at=None).exists()


def test_leaver_without_an_answer_stays(cast, admin):
    answer = admin.post(f"/people/{cast.csm.pk}/deactivate/", {"then": "hand_over", "successor": ""})
    assert answer.status_code == 422
    assert User.objects.get(pk=cast.csm.pk).is_active
    with pytest.raises(Conflict) as refusal:
        actions.deactivate_person(actor=cast.administrator, person=cast.csm)
    assert refusal.value.details["count"] == 1


def test_leaver_without_customers_just_goes(cast, admin):
    token_owner = cast.dc
    call_command("create_api_token", token_owner.email)
    page = admin.get(f"/people/{cast.dc.pk}/deactivate/").content.decode()
    assert "Successor" not in page
    admin.post(f"/people/{cast.dc.pk}/deactivate/", {"why": ""})
    cast.dc.refresh_from_db()
    assert not cast.dc.is_active
    assert not cast.dc.auth_token_set.exists()


def test_nobody_deactivates_itself(cast, admin):
    makers.make_person("second@company.example", Role.ADMINISTRATOR)
    answer = admin.post(f"/people/{cast.administrator.pk}/deactivate/", {"why": ""})
    assert answer.status_code == 422
    assert User.objects.get(pk=cast.administrator.pk).is_active


def test_leaver_comes_back_with_its_roles(cast, admin, login):
    admin.post(f"/people/{cast.dc.pk}/deactivate/", {"why": ""})
    admin.post(f"/people/{cast.dc.pk}/reactivate/")
    cast.dc.refresh_from_db()
    assert cast.dc.is_active
    assert set(cast.dc.role_grants.values_list("role", flat=True)) == {"dc"}


# --- teams --------------------------------------------------------------------------------------
def test_team_is_made_changed_and_deleted(cast, admin, login):
    admin.post("/people/teams/new/", {"name": "Team West", "managers": [cast.manager.pk]})
    team = Team.objects.get(name="Team West")
    assert list(team.managers.all()) == [cast.manager]
    admin.post(f"/people/teams/{team.pk}/", {"name": "Team Far West"})
    team.refresh_from_db()
    assert (team.name, team.managers.count()) == ("Team Far West", 0)
    admin.post(f"/people/teams/{team.pk}/delete/")
    assert not Team.objects.filter(pk=team.pk).exists()


def test_team_with_people_is_not_deleted(cast, admin):
    answer = admin.post(f"/people/teams/{cast.team.pk}/delete/", follow=True)
    assert "move them first" in answer.content.decode()
    assert Team.objects.filter(pk=cast.team.pk).exists()


def test_team_name_is_taken_once(cast, admin):
    answer = admin.post("/people/teams/new/", {"name": "Team North"})
    assert answer.status_code == 422
    assert "Another team has this name" in answer.content.decode()


def test_only_managers_manage(cast, admin):
    answer = admin.post("/people/teams/new/", {"name": "Team West", "managers": [cast.dc.pk]})
    assert answer.status_code == 422


# --- the own profile ----------------------------------------------------------------------------
def test_profile_is_changed(cast, login):
    browser = login(cast.csm)
    answer = browser.post(
        "/profile/",
        {"name": "Cleo", "language": "de", "country": "AT", "time_zone": "Europe/Vienna", "spoken_languages": "German"},
    )
    assert answer.status_code == 302
    cast.csm.refresh_from_db()
    assert (cast.csm.name, cast.csm.language, cast.csm.time_zone) == ("Cleo", "de", "Europe/Vienna")


def test_profile_cannot_change_what_others_decide(cast, login):
    login(cast.csm).post(
        "/profile/",
        {"name": "Cleo", "language": "en", "time_zone": "UTC", "email": "boss@company.example", "kind": "contact"},
    )
    cast.csm.refresh_from_db()
    assert (cast.csm.email, cast.csm.kind) == ("csm@company.example", "staff")


@pytest.mark.parametrize(
    "bad",
    [
        {"spoken_languages": "Klingonish"},
        {"name": "  "},
        {"time_zone": "Mars/Base"},
        {"language": "xx"},
        {"name": "x" * 201},
    ],
)
def test_bad_profile_is_refused(cast, login, bad):
    facts = {"name": "Cleo", "language": "en", "time_zone": "UTC"} | bad
    assert login(cast.csm).post("/profile/", facts).status_code == 422


# --- commands -----------------------------------------------------------------------------------
def test_command_makes_an_administrator(db, client, posted):
    call_command("create_administrator", "Boss@company.example", "--no-password", "--name", "Bo Boss")
    person = User.objects.get(email="boss@company.example")
    assert person.name == "Bo Boss"
    assert person.role_grants.filter(role="administrator").exists()
    client.post("/accounts/password/reset/", {"email": "boss@company.example"})
    assert "/password/reset/key/" in posted()[0].body


def test_command_promotes_somebody_who_is_there(cast):
    call_command("create_administrator", cast.csm.email, "--no-password")
    assert set(cast.csm.role_grants.values_list("role", flat=True)) == {"csm", "administrator"}
    assert User.objects.get(pk=cast.csm.pk).check_password(makers.PASSWORD)


def test_command_refuses_what_is_no_address(db):
    with pytest.raises(CommandError):
        call_command("create_administrator", "nobody", "--no-password")
