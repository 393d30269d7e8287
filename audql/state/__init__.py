"""What AudQL remembers between runs: members, enrolments, the outbox and the runs themselves."""
