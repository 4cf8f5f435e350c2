"""The network in whole numbers of eight bits, for CPUs with AVX-512 VNNI: the default there.

ranges (how large inputs get) -> inputs (characters as bytes) -> lstm (dot: products, cell: gates) -> runtime
vectors: what the two functions written for LLVM share. Compiled by numba, at the first call on a machine.
"""
