"""People who write one newsletter at the same moment take turns: no block and no approval gets lost or mixed up."""

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from newsletters.actions.blocks import add_block, block_mark, change_block, remove_block
from newsletters.actions.issues import change_details
from newsletters.actions.reviews import approve, ask_for_approval
from newsletters.models import Issue
from tests.newsletters.makers import make_issue, make_topic
from tests.processes import run_at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def issue(cast: SimpleNamespace) -> Issue:
    """Return a draft of the CSM."""
    make_topic()
    return make_issue(created_by=cast.csm, editor=cast.csm)


def test_blocks_added_at_once_all_have_a_place(cast: SimpleNamespace, issue: Issue) -> None:
    jobs = [
        partial(add_block, actor=cast.csm, issue=issue, kind="text", data={"body": str(number)}, after=0)
        for number in range(6)
    ]
    run_at_once([lambda job=job: job().pk for job in jobs])
    blocks = list(issue.blocks.all())
    assert [block.position for block in blocks] == [1, 2, 3, 4, 5, 6, 7]
    assert {block.data["body"] for block in blocks} == {"Hello", "0", "1", "2", "3", "4", "5"}
    assert Issue.objects.get(pk=issue.pk).version == 7


def test_one_block_changed_at_once_tells_all_but_one(cast: SimpleNamespace, issue: Issue) -> None:
    block = issue.blocks.get()
    mark = block_mark(block)

    def change(words: str) -> str:
        change_block(actor=cast.csm, block=block, data={"body": words}, expected=mark)
        return "saved"

    answers = run_at_once([partial(change, str(number)) for number in range(4)])
    assert sorted(answers) == ["changed_since"] * 3 + ["saved"]


def test_what_is_approved_is_what_was_read(cast: SimpleNamespace, issue: Issue) -> None:
    asked = ask_for_approval(actor=cast.csm, issue=issue)

    def decide() -> str:
        return approve(actor=cast.specialist, issue=asked, version=asked.version).state

    def change() -> str:
        return change_details(actor=cast.csm, issue=asked, subject="Changed").state

    answers = run_at_once([decide, change])
    found = Issue.objects.get(pk=issue.pk)
    # Whoever comes first: the version that stands in the end is approved by nobody.
    assert (found.subject, found.state) == ("Changed", "draft")
    assert answers[0] in ("approved", "changed_since")
    assert not found.reviews.filter(version=found.version, verdict="approved").exists()


# --- forms that are sent twice -----------------------------------------------------------------------
def posts(person: User, path: str, sent: dict[str, Any]) -> Callable[[], str]:
    def post() -> str:
        browser = Client(raise_request_exception=False)
        browser.force_login(person)
        answer = browser.post(path, sent)
        return f"{answer.status_code} {answer.headers.get('Location')}"

    return post


@pytest.mark.parametrize("with_key", [True, False], ids=["one form", "control: forms without a key"])
def test_a_newsletter_is_begun_once(cast: SimpleNamespace, issue: Issue, with_key: bool) -> None:
    sent = {"title": "December", "topic": issue.topic_id} | ({"request_key": str(uuid4())} if with_key else {})
    answers = run_at_once([posts(cast.csm, "/newsletters/new/", sent)] * 4)
    begun = Issue.objects.filter(title="December")
    assert begun.count() == (1 if with_key else 4)
    assert set(answers) == {f"302 /newsletters/{one.pk}/" for one in begun}


@pytest.mark.parametrize("with_key", [True, False], ids=["one form", "control: forms without a key"])
def test_a_block_is_added_once(cast: SimpleNamespace, issue: Issue, with_key: bool) -> None:
    sent = {"kind": "text", "new-body": "More"} | ({"request_key": str(uuid4())} if with_key else {})
    answers = run_at_once([posts(cast.csm, f"/newsletters/{issue.pk}/blocks/new/", sent)] * 4)
    assert issue.blocks.filter(data__body="More").count() == (1 if with_key else 4)
    assert set(answers) == {f"302 /newsletters/{issue.pk}/content/"}


def test_what_is_written_and_removed_at_once_is_removed_only_where_it_was_seen(
    cast: SimpleNamespace, issue: Issue
) -> None:
    block = issue.blocks.get()
    seen = block_mark(block)

    def write() -> str:
        change_block(actor=cast.csm, block=block, data={"body": "Written"}, expected=seen)
        return "done"

    def remove() -> str:
        remove_block(actor=cast.specialist, block=block, expected=seen)
        return "done"

    answers = run_at_once([write, remove])
    left = [one.data["body"] for one in issue.blocks.all()]
    # Whoever comes second is told, and finds the other's work as it was left.
    assert (answers, left) in [(["done", "changed_since"], ["Written"]), (["not_found", "done"], [])]
