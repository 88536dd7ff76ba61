"""What a customer is told about the service it gets: the promise of its tier, its people, and who comes next."""

from collections.abc import Collection
from datetime import date

PROMISES = {
    "high": (
        "You have a customer success manager of your own",
        "who knows your goals, stays in constant touch with you and has time set aside for you.",
    ),
    "low": (
        "You have a customer success manager of your own",
        "who helps you on request within the hours agreed for each month and sends you material to go on by yourself.",
    ),
    "tech": (
        "You learn at your own pace",
        "with guides, videos and newsletters, and you can bring questions to our experts in sessions open to all.",
    ),
}

TITLES = {
    "sdr": "Your first contact",
    "ae": "Account executive",
    "support": "Support",
    "am": "Account manager",
    "dc": "Deployment consultant",
    "csm": "Customer success manager",
    "renewal_manager": "Renewal manager",
}

DUTIES = {
    "sdr": "Answers your questions while you try the product.",
    "ae": "Shows you the product and finds the edition that fits.",
    "support": "Answers requests and solves technical problems.",
    "am": "Your first point of contact for the contract, users and add-ons.",
    "dc": "Sets the product up together with you.",
    "csm": "Works with you towards what you want to reach with the product.",
    "renewal_manager": "Prepares the next term of your contract with you.",
}


def who_comes_next(stage: str, tier: str | None, held: Collection[str], renews_on: date | None) -> str:
    """Return a sentence on whom the customer meets next, empty where nobody is due; `held` are the roles filled now."""
    if stage == "lead":
        return "Next you meet an account executive, who shows you the product and learns what you need."
    if stage == "trial":
        return "Once you have chosen an edition, an account manager becomes your first point of contact."
    if stage == "onboarding":
        return _after_onboarding(tier, held)
    if stage not in ("adoption", "renewal"):
        return ""
    if "renewal_manager" in held:
        return "Your renewal manager talks with you about the next term before the contract ends."
    if renews_on is None:
        return ""
    return (
        "Three months before your contract ends we introduce your renewal manager, who prepares the next term with you."
    )


def _after_onboarding(tier: str | None, held: Collection[str]) -> str:
    if tier == "tech":
        return "When the product is set up you go on at your own pace, with guides, videos and sessions open to all."
    if "csm" in held:
        return "When the product is set up, your customer success manager takes over and works with you on your goals."
    return "When the product is set up you meet a customer success manager, who works with you on your goals."
