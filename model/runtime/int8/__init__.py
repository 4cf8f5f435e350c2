"""The network in whole numbers of eight bits, for x86 CPUs with AVX2 and those with better: the default there.

ranges (how large inputs get) -> inputs (characters as bytes) -> lstm (dot: products, cell: gates) -> runtime
instruction_sets: by what it is multiplied; vectors: what the two functions written for LLVM share.
Compiled by numba, at the first call on a machine.
"""
