"""The saved tagger: a folder of plain data, and the same in memory.

config -> weights -> bundle.json (manifest) -> golden texts
                     network.onnx (onnx_graph, onnx_bytes) -> bundle: save_bundle, load_bundle
files: read within bounds, hashes compared.
"""
