"""The shell around the decisions: what is known of the objects, who works on which, and what is written."""
