"""What every step of the load works from: the size, the seed, the day, and who acts."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from accounts.models import Customer, User
from demo.logins import DOMAIN
from demo.sample.rows import SampleCustomer, sample_customers


@dataclass
class Work:
    """One load of the sample company."""

    count: int
    seed: int
    today: date

    def dice(self, step: str) -> random.Random:
        """Return the dice of a step: the same throws each time, whatever other steps threw."""
        return random.Random(f"{self.seed}:{step}")

    def drawn(self) -> Iterator[SampleCustomer]:
        """Yield the customers drawn from the seed, one in memory at a time."""
        return sample_customers(self.count, self.seed, self.today)

    @cached_property
    def administrator(self) -> User:
        """Return who sets things up."""
        return self.person("admin")

    @cached_property
    def manager(self) -> User:
        """Return who decides."""
        return self.person("manager")

    def person(self, login: str) -> User:
        """Return the member of staff with this login."""
        return User.objects.get(email=f"{login}@{DOMAIN}")

    def customers(self, step: str, share: float, **conditions: object) -> list[Customer]:
        """Return a part of the customers that fit, drawn by the step's dice in order of id."""
        found = list(Customer.objects.filter(merged_into=None, **conditions).order_by("id"))
        dice = self.dice(step)
        return [customer for customer in found if dice.random() < share]
