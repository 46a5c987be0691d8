from collections.abc import Iterator

import pytest

from running_larder import RunningLarder, running_larder


@pytest.fixture(scope="module")
def larder() -> Iterator[RunningLarder]:
    """A whole Larder of this module's own, with nothing in it."""
    with running_larder() as running:
        yield running
