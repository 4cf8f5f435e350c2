"""A Ray cluster on this machine, as a process: a head that runs no tasks, and two nodes of one CPU.

It prints its address. "lose" on its standard input kills a node; the end of its input ends it. Ray reads its settings
when it is imported: they are this process's environment.
"""

import sys

from ray.cluster_utils import Cluster

SMALL = {"object_store_memory": 80 << 20}


def main() -> None:
    """Run until standard input ends."""
    cluster = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False, **SMALL}
    )
    try:
        nodes = [cluster.add_node(num_cpus=1, **SMALL) for _ in range(2)]
        print(cluster.address, flush=True)
        for line in sys.stdin:
            if line == "lose\n":
                cluster.remove_node(nodes.pop(), allow_graceful=False)
                print("lost", flush=True)
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    main()
