"""Topics and proposals, issues and notices, their audiences, and the deliveries that both share."""

from newsletters.models.audiences import Audience, AudiencePick
from newsletters.models.deliveries import Click, Delivery, DeliveryTally, Link, NoticeTally, OpenTally
from newsletters.models.issues import Block, Issue, Picture, Review
from newsletters.models.notices import Notice, Product, UsedIdentity
from newsletters.models.proposals import Proposal, ProposalVote
from newsletters.models.settings import NewsletterSettings, Pace
from newsletters.models.topics import Channel, Preference, ProviderEvent, Suppression, Topic

__all__ = [
    "Audience",
    "AudiencePick",
    "Block",
    "Channel",
    "Click",
    "Delivery",
    "DeliveryTally",
    "Issue",
    "Link",
    "NewsletterSettings",
    "Notice",
    "NoticeTally",
    "OpenTally",
    "Pace",
    "Picture",
    "Preference",
    "Product",
    "Proposal",
    "ProposalVote",
    "ProviderEvent",
    "Review",
    "Suppression",
    "Topic",
    "UsedIdentity",
]
