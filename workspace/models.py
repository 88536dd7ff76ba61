"""What the workspace itself keeps: everyone's default view of a list, and bulk changes with their outcomes."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import SavedView


class DefaultView(models.Model):
    """The saved view with which a person's list opens."""

    person = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=40)
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "page"], name="default_view_one_per_list"),
        ]

    def __str__(self) -> str:
        return f"{self.page} of {self.person_id} opens with {self.view_id}"


class BulkJob(models.Model):
    """One change asked for many customers, done customer by customer."""

    class Change(models.TextChoices):
        MOVE = "move", "Move to a CSM"
        TAG = "tag", "Add tags"
        UNTAG = "untag", "Remove tags"
        STAGE = "stage", "Set the stage"
        ROLE = "role", "Assign a role"

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    request_key = models.UUIDField(help_text="Made with the form: a form sent twice is one change.")
    change = models.CharField(max_length=6, choices=Change.choices)
    values = models.JSONField(default=dict, help_text="What is set: person, tags, stage, role, why …")
    page = models.CharField(max_length=40)
    query = models.JSONField(default=dict, help_text="The list from which it was asked.")
    customer_ids = models.JSONField(help_text="The customers meant, fixed when it was asked.")
    total = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    problem = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "request_key"], name="bulk_job_once_per_request"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(state__in=["queued", "running"]), name="bulk_job_at_work"),
        ]

    def __str__(self) -> str:
        return f"{self.get_change_display()}: {self.total} customers"


class BulkResult(models.Model):
    """What came of a bulk change for one customer."""

    class Outcome(models.TextChoices):
        DONE = "done", "Done"
        UNCHANGED = "unchanged", "Already so"
        REFUSED = "refused", "Refused"

    job = models.ForeignKey(BulkJob, on_delete=models.CASCADE, related_name="results")
    customer_id = models.BigIntegerField()
    # Empty where the person may not even see the customer.
    customer_name = models.CharField(max_length=255, blank=True)
    outcome = models.CharField(max_length=9, choices=Outcome.choices)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "customer_id"], name="bulk_result_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["job", "outcome", "id"], name="bulk_result_by_outcome")]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.outcome}"
