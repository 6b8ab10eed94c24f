"""Our finalizer on an object: there exactly while deleting the object has something to undo in Atlas."""

from dataclasses import replace

from ..kinds.streams_vpc_peering.case import Case
from ..polling.looks import Looks
from .controller import Controller
from .reporting import Note, Reporter
from .writer import Writer


class Finalizer:
    """Puts the finalizer on objects, and takes it off. All methods raise `ObjectGone` or `KubernetesError`."""

    def __init__(self, writer: Writer, controller: Controller, reporter: Reporter, looks: Looks) -> None:
        self._writer, self._controller, self._reporter, self._looks = writer, controller, reporter, looks

    async def settle(self, case: Case, *, needed: bool, removable: bool) -> Case | None:
        """Have the object carry it where deleting the object would have to undo something in Atlas.

        None: the object is not what it was any more; it is being deleted, or its spec or its status has changed.
        """
        resource, needed = case.resource, needed and not case.retains
        if resource.deleting or needed is resource.guarded:
            return case
        if needed:
            resource = await self._writer.add_finalizer(resource)
        elif removable:
            # What is no longer listed may be again in the next list; then it would be ours to delete.
            resource = await self._writer.remove_finalizer(resource)
        self._controller.update(resource)
        same = resource.generation == case.resource.generation and resource.status == case.resource.status
        if not same or (needed and not resource.guarded):
            return None
        return replace(case, resource=resource)

    async def let_go(self, case: Case, message: str) -> None:
        """Let an object that is being deleted go: it is done with."""
        self._controller.update(await self._writer.remove_finalizer(case.resource))
        self._reporter.tell(case.resource, Note("Deleted", message))
        self._looks.leave(case.resource.uid)
