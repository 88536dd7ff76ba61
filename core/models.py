"""Tables that every app leans on: the outbox and stored files."""

from django.db import models
from django.db.models import Q


class OutboxEntry(models.Model):
    """Work promised by a committed transaction, done after it by the drain."""

    class State(models.TextChoices):
        WAITING = "waiting"
        CLAIMED = "claimed"
        DONE = "done"
        FAILED = "failed"

    kind = models.CharField(max_length=80)
    payload = models.JSONField(default=dict)
    key = models.CharField(max_length=200, null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    run_after = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    on_behalf_of = models.CharField(
        max_length=254, blank=True, default="", help_text="Who promised the work, for the audit of what it writes."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            # The same promise made twice while the first still waits is one promise.
            models.UniqueConstraint(
                fields=["kind", "key"], condition=Q(state="waiting"), name="outbox_one_waiting_per_key"
            ),
        ]
        indexes = [
            models.Index(fields=["run_after", "id"], condition=Q(state="waiting"), name="outbox_waiting"),
            models.Index(fields=["claimed_until"], condition=Q(state="claimed"), name="outbox_claimed"),
            models.Index(fields=["done_at"], condition=Q(state="done"), name="outbox_done"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.state})"


class StoredFile(models.Model):
    """A file kept in the database in pieces, so that web and worker need no shared disk."""

    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=120)
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class StoredFileChunk(models.Model):
    """One piece of a stored file."""

    file = models.ForeignKey(StoredFile, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="stored_file_chunk_once")]
        ordering = ["file", "number"]

    def __str__(self) -> str:
        return f"{self.file_id}/{self.number}"


class IdempotentRequest(models.Model):
    """What was answered to a request with an idempotency key, so that its repetition acts no second time."""

    actor = models.CharField(max_length=100, help_text="Whose keys these are: a person or a link.")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the method, the address and the body.")
    status = models.PositiveSmallIntegerField(null=True, help_text="Empty while the first request is at work.")
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="idempotent_request_once")]
        indexes = [models.Index(fields=["created_at"], name="idempotent_request_by_age")]

    def __str__(self) -> str:
        return f"{self.actor}: {self.key}"
