"""The report: what was trained, in one file for somebody who has no account here."""
