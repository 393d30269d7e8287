"""`python -m audql` is `audql`."""

from audql.cli.main import main

if __name__ == "__main__":
    main()
