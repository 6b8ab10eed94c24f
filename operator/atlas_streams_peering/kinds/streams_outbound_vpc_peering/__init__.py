"""StreamsOutboundVpcPeering: a VPC peering that Atlas requests, and that the owner of a VPC in AWS accepts."""
