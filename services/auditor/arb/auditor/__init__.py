"""Auditor: proves the event record whole and reports from it."""
