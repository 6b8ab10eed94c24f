"""StreamsVpcPeering: one inbound VPC peering connection of Atlas Stream Processing."""
