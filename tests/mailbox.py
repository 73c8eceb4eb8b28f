"""A mail server on loopback that keeps what it is given, and can refuse."""

import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any


class Mailbox(socketserver.ThreadingTCPServer):
    """SMTP as far as a client that hands over mails speaks it (RFC 5321)."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.mails: list[EmailMessage] = []
        # The answer to RCPT TO, per address; others are taken.
        self.refuses: dict[str, str] = {}
        # What is done when a mail has come, before it is taken.
        self.on_mail: Any = lambda: None

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


class Session(socketserver.StreamRequestHandler):
    """One client's line."""

    server: Mailbox

    def handle(self) -> None:
        """Answer until it quits."""
        self.say("220 here")
        while line := self.rfile.readline():
            command = line.decode().strip()
            verb = command.upper()
            if verb.startswith("QUIT"):
                return self.say("221 bye")
            if verb.startswith("RCPT TO:"):
                address = command[8:].split(">")[0].strip(" <")
                self.say(self.server.refuses.get(address, "250 ok"))
            elif verb.startswith("DATA"):
                self.say("354 go on")
                self.take()
            else:
                self.say("250 ok")
        return None

    def take(self) -> None:
        """Read a mail up to the lone dot."""
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        self.server.on_mail()
        mail = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.server.mails.append(mail)
        self.say("250 taken")

    def say(self, line: str) -> None:
        """One line to the client."""
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def running() -> Iterator[Mailbox]:
    """A server on a free port, until the block ends."""
    with Mailbox() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(5)
