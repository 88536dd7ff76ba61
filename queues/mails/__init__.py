"""Mails about hours: promised in the action's transaction, sent once, and accounted for whatever dies meanwhile."""
