"""Whose customers a person reaches is the same by every way: page, list, search, bulk change, export and API."""

import io
from collections.abc import Callable, Iterable, Iterator
from uuid import uuid4

import pytest
from django.test import Client

from accounts.actions.tokens import create_token
from accounts.models import CompanySettings, Contact, Customer, ExportJob, Role, Subscription
from core import outbox
from cs_platform.celery import app
from tests import cast as makers
from tests.permissions.line import Of
from tests.permissions.stage import Stage
from tests.permissions.subjects import (
    ADMIN,
    AM,
    CSM,
    MANAGER,
    NOBODY,
    OTHER_CSM,
    RENEWAL,
    SPECIALIST,
    STAFF,
    SUPPORT,
)
from tests.permissions.table.who import EDITS, EDITS_CONTACTS, EDITS_SUBSCRIPTIONS, SEES

EXPORTS_THEM = Of({AM, CSM, RENEWAL, SPECIALIST, MANAGER, ADMIN}, {SPECIALIST, OTHER_CSM, ADMIN})
NAMES = ("Acme", "Globex")

# A way of reaching customers: it answers with the names it reached.
Way = Callable[[Client, Stage], Iterable[str]]


def linked(browser: Client, stage: Stage, path: str) -> list[str]:
    """Return whose customer pages the page links to."""
    text = browser.get(path).content.decode()
    return [name for name in NAMES if f'href="/customers/{getattr(stage.cast, name.lower()).pk}/"' in text]


def by_list(browser: Client, stage: Stage) -> list[str]:
    return linked(browser, stage, "/customers/")


def by_filtered_list(browser: Client, stage: Stage) -> list[str]:
    return linked(browser, stage, "/customers/?tier=high&tier=low&sort=-name")


def by_search(browser: Client, stage: Stage) -> list[str]:
    return [name for name in NAMES if name in linked(browser, stage, f"/search/?q={name}")]


def by_suggestion(browser: Client, stage: Stage) -> list[str]:
    return [name for name in NAMES if name in browser.get(f"/customers/suggest/?q={name}").content.decode()]


def by_page(browser: Client, stage: Stage) -> list[str]:
    return [
        name for name in NAMES if browser.get(f"/customers/{getattr(stage.cast, name.lower()).pk}/").status_code == 200
    ]


def by_timeline(browser: Client, stage: Stage) -> list[str]:
    path = "/customers/{}/timeline/"
    return [name for name in NAMES if browser.get(path.format(getattr(stage.cast, name.lower()).pk)).status_code == 200]


def api_rows(browser: Client, path: str) -> list[dict]:
    answer = browser.get(f"/api/v1/{path}")
    assert answer.status_code == 200
    return answer.json()["results"]


def by_api(browser: Client, stage: Stage) -> list[str]:
    return [row["name"] for row in api_rows(browser, "customers/")]


def by_api_filter(browser: Client, stage: Stage) -> list[str]:
    return [row["name"] for name in ("acme", "globex") for row in api_rows(browser, f"customers/?external_id={name}")]


def by_api_owner(browser: Client, stage: Stage) -> list[str]:
    owners = (stage.cast.csm, stage.cast.other_csm)
    return [row["name"] for owner in owners for row in api_rows(browser, f"customers/?owner={owner.pk}")]


def names_of(stage: Stage, rows: list[dict]) -> list[str]:
    keys = {stage.cast.acme.pk: "Acme", stage.cast.globex.pk: "Globex"}
    return [keys[row["customer"]] for row in rows]


def by_api_contacts(browser: Client, stage: Stage) -> list[str]:
    return names_of(stage, api_rows(browser, "contacts/"))


def by_api_subscriptions(browser: Client, stage: Stage) -> list[str]:
    return names_of(stage, api_rows(browser, "subscriptions/"))


def by_api_moves(browser: Client, stage: Stage) -> list[str]:
    return names_of(stage, api_rows(browser, "tier-moves/"))


def by_export(browser: Client, stage: Stage, **wanted: object) -> list[str]:
    answer = browser.post("/exports/", {"page": "customers", "format": "csv"} | (wanted or {"all": "1"}))
    if answer.status_code != 302:
        return []
    outbox.drain()
    job = ExportJob.objects.latest("pk")
    assert job.state == "done", job.problem
    file = browser.get(f"/exports/{job.pk}/file/")
    text = b"".join(file.streaming_content if file.streaming else [file.content]).decode("utf-8-sig")
    return [name for name in NAMES if name in io.StringIO(text).read()]


def by_export_of_ids(browser: Client, stage: Stage) -> list[str]:
    return by_export(browser, stage, ids=[stage.cast.acme.pk, stage.cast.globex.pk])


def tagged(tag: str) -> list[str]:
    return list(Customer.objects.filter(tags__contains=[tag]).values_list("name", flat=True))


def by_bulk_change(browser: Client, stage: Stage, **selection: object) -> list[str]:
    asked = {"page": "customers", "change": "tag", "tags": "touched", "request_key": str(uuid4())}
    browser.post("/bulk/start/", asked | (selection or {"all": "1"}))
    outbox.drain()
    return tagged("touched")


def by_bulk_change_of_ids(browser: Client, stage: Stage) -> list[str]:
    return by_bulk_change(browser, stage, ids=[stage.cast.acme.pk, stage.cast.globex.pk])


def by_api_change(browser: Client, stage: Stage) -> list[str]:
    for customer in (stage.cast.acme, stage.cast.globex):
        browser.patch(f"/api/v1/customers/{customer.pk}/", {"tags": ["touched"]}, content_type="application/json")
    return tagged("touched")


