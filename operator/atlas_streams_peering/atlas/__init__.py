"""The Atlas Admin API: its calls, its models, and what its errors mean."""
