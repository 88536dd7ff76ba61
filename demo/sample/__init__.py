"""The sample company: invented, seeded, and made only through the product's own actions."""
