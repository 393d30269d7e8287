"""Programs, snapshots and state → plans; plans → state and outbox; the outbox → targets."""
