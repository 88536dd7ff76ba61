"""Pages on which customers, or staff in their name, book hours and look after them."""
