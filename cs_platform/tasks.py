"""Tasks of the installation itself."""

from celery import shared_task

from cs_platform.health import note_heartbeat


@shared_task(name="cs_platform.tasks.beat_heart", ignore_result=True)
def beat_heart() -> None:
    """Note that beat, broker and worker pass tasks on."""
    note_heartbeat()
