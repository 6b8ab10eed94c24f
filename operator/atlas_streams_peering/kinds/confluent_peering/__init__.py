"""ConfluentPeering: the Confluent Cloud side of a peering, which requests the connection that Atlas accepts."""
