"""StreamsVpcPeeringPolicy: which inbound requests are taken without an object that names each of them."""
