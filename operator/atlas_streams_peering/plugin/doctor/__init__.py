"""``kubectl atlas-peering doctor``: checks an installation, its credentials and its objects.

It only reads.
"""
