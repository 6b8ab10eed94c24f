"""What it takes until many StreamsVpcPeerings are active: `make bench`, or ``python -m benchmarks --help``."""
