"""The main job on this machine: a Kubernetes API, a stand-in for the services, the operator, and a user's kubectl."""
