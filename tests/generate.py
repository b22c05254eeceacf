"""Every generated document of the tree: `python -m tests.generate` writes them all."""

from tests.architecture import problems_page as problems
from tests.contracts import generate as events
from tests.orders import generate as orders
from tests.reporting import generate as figures

WRITERS = (events.main, figures.main, orders.main, problems.main)


def main() -> None:
    """Write each of them."""
    for write in WRITERS:
        write()


if __name__ == "__main__":
    main()
