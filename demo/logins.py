"""The sample company's logins, printed when it is loaded."""

from dataclasses import dataclass

from accounts.models import Role

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
    Login(f"admin@{DOMAIN}", "Ada Administrator", (Role.ADMINISTRATOR,), "administrator"),
    Login(f"manager@{DOMAIN}", "Mara Manager", (Role.MANAGER,), "manager"),
    Login(f"csm@{DOMAIN}", "Clara Seidel", (Role.CSM,), "CSM"),
    Login(f"specialist@{DOMAIN}", "Omar Tomas", (Role.SPECIALIST, Role.CSM), "one-to-many specialist"),
    Login(f"sdr@{DOMAIN}", "Sami Duarte", (Role.SDR,), "SDR"),
    Login(f"ae@{DOMAIN}", "Aiko Endo", (Role.AE,), "account executive"),
    Login(f"support@{DOMAIN}", "Sue Portman", (Role.SUPPORT,), "support specialist"),
    Login(f"am@{DOMAIN}", "Amal Mansour", (Role.AM,), "account manager"),
    Login(f"dc@{DOMAIN}", "Dario Conti", (Role.DC,), "deployment consultant"),
    Login(f"renewals@{DOMAIN}", "Ren Walsh", (Role.RENEWAL_MANAGER,), "renewal manager"),
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
