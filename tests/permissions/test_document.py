"""The permission table in the docs is the one in the code."""

import pytest
from django.core.management import CommandError, call_command

from accounts import permissions
from accounts.models import Role


def test_document_is_current():
    call_command("render_permissions", "--check")


def test_changed_table_makes_it_out_of_date(monkeypatch):
    monkeypatch.setitem(permissions.PERMISSIONS, "team.view", dict.fromkeys(Role, permissions.ALL))
    with pytest.raises(CommandError, match="out of date"):
        call_command("render_permissions", "--check")


def test_action_without_a_meaning_is_refused(monkeypatch):
    monkeypatch.setitem(permissions.PERMISSIONS, "moon.visit", {})
    with pytest.raises(CommandError, match=r"moon\.visit"):
        call_command("render_permissions", "--check")
