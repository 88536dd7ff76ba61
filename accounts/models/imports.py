"""Imports with all that makes them resumable and undoable, and background exports."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.models import StoredFile


class ImportKind(models.TextChoices):
    CUSTOMERS = "customers", "Customers"
    CONTACTS = "contacts", "Contacts"
    SUBSCRIPTIONS = "subscriptions", "Subscriptions"


class ImportMapping(models.Model):
    """How the columns of a file with this header were mapped last time."""

    kind = models.CharField(max_length=15, choices=ImportKind.choices)
    header_digest = models.CharField(max_length=64)
    columns = models.JSONField(help_text="Column name to field name.")
    options = models.JSONField(default=dict)
    used_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    used_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "header_digest"], name="import_mapping_once_per_header"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.header_digest[:8]}"


class ImportJob(models.Model):
    """One file on its way into the database, chunk by chunk."""

    class State(models.TextChoices):
        PREVIEW = "preview", "Preview"
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"
        FAILED = "failed", "Failed"
        UNDOING = "undoing", "Undoing"
        UNDONE = "undone", "Undone"

    kind = models.CharField(max_length=15, choices=ImportKind.choices)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PREVIEW)
    encoding = models.CharField(max_length=40, blank=True)
    delimiter = models.CharField(max_length=4, blank=True)
    sheet = models.CharField(max_length=120, blank=True)
    header = models.JSONField(default=list)
    mapping = models.JSONField(default=dict, help_text="Column name to field name.")
    options = models.JSONField(default=dict, help_text="Date order, decimal mark, words for yes …")
    total_rows = models.PositiveIntegerField(default=0)
    next_row = models.PositiveIntegerField(default=0, help_text="Rows before this one are committed.")
    created_count = models.PositiveIntegerField(default=0)
    updated_count = models.PositiveIntegerField(default=0)
    unchanged_count = models.PositiveIntegerField(default=0)
    rejected_count = models.PositiveIntegerField(default=0)
    attempt = models.PositiveIntegerField(default=0, help_text="Fencing: a worker of an older attempt may not write.")
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    cancel_requested = models.BooleanField(default=False)
    problem = models.TextField(blank=True)
    preview = models.JSONField(default=dict, blank=True, help_text="What a dry run of this very mapping found.")
    warnings = models.JSONField(default=list, blank=True, help_text="The first of what came in but deserves a look.")
    warning_count = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["heartbeat_at"], condition=Q(state__in=["queued", "running", "undoing"]), name="import_at_work"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} from {self.file_id}"


class ImportChange(models.Model):
    """What one import did to one row, so that the whole import can be undone."""

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="changes")
    object_id = models.BigIntegerField()
    was_created = models.BooleanField()
    before = models.JSONField(default=dict, help_text="The values that the import overwrote.")
    after = models.JSONField(default=dict, help_text="The values that the import wrote.")
    undo_result = models.CharField(
        max_length=300, blank=True, help_text="Empty until undone; then “undone”, or why the row was kept."
    )

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["job", "object_id"], name="import_change_once")]

    def __str__(self) -> str:
        return f"{self.job_id}: {self.object_id}"


class ImportRejection(models.Model):
    """A row that did not get in, with its reason."""

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="rejections")
    row_number = models.PositiveIntegerField(help_text="As the person sees it in the file: the header is row 1.")
    column = models.CharField(max_length=255, blank=True)
    code = models.CharField(max_length=40)
    problem = models.CharField(max_length=300)
    raw = models.JSONField(help_text="The row's cells as they were read.")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["job", "row_number"], name="import_rejection_of_job")]

    def __str__(self) -> str:
        return f"row {self.row_number}: {self.problem}"


class ExportJob(models.Model):
    """A list on its way into a file."""

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=40)
    query = models.JSONField(default=dict)
    columns = models.JSONField(default=list)
    selected_ids = models.JSONField(default=list, blank=True)
    format = models.CharField(max_length=4, choices=[("csv", "CSV"), ("xlsx", "Excel")], default="csv")
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    rows_done = models.PositiveIntegerField(default=0)
    file = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    problem = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.page} for {self.owner_id}"
