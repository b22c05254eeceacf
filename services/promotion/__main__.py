"""The program `promotion`."""

from services.promotion.app import SERVICE
from shared.runtime import run_service


def main() -> None:
    """Run the service from this process's arguments."""
    run_service(SERVICE)


if __name__ == "__main__":
    main()
