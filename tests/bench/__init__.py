"""Benchmarks: `./guichet bench NAME`. Each figure stands beside its peer's of the same run."""
