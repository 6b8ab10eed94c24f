"""Kopf at the rim: it watches, and hands what it sees to the controllers. Nothing is decided here."""
