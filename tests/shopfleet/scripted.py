"""A client whose requests are answered by a script."""

import json

import httpx

from shopfleet.client import Client, Options
from shopfleet.retrying import RetryPolicy

Answer = httpx.Response | Exception
URL = "https://shops.example"


class Script:
    """Answers requests one after the other and remembers them."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.pauses: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self, **policy: float) -> Client:
        retry = RetryPolicy(**{"spread": lambda longest: longest, **policy})  # type: ignore[arg-type]
        return Client(
            URL,
            token="a-token",
            options=Options(retry=retry),
            transport=httpx.MockTransport(self),
            sleep=self.pauses.append,
        )


def a_problem(status: int, kind: str, **members: object) -> httpx.Response:
    body = {"type": f"https://shopfleet.dev/problems/{kind}", "status": status, **members}
    return httpx.Response(
        status,
        content=json.dumps(body),
        headers={"Content-Type": "application/problem+json", "X-Request-Id": "r-1"},
    )
