"""Blocks are added, changed, moved, duplicated, removed and brought back."""

import re
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from newsletters.actions import blocks as actions
from newsletters.models import Block, Issue, Picture
from tests.newsletters.content import images
from tests.newsletters.makers import make_issue

pytestmark = pytest.mark.django_db

HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def three(issue) -> Issue:
    """Return the issue with three texts: one, two, three."""
    issue.blocks.all().delete()
    for number, word in enumerate(("one", "two", "three"), start=1):
        Block.objects.create(issue=issue, position=number, kind="text", data={"body": word})
    return issue


def words(issue: Issue) -> list[str]:
    return [block.data["body"] for block in issue.blocks.all()]


def path_of(issue: Issue, word: str, step: str = "") -> str:
    return f"/newsletters/{issue.pk}/blocks/{issue.blocks.get(data__body=word).pk}/{step}"


def test_added_where_it_was_asked_for(writer, three):
    path = f"/newsletters/{three.pk}/blocks/new/"
    after = three.blocks.get(data__body="one").pk
    assert writer.post(path, {"kind": "text", "after": after, "new-body": "and a half"}).status_code == 302
    writer.post(path, {"kind": "text", "after": 0, "new-body": "zero"})
    writer.post(path, {"kind": "text", "after": "", "new-body": "four"})
    # The block behind which it should stand is gone meanwhile.
    writer.post(path, {"kind": "text", "after": 999999, "new-body": "five"})
    assert words(three) == ["zero", "one", "and a half", "two", "three", "four", "five"]
    three.refresh_from_db()
    assert (three.version, [block.position for block in three.blocks.all()]) == (5, [1, 2, 3, 4, 5, 6, 7])


@pytest.mark.parametrize("sent", [{"kind": "text", "new-body": ""}, {"kind": "text", "new-body": "{{ nobody }}"}])
def test_what_can_not_stand_comes_back_as_it_was_typed(writer, three, sent):
    answer = writer.post(f"/newsletters/{three.pk}/blocks/new/", sent, **HTMX)
    assert answer.status_code == 422
    assert sent["new-body"] in answer.content.decode()
    assert words(three) == ["one", "two", "three"]


def test_a_kind_that_nobody_knows(writer, three):
    assert writer.get(f"/newsletters/{three.pk}/blocks/new/?kind=hologram").status_code == 404


def test_changed_and_told_to_the_page(writer, three):
    block = three.blocks.get(data__body="two")
    sent = {f"b{block.pk}-body": "two and a bit", "mark": actions.block_mark(block)}
    answer = writer.post(path_of(three, "two"), sent, **HTMX)
    assert answer.status_code == 200
    assert "issue-changed" in answer.headers["HX-Trigger-After-Swap"]
    assert words(three) == ["one", "two and a bit", "three"]


def test_changed_by_two_at_once(writer, three, cast):
    block = three.blocks.get(data__body="two")
    mark = actions.block_mark(block)
    actions.change_block(actor=cast.specialist, block=block, data={"body": "theirs"})
    # Another block is nobody's conflict.
    one = three.blocks.get(data__body="one")
    sent = {f"b{one.pk}-body": "first", "mark": actions.block_mark(one)}
    assert writer.post(path_of(three, "one"), sent).status_code == 302
    answer = writer.post(path_of(three, "theirs"), {f"b{block.pk}-body": "mine", "mark": mark})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "theirs" in page
    assert ">\nmine</textarea>" in page
    assert words(three) == ["first", "theirs", "three"]


def test_a_form_that_is_sent_twice_adds_one_block(writer, three):
    path = f"/newsletters/{three.pk}/blocks/new/"
    sent = {"kind": "text", "after": "", "new-body": "four", "request_key": str(uuid4())}
    assert [writer.post(path, sent).status_code for _ in range(2)] == [302, 302]
    assert words(three) == ["one", "two", "three", "four"]
    # Filled in anew after the way back it is another block: nothing of it is taken for the first one.
    answer = writer.post(path, {**sent, "new-body": "five"})
    page = answer.content.decode()
    assert (answer.status_code, words(three)) == (422, ["one", "two", "three", "four"])
    assert "This form was sent already" in page
    assert "five" in page
    key = re.search(r'name="request_key" value="([^"]+)"', page)[1]
    assert writer.post(path, {**sent, "new-body": "five", "request_key": key}).status_code == 302
    assert words(three) == ["one", "two", "three", "four", "five"]


def test_a_picture_that_is_sent_twice_is_stored_once(writer, three):
    path = f"/newsletters/{three.pk}/blocks/new/"

    def send(data: bytes) -> int:
        picture = SimpleUploadedFile("chart.png", data, content_type="image/png")
        sent = {"kind": "picture", "new-alt": "A line", "request_key": key, "new-upload": picture}
        return writer.post(path, sent).status_code

    key = str(uuid4())
    assert [send(images.png(2, 3)) for _ in range(2)] == [302, 302]
    assert Picture.objects.get().width == 2
    # Another picture of this name is another one.
    assert send(images.png(3, 2)) == 422
    assert Picture.objects.count() == three.blocks.filter(kind="picture").count() == 1


def test_a_block_that_is_one_too_many_leaves_no_picture_behind(writer, three):
    Block.objects.bulk_create(
        Block(issue=three, position=n, kind="text", data={"body": "more"}) for n in range(4, actions.MOST_BLOCKS + 1)
    )
    picture = SimpleUploadedFile("chart.png", images.png(), content_type="image/png")
    sent = {"kind": "picture", "new-alt": "A line", "new-upload": picture, "request_key": str(uuid4())}
    assert writer.post(f"/newsletters/{three.pk}/blocks/new/", sent).status_code == 422
    assert not Picture.objects.exists()


