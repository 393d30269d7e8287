"""Learning systems out: what carries out the effects that wait in the outbox."""
