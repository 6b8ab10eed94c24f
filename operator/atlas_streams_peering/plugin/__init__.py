"""``kubectl atlas-peering``: what a person does by hand about peerings, in Kubernetes and in Atlas."""
