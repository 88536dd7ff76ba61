"""What happens to what a contact chose when two contacts become one: who declined once stays declined."""

from accounts.merging import Merger, on_clash
from newsletters.models import Preference


@on_clash("preference_once")
def keep_the_refusal(merger: Merger, row: Preference, other: Preference) -> None:
    """Let the kept contact decline what either of the two declined; the merged one's row stays behind."""
    if not row.wants:
        merger.change(other, wants=False)
