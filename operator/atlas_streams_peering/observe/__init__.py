"""Looking at Atlas: one list per project, credentials and requester account, for however many objects."""
