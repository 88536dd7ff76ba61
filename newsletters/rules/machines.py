"""Telling programs that fetch links and pictures by themselves from people who do."""

import re
from collections.abc import Mapping
from datetime import timedelta

# Nobody reads and decides so soon; scanners in front of mailboxes do.
TOO_SOON = timedelta(seconds=10)
# What a browser sends when it fetches ahead: the standard's header, and those that browsers used before it.
AHEAD = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
FETCHED_AHEAD = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)
# Scanners, crawlers and libraries say so themselves; "GoogleImageProxy" fetches when a person opens, and is none.
PROGRAM = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|scan|preview|monitor|curl/|wget/|python|java/|okhttp|go-http-client|libwww|httpclient"
    r"|headless|facebookexternalhit|whatsapp|telegrambot|slack|discord|skypeuripreview|barracuda|proofpoint|mimecast"
    r"|symantec|trendmicro|fortinet|microsoft office|ms-office|outlook-|bitdefender|safelinks|urldefense|virustotal",
    re.IGNORECASE,
)


def is_machine(method: str, headers: Mapping[str, str], since_sent: timedelta | None) -> bool:
    """Tell whether a program asks by itself, by its method, its headers, its name, or because it asks too soon."""
    agent = headers.get("User-Agent", "")
    return (
        method != "GET"
        or not agent.strip()
        or PROGRAM.search(agent) is not None
        or any(FETCHED_AHEAD.search(headers.get(name, "")) for name in AHEAD)
        or (since_sent is not None and since_sent < TOO_SOON)
    )
