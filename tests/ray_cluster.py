"""A Ray cluster on this machine, as a process: a head that runs no tasks, and two nodes of one CPU.

It prints its address. "mend" on its standard input puts a new node in the place of each that was killed; the end of its
input ends it. Ray reads its settings when it is imported: they are this process's environment.
"""

import sys

from ray.cluster_utils import Cluster

NODES = 2
SMALL = {"object_store_memory": 80 << 20}


def main() -> None:
    """Run until standard input ends."""
    cluster = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False, **SMALL}
    )
    try:
        add_nodes(cluster)
        print(cluster.address, flush=True)
        for line in sys.stdin:
            if line == "mend\n":
                for node in [node for node in cluster.worker_nodes if node.dead_processes()]:
                    cluster.remove_node(node, allow_graceful=False)
                add_nodes(cluster)
                print("mended", flush=True)
    finally:
        cluster.shutdown()


def add_nodes(cluster: Cluster) -> None:
    """Add the nodes that the cluster lacks."""
    while len(cluster.worker_nodes) < NODES:
        cluster.add_node(wait=False, num_cpus=1, **SMALL)
    cluster.wait_for_nodes(timeout=300)  # a busy machine takes more than the 30 seconds that Ray gives each


if __name__ == "__main__":
    main()
