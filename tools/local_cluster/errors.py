"""What this package raises."""


class LocalClusterError(Exception):
    """One sentence on what a person has to change, with the end of a log below it where there is one."""
