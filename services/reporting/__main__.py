"""Runs this service: `reporting [--roles api,consumer,jobs] [--migrate]`."""

from services.reporting.app import SERVICE
from shared.runtime import run_service


def main() -> None:
    """Run until told to stop."""
    run_service(SERVICE)


if __name__ == "__main__":
    main()
