"""The sample's newsletters: topics, proposals with votes, two issues that went out, a draft, one that is scheduled.

No mail is sent: what senders would have written into the deliveries is written at once, and everything else is done by
the product's own actions.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from accounts.models import Contact
from demo.sample.clock import as_of, evening
from demo.sample.work import Work
from newsletters.actions.audiences import set_audience
from newsletters.actions.blocks import add_block
from newsletters.actions.issues import create_issue, plan_issue
from newsletters.actions.preferences import choose
from newsletters.actions.proposals import decline, freshen_proposals, propose, vote, vote_as_customer
from newsletters.actions.reviews import approve, ask_for_approval
from newsletters.actions.schedule import schedule_issue
from newsletters.actions.settings import set_pace, update_settings
from newsletters.actions.topics import create_topic
from newsletters.audiences import AudienceContent
from newsletters.models import Delivery, Issue, Proposal, Suppression, Topic
from newsletters.sending.ending import end_issue
from newsletters.sending.starting import freeze, start_due
from newsletters.sending.trying import apply_winner, decided

SITE = "https://larkspur.example"
UNSUBSCRIBED = 5
COMING_VOTES = 14
HOUR = timedelta(hours=1)

TOPICS = (
    ("Product news", "What is new in Larkspur and how to use it, once a month.", False),
    ("Tips from the experts", "One small thing that saves you time, every other week.", False),
    ("Events", "Webinars and meetings near you, a few times a year.", False),
    ("Offers", "Editions and add-ons, rarely. Only if you ask for it.", True),
)


@dataclass(frozen=True)
class SampleProposal:
    """A proposal: who made it, which colleagues vote, whether customers may, why it was declined if it was."""

    title: str
    body: str
    by: str
    topic: str
    voters: tuple[str, ...] = ()
    for_customers: bool = False
    declined: str = ""


PROPOSALS = (
    SampleProposal(
        "One report a month that writes itself",
        "Directors ask for one page a month, and people copy figures by hand. Show the scheduled report from start to "
        "end, with the three mistakes that everybody makes first.",
        "specialist",
        "Tips from the experts",
        ("csm", "csm2", "csm5", "manager"),
        for_customers=True,
    ),
    SampleProposal(
        "Approvals across two offices",
        "Requests get stuck between offices with different rules. One chain with two steps covers both.",
        "csm2",
        "Tips from the experts",
        ("csm", "specialist"),
        for_customers=True,
    ),
    SampleProposal(
        "What changes in the mobile app",
        "The new app comes in spring. Customers ask whether their saved views move along.",
        "csm",
        "Product news",
        ("specialist",),
        for_customers=True,
    ),
    SampleProposal(
        "A day in the life of a support engineer", "Nice to read, and it shows the people.", "csm5", "Events"
    ),
    SampleProposal(
        "Price list of next year",
        "Some ask early.",
        "csm7",
        "Offers",
        declined="Prices are told in person first, by the account managers.",
    ),
)

Content = tuple[tuple[str, dict[str, Any]], ...]


def _text(body: str) -> tuple[str, dict[str, Any]]:
    return "text", {"body": body}


OCTOBER: Content = (
    _text(
        "Hello {{ contact.first_name | there }},\n\nautumn brought **scheduled reports** and a quicker search. Here is "
        "what {{ customer.name }} gets from them."
    ),
    (
        "product_update",
        {
            "update": "new",
            "title": "Reports that send themselves",
            "body": "Choose a report, a day and who gets it. It goes out by itself, as a page or as a spreadsheet.",
            "url": f"{SITE}/new/scheduled-reports",
            "label": "See how it works",
        },
    ),
    (
        "link_card",
        {
            "title": "Find anything in two letters",
            "text": "The search now looks into notes and files, too.",
            "url": f"{SITE}/guides/search",
            "label": "Read the guide",
        },
    ),
)
NOVEMBER: Content = (
    _text(
        "Hello {{ contact.first_name | there }},\n\nthree small habits save teams like {{ customer.name }} about an "
        "hour a week:\n\n- Save the view that you open every morning.\n- Let reminders do the chasing.\n- Close the "
        "week with one shared report."
    ),
    (
        "link_card",
        {
            "title": "The three habits, step by step",
            "text": "Six minutes to read, with pictures.",
            "url": f"{SITE}/guides/three-habits",
            "label": "Read the guide",
        },
    ),
    (
        "booking_invitation",
        {
            "title": "An hour for your questions",
            "body": "Bring your own account: one of our experts looks at it with you.",
            "label": "Choose your hour",
        },
    ),
)
DECEMBER: Content = (
    _text(
        "Hello {{ contact.first_name | there }},\n\nbefore the year ends, a look at what is new and what comes next."
    ),
    (
        "product_update",
        {
            "update": "improved",
            "title": "Approvals in two steps",
            "body": "Offices with different rules share one chain now. Nobody has to ask twice.",
            "url": f"{SITE}/new/approvals",
            "label": "",
        },
    ),
)
REPORTS: Content = (
    _text(
        "Hello {{ contact.first_name | there }},\n\nmany of you bring the same question to the hours with our experts: "
        "how to get **one report a month** without copying figures. This is the short answer."
    ),
    (
        "link_card",
        {
            "title": "Your monthly report in ten minutes",
            "text": "A checklist to follow along.",
            "url": f"{SITE}/guides/monthly-report",
            "label": "Open the checklist",
        },
    ),
)


def set_up_newsletters(work: Work) -> None:
    """Set the house rules, the topics and a limit for one large receiver."""
    with as_of(evening(work.today, 100)):
        update_settings(
            actor=work.manager,
            sender_name="Larkspur customer team",
            reply_to="success@larkspur.example",
            postal_address="Larkspur Ltd, 1 Garden Street, London",
            tracking="individual",
        )
        set_pace(actor=work.manager, domain="gmail.com", per_minute=600)
        for name, description, needs_consent in TOPICS:
            if not Topic.objects.filter(name=name).exists():
                create_topic(actor=work.manager, name=name, description=description, needs_consent=needs_consent)


def propose_and_vote(work: Work) -> None:
    """Let colleagues propose and vote, customers vote, and what came up in hours arrive."""
    topics = {topic.name: topic for topic in Topic.objects.all()}
    for number, one in enumerate(PROPOSALS):
        if Proposal.objects.filter(title=one.title).exists():
            continue
        with as_of(evening(work.today, 20 - 3 * number)):
            proposal = propose(
                actor=work.person(one.by),
                title=one.title,
                body=one.body,
                topic=topics[one.topic],
                customers_may_vote=one.for_customers,
            )
            for login in one.voters:
                vote(actor=work.person(login), proposal=proposal, wants=True)
            if one.for_customers:
                for contact in _some_contacts(work, one.title, COMING_VOTES - 4 * number):
                    vote_as_customer(contact=contact, proposal=proposal, wants=True)
            if one.declined:
                decline(actor=work.manager, proposal=proposal, why=one.declined)
    freshen_proposals()


def send_past_issues(work: Work) -> None:
    """Let two issues have gone out: one a month ago, one last week with two subjects tried."""
    october = _issue(work, "October: reports that send themselves", "Product news", OCTOBER, days_ago=33)
    _send(work, october, evening(work.today, 33))
    november = _issue(
        work,
        "Three habits that save an hour",
        "Tips from the experts",
        NOVEMBER,
        days_ago=9,
        tiers=["low", "tech"],
        subject_b="{{ contact.first_name | You }}, an hour a week is yours",
        ab_percent=50,
    )
    _send(work, november, evening(work.today, 9))


def prepare_issues(work: Work) -> None:
    """Leave a draft in the calendar, and an issue that goes out in a few days."""
    draft = _issue(work, "December: what is new, what comes next", "Product news", DECEMBER, days_ago=2)
    plan_issue(actor=work.person("csm"), issue=draft, planned_on=work.today + timedelta(days=16))
    coming = _issue(
        work, "Your monthly report in ten minutes", "Tips from the experts", REPORTS, days_ago=1, tiers=["tech"]
    )
    on = work.today + timedelta(days=4)
    _schedule(work, coming, timing=Issue.Timing.LOCAL, local_date=on, local_minute=10 * 60)


# --- one issue --------------------------------------------------------------------------------------
def _issue(
    work: Work, title: str, topic: str, content: Content, *, days_ago: int, tiers: list[str] | None = None, **facts: Any
) -> Issue:
    """Return the issue, written by the specialist two days before its day; the one that is there already stays."""
    found = Issue.objects.filter(title=title).first()
    if found is not None:
        return found
    editor = work.person("specialist")
    with as_of(evening(work.today, days_ago + 2)):
        planned_on = work.today - timedelta(days=days_ago)
        issue = create_issue(
            actor=editor, title=title, topic=Topic.objects.get(name=topic), planned_on=planned_on, **facts
        )
        for kind, data in content:
            add_block(actor=editor, issue=issue, kind=kind, data=data)
        set_audience(audience=issue.audience, content=AudienceContent(tiers=tiers or []))
    return Issue.objects.get(pk=issue.pk)


def _schedule(work: Work, issue: Issue, **time: Any) -> None:
    """Let the issue be approved and scheduled, as far as it is not yet."""
    if issue.state == Issue.State.DRAFT:
        issue = ask_for_approval(actor=work.person("specialist"), issue=issue)
    if issue.state == Issue.State.IN_REVIEW:
        issue = approve(actor=work.manager, issue=issue, comment="Reads well.")
    if issue.state == Issue.State.APPROVED:
        schedule_issue(actor=work.manager, issue=issue, **time)


def _send(work: Work, issue: Issue, at: datetime) -> None:
    """Let the issue have gone out at this moment, with what its readers did in the days after."""
    if issue.state in Issue.ENDED:
        return
    with as_of(at - HOUR):
        _schedule(work, issue, timing=Issue.Timing.AT_ONCE, send_at=at, keeps_quiet_hours=False)
    with as_of(at):
        start_due()
        freeze(issue.pk)
    _hand_over(issue, at)
    if issue.subject_b:
        _read(issue, at)
        with as_of(at + timedelta(hours=issue.ab_hours + 1)):
            decided()
            apply_winner(issue.pk)
        _hand_over(issue, at + timedelta(hours=issue.ab_hours + 1))
    _read(issue, at)
    _decline(issue, at)
    if end_issue(issue.pk):
        Issue.objects.filter(pk=issue.pk).update(ended_at=at + timedelta(hours=8))


# What a sender writes of each mail: one of ninety comes back for good. The address decides, so that it stays the same.
HANDED_OVER = """
UPDATE newsletters_delivery SET
    state = CASE WHEN {share} %% 90 = 7 THEN 'failed' ELSE 'sent' END,
    answer = CASE WHEN {share} %% 90 = 7 THEN '550 5.1.1 No such user here' ELSE '' END,
    bounced_at = CASE WHEN {share} %% 90 = 7 THEN %(at)s END,
    sent_at = CASE WHEN {share} %% 90 <> 7 THEN %(at)s + ({share} %% 1200) * interval '1 second' END,
    attempts = 1
