"""`python -m gateway.cli` is `lienthong`."""

from gateway.cli import main

if __name__ == "__main__":
    main()
