"""Pages of what-ifs: changes with what comes of them beside today; saved, shared, copied and compared."""
