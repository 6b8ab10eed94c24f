"""The custom resources: one module per kind, and what every kind shares. No I/O."""
