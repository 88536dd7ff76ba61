"""Newsletters: topics, settings, proposals, figures, the portal."""

from tests.permissions.line import Line
from tests.permissions.subjects import (
    AE,
    CONTACTS,
    CSM,
    EVERYBODY,
    MANAGERS,
    OTHER_CSM,
    RENEWAL,
    SDR,
    SPECIALIST,
    WITH_A_ROLE,
)

SEES_NEWSLETTERS = WITH_A_ROLE - {SDR, AE}
PROPOSES = SEES_NEWSLETTERS - {RENEWAL}
EDITS = MANAGERS | {CSM, OTHER_CSM, SPECIALIST}
OWNS_TOPICS = MANAGERS | {SPECIALIST}
PROPOSAL = {"pk": "newsletter_proposal"}
TOPIC = {"pk": "newsletter_topic"}
ISSUE = {"pk": "newsletter_issue"}

LINES = [
    # --- pictures in mails --------------------------------------------------------------------------
    Line("newsletter_picture", "GET", EVERYBODY, "open", address={"uid": "newsletter_picture"}),
    # --- topics and settings ------------------------------------------------------------------------
    Line("newsletter_topics", "GET", SEES_NEWSLETTERS),
    Line("newsletter_topic", "GET", SEES_NEWSLETTERS, address=TOPIC),
    Line("newsletter_topic_new", "GET POST", OWNS_TOPICS),
    Line("newsletter_topic_edit", "GET POST", OWNS_TOPICS, address=TOPIC),
    Line("newsletter_topic_open", "POST", OWNS_TOPICS, address=TOPIC),
    Line("newsletter_topic_move", "POST", OWNS_TOPICS, address=TOPIC),
    Line("newsletter_settings", "GET POST", MANAGERS),
    Line("newsletter_pace", "POST", MANAGERS),
    Line("newsletter_speed_up", "POST", MANAGERS, address={"pk": "newsletter_pace"}),
    # --- proposals ----------------------------------------------------------------------------------
    Line("newsletter_proposals", "GET", PROPOSES),
    Line("newsletter_proposal_new", "GET POST", PROPOSES),
    Line("newsletter_proposal", "GET", PROPOSES, address=PROPOSAL),
    Line("newsletter_proposal_vote", "POST", PROPOSES, address=PROPOSAL),
    Line("newsletter_proposal_edit", "GET POST", EDITS, address=PROPOSAL),
    Line("newsletter_proposal_plan", "POST", EDITS, address=PROPOSAL),
    Line("newsletter_proposal_decline", "POST", EDITS, address=PROPOSAL),
    Line("newsletter_proposal_reopen", "POST", EDITS, address=PROPOSAL),
    # --- the portal ---------------------------------------------------------------------------------
    Line("portal_news", "GET", CONTACTS, "portal"),
    Line("portal_news_vote", "POST", CONTACTS, "portal", address=PROPOSAL),
    Line("portal_newsletter_choices", "GET POST", CONTACTS, "portal"),
    # --- figures ------------------------------------------------------------------------------------
    Line("newsletter_figures", "GET", SEES_NEWSLETTERS, address=ISSUE),
    Line("newsletter_figures_file", "GET", SEES_NEWSLETTERS, address=ISSUE),
]
