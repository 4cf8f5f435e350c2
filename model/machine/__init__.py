"""What depends on the machine: how many CPUs there are, where compiled code is kept, how a command ends."""
