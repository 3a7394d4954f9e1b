"""files.py - what needs no MTA."""
CASES = []
