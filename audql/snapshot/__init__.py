"""Everyone as of one feed: immutable, named by content, kept as one Parquet file per table."""
