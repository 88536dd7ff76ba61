"""The kinds of product updates, as readers see them."""

UPDATE_KINDS = {"new": "New", "improved": "Improved", "fixed": "Fixed", "changed": "Changed", "retired": "Retired"}
