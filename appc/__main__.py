"""`python -m appc` is the console script `appc`."""

from appc.cli import main

main()
