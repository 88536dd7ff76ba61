"""What-if: changes that nobody made, worked out on plain values beside today; nothing here writes anything."""
