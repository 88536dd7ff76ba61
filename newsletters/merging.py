"""What happens to what a contact chose and did when two contacts become one: who declined once stays declined."""

from accounts.merging import Merger, on_clash
from newsletters.models import Delivery, Preference


@on_clash("preference_once")
def keep_the_refusal(merger: Merger, row: Preference, other: Preference) -> None:
    """Let the kept contact decline what either of the two declined; the merged one's row stays behind."""
    if not row.wants:
        merger.change(other, wants=False)


@on_clash("delivery_of_notice_once")
def keep_what_was_done(merger: Merger, row: Delivery, other: Delivery) -> None:
    """Let the kept contact have seen, read and dismissed what either of the two did; the merged one's row stays."""
    steps = ("seen_at", "read_at", "dismissed_at")
    merger.change(other, **{name: getattr(other, name) or getattr(row, name) for name in steps})
