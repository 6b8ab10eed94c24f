"""StreamsAccountDetails: the account and network of Atlas in one region, which a peering request needs."""
