"""The exit codes of the plugin. Scripts of users rely on them, so their meaning never changes."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The result of a command."""

    DONE = 0  # success
    FAILED = 1  # Kubernetes or Atlas failed or refused; doctor: a check failed
    USAGE = 2  # the command line is wrong (click ends with it, too)
    NOT_FOUND = 3  # there is no such connection, object, project or network
    REFUSED = 4  # the plugin refuses: an object manages the connection, or its state does not allow the change
    NO_ACCESS = 5  # credentials are missing or invalid, or lack a role, or the address is blocked
    STALLED = 6  # wait: an object is Stalled, and somebody has to act
    TIMEOUT = 7  # wait: timeout
    DECLINED = 8  # not confirmed: the answer was no, or there is neither a terminal nor --yes
    INTERRUPTED = 130  # Ctrl-C
