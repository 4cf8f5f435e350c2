"""The fit itself.

epochs: batches -> trainer (network, objective, optimizer) -> dev score -> checkpoint
devices, interrupts: where it runs, and how it stops. temperature: scores made to fit dev, at the end.
"""
