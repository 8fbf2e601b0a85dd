"""A scripted OpenAI-compatible server for tests and benchmarks: a process on loopback.

Start it (``tests.fakes.programs.openai``): the fixture ``scripted_openai``, or in a benchmark ::

    async with running_openai() as server:  # a ScriptedOpenAI; the process ends with the block
        await server.script("rome", [tool_calls([("weather", {"city": "Rome"})]), text("Sunny.")])
        client = AsyncOpenAI(base_url=server.base_url, api_key="rome", max_retries=0)

``ScriptedOpenAI(url)`` is the same handle in any other process; by hand it is
``python -m tests.fakes.programs.openai_server --port 8000``.

**Which script answers** a request, the first that exists of: NAME where the model holds
``scripted:NAME`` (``gpt-scripted:NAME``; with LiteLLM ``openai/gpt-scripted:NAME``); the model
itself (a script named ``gpt-b`` plays the fallback model ``gpt-b``); the API key. None: 404
``model_not_found``, recorded under the name ``?``. A script that has ended: 400 ``script_ended``.

**Steps** (``steps``): ``text``, ``tool_calls([(name, arguments), ...])``, ``handoff(agent)``,
``structured(value)``, ``refusal``, ``reasoned(summary, answer)``; rules, so that a thousand turns
need one step: ``echo``, ``words(bytes)``, ``tokens(count)``, ``use_tool(UseTool(...))`` (k calls of
a tool in each turn, then the answer). ``Step(parts=(...))`` joins any of them in one answer.

**Options** of a step (``steps.Step``): ``times`` (None: for ever), ``usage=Usage(...)``,
``first_byte_after_s``, ``between_chunks_s``, ``chunk_chars``, ``hold_after`` (waits for
``release``, where a test would sleep), ``finish``, ``line`` with ``after_chunks`` (breaks).

**Faults** (``faults``): one function each, and ``FAULTS``, the table of them all by name.

**The handle**: ``script(name, steps)``, ``calls(name)`` (each request with headers, body, times of
its first byte and first delta, and how it ended), ``count(name)``, ``release(name)``, ``reset()``.
Over HTTP: ``POST /_script``, ``GET /_script/calls?name=``, ``GET /_script`` (counts),
``POST /_script/release?name=&count=``, ``DELETE /_script``. A call counts as soon as its request
was read, whether or not the client waits for the answer. Bodies are never logged.
"""
