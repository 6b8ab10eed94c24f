"""``kubectl atlas-peering doctor``: what is wrong with an installation, its credentials and its objects.

It only reads.
"""
