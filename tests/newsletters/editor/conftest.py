"""Browsers of people who write, approve and read newsletters, and an issue to work on."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

from accounts.models import User
from newsletters.models import Issue, NewsletterSettings
from tests.newsletters.makers import make_issue, make_topic


@pytest.fixture
def writer(cast: SimpleNamespace, login: Callable[[User], Client]) -> Client:
    """Return the browser of the CSM, who writes."""
    return login(cast.csm)


@pytest.fixture
def specialist(cast: SimpleNamespace, login: Callable[[User], Client]) -> Client:
    """Return the browser of the specialist, who approves and schedules."""
    return login(cast.specialist)


@pytest.fixture
def issue(cast: SimpleNamespace) -> Issue:
    """Return a draft of the CSM with one block of text."""
    NewsletterSettings.objects.update_or_create(pk=1, defaults={"postal_address": "1 Main Street"})
    make_topic()
    return make_issue(created_by=cast.csm, editor=cast.csm, text="Hello {{ contact.first_name | there }}")
