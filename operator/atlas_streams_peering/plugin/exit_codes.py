"""The exit codes of the plugin. Scripts of users rely on them: none is ever given another meaning."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command ended with."""

    DONE = 0  # everything that was asked for is so
    FAILED = 1  # Kubernetes or Atlas failed, or refused; of doctor: it found a problem
    USAGE = 2  # the command line is wrong (click ends with it, too)
    NOT_FOUND = 3  # there is no such connection, object, project or network
    REFUSED = 4  # the plugin refuses: an object manages the connection, or its state does not allow the change
    NO_ACCESS = 5  # credentials are missing or invalid, or lack a role, or the address is blocked
    STALLED = 6  # of wait: the object is Stalled, somebody has to act
    TIMEOUT = 7  # of wait: the condition did not come in time
    DECLINED = 8  # nobody said yes: the answer was no, or there is no terminal and no --yes
    INTERRUPTED = 130  # Ctrl-C
