"""`python -m lamina` is the program `lamina`."""

from lamina.cli.app import main

if __name__ == "__main__":
    main()
