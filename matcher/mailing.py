"""Sends notices by mail, if a mail server is set."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from sqlalchemy.orm import Session, sessionmaker

from matcher.errors import MailNotSent
from matcher.services import notices
from matcher.services.notices import Language, Mail
from matcher.settings import Settings
from models.database import translate_errors

log = logging.getLogger("matcher.mailing")

TIMEOUT_S = 30.0
Sender = Callable[[EmailMessage], None]


def send_notices(
    sessions: sessionmaker[Session],
    settings: Settings,
    *,
    language: Language = "sv",
    sender: Sender | None = None,
) -> int:
    """Send what members are still to be told by mail; return how many mails went out.

    Each mail is noted as sent at once, so that an interruption neither loses nor repeats the others. One
    address that is refused leaves the others alone.

    Parameters
    ----------
    sessions
        Makes sessions of the database.
    settings
        The mail server; without one nothing is sent.
    language
        Language of the mails.
    sender
        Sends a message instead of the mail server, for tests.

    Raises
    ------
    MailNotSent
        If the mail server cannot be reached, or refuses to work with us.
    """
    if not settings.smtp_host and sender is None:
        return 0
    with translate_errors(), sessions() as session:
        mails = notices.unmailed(session, public_url=settings.public_url.rstrip("/"), language=language)
    if not mails:
        return 0
    if sender is not None:
        return _send_all(sessions, mails, settings.smtp_from, sender)
    with _connected(settings) as send:
        return _send_all(sessions, mails, settings.smtp_from, send)


def _send_all(sessions: sessionmaker[Session], mails: list[Mail], sent_from: str, sender: Sender) -> int:
    n_sent = 0
    for mail in mails:
        try:
            sender(_message(mail, sent_from))
        except smtplib.SMTPRecipientsRefused:
            log.warning("An address was refused; its notices are tried again.")
            continue
        with translate_errors(), sessions.begin() as session:
            notices.mark_mailed(session, mail.notice_ids)
        n_sent += 1
    log.info("Sent %d mails.", n_sent)
    return n_sent


def _message(mail: Mail, sent_from: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sent_from, mail.to, mail.subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=sent_from.rpartition("@")[2].strip("<> ") or "localhost")
    # Programs that answer by themselves are asked not to (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    return message


@contextmanager
def _connected(settings: Settings) -> Iterator[Sender]:
    try:
        with _open(settings) as server:
            if settings.smtp_security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())

            def send(message: EmailMessage) -> None:
                server.send_message(message)

            yield send
    except smtplib.SMTPRecipientsRefused:
        raise
    except (smtplib.SMTPException, OSError) as error:
        raise MailNotSent(f"The mail server did not take the mail ({type(error).__name__}).") from error


def _open(settings: Settings) -> smtplib.SMTP:
    if settings.smtp_security == "tls":
        return smtplib.SMTP_SSL(
            settings.smtp_host,
            settings.smtp_port,
            timeout=TIMEOUT_S,
            context=ssl.create_default_context(),
        )
    return smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_S)
