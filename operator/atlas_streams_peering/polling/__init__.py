"""Shared polls of the services: one list serves every object that needs it."""
