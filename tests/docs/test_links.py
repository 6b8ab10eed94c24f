"""Links between documents lead somewhere."""

import re
from pathlib import Path

import pytest

from docs.documents import DOCUMENTS, ROOT, anchors


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_relative_link_leads_to_a_file_and_a_heading(path: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        pointed = (path.parent / file).resolve() if file else path
        known = pointed.exists() and (not anchor or anchor in anchors(pointed.read_text()))
        if not known:
            broken.append(target)
    assert broken == []
