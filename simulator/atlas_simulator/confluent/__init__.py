"""Confluent Cloud's networking API: the networks, and the peerings that request connections to Atlas."""
