"""Confluent Cloud's networking API: its calls, its models, and what its errors mean."""
