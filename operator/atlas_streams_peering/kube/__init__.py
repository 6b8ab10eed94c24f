"""The Kubernetes API: the client, Kopf's watch and the leader election."""
