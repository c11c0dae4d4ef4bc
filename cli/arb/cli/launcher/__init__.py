"""Starts, watches and stops every process of the platform on one machine."""
