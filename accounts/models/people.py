"""People: staff with their roles and teams, and the contacts' own logins."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from knox.models import AbstractAuthToken, AuthTokenManager

from core.audit import audited


class Role(models.TextChoices):
    """What a person does around customers: the seven roles, the one-to-many specialist and two that steer."""

    SDR = "sdr", "SDR"
    AE = "ae", "Account executive"
    SUPPORT = "support", "Support specialist"
    AM = "am", "Account manager"
    DC = "dc", "Deployment consultant"
    CSM = "csm", "CSM"
    RENEWAL_MANAGER = "renewal_manager", "Renewal manager"
    SPECIALIST = "specialist", "One-to-many specialist"
    MANAGER = "manager", "Manager"
    ADMINISTRATOR = "administrator", "Administrator"


class UserManager(BaseUserManager["User"]):
    """Finds and makes people by their e-mail address, whatever its case."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Return a new person; without a password only a code, a passkey or single sign-on logs in."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the person with this e-mail address."""
        return self.get(email=(username or "").strip().lower())


class Team(models.Model):
    """A group of staff under one or more managers."""

    name = models.CharField(max_length=120, unique=True)
    managers = models.ManyToManyField("accounts.User", related_name="managed_teams", blank=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


@audited(exclude=("password", "last_login"))
class User(AbstractBaseUser):  # type: ignore[django-manager-missing]
    """Somebody who logs in: a member of staff, or a contact of a customer."""

    class Kind(models.TextChoices):
        STAFF = "staff", "Staff"
        CONTACT = "contact", "Contact"

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.STAFF)
    is_active = models.BooleanField(default=True)
    job_title = models.CharField(max_length=120, blank=True)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="members")
    language = models.CharField(max_length=12, default="en", help_text="The language of the pages for this person.")
    spoken_languages = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    country = models.CharField(max_length=2, blank=True)
    takes_customers = models.BooleanField(
        default=True, help_text="Whether automatic assignment may give this person more customers."
    )
    date_joined = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(email=Lower(F("email"))), name="user_email_is_lower_case"),
        ]
        indexes: ClassVar = [models.Index(fields=["team"], condition=Q(is_active=True), name="user_active_by_team")]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_contact(self) -> bool:
        """Tell whether this is a customer's contact, who sees the portal alone."""
        return self.kind == self.Kind.CONTACT


@audited()
class RoleGrant(models.Model):
    """That a person holds a role."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="role_grants")
    role = models.CharField(max_length=20, choices=Role.choices)
    granted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    granted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "role"], name="role_granted_once")]
        indexes: ClassVar = [models.Index(fields=["role", "user"], name="role_grant_by_role")]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"


class Invitation(models.Model):
    """An administrator's invitation to join the staff, open until accepted, revoked or expired."""

    email = models.EmailField()
    name = models.CharField(max_length=200, blank=True)
    roles = ArrayField(models.CharField(max_length=20, choices=Role.choices))
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(email=Lower(F("email"))), name="invitation_email_is_lower_case"),
            models.UniqueConstraint(
                fields=["email"],
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="invitation_one_open_per_email",
            ),
        ]

    def __str__(self) -> str:
        return self.email


class ApiToken(AbstractAuthToken):
    """A key to the API: stored hashed, expiring, and good for its scopes only."""

    class Scope(models.TextChoices):
        READ = "read", "Read"
        WRITE = "write", "Read and write"

    name = models.CharField(max_length=120)
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope.choices))
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[AuthTokenManager] = AuthTokenManager()

    def __str__(self) -> str:
        return f"{self.name} ({self.token_key})"
