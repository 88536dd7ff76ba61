"""Editing a proposal, applying it as one act, undoing it as one act, and what is refused."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.actions.merges import merge_customers
from accounts.models import Assignment, Customer, Role, TimelineEntry, User
from core import outbox
from core.errors import Conflict
from segments.actions.assignments import assign_csm, release_csm
from segments.actions.rebalances import apply_rebalance, undo_rebalance
from segments.models import PersonLimit, Rebalance, RebalanceMove
from segments.queries.rebalance_problems import CAME_BACK, problem_of
from tests.cast import make_person
from tests.segments.rebalancing.companies import give, make_csm, overloaded, portfolios, propose

pytestmark = pytest.mark.django_db

Login = Callable[[User], Client]


def address(rebalance: Rebalance, rest: str = "") -> str:
    return f"/capacity/rebalances/{rebalance.pk}/{rest}"


def apply(company, rebalance: Rebalance, login: Login, **values):
    return login(company.manager).post(address(rebalance, "apply/"), {"note": "Before the new year", **values})


def moved(rebalance: Rebalance) -> list[str]:
    return sorted(rebalance.moves.filter(is_accepted=True).values_list("customer__name", flat=True))


# --- apply and undo -------------------------------------------------------------------------------
def test_applied_as_one_act_and_undone_as_one_act(login: Login) -> None:
    company = overloaded()
    before = portfolios()
    rebalance = propose(company)
    names = moved(rebalance)
    answer = login(company.manager).post(address(rebalance, "apply/"), {"note": "Before the new year"}, follow=True)
    page = answer.content.decode()
    assert "2 customers change the CSM; with that all 3 CSMs are within the limits." in page
    assert portfolios()["Ana"] == sorted(["Amber", *names])
    assert len(portfolios()["Dana"]) == 3
    entry = TimelineEntry.objects.get(customer__name=names[0], kind="assignment.opened")
    assert entry.summary == "Ana is now the CSM, after Dana"
    assert entry.why.startswith(f"Rebalance {rebalance.pk}, Before the new year: Dana has 5 high-touch customers")
    assert TimelineEntry.objects.filter(customer__name=names[0], kind="assignment.closed").exists()
    outbox.drain()
    told = {one.to[0]: one for one in mail.outbox}
    assert sorted(told) == ["ana@company.example", "dana@company.example"]
    assert told["ana@company.example"].subject == "Your portfolio has changed: 2 customers came"
    assert f"- {names[0]}, high touch, from Dana" in told["ana@company.example"].body
    assert "Before the new year" in told["ana@company.example"].body
    assert f"- {names[0]}, high touch, to Ana" in told["dana@company.example"].body
    mail.outbox.clear()

    answer = login(company.manager).post(address(rebalance, "undo/"), follow=True)
    assert "It is undone" in answer.content.decode()
    assert portfolios() == before
    back = Assignment.objects.get(customer__name=names[0], ends_at=None)
    # Dana is past her limit again, for a reason that is nobody's wish to have it so.
    assert back.over_limit_reason == CAME_BACK
    assert not any(one.is_let_past for one in problem_of(rebalance).customers)
    assert Assignment.objects.filter(customer__name=names[0]).count() == 3
    outbox.drain()
    assert {one.subject for one in mail.outbox} == {
        "Your portfolio has changed: 2 customers came",
        "Your portfolio has changed: 2 went",
    }
    assert apply(company, rebalance, login).status_code == 409


def test_two_full_csms_change_customers() -> None:
    """Each is full, and each gets who speaks its language: all leave before anybody enters."""
    ken, lea = make_csm("Ken", 2, spoken_languages=["ja"]), make_csm("Lea", 2, spoken_languages=["de"])
    manager = make_person("admin@company.example", Role.ADMINISTRATOR)
    german, japanese = give(ken, "Gamma", "Gauss"), give(lea, "Jade", "Juno", language="ja")
    rebalance = Rebalance.objects.create(state="proposed", people=[ken.pk, lea.pk], proposed_at=timezone.now())
    for customers, source, target in ((german, ken, lea), (japanese, lea, ken)):
        for customer in customers:
            RebalanceMove.objects.create(
                rebalance=rebalance,
                customer=customer,
                tier="high",
                from_person=source,
                to_person=target,
                assignment_before=customer.assignments.get(),
                why="Speaks it",
            )
    apply_rebalance(actor=manager, rebalance=rebalance)
    assert portfolios() == {"Ken": ["Jade", "Juno"], "Lea": ["Gamma", "Gauss"]}


def test_who_had_nobody_has_nobody_again() -> None:
    company = overloaded()
    give(None, "Orphan")
    rebalance = propose(company, place_unassigned=True)
    apply_rebalance(actor=company.manager, rebalance=rebalance)
    assert "Orphan" in portfolios()["Ana"]
    undo_rebalance(actor=company.manager, rebalance=rebalance)
    assert all("Orphan" not in names for names in portfolios().values())


# --- changed since --------------------------------------------------------------------------------
def hand_over(company, name: str) -> str:
    company.ben.portfolio_limits.update(portfolio_limit=9)
    assign_csm(actor=None, customer=Customer.objects.get(name=name), person=company.ben)
    return f"{name} was with Dana, is with Ben now"


def release(company, name: str) -> str:
    release_csm(actor=None, customer=Customer.objects.get(name=name), why="A pause")
    return f"{name} was with Dana, is with nobody now"


def leave_and_return(company, name: str) -> str:
    customer = Customer.objects.get(name=name)
    release_csm(actor=None, customer=customer, why="A pause")
    assign_csm(actor=None, customer=customer, person=company.dana, override_reason="Back")
    return f"{name} left Dana and came back"


def change_tier(company, name: str) -> str:
    Customer.objects.filter(name=name).update(tier="low")
    return f"{name} was high touch, is low touch now"


def merge(company, name: str) -> str:
    admin = make_person("admin@company.example", Role.ADMINISTRATOR)
    merge_customers(actor=admin, keep=company.of_ben[0], merge=Customer.objects.get(name=name), reason="Twice")
    return "Birch was with Dana, is with Ben now"


def lose_the_role(company, name: str) -> str:
    company.ana.role_grants.all().delete()
    return f"{name} Ana is no active CSM any more"


def fill_the_places(company, name: str) -> str:
    for customer in give(None, "Quick", "Quiet"):
        assign_csm(actor=None, customer=customer, person=company.ana)
    return "Ana has 3 high-touch customers now and would have 5; the limit is 4"


@pytest.mark.parametrize(
    "change", [hand_over, release, leave_and_return, change_tier, merge, lose_the_role, fill_the_places]
)
def test_what_changed_is_told_and_nothing_is_written(login: Login, change) -> None:
    company = overloaded()
    rebalance = propose(company)
    words = change(company, moved(rebalance)[0])
    before, told = portfolios(), TimelineEntry.objects.count()
    with pytest.raises(Conflict) as refused:
        apply_rebalance(actor=company.manager, rebalance=rebalance)
    assert refused.value.code == "changed_since"
    assert any(words in f"{one['name']} {one['text']}" for one in refused.value.details["changes"])
    answer = apply(company, rebalance, login)
    assert answer.status_code == 409
    assert "Nothing was applied" in answer.content.decode()
    assert ("too few places" in answer.content.decode()) == (change is fill_the_places)
    kept = "No move is left of this proposal" if change is lose_the_role else "Before the new year"
    assert kept in answer.content.decode()
    assert (portfolios(), TimelineEntry.objects.count()) == (before, told)
    assert Rebalance.objects.get(pk=rebalance.pk).state == "proposed"


def test_what_changed_is_taken_out_and_the_rest_applied(login: Login) -> None:
    company = overloaded()
    rebalance = propose(company)
    first, second = moved(rebalance)
    hand_over(company, first)
    page = login(company.manager).get(address(rebalance)).content.decode()
    assert "Things have changed since this was worked out" in page
    changed = Customer.objects.get(name=first)
    assert f'name="drop" value="{changed.pk}"' in page
    assert "Take 1 out and apply 1 move" in page
    # Who has left Dana already is not counted once more.
    assert "If 1 customer changes the CSM, all 3 CSMs are within the limits." in page
    assert apply(company, rebalance, login, drop=[changed.pk, "x"]).status_code == 302
    assert portfolios()["Ana"] == ["Amber", second]
    assert first in portfolios()["Ben"]


def test_undoing_tells_who_moved_on_and_leaves_them_where_asked(login: Login) -> None:
    company = overloaded()
    rebalance = propose(company)
    apply_rebalance(actor=company.manager, rebalance=rebalance)
    first, second = moved(rebalance)
    hand_over(company, first)
    before = portfolios()
    answer = login(company.manager).post(address(rebalance, "undo/"))
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Nothing was undone" in page
    assert "was with Ana, is with Ben now" in page
    assert portfolios() == before
    customer = Customer.objects.get(name=first)
    assert login(company.manager).post(address(rebalance, "undo/"), {"leave": [customer.pk]}).status_code == 302
    assert first in portfolios()["Ben"]
    assert second in portfolios()["Dana"]
    assert "left where they were" in login(company.manager).get(address(rebalance)).content.decode()


def test_nothing_left_to_apply_is_refused(login: Login) -> None:
    company = overloaded()
    rebalance = propose(company)
    rebalance.moves.update(is_accepted=False)
    assert apply(company, rebalance, login).status_code == 422
    assert apply(company, rebalance, login, note="x" * 500).status_code == 422


# --- editing --------------------------------------------------------------------------------------
def test_moves_are_taken_out_and_kept_again(login: Login) -> None:
    company = overloaded()
    rebalance = propose(company)
    browser, (first, second) = login(company.manager), rebalance.moves.order_by("pk")
    browser.post(address(rebalance, "moves/"), {"remove": first.pk, "list": "kind=accepted"})
    page = browser.get(address(rebalance)).content.decode()
    assert "If 1 customer changes the CSM, 2 of 3 CSMs are within the limits and 1 limit is still passed." in page
    assert "Taken out" in page
    browser.post(address(rebalance, "moves/"), {"remove": "ticked", "ids": [first.pk, second.pk]})
    assert not moved(rebalance)
    answer = browser.post(
        address(rebalance, "moves/"), {"keep": "ticked", "ids": [first.pk, second.pk], "list": "tier=high"}
    )
    assert answer.headers["Location"] == address(rebalance, "?tier=high#moves")
    assert len(moved(rebalance)) == 2
    assert browser.post(address(rebalance, "moves/"), {"remove": "ticked"}).status_code == 422
    assert browser.post(address(rebalance, "moves/"), {"remove": "9" * 40}).status_code == 422


def test_another_target_that_breaks_a_rail_is_asked_again(login: Login) -> None:
    company = overloaded()
    far = make_csm("Fay", 9, time_zone="America/New_York", spoken_languages=["en"])
    User.objects.filter(pk=far.pk).update(team=company.dana.team)
    rebalance = propose(company, [company.dana, company.ana, far])
    move = rebalance.moves.order_by("pk")[0]
    browser, path = login(company.manager), address(rebalance, f"customers/{move.customer_id}/")
    page = browser.get(path).content.decode()
    assert "Fay does not speak German, the present CSM does; Fay works 6 h apart, 1 h more than now are allowed" in page
    answer = browser.post(path, {"person": far.pk, "why": "They asked for her"})
    assert answer.status_code == 422
    assert "This breaks 2 guard rails:" in answer.content.decode()
    assert "Move it anyway" in answer.content.decode()
    assert browser.post(path, {"person": far.pk, "why": "They asked for her", "knowingly": "on"}).status_code == 302
    move.refresh_from_db()
    assert (move.to_person, move.is_by_hand) == (far, True)
    assert move.why.startswith("Maya chose it: They asked for her · Fay: does not speak German")
    assert "although" in move.why


def test_a_customer_is_added_by_hand(login: Login) -> None:
    company = overloaded()
    rebalance = propose(company)
    browser = login(company.manager)
    assert "Amber" in browser.get(address(rebalance, "customers/?q=amb")).content.decode()
    amber = company.of_ana[0]
    path = address(rebalance, f"customers/{amber.pk}/")
    assert browser.post(path, {"person": company.ana.pk}).status_code == 422
    assert browser.post(path, {"person": ""}).status_code == 422
    assert browser.post(path, {"person": 987654}).status_code == 422
    answer = browser.post(path, {"person": company.ben.pk}, follow=True)
    assert "Amber goes to Ben." in answer.content.decode()
    # Ben is full, so the page says it before the database does.
    assert "1 limit is still passed" in browser.get(address(rebalance)).content.decode()
    assert apply(company, rebalance, login).status_code == 409


def test_a_customer_of_others_is_not_there(login: Login) -> None:
    company = overloaded()
    rebalance = propose(company)
    other = give(make_csm("Stranger", 5), "Secret")[0]
    browser = login(company.manager)
    assert browser.get(address(rebalance, f"customers/{other.pk}/")).status_code == 404
    assert "Secret" not in browser.get(address(rebalance, "customers/?q=Secret")).content.decode().replace(
        'value="Secret"', ""
    )


def test_filters_and_pages_of_moves(login: Login, monkeypatch, django_assert_max_num_queries) -> None:
    company = overloaded()
    company.ana.portfolio_limits.update(portfolio_limit=60)
    company.dana.portfolio_limits.update(portfolio_limit=5)
    give(company.dana, *(f"Many {number:02}" for number in range(30)))
    company.dana.portfolio_limits.update(portfolio_limit=3)
    rebalance = propose(company)
    assert rebalance.moves.count() == 32
    monkeypatch.setattr("segments.views.rebalances.SIZE", 10)
    browser = login(company.manager)
    seen: list[str] = []
    path = "?"
    while path:
        page = browser.get(address(rebalance, path)).context["page"]
        seen += [move.customer.name for move in page["rows"]]
        path = f"?after={page['next']}" if page["next"] else ""
    assert sorted(seen) == moved(rebalance)
    assert len(browser.get(address(rebalance, "?name=many 0")).context["page"]["rows"]) <= 10
    assert "No such move" in browser.get(address(rebalance, f"?person={company.ben.pk}")).content.decode()
    assert browser.get(address(rebalance, "?person=x&tier=zzz")).status_code == 200
    with django_assert_max_num_queries(30):
        browser.get(address(rebalance))


def test_merging_two_customers_of_a_proposal_keeps_one_move() -> None:
    company = overloaded()
    rebalance = propose(company)
    first, second = (Customer.objects.get(name=name) for name in moved(rebalance))
    admin = make_person("admin@company.example", Role.ADMINISTRATOR)
    merge_customers(actor=admin, keep=first, merge=second, reason="Twice")
    assert not rebalance.moves.get(customer=second).is_accepted
    assert rebalance.moves.get(customer=first).is_accepted


def test_a_limit_that_was_lowered_since_is_told(login: Login) -> None:
    company = overloaded()
    rebalance = propose(company)
    PersonLimit.objects.filter(person=company.ana).update(portfolio_limit=2)
    answer = apply(company, rebalance, login)
    assert answer.status_code == 409
    assert "would have 3; the limit is 2" in answer.content.decode()


def test_old_proposals_stay_readable_when_people_left(login: Login) -> None:
    company = overloaded()
    rebalance = propose(company)
    apply_rebalance(actor=company.manager, rebalance=rebalance)
    Rebalance.objects.update(applied_at=timezone.now() - timedelta(days=400), applied_by=None, created_by=None)
    page = login(company.manager).get(address(rebalance)).content.decode()
    assert "with that all 3 CSMs are within the limits" in page
