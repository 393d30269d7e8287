"""Mails out: templates, what a mail says, and the ways out, a server or a folder."""
