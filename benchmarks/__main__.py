"""The main benchmark: the time of a training step, beside other libraries."""

from benchmarks.steps.__main__ import main

if __name__ == "__main__":
    main()
