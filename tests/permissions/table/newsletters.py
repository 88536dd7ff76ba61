"""Newsletters: topics, settings, figures."""

from tests.permissions.line import Line
from tests.permissions.subjects import AE, ANONYMOUS, EVERYBODY, MANAGERS, SDR, STAFF, WITH_A_ROLE

SEES_NEWSLETTERS = WITH_A_ROLE - {SDR, AE}
TOPIC = {"pk": "newsletter_topic"}
ISSUE = {"pk": "newsletter_issue"}
# A widget has a session of its own; a login of the product opens nothing there.
WITHOUT_A_SESSION = STAFF | {ANONYMOUS}

LINES = [
    # --- pictures in mails --------------------------------------------------------------------------
    Line("newsletter_picture", "GET", EVERYBODY, "open", address={"uid": "newsletter_picture"}),
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
    # --- notices in the company's products ----------------------------------------------------------
    Line("notices_script", "GET", EVERYBODY, "open"),
    Line("notices_script_version", "GET", EVERYBODY, "open", ok=(302,), address={"digest": "=old"}),
    Line("notices-session", "POST", WITHOUT_A_SESSION, "api", ok=(422,)),
    Line("notices-feed", "GET", WITHOUT_A_SESSION, "api", ok=(401,)),
    Line(
        "notices-step",
        "POST",
        WITHOUT_A_SESSION,
        "api",
        ok=(401,),
        address={"uid": "=6f1c3ad0-6c39-4d0b-8f3a-0d8f5f9d7c11", "step": "=seen"},
    ),
]
