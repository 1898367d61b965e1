"""Which entries belong together: duplicates, themes and their names, joint needs."""
