"""The kinds of product updates, as editors see them; readers see them in their language."""

UPDATE_KINDS = {"new": "New", "improved": "Improved", "fixed": "Fixed", "changed": "Changed", "retired": "Retired"}
