"""What can be said about rules and the people they mean: why, and why not."""
