"""Products are set up by who may set newsletters up; their secret is shown once and kept sealed."""

import re
import subprocess
import sys

import pytest

from accounts.sealing import unseal
from newsletters.models import Product
from newsletters.rules.origins import origin_of
from tests.newsletters.notices.making import ORIGIN, make_product

pytestmark = pytest.mark.django_db


def secret_on(page: str) -> str:
    found = re.search(r'id="new-secret"[^>]*value="([^"]+)"', page)
    return found[1] if found else ""


def test_a_product_is_added_and_its_secret_is_shown_once(cast, login):
    manager = login(cast.manager)
    typed = {"name": "Larkspur app", "origins": "https://App.company.example/\nhttps://b.company.example:443"}
    answer = manager.post("/newsletters/notices/products/new/", typed)
    product = Product.objects.get()
    assert answer["Location"] == f"/newsletters/notices/products/{product.pk}/"
    assert product.origins == ["https://app.company.example", "https://b.company.example"]
    page = manager.get(answer["Location"])
    secret = secret_on(page.content.decode())
    assert len(secret) >= 43
    assert unseal(product.secret) == secret
    assert secret not in product.secret
    assert "no-store" in page["Cache-Control"]
    assert secret_on(manager.get(answer["Location"]).content.decode()) == ""


def test_a_new_secret_takes_the_place_of_the_old(cast, login):
    product, old = make_product()
    manager = login(cast.manager)
    answer = manager.post(f"/newsletters/notices/products/{product.pk}/secret/", follow=True)
    new = secret_on(answer.content.decode())
    product.refresh_from_db()
    assert new
    assert new != old
    assert unseal(product.secret) == new


def test_the_secret_is_not_shown_on_another_products_page(cast, login):
    product, other = make_product()[0], make_product("Other")[0]
    manager = login(cast.manager)
    manager.post(f"/newsletters/notices/products/{product.pk}/secret/")
    assert secret_on(manager.get(f"/newsletters/notices/products/{other.pk}/").content.decode()) == ""
    assert secret_on(manager.get(f"/newsletters/notices/products/{product.pk}/").content.decode()) != ""


def test_a_product_is_switched_off_and_on_and_changed(cast, login):
    product, _ = make_product()
    manager = login(cast.manager)
    address = f"/newsletters/notices/products/{product.pk}/"
    manager.post(f"{address}switch/", {"on": "0"})
    assert not Product.objects.get().is_active
    assert "Off" in manager.get("/newsletters/notices/products/").content.decode()
    manager.post(f"{address}switch/", {"on": "1"})
    manager.post(f"{address}edit/", {"name": "New name", "origins": "http://localhost:3000"})
    changed = Product.objects.get()
    assert (changed.is_active, changed.name, changed.origins) == (True, "New name", ["http://localhost:3000"])


@pytest.mark.parametrize(
    ("name", "origins", "words"),
    [
        ("", ORIGIN, "This field is required"),
        ("New", "", "This field is required"),
        ("New", " , ", "Name at least one origin"),
        ("APP", ORIGIN, "Another product has this name"),
        ("New", "app.company.example", "is no origin"),
        ("New", "https://app.company.example/path", "is no origin"),
        ("New", "https://app.company.example?x", "is no origin"),
        ("New", "https://u:p@app.company.example", "is no origin"),
        ("New", "http://app.company.example", "only pages on this"),
        ("New", "https://*.company.example", "is no origin"),
        ("New", "https://a.example:99999", "is no origin"),
        ("New", "null", "is no origin"),
        ("New", "\n".join(f"https://a{n}.example" for n in range(51)), "At most 50"),
        ("x" * 121, ORIGIN, "at most 120"),
    ],
)
def test_what_no_product_can_be_is_told(cast, login, name, origins, words):
    make_product()
    answer = login(cast.manager).post("/newsletters/notices/products/new/", {"name": name, "origins": origins})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert Product.objects.count() == 1


def test_origins_are_written_as_browsers_write_them():
    assert origin_of(" HTTPS://Bücher.example:443/ ") == "https://xn--bcher-kva.example"
    assert origin_of("http://[::1]:8000") == "http://[::1]:8000"


def test_the_example_in_python_makes_an_identity_that_is_believed(cast, login, page, tmp_path):
    product, secret = make_product()
    shown = login(cast.manager).get(f"/newsletters/notices/products/{product.pk}/").content.decode()
    blocks = re.findall(r'aria-label="Example in (\w+)"><code>(.*?)</code>', shown, re.DOTALL)
    assert [label for label, _ in blocks] == ["Python", "Node", "PHP", "Ruby"]
    for _, code in blocks:
        assert str(product.uid) in code
        assert secret not in code
    code = dict(blocks)["Python"].replace("&quot;", '"').replace("&#x27;", "'").replace("&gt;", ">")
    program = tmp_path / "example.py"
    # Products mostly count their companies.
    cast.acme.external_id = "17"
    cast.acme.save()
    user = "type('User', (), {'company_id': 17, 'email': 'ann@acme.example'})()"
    program.write_text(f"{code}\nprint(notices_identity({user})['identity'])\n")
    said = subprocess.run(
        [sys.executable, program], env={"NOTICES_SECRET": secret}, capture_output=True, text=True, check=True
    )
    assert page().begin(said.stdout.strip()).status_code == 201
