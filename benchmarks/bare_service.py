"""The yardstick of throughput.py: FastAPI as everyone writes it, validating the same body and finding nothing."""

import sys

import uvicorn
from fastapi import FastAPI

from app.api.answer_schemas import EntityAnswer
from app.api.schemas import TagRequest
from model.machine.command import ExitCode, run_command

app = FastAPI()


@app.post("/tag")
async def tag(body: TagRequest) -> list[EntityAnswer]:
    """Return no entities."""
    return []


def main() -> int:
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=False, log_level="warning")
    return ExitCode.FINE


if __name__ == "__main__":
    sys.exit(run_command(main))
