"""Whether the company needs a one-to-many team: the rules, and what higher apps tell about contacts and material."""
