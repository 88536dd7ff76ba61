"""The sample company's logins, printed when it is loaded and when the product starts.

Roles are plain keys here (accounts.models.Role): the launcher prints the logins without loading the product.
"""

from dataclasses import dataclass

STAFF_PASSWORD = "touch-tiers-2026"  # noqa: S105  printed on purpose: the sample company is public
DOMAIN = "demo.example"


@dataclass(frozen=True)
class Login:
    """One login of the sample company; contacts get a code by mail instead of a password."""

    email: str
    name: str
    roles: tuple[str, ...]
    what: str


STAFF = (
    Login(f"admin@{DOMAIN}", "Ada Administrator", ("administrator",), "administrator"),
    Login(f"manager@{DOMAIN}", "Mara Manager", ("manager",), "manager"),
    Login(f"csm@{DOMAIN}", "Clara Seidel", ("csm",), "CSM"),
    Login(f"specialist@{DOMAIN}", "Omar Tomas", ("specialist", "csm"), "one-to-many specialist"),
    Login(f"sdr@{DOMAIN}", "Sami Duarte", ("sdr",), "SDR"),
    Login(f"ae@{DOMAIN}", "Aiko Endo", ("ae",), "account executive"),
    Login(f"support@{DOMAIN}", "Sue Portman", ("support",), "support specialist"),
    Login(f"am@{DOMAIN}", "Amal Mansour", ("am",), "account manager"),
    Login(f"dc@{DOMAIN}", "Dario Conti", ("dc",), "deployment consultant"),
    Login(f"renewals@{DOMAIN}", "Ren Walsh", ("renewal_manager",), "renewal manager"),
)
CONTACTS = (
    Login("contact@acme.example", "Connie Tacoma", (), "contact of Acme (code by mail)"),
    Login("contact@globex.example", "Tac Gordon", (), "contact of Globex (code by mail)"),
)
LOGINS = STAFF + CONTACTS


def printed() -> str:
    """Return the logins as the text that `make run` and `load_sample` show."""
    lines = [f"  {login.email:<26} {login.what}" for login in LOGINS]
    return "\n".join([*lines, f"  Staff password: {STAFF_PASSWORD}"])
