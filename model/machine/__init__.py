"""What depends on the machine: how many CPUs there are, compiled code, files held and written, how a command ends."""
