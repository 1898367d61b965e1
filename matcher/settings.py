"""Settings of a deployment, from the environment (``MATCHER_...``) or ``.env``; never read at import."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from matcher.errors import SettingInvalid

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


class Settings(BaseSettings):
    """Where things lie and what is allowed. Unsafe defaults are refused outside development.

    Raises
    ------
    SettingInvalid
        From ``checked()``, if a production setting is missing or unsafe.
    """

    model_config = SettingsConfigDict(env_prefix="MATCHER_", env_file=".env", extra="ignore", frozen=True)

    environment: Literal["development", "production"] = Field(
        "development",
        description="`production` refuses unsafe settings: no secret, no HTTPS, one-time links.",
    )
    data_dir: Path = Field(Path("data"), description="Folder of the default database, exports and logs.")
    database_url: str = Field(
        "", description="SQLAlchemy address; empty: `matcher.db` (SQLite) in the data folder."
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(0, ge=0, le=65535, description="Port to listen on; 0 takes a free one and prints it.")
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Signs sessions, at least 32 characters; empty in development: kept in the data folder.",
    )
    public_url: str = Field(
        "", description="Address under which people reach the service, for links and OpenID Connect."
    )
    encoder: str = Field(
        "default",
        description="`default` (offline), `hashing` (tests), or a sentence-transformers name or folder.",
    )
    encoder_query_prompt: str = Field(
        "", description="Put before what is searched for, for encoders that need it."
    )
    encoder_passage_prompt: str = Field(
        "", description="Put before what is found, for encoders that need it."
    )
    encoder_languages: str = Field(
        "",
        description="ISO 639-1 codes that the encoder knows, with commas; empty: by its name.",
    )
    encoder_backend: Literal["auto", "torch-fp32", "torch-bf16", "openvino"] = Field(
        "auto", description="Arithmetic of the encoder; `auto` takes the fastest whose vectors are equal."
    )
    cache_dir: Path = Field(
        Path(tempfile.gettempdir()) / "matcher-cache",
        description="Folder for files that can be made again, such as expanded weights.",
    )
    cpv_file: Path | None = Field(
        None, description="The official CPV list, tab-separated with a column a language."
    )
    max_upload_bytes: int = Field(1_100_000_000, ge=1, description="Largest file that is taken in, in bytes.")
    max_field_chars: int = Field(200_000, ge=1000, description="Longest field of an entry, in characters.")
    session_hours: int = Field(12, ge=1, le=720, description="Hours until somebody must sign in again.")
    oidc_issuer: str = Field("", description="Address of the OpenID Connect provider; empty: none.")
    oidc_client_id: str = Field("", description="Client id at the OpenID Connect provider.")
    oidc_client_secret: SecretStr = Field(
        SecretStr(""), description="Client secret at the OpenID Connect provider."
    )
    ocid_prefix: str = Field(
        "", description="Registered prefix of the ids in OCDS exports, such as `ocds-a1b2c3`; empty: none."
    )
    smtp_host: str = Field("", description="Mail server for notices; empty: no mail is sent.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the mail server.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection is kept secret; `none` only on this machine."
    )
    smtp_user: str = Field("", description="User at the mail server; empty: without signing in.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Password at the mail server.")
    smtp_from: str = Field("", description="Address that notices come from; asked for with a mail server.")
    notice_days: int = Field(
        30, ge=1, le=365, description="Days before an offering ends on which its members are told."
    )
    retention_days: int = Field(
        0,
        ge=0,
        description="Days after which withdrawn entries and requests for accounts are erased; 0: never.",
    )
    partner_requests: Literal["open", "closed"] = Field(
        "open", description="Whether firms, associations and universities may ask for an account themselves."
    )

    @model_validator(mode="after")
    def _no_half_oidc(self) -> Settings:
        if bool(self.oidc_issuer) != bool(self.oidc_client_id):
            raise ValueError("MATCHER_OIDC_ISSUER and MATCHER_OIDC_CLIENT_ID go together")
        return self

    @model_validator(mode="after")
    def _no_half_mail(self) -> Settings:
        if self.smtp_host and not self.smtp_from:
            raise ValueError("MATCHER_SMTP_HOST needs MATCHER_SMTP_FROM")
        return self

    @property
    def effective_database_url(self) -> str:
        """The database's address, with the default filled in."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'matcher.db').as_posix()}"

    @property
    def listens_on_loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        return self.host in LOOPBACK_HOSTS

    def checked(self) -> Settings:
        """Return these settings, or refuse what is unsafe in production."""
        if self.environment == "development":
            if not self.listens_on_loopback:
                raise SettingInvalid(
                    "MATCHER_HOST",
                    "development settings serve this machine only.",
                    remedy="Listen on 127.0.0.1, or set MATCHER_ENVIRONMENT=production and what it asks for.",
                )
            return self
        if len(self.secret_key.get_secret_value()) < 32:
            raise SettingInvalid(
                "MATCHER_SECRET_KEY",
                "production needs a secret of at least 32 characters.",
                remedy='Make one with: python -c "import secrets; print(secrets.token_urlsafe(48))"',
            )
        if not self.public_url.startswith("https://"):
            raise SettingInvalid(
                "MATCHER_PUBLIC_URL",
                "production is served over HTTPS only.",
                remedy="Set it to the https:// address under which people reach the service.",
            )
        if self.smtp_host and self.smtp_security == "none" and self.smtp_host not in LOOPBACK_HOSTS:
            raise SettingInvalid(
                "MATCHER_SMTP_SECURITY",
                "production sends mail over a secret connection only.",
                remedy="Set it to starttls or tls, or use a mail server on this machine.",
            )
        return self


def load_settings() -> Settings:
    """Return the settings that the environment and ``.env`` hold.

    Raises
    ------
    SettingInvalid
        If a value cannot be used; ``Settings.checked`` refuses what is unsafe.
    """
    try:
        return Settings.model_validate({})
    except ValidationError as error:
        fault = error.errors()[0]
        name = "_".join(str(part) for part in fault["loc"]).upper()
        raise SettingInvalid(
            f"MATCHER_{name}" if name else "Settings",
            f"{fault['msg']}.",
            remedy="Correct the environment variable, or the line in .env.",
        ) from error
