"""Benchmarks behind ``potok bench``: each measures Potok and, where there is one, another program in the same run."""
