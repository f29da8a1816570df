"""What can be taken back, and the bin for what was thrown away."""
