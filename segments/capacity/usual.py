"""The field's usual ranges of coverage, each with where it stands; orientation, no target.

They differ with the price, the product and what a CSM does: ChurnZero's "Mythbuster monthly: CSM to Customer Ratio"
(https://churnzero.com/blog/customer-success-manager-coverage-ratio-arr) argues that none holds for every company.
"""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class UsualRange:
    """A range with its source; `unit` is "customers" or "USD"."""

    low: int
    high: int
    unit: str
    source: str
    url: str

    def word_for(self, figure: Decimal | float) -> str:
        """Return where a figure lies: "below", "within" or "above" the range."""
        if figure < self.low:
            return "below"
        return "above" if figure > self.high else "within"


# "1:5-15 for enterprise (over $100K ACV)", read in 2026; KPI Depot's "CSM ratio" names 10 to 15 high-value accounts.
HIGH_TOUCH_CUSTOMERS = UsualRange(
    5, 15, "customers", "Lyniro, CSM to customer ratio", "https://lyniro.com/blog/csm-to-customer-ratio/"
)
# "50-100" customers a CSM at an average contract of $20,000 a year, read in 2026.
LOW_TOUCH_CUSTOMERS = UsualRange(
    50,
    100,
    "customers",
    "SaaStr, customers per CSM at $20,000 a year",
    "https://www.saastr.com/dear-saastr-at-20000-acv-how-many-customers-should-each-customer-success-manager-have",
)
# "A good benchmark is for each CSM to manage $1M to $2M in ARR", from the same page.
ARR = UsualRange(1_000_000, 2_000_000, "USD", "SaaStr, ARR per CSM", LOW_TOUCH_CUSTOMERS.url)
