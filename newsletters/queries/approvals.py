"""Whether an issue has the approval that the house asks for."""

from newsletters.models import Issue, NewsletterSettings, Review

Verdict = Review.Verdict


def is_approved(issue: Issue) -> bool:
    """Tell whether the last word on this very version was an approval that counts.

    While a second person is asked for, one by who made it or last changed it does not count, even if it was given while
    one person was enough.
    """
    return _is_approved(issue, needs_second=NewsletterSettings.current().needs_approval)


def lacks_approval(issue: Issue) -> bool:
    """Tell whether the house asks for a second person's approval that the issue does not have."""
    return NewsletterSettings.current().needs_approval and not _is_approved(issue, needs_second=True)


def _is_approved(issue: Issue, *, needs_second: bool) -> bool:
    said = issue.reviews.filter(version=issue.version).exclude(verdict=Verdict.ASKED).first()
    if said is None or said.verdict != Verdict.APPROVED:
        return False
    return not (needs_second and said.person_id in (issue.created_by_id, issue.editor_id))
