"""A conversation with the assistant as one workflow, for as long as people talk."""

from typing import Any, NoReturn

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import Agent

    from segue.assistant.agents.builders import assistant
    from segue.assistant.wire.names import (
        AFTER_THE_END,
        DURABLE_AGENT,
        END_CHAT,
        ENDED,
        GET_REPLIES,
        GET_REPLY,
        GET_STATUS,
        INITIAL_PROMPT,
        POST_MESSAGE,
        SEND_MESSAGE,
    )
    from segue.assistant.wire.payloads import (
        AcceptedMessage,
        AgentInput,
        PostedMessage,
        Replies,
        ThreadStatus,
        turn_name,
    )
    from segue.assistant.workflows.answers import in_words
    from segue.assistant.workflows.server_tools import away_servers, current_tools, server_tools
    from segue.assistant.workflows.tools import own_tools
    from segue.errors.input import InputError
    from segue.runs.workflow.run_options import RunOptions
    from segue.runs.workflow.thread import AgentThread
    from segue.runs.workflow.thread_state import Message, Reply, ThreadState

MOST_WAITING = 200
TITLE = "A chat with the assistant"

# Chats that began before MCP servers were asked go on with the tools that they had.
SERVER_TOOLS = "server-tools"


@workflow.defn(name=DURABLE_AGENT)
class DurableAgentWorkflow:
    """A chat; its id is the thread's.

    ``send_message`` and ``end_chat`` are what clients of the public demo know. ``send_message``
    holds an update open until the reply is there, of which Temporal allows ten at once (its setting
    ``history.maxInFlightUpdates``); ``post_message`` holds none.
    """

    @workflow.init
    def __init__(self, chat: AgentInput) -> None:
        self._id = workflow.info().workflow_id
        self._most = chat.most_characters
        self._tools = chat.tools
        self._is_amid_turn = chat.state is not None and chat.state.turn is not None
        self._thread = AgentThread(
            chat.state or self._beginning(chat),
            while_busy=chat.while_busy,
            most_waiting=MOST_WAITING,
        )

    @workflow.run
    async def run(self, chat: AgentInput) -> str:
        """Answer messages until the chat is ended.

        Raises:
            InputError: The initial prompt is too long.
        """
        if chat.initial_prompt:
            self._check_length(chat.initial_prompt)

        def renew(state: ThreadState) -> NoReturn:
            following = chat.model_copy(
                update={"state": state, "initial_prompt": "", "tools": self._tools}
            )
            workflow.continue_as_new(following)

        await self._thread.serve(self._agent, RunOptions(whole=False, title=TITLE), renew)
        return ENDED

    @workflow.update(name=SEND_MESSAGE)
    async def send_message(self, text: str) -> str:
        """Say something and wait for the reply."""
        if self._thread.ended:
            return AFTER_THE_END
        info = workflow.current_update_info()
        assert info is not None  # noqa: S101 - this is an update's handler
        return await in_words(await self._thread.hold(self._message(info.id, text)))

    @send_message.validator
    def check_text(self, text: str) -> None:
        """Refuse what is nothing, or too much; where the chat has ended the handler says so."""
        if not self._thread.ended:
            self._check_text(text)

    @workflow.update(name=POST_MESSAGE)
    def post_message(self, message: PostedMessage) -> AcceptedMessage:
        """Take a message, to be answered in its turn."""
        self._thread.post(self._message(message.message_id, message.text, message.user))
        return self._acceptance(message.message_id)

    @post_message.validator
    def check_message(self, message: PostedMessage) -> None:
        """Refuse what cannot be taken; what is known already passes.

        Raises:
            InputError: An id, a name or the text is nothing, or too long.
        """
        if not 1 <= len(message.message_id) <= 200 or len(message.user) > 200:
            raise InputError("Expected a message id of 1 to 200 characters, a user of at most 200.")
        if not self._thread.knows(message.message_id):
            self._check_text(message.text)
            self._thread.check()

    @workflow.signal(name=END_CHAT)
    def end_chat(self) -> None:
        """Answer what waits, and take no more."""
        self._thread.end()

    @workflow.query(name=GET_REPLY)
    def get_reply(self, message_id: str) -> Reply | None:
        """What came of a message; None: it is to be answered, or the database alone has it."""
        return self._thread.reply_to(message_id)

    @workflow.query(name=GET_REPLIES)
    def get_replies(self, message_ids: list[str]) -> Replies:
        """What came of messages; of those that never came, nothing."""
        replies = [self._thread.reply_to(each) for each in message_ids]
        answers = [each for each in message_ids if self._thread.was_answered(each)]
        return Replies(
            replies=tuple(reply for reply in replies if reply is not None),
            stored=tuple(each for each in answers if self._thread.reply_to(each) is None),
            waiting=tuple(
                message.id for message in self._thread.waiting if message.id in message_ids
            ),
        )

    @workflow.query(name=GET_STATUS)
    def get_status(self) -> ThreadStatus:
        """How the thread stands."""
        return ThreadStatus(
            waiting=tuple(self._acceptance(message.id) for message in self._thread.waiting),
            ended=self._thread.ended,
        )

    async def _agent(self) -> Agent[Any]:
        if not workflow.patched(SERVER_TOOLS):
            return assistant(own_tools())
        # A turn ends with the tools with which it began.
        if not self._is_amid_turn:
            self._tools = await current_tools(self._tools)
        self._is_amid_turn = False
        return assistant([*own_tools(), *server_tools(self._tools)], away=away_servers(self._tools))

    def _beginning(self, chat: AgentInput) -> ThreadState:
        text = chat.initial_prompt
        fits = bool(text.strip()) and len(text) <= self._most
        key = f"{INITIAL_PROMPT}/{workflow.info().first_execution_run_id}"
        first = self._message(INITIAL_PROMPT, text, key=key) if fits else None
        # It may go on with what was said in workflows of this id before.
        return ThreadState(conversation=self._id, waiting=(first,) if first else (), forgets=True)

    def _message(self, message_id: str, text: str, user: str = "", key: str = "") -> Message:
        turn = turn_name(self._id, message_id)
        return Message(id=message_id, text=text, turn=turn, user=user, key=key)

    def _acceptance(self, message_id: str) -> AcceptedMessage:
        ids = [message.id for message in self._thread.waiting]
        return AcceptedMessage(
            message_id=message_id,
            turn=turn_name(self._id, message_id),
            before_it=ids.index(message_id) if message_id in ids else 0,
            answered=message_id not in ids,
        )

    def _check_text(self, text: str) -> None:
        if not text.strip():
            raise InputError("Expected a message; an empty one came.")
        self._check_length(text)

    def _check_length(self, text: str) -> None:
        if len(text) > self._most:
            raise InputError(
                f"Expected a message of at most {self._most} characters, got {len(text)}.",
                hint="Shorten it, or send it in parts.",
            )