def test_a_form_that_was_refused_can_be_sent_again(writer, three):
    path = f"/newsletters/{three.pk}/blocks/new/"
    sent = {"kind": "text", "new-body": "{{ nobody }}", "request_key": str(uuid4())}
    page = writer.post(path, sent).content.decode()
    assert sent["request_key"] in page
    assert writer.post(path, {**sent, "new-body": "four"}).status_code == 302
    assert words(three) == ["one", "two", "three", "four"]


def test_a_button_that_is_pressed_twice_duplicates_once(writer, three):
    path, sent = path_of(three, "three", "duplicate/"), {"request_key": str(uuid4())}
    assert [writer.post(path, sent).status_code for _ in range(2)] == [302, 302]
    assert words(three) == ["one", "two", "three", "three"]


def test_what_a_colleague_has_changed_meanwhile_is_not_removed_unseen(writer, three, cast):
    block = three.blocks.get(data__body="two")
    seen = actions.block_mark(block)
    actions.change_block(actor=cast.specialist, block=block, data={"body": "two, at length"})
    path = path_of(three, "two, at length", "remove/")
    answer = writer.post(path, {"mark": seen}, **HTMX)
    assert "Somebody else has changed this block" in answer.headers["HX-Trigger"]
    assert "two, at length" in answer.content.decode()
    assert [writer.post(path, sent).status_code for sent in ({"mark": seen}, {})] == [409, 409]
    assert words(three) == ["one", "two, at length", "three"]


def test_what_was_typed_into_a_block_that_a_colleague_removed_is_not_lost(writer, three, cast):
    block = three.blocks.get(data__body="two")
    path = path_of(three, "two")
    sent = {f"b{block.pk}-body": "two and a bit", "mark": actions.block_mark(block)}
    actions.remove_block(actor=cast.specialist, block=block)
    answer = writer.post(path, sent)
    page = answer.content.decode()
    assert (answer.status_code, words(three)) == (409, ["one", "three"])
    assert "Somebody has removed this block" in page
    assert "two and a bit" in page
    answer = writer.post(path, sent, **HTMX)
    assert answer.status_code == 422
    assert "two and a bit" in answer.content.decode()
    # Saved once more it is back in its place.
    assert writer.post(path, sent | {"mark": "removed"}, **HTMX).headers["HX-Retarget"] == "#blocks"
    assert words(three) == ["one", "two and a bit", "three"]


def test_a_form_that_says_nothing_of_what_it_began_with_overwrites_nothing(writer, three):
    block = three.blocks.get(data__body="two")
    answer = writer.post(path_of(three, "two"), {f"b{block.pk}-body": "mine"})
    assert (answer.status_code, words(three)) == (409, ["one", "two", "three"])


def test_moved_and_duplicated(writer, three):
    writer.post(path_of(three, "three", "move/"), {"to": "up"})
    assert words(three) == ["one", "three", "two"]
    writer.post(path_of(three, "one", "move/"), {"to": "up"})
    assert words(three) == ["one", "three", "two"]
    three.refresh_from_db()
    assert three.version == 2
    writer.post(path_of(three, "one", "duplicate/"))
    assert words(three) == ["one", "one", "three", "two"]


def test_removed_and_brought_back_as_it_was(writer, three):
    block = three.blocks.get(data__body="two")
    answer = writer.post(path_of(three, "two", "remove/"), {"mark": actions.block_mark(block)})
    assert words(three) == ["one", "three"]
    page = writer.get(answer.headers["Location"]).content.decode()
    undo = f"/newsletters/{three.pk}/blocks/{block.pk}/restore/"
    assert undo in page
    assert writer.post(undo).status_code == 302
    assert words(three) == ["one", "two", "three"]
    assert writer.post(undo).status_code == 409


def test_nothing_is_brought_back_from_another_issue(writer, three, cast):
    other = make_issue("Other", text="secret")
    block = other.blocks.get()
    actions.remove_block(actor=cast.specialist, block=block)
    assert writer.post(f"/newsletters/{three.pk}/blocks/{block.pk}/restore/").status_code == 404


def test_there_is_an_end_to_blocks(writer, three):
    Block.objects.bulk_create(
        Block(issue=three, position=n, kind="text", data={"body": "more"}) for n in range(4, actions.MOST_BLOCKS + 1)
    )
    answer = writer.post(f"/newsletters/{three.pk}/blocks/new/", {"kind": "text", "new-body": "one too many"})
    assert answer.status_code == 422
    assert "one too many" in answer.content.decode()


def test_open_forms_stay_open_while_others_move(writer, three):
    opened = three.blocks.get(data__body="one").pk
    answer = writer.post(path_of(three, "three", "move/"), {"to": "up", "open": [opened, "²"]}, **HTMX)
    page = answer.content.decode()
    assert page.count("hx-preserve") == 1
    assert f'id="form-{opened}"' in page


def test_a_block_that_a_colleague_removed_meanwhile(writer, three, cast):
    path = path_of(three, "two", "move/")
    actions.remove_block(actor=cast.specialist, block=three.blocks.get(data__body="two"))
    answer = writer.post(path, {"to": "up"}, **HTMX)
    # The page shows what is there now, and says why nothing moved.
    assert answer.status_code == 200
    assert "no longer there" in answer.headers["HX-Trigger"]
    assert answer.content.decode().count("block-summary") == 2
    assert writer.post(path, {"to": "up"}).status_code == 404