def by_api_upsert(browser: Client, stage: Stage) -> list[str]:
    rows = [{"external_id": name, "tags": ["touched"]} for name in ("acme", "globex")]
    answer = browser.post("/api/v1/customers/bulk/", rows, content_type="application/json")
    assert answer.status_code == 200
    return tagged("touched")


def by_api_contact_change(browser: Client, stage: Stage) -> list[str]:
    for contact in (stage.cast.acme_contact, stage.cast.globex_contact):
        browser.patch(f"/api/v1/contacts/{contact.pk}/", {"job_title": "touched"}, content_type="application/json")
    return list(Contact.objects.filter(job_title="touched").values_list("customer__name", flat=True))


def by_api_subscription_change(browser: Client, stage: Stage) -> list[str]:
    for name in ("subscription_of_acme", "subscription_of_globex"):
        path = f"/api/v1/subscriptions/{stage.value(name)}/"
        browser.patch(path, {"edition": "touched"}, content_type="application/json")
    return list(Subscription.objects.filter(edition="touched").values_list("customer__name", flat=True))


WAYS: list[tuple[Way, Of]] = [
    (by_list, SEES),
    (by_filtered_list, SEES),
    (by_search, SEES),
    (by_suggestion, SEES),
    (by_page, SEES),
    (by_timeline, SEES),
    (by_api, SEES),
    (by_api_filter, SEES),
    (by_api_owner, SEES),
    (by_api_contacts, SEES),
    (by_api_subscriptions, SEES),
    (by_api_moves, SEES),
    (by_export, EXPORTS_THEM),
    (by_export_of_ids, EXPORTS_THEM),
    (by_bulk_change, EDITS),
    (by_bulk_change_of_ids, EDITS),
    (by_api_change, EDITS),
    (by_api_upsert, EDITS),
    (by_api_contact_change, EDITS_CONTACTS),
    (by_api_subscription_change, EDITS_SUBSCRIPTIONS),
]


def expected(of: Of, subject: str) -> set[str]:
    """Return the names of the customers that the subject reaches."""
    return {name for name in NAMES if subject in getattr(of, name.lower())}


@pytest.fixture(autouse=True)
def worker() -> Iterator[None]:
    """Do promised work where it is drained, with all that a worker loads at its start."""
    app.loader.import_default_modules()
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


@pytest.fixture
def stage(cast) -> Stage:
    staged = Stage(cast)
    for thing in ("subscription_of_acme", "subscription_of_globex", "move_of_acme", "move_of_globex"):
        staged.value(thing)
    return staged


@pytest.mark.slow
@pytest.mark.parametrize("subject", sorted(STAFF))
@pytest.mark.parametrize(("way", "of"), WAYS, ids=[way.__name__ for way, _ in WAYS])
def test_reaches_the_same_customers_by_every_way(stage, login, way, of, subject):
    assert set(way(login(stage.user(subject)), stage)) == expected(of, subject)


@pytest.mark.parametrize("subject", [CSM, SUPPORT, MANAGER, NOBODY])
def test_token_reaches_what_its_person_does(stage, subject):
    person = stage.user(subject)
    if subject == NOBODY:
        makers.RoleGrant.objects.create(user=person, role=Role.SDR)
    _, text = create_token(person=person, name="Sync", scopes=["read", "write"], days=1)
    browser = Client(headers={"Authorization": f"Bearer {text}"})
    assert set(by_api(browser, stage)) == expected(SEES, subject)
    assert set(by_api_change(browser, stage)) == expected(EDITS, subject)


@pytest.mark.parametrize(
    ("sight", "seen"), [("own", {"Globex"}), ("team", {"Globex", "Initech"}), ("all", {"Acme", "Globex", "Initech"})]
)
def test_what_a_csm_sees_of_others_is_the_companys_choice(stage, login, sight, seen):
    colleague = makers.make_person("colleague@company.example", Role.CSM, team=stage.cast.other_team)
    makers.assign(makers.make_customer("Initech", tier="low"), colleague)
    settings = CompanySettings.current()
    settings.csm_sees = sight
    settings.save()
    browser = login(stage.cast.other_csm)
    assert set(by_api(browser, stage)) == seen
    assert set(by_list(browser, stage)) == seen - {"Initech"}
    # Seen is not changed: what is not its own stays as it is.
    assert set(by_api_change(browser, stage)) == {"Globex"}


def test_manager_reaches_customers_without_a_csm(stage, login):
    makers.make_customer("Orphan", tier="high")
    assert set(by_api(login(stage.cast.manager), stage)) == {"Acme", "Orphan"}
    assert set(by_api(login(stage.cast.csm), stage)) == {"Acme"}


def test_customer_that_was_given_back_is_out_of_reach(stage, login):
    browser = login(stage.cast.other_csm)
    assert set(by_api(browser, stage)) == {"Globex"}
    stage.cast.globex.assignments.update(ends_at="2099-01-01T00:00Z")
    assert set(by_api(browser, stage)) == set()
    assert by_page(browser, stage) == []


def test_merged_customer_is_out_of_reach(stage, login):
    Customer.objects.filter(pk=stage.cast.globex.pk).update(merged_into=stage.cast.acme)
    browser = login(stage.cast.administrator)
    assert set(by_api(browser, stage)) == {"Acme"}
    assert by_page(browser, stage) == ["Acme"]
