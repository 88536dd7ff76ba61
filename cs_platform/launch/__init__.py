"""`make run`: everything that the product needs, started, watched and stopped together on one machine."""
