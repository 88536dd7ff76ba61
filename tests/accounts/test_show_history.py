"""The history page: every change with who, when, why, from what to what, whoever wrote it."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actions.customers import update_customer
from accounts.actions.merges import merge_customers
from accounts.models import Contact, Customer, CustomField
from accounts.queries import history
from core.audit import acting
from tests.cast import make_contact, make_customer, make_subscription


def told(customer: Customer) -> list[str]:
    """Return the history in words, the newest first."""
    page = history.history_page(customer)
    return [
        f"{step.who or '-'}: {version.title} {version.what}"
        + "".join(f"; {c.label}: {c.before} → {c.after}" for c in version.changes if version.what == "was changed")
        for step in page.steps
        for version in step.versions
    ]


@pytest.mark.django_db(transaction=True)
def test_form_and_shell_leave_the_same_trail(cast: SimpleNamespace, login: Any) -> None:
    CustomField.objects.create(key="region", label="Region", type="text")
    client = login(cast.csm)
    url = f"/customers/{cast.acme.pk}/edit/"
    form = client.get(url).context["form"]
    body = {f.html_name: f.value() for f in form if f.value() not in (None, False)}
    client.post(url, body | {"country": "FR", "is_brand": "on", "custom.region": "North", "why": "Moved"})
    Contact.objects.filter(customer=cast.acme).update(job_title="CEO")

    words = told(cast.acme)
    changed = [line for line in words if "was changed" in line]
    assert len(changed) == 2
    assert "Csm: Customer Acme was changed; Country: US → FR; Well-known brand: no → yes; Region:  → North" in changed
    by_shell = next(line for line in changed if "Contact" in line)
    assert by_shell.startswith("database user ")
    assert by_shell.endswith("Contact Ann was changed; Job title:  → CEO")
    page = client.get(f"/customers/{cast.acme.pk}/history/").content.decode()
    assert "Moved" in page
    assert "North" in page
    assert "Contact Ann" in page


def test_derived_figures_are_no_change(cast: SimpleNamespace) -> None:
    before = len(told(cast.acme))
    make_subscription(cast.acme, 100)
    words = told(cast.acme)
    assert len(words) == before + 1
    assert sum(line.endswith("Subscription was added") for line in words) == 1


def test_removed_rows_stay_told(cast: SimpleNamespace) -> None:
    make_contact(cast.acme, "bo@acme.example").delete()
    words = told(cast.acme)
    assert any(line.endswith("Contact Bo was added") for line in words)
    assert any(line.endswith("Contact Bo was removed") for line in words)


def test_merged_rows_bring_their_history(cast: SimpleNamespace) -> None:
    update_customer(actor=None, customer=cast.globex, changes={"seats": 9})
    merge_customers(actor=cast.manager, keep=cast.acme, merge=cast.globex, reason="One")
    words = told(cast.acme)
    assert any("Customer Globex was changed; Seats:  → 9" in line for line in words)
    assert any("Contact Gil was changed; Customer: Globex → Acme" in line for line in words)
    steps = history.history_page(cast.acme).steps
    assert ("Manager", "One") in {(step.who, step.why) for step in steps}


def test_pages_go_back_to_the_first_change(cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, login: Any) -> None:
    for seats in range(7):
        update_customer(actor=None, customer=cast.acme, changes={"seats": seats})
    whole = told(cast.acme)
    monkeypatch.setattr(history, "PAGE_SIZE", 3)
    client, cursor, seen = login(cast.csm), "", []
    while True:
        page = client.get(f"/customers/{cast.acme.pk}/history/?after={cursor}").context["page"]
        seen += [version.title for step in page.steps for version in step.versions]
        cursor = page.older
        if not cursor:
            break
    assert len(seen) == len(whole)
    assert client.get(f"/customers/{cast.acme.pk}/history/?after=nonsense").status_code == 422


def test_same_queries_for_much_history(cast: SimpleNamespace) -> None:
    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            history.history_page(cast.acme)
        return len(queries)

    few = count()
    for seats in range(40):
        with acting(f"{seats}@company.example"):
            update_customer(actor=None, customer=cast.acme, changes={"seats": seats})
        make_contact(cast.acme, f"{seats}@acme.example")
        make_subscription(cast.acme, seats)
    assert count() <= few + 1


def test_others_history_is_not_there(cast: SimpleNamespace, login: Any) -> None:
    make_customer("Initech")
    assert login(cast.csm).get(f"/customers/{cast.globex.pk}/history/").status_code == 404
    assert login(cast.support).get(f"/customers/{cast.globex.pk}/history/").status_code == 200
