"""The links of an issue, stored so that a click leads to what an editor wrote and nowhere else."""

from newsletters.blocks import kind_of
from newsletters.models import Issue, Link
from newsletters.rules.addresses import is_web


def targets_of(issue: Issue) -> list[str]:
    """Return every address of the web that the issue's blocks lead to, each once, in their order."""
    blocks = issue.blocks.order_by("position")
    found = [url for block in blocks for url in kind_of(block.kind).links(block.data)]
    return [url for url in dict.fromkeys(found) if is_web(url)]


def store_links(issue: Issue) -> int:
    """Store the issue's targets and return how many it has; what is stored already stays. Call it when freezing."""
    urls = targets_of(issue)
    Link.objects.bulk_create((Link(issue=issue, url=url) for url in urls), ignore_conflicts=True)
    return len(urls)
