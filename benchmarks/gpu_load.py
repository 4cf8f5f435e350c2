"""Load for a service that is faster than one client: several processes, each with several connections.

python benchmarks/gpu_load.py PORT CLIENTS SECONDS < bodies, one a line    prints answered, failed, median ms
"""

import http.client
import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

PROCESSES = 4


def measure(
    port: int, texts: Sequence[str], per_request: int, clients: int, seconds: int
) -> dict[str, float]:
    """Return requests and characters a second, the median latency, and how many requests failed."""
    groups = [texts[at : at + per_request] for at in range(0, len(texts), per_request)]
    bodies = "\n".join(json.dumps({"texts": group}) for group in groups)
    command = [sys.executable, __file__, str(port), str(clients // PROCESSES), str(seconds)]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(PROCESSES)
    ]
    for process in running:
        assert process.stdin is not None
        process.stdin.write(bodies)
        process.stdin.close()
    said = [json.loads(process.stdout.read()) for process in running if process.stdout is not None]
    for process in running:
        process.wait()
    per_s = sum(row["answered"] for row in said) / seconds
    chars = sum(map(len, texts)) / len(groups)
    return {
        "requests_s": round(per_s, 1),
        "chars_s": round(per_s * chars),
        "median_ms": round(statistics.median(row["median_ms"] for row in said), 1),
        "failed": sum(row["failed"] for row in said),
    }


def main() -> None:
    port, clients, seconds = map(int, sys.argv[1:])
    bodies = sys.stdin.read().split("\n")
    until = time.monotonic() + seconds
    times: list[float] = []
    failed: list[int] = []

    def ask(client: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        turn = client
        while time.monotonic() < until:
            turn += 1
            began = time.perf_counter()
            body = bodies[turn % len(bodies)].encode()
            connection.request("POST", "/tag", body, {"content-type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                times.append(time.perf_counter() - began)
            else:
                failed.append(answer.status)

    threads = [threading.Thread(target=ask, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    median_ms = 1e3 * statistics.median(times) if times else 0.0
    print(json.dumps({"answered": len(times), "failed": len(failed), "median_ms": median_ms}))


if __name__ == "__main__":
    main()
