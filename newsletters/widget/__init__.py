"""What the widget in the company's own products works with: who vouches, for whom, from where and how often."""
