"""What depends on the machine: how many CPUs there are, and where compiled code is kept."""
