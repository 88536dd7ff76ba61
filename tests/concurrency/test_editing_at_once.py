"""People who write one newsletter at the same moment take turns: no block and no approval gets lost or mixed up."""

from functools import partial
from types import SimpleNamespace

import pytest

from newsletters.actions.blocks import add_block, block_mark, change_block
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
