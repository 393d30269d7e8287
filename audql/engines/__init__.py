"""Engines: IR and people → who matches. The interpreter is the definition."""
