"""The form of an audience: what it saves, what it refuses, and the count beside it."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict

from newsletters.actions.audiences import set_audience
from newsletters.audiences import content_of
from newsletters.forms.audiences import MAX_PICKS, AudienceForm
from newsletters.models import Audience, AudiencePick, Suppression
from newsletters.views import audiences
from tests import cast as makers
from tests.newsletters.makers import make_topic

pytestmark = pytest.mark.django_db
COUNT, SEARCH = "/newsletters/audience/count/", "/newsletters/audience/search/"
GERMAN = json.dumps({"all": [{"field": "country", "op": "in", "value": ["DE"]}]})


def _data(**fields: Any) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in fields.items():
        data.setlist(f"audience-{name}", value if isinstance(value, list) else [value])
    return data


def test_saves_all_that_it_asks(cast: SimpleNamespace) -> None:
    audience, topic = Audience.objects.create(), make_topic()
    data = _data(
        tiers=["high", "tech"],
        languages=["en"],
        topics=[str(topic.pk)],
        decision_makers_only="on",
        conditions=GERMAN,
        picked=[f"customer:{cast.globex.pk}"],
        addresses=f"Ann@acme.example, {cast.globex_contact.email}",
    )
    form = AudienceForm(data, user=cast.administrator, audience=audience)
    assert form.is_valid(), form.errors
    assert set_audience(audience=audience, content=form.content())
    saved = content_of(Audience.objects.get(pk=audience.pk))
    assert saved == form.content()
    assert (saved.tiers, saved.languages, saved.topics) == (["high", "tech"], ["en"], [topic.pk])
    assert saved.conditions == json.loads(GERMAN)
    assert set(saved.contacts) == {cast.acme_contact.pk, cast.globex_contact.pk}
    assert saved.customers == [cast.globex.pk]
    assert not set_audience(audience=audience, content=form.content())


def test_an_empty_form_means_everybody(cast: SimpleNamespace) -> None:
    form = AudienceForm(_data(), user=cast.specialist)
    assert form.is_valid(), form.errors
    assert form.content().conditions == {"all": []}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("conditions", "{"),
        ("conditions", "[" * 100_000),
        ("conditions", '{"all": [{"field": "arr", "op": "gte", "value": ""}]}'),
        ("conditions", '{"all": [{"field": "password", "op": "gte", "value": 1}]}'),
        ("tiers", "gold"),
        ("languages", "a\0b"),
        ("languages", "x" * 13),
        ("topics", "99999"),
        ("topics", "x"),
        ("picked", "user:1"),
        ("addresses", "nobody@nowhere.example"),
    ],
)
def test_says_what_is_wrong(cast: SimpleNamespace, field: str, value: str) -> None:
    form = AudienceForm(_data(**{field: value}), user=cast.specialist)
    assert not form.is_valid()
    assert field in form.errors


def test_nobody_is_picked_whom_the_person_does_not_see(cast: SimpleNamespace) -> None:
    hidden = [f"contact:{cast.globex_contact.pk}", f"customer:{cast.globex.pk}"]
    form = AudienceForm(_data(picked=hidden), user=cast.csm)
    assert form.is_valid()
    assert (form.content().contacts, form.content().customers) == ([], [])
    assert "gil@globex.example" not in str([pick for _, pick in form.fields["picked"].choices])
    # What somebody else picked stays, without a name.
    audience = Audience.objects.create()
    AudiencePick.objects.create(audience=audience, contact=cast.globex_contact)
    form = AudienceForm(_data(picked=hidden[:1]), user=cast.csm, audience=audience)
    assert form.is_valid()
    assert form.content().contacts == [cast.globex_contact.pk]


def test_counts_while_it_is_filled_in(cast: SimpleNamespace, login) -> None:
    Suppression.objects.create(address="ann@acme.example", reason="bounced", origin="smtp")
    topic = make_topic()
    page = login(cast.specialist).post(f"{COUNT}?channel=mail&topic={topic.pk}", _data()).content.decode()
    assert "<strong>1</strong> contact gets it" in page
    assert "Their address gets no mail" in page
    assert "gil@globex.example" in page
    assert "ann@acme.example" not in page


def test_shows_a_csm_no_contact_of_another_portfolio(cast: SimpleNamespace, login) -> None:
    page = login(cast.csm).post(COUNT, _data()).content.decode()
    assert "<strong>2</strong> contacts get it" in page
    assert "ann@acme.example" in page
    assert "gil@globex.example" not in page


def test_the_count_tells_what_is_wrong(cast: SimpleNamespace, login) -> None:
    page = login(cast.specialist).post(COUNT, _data(conditions='{"all": [{"field": "arr"}]}')).content.decode()
    assert "rule-problem" in page
    odd = login(cast.specialist).post(f"{COUNT}?channel=pigeon&topic=x&audience=-1", _data())
    assert odd.status_code == 200


def test_a_count_that_takes_too_long_is_given_up(cast: SimpleNamespace, login, monkeypatch) -> None:
    def slow(*args: Any, **kwargs: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(60)")

    monkeypatch.setattr(audiences, "COUNT_SECONDS", 0.05)
    monkeypatch.setattr(audiences, "tally", slow)
    answer = login(cast.specialist).post(COUNT, _data())
    assert answer.status_code == 200
    assert "too many to count while you choose" in answer.content.decode()
    # What is asked afterwards has its time again.
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout'), pg_sleep(0.1)")
        assert cursor.fetchone()[0] == "0"


def test_a_count_in_time_leaves_no_limit_behind(cast: SimpleNamespace, login) -> None:
    assert "contacts get it" in login(cast.specialist).post(COUNT, _data()).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        assert cursor.fetchone()[0] == "0"


def test_as_many_as_may_be_picked_can_be_searched_besides(cast: SimpleNamespace, login) -> None:
    reader = login(cast.specialist)
    assert reader.get(SEARCH, {"audience-q": "ann"}).status_code == 405
    picked = [f"contact:{10**12 + n}" for n in range(MAX_PICKS)]
    page = reader.post(SEARCH, {"audience-q": "ann", "audience-picked": picked}).content.decode()
    assert page.count(" checked") == MAX_PICKS
    assert "ann@acme.example" in page
    page = reader.get("/newsletters/notices/new/").content.decode()
    assert f'hx-post="{SEARCH}"' in page


def test_search_finds_whom_one_may_see_and_keeps_who_is_picked(cast: SimpleNamespace, login) -> None:
    makers.make_contact(cast.acme, "anna@acme.example", first_name="Anna")
    picked = f"contact:{cast.acme_contact.pk}"
    page = login(cast.csm).post(SEARCH, {"audience-q": "ann", "audience-picked": picked}).content.decode()
    assert page.count(f'value="{picked}" checked') == 1
    assert "anna@acme.example" in page
    assert "gil" not in login(cast.csm).post(SEARCH, {"audience-q": "gil"}).content.decode().replace("“gil”", "")
    assert "gil@globex" in login(cast.specialist).post(SEARCH, {"audience-q": "gil"}).content.decode()
