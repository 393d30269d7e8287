"""The command line: arguments → operations → text or JSON, and an exit status."""
