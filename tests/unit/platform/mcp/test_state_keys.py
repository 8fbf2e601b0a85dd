"""What a client carries between rounds outlives the server that sealed it."""

from concurrent.futures import ThreadPoolExecutor

from segue.platform.mcp.state_keys import KEY_FILE, request_state_security


def test_another_server_of_the_folder_opens_what_one_has_sealed(tmp_path):
    sealed = request_state_security(tmp_path / "data").codec.seal(b"state")

    assert request_state_security(tmp_path / "data").codec.unseal(sealed) == b"state"


def test_servers_that_start_at_once_agree_on_one_key(tmp_path):
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: request_state_security(tmp_path), range(8)))

    sealed = made[0].codec.seal(b"state")
    assert all(each.codec.unseal(sealed) == b"state" for each in made)
    assert [file.name for file in tmp_path.iterdir()] == [KEY_FILE]


def test_nobody_else_reads_the_key(tmp_path):
    request_state_security(tmp_path)

    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
