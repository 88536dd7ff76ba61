"""How far the loading of the sample company got, so that a cut-off one goes on."""

from django.db import models


class SampleLoad(models.Model):
    """The one load of the sample company into this database."""

    customers = models.PositiveIntegerField()
    seed = models.IntegerField()
    today = models.DateField(help_text="The day from which all dates of the sample are counted.")
    steps_done = models.JSONField(default=list)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="sample_load_one_row")]

    def __str__(self) -> str:
        return f"{self.customers} customers, seed {self.seed}"
