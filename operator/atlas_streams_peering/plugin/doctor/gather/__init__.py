"""The facts: read from the Kubernetes API, Atlas and Confluent Cloud. Nothing here changes anything."""
