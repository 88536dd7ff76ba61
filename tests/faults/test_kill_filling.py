"""A filling killed midway and repeated ends like one that was not."""

import pytest

from accounts.models import Assignment, Role, TimelineEntry
from segments.actions.assignments import fill_portfolios, filling
from tests.cast import make_customer, make_person
from tests.processes import die, run_until_killed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_repeated_filling_completes_what_a_killed_one_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "BATCH", 5)
    make_person("csm@company.example", Role.CSM)
    for number in range(18):
        make_customer(f"Waiting {number}", tier="low", mrr=number)
    write, batches = filling._write, []

    def write_then_die(*args: object, **kwargs: object) -> None:
        write(*args, **kwargs)
        batches.append(1)
        if len(batches) == 3:
            die()

    with monkeypatch.context() as patched:
        patched.setattr(filling, "_write", write_then_die)
        assert run_until_killed(fill_portfolios) == 9

    # Two batches were committed; the third was written and lost.
    assert Assignment.objects.count() == TimelineEntry.objects.count() == 10
    assert fill_portfolios()["assigned"] == 8
    assert Assignment.objects.filter(ends_at=None).values("customer").distinct().count() == 18
    assert TimelineEntry.objects.count() == 18
