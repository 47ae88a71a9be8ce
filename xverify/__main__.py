"""`python -m xverify`."""

from xverify.cli.main import run

if __name__ == "__main__":
    run()
