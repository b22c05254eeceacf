"""Runs directory from a command line."""

from services.directory.app import SERVICE
from shared.runtime import run_service


def main() -> None:
    """Run the service; see `shared.runtime`."""
    run_service(SERVICE)


if __name__ == "__main__":
    main()
