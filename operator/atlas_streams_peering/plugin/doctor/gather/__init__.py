"""The facts: read from the Kubernetes API, Atlas and Confluent Cloud. Nothing is ever changed there."""
