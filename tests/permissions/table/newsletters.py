"""Newsletters: topics, settings, figures."""

from tests.permissions.line import Line
from tests.permissions.subjects import AE, MANAGERS, SDR, WITH_A_ROLE

SEES_NEWSLETTERS = WITH_A_ROLE - {SDR, AE}
TOPIC = {"pk": "newsletter_topic"}
ISSUE = {"pk": "newsletter_issue"}

LINES = [
    # --- topics and settings ------------------------------------------------------------------------
    Line("newsletter_topics", "GET", SEES_NEWSLETTERS),
    Line("newsletter_topic", "GET", SEES_NEWSLETTERS, address=TOPIC),
    Line("newsletter_topic_new", "GET POST", MANAGERS),
    Line("newsletter_topic_edit", "GET POST", MANAGERS, address=TOPIC),
    Line("newsletter_topic_open", "POST", MANAGERS, address=TOPIC),
    Line("newsletter_topic_move", "POST", MANAGERS, address=TOPIC),
    Line("newsletter_settings", "GET POST", MANAGERS),
    Line("newsletter_pace", "POST", MANAGERS),
    Line("newsletter_speed_up", "POST", MANAGERS, address={"pk": "newsletter_pace"}),
    # --- figures ------------------------------------------------------------------------------------
    Line("newsletter_figures", "GET", SEES_NEWSLETTERS, address=ISSUE),
    Line("newsletter_figures_file", "GET", SEES_NEWSLETTERS, address=ISSUE),
]
