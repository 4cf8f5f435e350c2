"""What the network of a bundle does in PyTorch with cuDNN on the same GPU: the limit of what zitag could reach there.

Forward passes of the BiLSTM and emissions alone (no embeddings), and training steps with a CRF whose sum over paths is
a plain loop over time.
"""

from collections.abc import Callable
from typing import Any

import torch
from gpu_parts import Skipped, median_s

from model.bundle.config import NetworkConfig

TIME = 50
ROWS = (32, 512, 2048)
FORMATS = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


class Net(torch.nn.Module):
    """The trained part of the network: [time, batch, input_dim] -> [time, batch, tags]."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.lstm = torch.nn.LSTM(config.input_dim, config.units, config.layers, bidirectional=True)
        self.out = torch.nn.Linear(2 * config.units, config.tags)

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Return the emissions."""
        emissions: torch.Tensor = self.out(self.lstm(states)[0])
        return emissions


def measure(config: NetworkConfig) -> dict[str, Any]:
    """Return characters a second, forward by format and rows, and of training steps with and without the CRF."""
    if not torch.cuda.is_available():
        raise Skipped("PyTorch sees no GPU")
    rows: dict[str, Any] = {"torch": torch.__version__, "gpu": torch.cuda.get_device_name(0)}
    for name, kind in FORMATS.items():
        net = Net(config).to("cuda", kind).eval()
        for count in ROWS:
            states = torch.randn(TIME, count, config.input_dim, device="cuda", dtype=kind)
            with torch.inference_mode():
                rows[f"forward {name} {count}x{TIME}"] = _chars_s(lambda n=net, s=states: n(s), count)
    for count in ROWS:
        for crf in (True, False):
            name = f"train float32 {count}x{TIME}" + ("" if crf else " without CRF")
            rows[name] = _chars_s(_training_step(config, count, crf), count)
    return rows


def _training_step(config: NetworkConfig, rows: int, crf: bool) -> Callable[[], object]:
    net = Net(config).to("cuda")
    transitions = torch.zeros(config.tags, config.tags, device="cuda", requires_grad=True)
    adam = torch.optim.Adam([*net.parameters(), transitions], fused=True)
    states = torch.randn(TIME, rows, config.input_dim, device="cuda")
    tags = torch.randint(config.tags, (TIME, rows), device="cuda")

    def step() -> None:
        adam.zero_grad()
        emissions = net(states)
        (_loss(emissions, tags, transitions) if crf else emissions.square().mean()).backward()
        adam.step()

    return step


def _loss(emissions: torch.Tensor, tags: torch.Tensor, transitions: torch.Tensor) -> torch.Tensor:
    alpha = emissions[0]
    for scores in emissions[1:]:
        alpha = torch.logsumexp(alpha[:, :, None] + transitions, 1) + scores
    path = emissions.gather(2, tags[:, :, None]).sum((0, 2)) + transitions[tags[:-1], tags[1:]].sum(0)
    return (torch.logsumexp(alpha, 1) - path).mean()


def _chars_s(call: Callable[[], object], rows: int) -> int:
    def whole() -> None:
        call()
        torch.cuda.synchronize()

    whole()
    return round(TIME * rows / median_s(whole, 0.3))
