"""How tests are shared out when several processes run them (`make test`).

Belongs here: which tests stay together. Does not belong here: fixtures of one folder of tests.
"""

import pytest

# A process makes these once, and slowly: all tests that look at one of them belong to the same process.
SHARED_BUILDS = ("demo",)
FOLDERS_THAT_SHARE = ("charts", "classification", "demo", "warehouse")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together the tests that share what was built, and those of a file, which share its fixtures."""
    for item in items:
        used = getattr(item, "fixturenames", ())
        folder = item.path.parent.name
        alone = folder if folder in FOLDERS_THAT_SHARE else item.path.name
        item.add_marker(pytest.mark.xdist_group(next((name for name in SHARED_BUILDS if name in used), alone)))
