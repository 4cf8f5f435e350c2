"""The yardstick of throughput.py: FastAPI as everyone writes it, validating the same body and finding nothing."""

import sys

import uvicorn
from fastapi import FastAPI

from app.api.schemas import EntityAnswer, TagRequest

app = FastAPI()


@app.post("/tag")
async def tag(body: TagRequest) -> list[EntityAnswer]:
    """Return no entities."""
    return []


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=False, log_level="warning")
