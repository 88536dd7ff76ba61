"""Logging in: staff by password, contacts by a code, nobody else."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Contact, User
from core import outbox
from core.models import OutboxEntry
from tests.cast import PASSWORD, make_contact, make_customer

CODE_PAGE = "/accounts/login/code/"
CONFIRM_PAGE = "/accounts/login/code/confirm/"


def log_in(client: Client, email: str, password: str = PASSWORD):
    return client.post("/accounts/login/", {"login": email, "password": password})


def code_in(message) -> str:
    return re.search(r"\b[A-Z0-9]{3,4}-[A-Z0-9]{3,4}\b", message.body)[0]


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_staff_logs_in_by_password(cast, client):
    answer = log_in(client, "CSM@company.example")
    assert answer.status_code == 302
    assert answer["Location"] == "/"
    assert int(client.session["_auth_user_id"]) == cast.csm.pk


def test_wrong_password_logs_nobody_in(cast, client):
    answer = log_in(client, cast.csm.email, "wrong horse battery")
    assert answer.status_code == 200
    assert "not correct" in answer.content.decode()
    assert not is_in(client)


def test_inactive_staff_is_refused(cast, client):
    User.objects.filter(pk=cast.csm.pk).update(is_active=False)
    log_in(client, cast.csm.email)
    assert not is_in(client)


def test_deactivation_logs_out_at_once(cast, login):
    browser = login(cast.csm)
    assert browser.get("/profile/").status_code == 200
    User.objects.filter(pk=cast.csm.pk).update(is_active=False)
    answer = browser.get("/profile/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def test_failed_logins_are_limited(cast, client):
    answers = [log_in(client, cast.csm.email, f"wrong {attempt}").content.decode() for attempt in range(6)]
    assert "Too many failed login attempts" not in answers[0]
    assert "Too many failed login attempts" in answers[-1]
    assert "Too many failed login attempts" in log_in(client, cast.csm.email).content.decode()
    assert not is_in(client)


def test_contact_logs_in_by_code(cast, client, posted):
    answer = client.post(CODE_PAGE, {"email": "Ann@Acme.example"})
    assert answer["Location"] == CONFIRM_PAGE
    [message] = posted()
    assert message.to == ["ann@acme.example"]
    answer = client.post(CONFIRM_PAGE, {"code": code_in(message)})
    assert answer["Location"] == "/portal/"
    assert int(client.session["_auth_user_id"]) == cast.acme_contact.user_id


def test_contact_without_a_login_gets_one(cast, client, posted):
    contact = make_contact(cast.acme, "new@acme.example", first_name="Nina", last_name="New", time_zone="Asia/Tokyo")
    client.post(CODE_PAGE, {"email": "new@acme.example"})
    contact.refresh_from_db()
    assert contact.user.kind == User.Kind.CONTACT
    assert (contact.user.name, contact.user.time_zone) == ("Nina New", "Asia/Tokyo")
    assert not contact.user.has_usable_password()
    client.post(CONFIRM_PAGE, {"code": code_in(posted()[0])})
    assert is_in(client)


def test_one_login_for_a_contact_of_two_companies(cast, client):
    second = make_contact(cast.globex, "ann@acme.example")
    client.post(CODE_PAGE, {"email": "ann@acme.example"})
    second.refresh_from_db()
    assert second.user_id == cast.acme_contact.user_id


@pytest.mark.parametrize(
    "email", ["stranger@nowhere.example", "csm@company.example", "gone@acme.example", "old@m.example"]
)
def test_others_see_the_same_page_and_get_no_code(cast, client, posted, email):
    make_contact(cast.acme, "gone@acme.example", is_active=False)
    make_contact(make_customer("Merged", merged_into=cast.acme), "old@m.example")
    before = User.objects.count()
    known = Client().post(CODE_PAGE, {"email": "ann@acme.example"})
    posted()
    answer = client.post(CODE_PAGE, {"email": email})
    assert (answer.status_code, answer["Location"]) == (known.status_code, known["Location"])
    page = client.get(CONFIRM_PAGE)
    assert page.status_code == 200
    codes = [message for message in posted() if re.search(r"\b[A-Z0-9]{3,4}-[A-Z0-9]{3,4}\b", message.body)]
    assert codes == []
    assert User.objects.count() == before
    client.post(CONFIRM_PAGE, {"code": "AAAA-AAAA"})
    assert not is_in(client)


def test_staff_who_asks_for_a_code_hears_how_to_log_in(cast, client, posted):
    client.post(CODE_PAGE, {"email": cast.csm.email})
    [message] = posted()
    assert message.to == [cast.csm.email]
    assert "password" in message.body


def test_stranger_hears_that_nobody_has_the_address(cast, client, posted):
    client.post(CODE_PAGE, {"email": "stranger@nowhere.example"})
    client.post("/accounts/password/reset/", {"email": "stranger@nowhere.example"})
    messages = posted()
    assert len(messages) == 2
    assert all("No login here has this address" in message.body for message in messages)


def test_contact_who_is_staff_too_stays_staff(cast, client, posted):
    contact = make_contact(cast.acme, cast.csm.email)
    client.post(CODE_PAGE, {"email": cast.csm.email})
    contact.refresh_from_db()
    assert contact.user is None
    assert User.objects.get(pk=cast.csm.pk).kind == User.Kind.STAFF


def test_old_address_of_a_contact_logs_in_no_more(cast, client, posted):
    Contact.objects.filter(pk=cast.acme_contact.pk).update(email="ann.new@acme.example")
    client.post(CODE_PAGE, {"email": "ann@acme.example"})
    assert not [message for message in posted() if re.search(r"\b[A-Z0-9]{3,4}-[A-Z0-9]{3,4}\b", message.body)]


def test_wrong_codes_end_the_attempt(cast, client, posted):
    client.post(CODE_PAGE, {"email": "ann@acme.example"})
    [message] = posted()
    for _ in range(3):
        client.post(CONFIRM_PAGE, {"code": "ZZZZ-ZZZZ"})
    client.post(CONFIRM_PAGE, {"code": code_in(message)})
    assert not is_in(client)


def test_codes_are_limited_by_address(cast):
    answers = [Client().post(CODE_PAGE, {"email": "ann@acme.example"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 200]


def test_contact_can_never_have_a_password(cast, client, posted):
    client.post("/accounts/password/reset/", {"email": "ann@acme.example"})
    [message] = posted()
    assert "/password/reset/key/" not in message.body
    assert "code" in message.body
    # Even a password that got into the table by another way opens nothing.
    user = cast.acme_contact.user
    user.set_password(PASSWORD)
    user.save()
    answer = log_in(client, user.email)
    assert answer["Location"] == CODE_PAGE
    assert not is_in(client)


def test_staff_resets_a_forgotten_password(cast, client, posted):
    client.post("/accounts/password/reset/", {"email": cast.csm.email})
    [message] = posted()
    link = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", message.body)[1]
    form_page = client.get(link)["Location"]
    new = "a quite different one"
    answer = client.post(form_page, {"password1": new, "password2": new})
    assert answer.status_code == 302
    log_in(client, cast.csm.email, new)
    assert is_in(client)
    assert not is_in_again_by(link)


def is_in_again_by(link: str) -> bool:
    """Tell whether the used link still leads to the form."""
    return Client().get(link).status_code == 302


def test_dead_mail_server_loses_no_code(cast, client, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1
    answer = client.post(CODE_PAGE, {"email": "ann@acme.example"})
    assert answer.status_code == 302
    outbox.drain()
    entry = OutboxEntry.objects.get(kind="accounts.mail")
    assert (entry.state, entry.attempts) == (OutboxEntry.State.WAITING, 1)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    OutboxEntry.objects.update(run_after=timezone.now())
    outbox.drain()
    client.post(CONFIRM_PAGE, {"code": code_in(mail.outbox[0])})
    assert is_in(client)


def test_code_is_not_readable_in_the_outbox(cast, client, posted):
    client.post(CODE_PAGE, {"email": "ann@acme.example"})
    stored = str(OutboxEntry.objects.get(kind="accounts.mail").payload)
    assert code_in(posted()[0]) not in stored
    assert "ann@acme.example" not in stored


def test_expired_code_is_not_sent(cast, client, posted):
    client.post(CODE_PAGE, {"email": "ann@acme.example"})
    entry = OutboxEntry.objects.get(kind="accounts.mail")
    entry.payload["good_until"] = (timezone.now() - timedelta(seconds=1)).isoformat()
    entry.save()
    assert posted() == []
    entry.refresh_from_db()
    assert entry.state == OutboxEntry.State.DONE


def test_sign_up_is_closed(client, db):
    answer = client.post("/accounts/signup/", {"email": "me@nowhere.example", "password1": "a long enough one"})
    assert answer.status_code == 200
    assert not User.objects.filter(email="me@nowhere.example").exists()


def test_pages_ask_for_a_login_first(client, db):
    answer = client.get(reverse("profile"))
    assert answer["Location"] == "/accounts/login/?next=/profile/"
