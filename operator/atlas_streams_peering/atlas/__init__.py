"""The Atlas Admin API: a typed client, its authentication, its errors and its rate budget."""
