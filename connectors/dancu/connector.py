"""The open connection to the population database: it is asked who an applicant is, and answers at once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

import msgspec

from connectors.dancu.translate import load_tables, question_of, read_result, result_of, write_question
from connectors.dancu.wire import Found, NoOne, Refusal, read_json_reply, read_soap_reply
from gateway.sdk import Delivered, Line, News, Rejected

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from connectors.dancu.config import Config
    from connectors.dancu.translate import Question
    from connectors.dancu.wire import Reply
    from gateway.sdk import Case, Context, Document, HttpAnswer, Inbound, Outcome, Outgoing, Polled, Read

__all__ = ["PopulationDatabase"]


class PopulationDatabase:
    """A connector; see `gateway.sdk.Connector` and `Polls`. A delivery is a question: silence is no doubt, it is asked again."""

    def __init__(self, config: Config, context: Context) -> None:
        """Compile the tables; nothing is sent."""
        self.poll_every = timedelta(seconds=config.poll_every_seconds)
        self._config = config
        self._context = context
        self._tables = load_tables(config.style)
        self._line = Line(config.access, url=config.url, seconds=config.seconds, http=context.http, clock=context.clock)

    def write(self, outgoing: Outgoing) -> tuple[Document, ...]:
        """Write the question, see `write_question`."""
        return (write_question(outgoing, self._tables, self._config),)

    async def deliver(self, outgoing: Outgoing, documents: tuple[Document, ...]) -> Outcome:
        """Ask, and keep what came of it: it goes back as a transfer of its own. The answer itself is let go."""
        (document,) = documents
        question = question_of(outgoing)
        headers = {"content-type": document.media_type} | ({"SOAPAction": '""'} if self._config.style == "soap" else {})
        answer = await self._line.request("POST", self._config.path, headers=headers, body=document.body, safe=True)
        reply = self._read_reply(answer, question)
        match reply:
            case Refusal(code=code, text=text):
                return Rejected(code=code, text=text)
            case Found(citizen=citizen):
                result = result_of(question, citizen, self._tables, self._config)
            case NoOne():
                result = result_of(question, None, self._tables, self._config)
            case _:
                assert_never(reply)
        await self._context.keep([News(body=result, media_type="application/json", memo=self._memo(outgoing))])
        return Delivered(reference=question.request, is_final=True)

    async def poll(self, cases: Sequence[Case], checkpoint: str | None) -> AsyncGenerator[Polled, None]:
        """Ask nothing: the database answers at once, and what it answered is kept."""
        _ = cases, checkpoint
        nothing: tuple[Polled, ...] = ()
        for polled in nothing:
            yield polled

    async def receive(self, news: News) -> tuple[Read, ...]:
        """Read what came of a question."""
        return (read_result(news.body, msgspec.json.decode(news.memo or "{}", type=dict[str, str]), self._tables),)

    def read(self, inbound: Inbound) -> tuple[Read, ...]:
        """Read what came of a question; raises `Malformed` with every fault."""
        return (read_result(inbound.body, {}, self._tables),)

    async def close(self) -> None:
        """Hold nothing."""

    def _read_reply(self, answer: HttpAnswer, question: Question) -> Reply:
        """Read an answer in the style of the site."""
        asked = (question.name, question.number, question.born_on.replace("-", ""))
        if self._config.style == "json":
            return read_json_reply(answer, self._tables.citizen, self._config.wrapping, asked=asked)
        return read_soap_reply(answer, self._tables.citizen, asked=asked)

    def _memo(self, outgoing: Outgoing) -> str:
        """What the answer must know of the transfer that asked: its id, and who sent it if that is who is answered."""
        accepted = outgoing.accepted
        sender = {"sender": accepted.sender} if self._config.answer_to == "sender" else {}
        return msgspec.json.encode({"message_id": accepted.transfer.message_id, **sender}).decode()
