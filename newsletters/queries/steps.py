"""The way of an issue from its content to its time, a line for each step."""

from dataclasses import dataclass

from django.core.cache import cache
from django.forms.models import model_to_dict
from django.urls import reverse

from newsletters.audiences import sentence
from newsletters.checks import Finding, check_issue
from newsletters.models import Issue, NewsletterSettings
from newsletters.queries.approvals import is_approved, lacks_approval
from segments.drafts import fingerprint

State = Issue.State

BEFORE_SENDING = (*Issue.EDITABLE, State.SCHEDULED)
DONE, TO_DO, PROBLEM, WAITING = "done", "to_do", "problem", "waiting"
KEPT_SECONDS = 600


@dataclass(frozen=True)
class Step:
    """One step: where it is done, how it stands (`done`, `to_do`, `problem`, `waiting`), and a few words."""

    key: str
    label: str
    url: str
    state: str
    note: str


def steps_of(issue: Issue) -> list[Step]:
    """Return the steps of the issue in their order; a fixed number of queries."""
    return [_content(issue), _audience(issue), _checks(issue), _approval(issue), _schedule(issue)]


def findings_of(issue: Issue) -> list[Finding]:
    """Return what the checks find in this version under these house rules, worst first; kept for ten minutes."""
    rules = fingerprint({key: str(value) for key, value in model_to_dict(NewsletterSettings.current()).items()})
    key = f"newsletters.findings.{issue.pk}.{issue.version}.{rules}"
    kept = cache.get(key)
    if kept is None:
        kept = check_issue(issue)
        cache.set(key, kept, KEPT_SECONDS)
    return kept


def _content(issue: Issue) -> Step:
    blocks = issue.blocks.count()
    if not issue.subject:
        state, note = TO_DO, "No subject yet"
    elif not blocks:
        state, note = TO_DO, "No block yet"
    else:
        state, note = DONE, "1 block" if blocks == 1 else f"{blocks} blocks"
    return Step("content", "Content", reverse("newsletter_content", args=[issue.pk]), state, note)


def _audience(issue: Issue) -> Step:
    return Step("audience", "Audience", reverse("newsletter_audience", args=[issue.pk]), DONE, sentence(issue.audience))


def _checks(issue: Issue) -> Step:
    findings = findings_of(issue)
    errors = sum(finding.level == "error" for finding in findings)
    rest = sum(finding.level == "warning" for finding in findings)
    if errors:
        state, note = PROBLEM, f"{errors} to mend"
    elif rest:
        state, note = WAITING, f"{rest} to look at"
    else:
        state, note = DONE, "Nothing found"
    return Step("checks", "Checks", reverse("newsletter_checks", args=[issue.pk]), state, note)


def _approval(issue: Issue) -> Step:
    if issue.state == State.IN_REVIEW:
        state, note = WAITING, f"Asked: {issue.reviewer}" if issue.reviewer else "Asked for"
    elif issue.state in BEFORE_SENDING and lacks_approval(issue):
        state, note = TO_DO, "By a second person"
    else:
        state, note = DONE, "Approved" if is_approved(issue) else "Not needed"
    return Step("approval", "Approval", reverse("newsletter_approval", args=[issue.pk]), state, note)


def _schedule(issue: Issue) -> Step:
    done = issue.state not in Issue.EDITABLE
    # Its time is printed by the page, which knows the reader's clock.
    state, note = (DONE, "") if done else (TO_DO, "No time yet")
    return Step("schedule", "Schedule", reverse("newsletter_schedule", args=[issue.pk]), state, note)
