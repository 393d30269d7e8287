"""What is printed of each wrong input is what the gallery shows. See README.md."""

import os
from pathlib import Path

import pytest
import reading

REWRITE = bool(os.environ.get("AUDQL_REWRITE_GALLERY"))


@pytest.mark.parametrize("topic", reading.topics(), ids=lambda path: path.stem)
def test_what_is_said(topic: Path) -> None:
    if REWRITE:
        reading.rewrite(topic)
    for case in reading.cases(topic):
        assert case.says == reading.said(case), case.name
