"""What the clients of all services share: authentication, retries, rate budgets, the leadership fence, redaction."""
