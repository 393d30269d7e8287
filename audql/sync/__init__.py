"""Feeds in: the files of HR and of the learning system → a new snapshot, or none."""