WHERE issue_id = %(issue)s AND state = 'waiting' AND due_at < 'infinity'
"""
# The second subject is opened and clicked more; machines open much, and click nothing that counts.
READ = """
UPDATE newsletters_delivery SET
    opened_at = CASE WHEN {share} %% 100 < 46 THEN sent_at + ({share} %% 200) * interval '7 minutes' END,
    clicked_at = CASE WHEN {share} %% 100 < CASE variant WHEN 'b' THEN 24 ELSE 8 END
        THEN sent_at + ({share} %% 180) * interval '1 minute' END
WHERE issue_id = %(issue)s AND state = 'sent' AND opened_at IS NULL AND clicked_at IS NULL
"""
CLICKED = """
INSERT INTO newsletters_click (delivery_id, link_id, first_at, times)
SELECT delivery.id, link.id, delivery.clicked_at, 1 + {share} %% 2
FROM newsletters_delivery AS delivery
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS links FROM newsletters_link
    WHERE issue_id = %(issue)s) AS link ON link.place = {share} / 100 %% link.links
WHERE delivery.issue_id = %(issue)s AND delivery.clicked_at IS NOT NULL
ON CONFLICT DO NOTHING
"""
COUNTED = """
UPDATE newsletters_link AS link SET clicks = found.times, machine_clicks = found.times / 3 + 2
FROM (SELECT link_id, sum(times) AS times FROM newsletters_click GROUP BY link_id) AS found
WHERE found.link_id = link.id AND link.issue_id = %(issue)s
"""
MACHINES = """
INSERT INTO newsletters_opentally (issue_id, people, machines)
SELECT %(issue)s, 0, count(*) / 3 FROM newsletters_delivery WHERE issue_id = %(issue)s AND state = 'sent'
ON CONFLICT (issue_id) DO UPDATE SET machines = excluded.machines
"""
SHARE = "(hashtextextended(newsletters_delivery.address, newsletters_delivery.issue_id) & 1048575)"


def _hand_over(issue: Issue, at: datetime) -> None:
    _run(HANDED_OVER.format(share=SHARE), issue=issue.pk, at=at)
    refused = Delivery.objects.filter(issue=issue, state=Delivery.State.FAILED)
    Suppression.objects.bulk_create(
        [
            Suppression(address=address, reason="bounced", origin="smtp", detail=answer, delivery_id=pk)
            for pk, address, answer in refused.values_list("pk", "address", "answer")
        ],
        ignore_conflicts=True,
    )


def _read(issue: Issue, at: datetime) -> None:
    """Let readers open and click; who has not done it by now does it later."""
    of_delivery = SHARE.replace("newsletters_delivery.", "delivery.")
    for statement in (READ.format(share=SHARE), CLICKED.format(share=of_delivery), COUNTED, MACHINES):
        _run(statement, issue=issue.pk, at=at)


def _decline(issue: Issue, at: datetime) -> None:
    """Let a few recipients unsubscribe by the button of their mail program."""
    sent = Delivery.objects.filter(issue=issue, state=Delivery.State.SENT, unsubscribed_at=None, contact__isnull=False)
    chosen = list(sent.exclude(contact__email="contact@acme.example").order_by("address")[: UNSUBSCRIBED * 12 : 12])
    for number, delivery in enumerate(chosen):
        moment = at + timedelta(hours=3 * number + 1)
        with as_of(moment):
            choose(
                contact=Contact.objects.get(deliveries=delivery),
                topic=issue.topic,
                channel="mail",
                wants=False,
                origin="one_click",
                delivery=delivery,
                now=moment,
            )


def _some_contacts(work: Work, throw: str, count: int) -> list[Contact]:
    """Return contacts of customers without a CSM, drawn anew for each throw."""
    dice = work.dice(f"votes {throw}")
    found = Contact.objects.filter(is_active=True, customer__tier="tech", customer__merged_into=None).order_by("pk")
    pks = list(found.values_list("pk", flat=True))
    return list(Contact.objects.filter(pk__in=dice.sample(pks, min(len(pks), max(count, 1)))).order_by("pk"))


def _run(statement: str, **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
