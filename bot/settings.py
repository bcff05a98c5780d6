"""Settings, read from the environment once; every fault is listed at once and the service refuses to start."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
MAILS = ("local", "exchange", "graph")
CLOUDS = {
    "graph.microsoft.com": "login.microsoftonline.com",
    "graph.microsoft.us": "login.microsoftonline.us",
    "dod-graph.microsoft.us": "login.microsoftonline.us",
    "microsoftgraph.chinacloudapi.cn": "login.partner.microsoftonline.cn",
}
"""Where Microsoft's clouds answer, and who signs in to each. Nobody else is ever given a secret or a token."""
_HERE = ("127.0.0.1", "::1")
_LOGINS, _ACCESSES = ("ntlm", "basic", "app"), ("delegate", "impersonation")


class BadSettings(Exception):
    """Settings that cannot be used; `faults` are sentences that name the variable. No value is ever quoted."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        """All faults at once."""
        super().__init__("; ".join(faults))
        self.faults = faults


class Settings(BaseSettings):
    """What an operator decides. Names are the environment's, upper case."""

    model_config = SettingsConfigDict(
        extra="ignore", hide_input_in_errors=True, case_sensitive=False, env_ignore_empty=True
    )

    council: Path = Field(default=ROOT / "councils" / "telford_and_wrekin", validation_alias="AUDITBOT_COUNCIL")
    database_url: str = Field(default="", validation_alias="AUDITBOT_DATABASE_URL")
    data_dir: Path = Field(default=Path("data"), validation_alias="AUDITBOT_DATA_DIR")
    host: str = Field(default="127.0.0.1", validation_alias="AUDITBOT_HOST")
    port: int = Field(default=3978, ge=0, le=65535, validation_alias="AUDITBOT_PORT")
    smtp_port: int = Field(default=2525, ge=0, le=65535, validation_alias="AUDITBOT_SMTP_PORT")
    smtp_relay: str = Field(default="", validation_alias="AUDITBOT_SMTP_RELAY")
    clamd: str = Field(default="", validation_alias="AUDITBOT_CLAMD")
    local: bool = Field(default=False, validation_alias="AUDITBOT_LOCAL")
    mail: str = Field(default="", validation_alias="AUDITBOT_MAIL")
    mail_poll: float = Field(default=30, ge=1, le=3600, validation_alias="AUDITBOT_MAIL_POLL")
    mail_authserv: str = Field(default="", validation_alias="AUDITBOT_MAIL_AUTHSERV")
    mail_tenant: str = Field(default="", validation_alias="AUDITBOT_MAIL_TENANT_ID")
    mail_client: str = Field(default="", validation_alias="AUDITBOT_MAIL_CLIENT_ID")
    mail_secret: str = Field(default="", validation_alias="AUDITBOT_MAIL_SECRET", repr=False)
    mail_certificate: Path | None = Field(default=None, validation_alias="AUDITBOT_MAIL_CERTIFICATE")
    mail_login_url: str = Field(default="https://login.microsoftonline.com", validation_alias="AUDITBOT_MAIL_LOGIN_URL")
    graph_url: str = Field(default="https://graph.microsoft.com/v1.0", validation_alias="AUDITBOT_GRAPH_URL")
    exchange_url: str = Field(default="", validation_alias="AUDITBOT_EXCHANGE_URL")
    exchange_login: str = Field(default="ntlm", validation_alias="AUDITBOT_EXCHANGE_LOGIN")
    exchange_user: str = Field(default="", validation_alias="AUDITBOT_EXCHANGE_USER")
    exchange_password: str = Field(default="", validation_alias="AUDITBOT_EXCHANGE_PASSWORD", repr=False)
    exchange_access: str = Field(default="delegate", validation_alias="AUDITBOT_EXCHANGE_ACCESS")
    app_id: str = Field(default="", validation_alias="MICROSOFT_APP_ID")
    app_password: str = Field(default="", validation_alias="MICROSOFT_APP_PASSWORD", repr=False)
    app_tenant_id: str = Field(default="", validation_alias="MICROSOFT_APP_TENANT_ID")
    app_type: str = Field(default="SingleTenant", validation_alias="MICROSOFT_APP_TYPE")

    @field_validator("council")
    @classmethod
    def _council_exists(cls, value: Path) -> Path:
        folder = value if value.is_dir() else ROOT / "councils" / value
        if not (folder / "policy.toml").is_file():
            raise ValueError("should be a folder with a policy.toml, or the name of one under councils/")
        return folder

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value.startswith("postgresql://"):
            value = value.replace("postgresql://", "postgresql+psycopg://", 1)
        if value and not value.startswith(("sqlite://", "postgresql+psycopg://")):
            raise ValueError("should begin with sqlite:/// or postgresql://")
        return value

    @field_validator("mail")
    @classmethod
    def _known_mail(cls, value: str) -> str:
        return _one_of(value, ("", *MAILS))

    @field_validator("exchange_login")
    @classmethod
    def _known_login(cls, value: str) -> str:
        return _one_of(value, _LOGINS)

    @field_validator("exchange_access")
    @classmethod
    def _known_access(cls, value: str) -> str:
        return _one_of(value, _ACCESSES)

    @field_validator("exchange_url")
    @classmethod
    def _nobody_reads_along(cls, value: str) -> str:
        where = urlsplit(value)
        safe = where.scheme == "https" or (where.scheme == "http" and where.hostname in ("127.0.0.1", "::1"))
        if value and not (safe and where.hostname):
            raise ValueError("should be an address such as https://mail.example.org/EWS/Exchange.asmx")
        return value

    @field_validator("graph_url", "mail_login_url")
    @classmethod
    def _somewhere_safe(cls, value: str) -> str:
        where = urlsplit(value)
        if where.scheme != "https" or where.hostname not in (*CLOUDS, *CLOUDS.values(), *_HERE) or where.username:
            raise ValueError("should be an https:// address of Microsoft's (docs/graph.md lists them)")
        return value.rstrip("/")

    @field_validator("mail_certificate")
    @classmethod
    def _certificate_is_there(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("should be a PEM file with the private key and its certificate")
        return value

    @field_validator("smtp_relay")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        if value and not (value.count(":") == 1 and value.rsplit(":", 1)[1].isdigit()):
            raise ValueError("should be host:port")
        return value

    @field_validator("clamd")
    @classmethod
    def _host_and_port_or_path(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if value and not value.startswith("/") and not (host and port.isdigit()):
            raise ValueError("should be host:port, or the path of a socket")
        return value

    @model_validator(mode="after")
    def _unsigned_only_here(self) -> Settings:
        if self.local and self.app_id:
            raise ValueError("AUDITBOT_LOCAL takes unsigned messages, so MICROSOFT_APP_ID must be empty with it")
        if self.local and self.host not in ("127.0.0.1", "::1"):
            raise ValueError("AUDITBOT_HOST must be 127.0.0.1 with AUDITBOT_LOCAL: unsigned messages are believed then")
        return self

    @model_validator(mode="after")
    def _mail_is_whole(self) -> Settings:
        if self.mail == "local" and not self.local:
            raise ValueError("AUDITBOT_MAIL=local believes every sender, so it needs AUDITBOT_LOCAL=1 with it")
        absent = [name for name, value in self._needed_for_mail().items() if not value]
        if absent:
            raise ValueError("\n".join(f"{name} is not set, and AUDITBOT_MAIL={self.mail} needs it" for name in absent))
        if self._signs_in_as_app() and self.mail_secret and self.mail_certificate:
            raise ValueError("AUDITBOT_MAIL_SECRET and AUDITBOT_MAIL_CERTIFICATE are both set; please keep one of them")
        return self

    @model_validator(mode="after")
    def _tokens_stay_in_their_cloud(self) -> Settings:
        graph, login = (urlsplit(one).hostname or "" for one in (self.graph_url, self.mail_login_url))
        if {graph, login} & set(_HERE) and not self.local:
            raise ValueError("AUDITBOT_GRAPH_URL and AUDITBOT_MAIL_LOGIN_URL name this machine: AUDITBOT_LOCAL only")
        if self.mail == "graph" and graph not in _HERE and CLOUDS.get(graph) != login:
            raise ValueError("AUDITBOT_GRAPH_URL and AUDITBOT_MAIL_LOGIN_URL belong to different clouds")
        if (graph in _HERE) != (login in _HERE) and self.mail == "graph":
            raise ValueError("AUDITBOT_GRAPH_URL and AUDITBOT_MAIL_LOGIN_URL: only one of them names this machine")
        return self

    def _needed_for_mail(self) -> dict[str, object]:
        needed: dict[str, object] = {}
        if self.mail == "exchange":
            needed["AUDITBOT_EXCHANGE_URL"] = self.exchange_url
        if self._signs_in_as_app():
            needed["AUDITBOT_MAIL_TENANT_ID"] = self.mail_tenant
            needed["AUDITBOT_MAIL_CLIENT_ID"] = self.mail_client
            needed["AUDITBOT_MAIL_SECRET or AUDITBOT_MAIL_CERTIFICATE"] = self.mail_secret or self.mail_certificate
        elif self.mail == "exchange":
            needed["AUDITBOT_EXCHANGE_USER"] = self.exchange_user
            needed["AUDITBOT_EXCHANGE_PASSWORD"] = self.exchange_password
        return needed

    def _signs_in_as_app(self) -> bool:
        return self.mail == "graph" or (self.mail == "exchange" and self.exchange_login == "app")

    @property
    def inbox(self) -> str:
        """Where letters are taken in: local, exchange or graph; nothing, where none are."""
        return self.mail or ("local" if self.local else "")

    @property
    def url(self) -> str:
        """The database's URL; SQLite in the data folder where none is given."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'auditbot.db').resolve()}"

    def refuse_unsigned(self) -> None:
        """Serving Teams needs a registration, or the word that this is a local trial. Raises BadSettings."""
        if self.local:
            return
        needed = {"MICROSOFT_APP_ID": self.app_id, "MICROSOFT_APP_TENANT_ID": self.app_tenant_id}
        if self.app_type == "SingleTenant":
            needed["MICROSOFT_APP_PASSWORD"] = self.app_password
        absent = [name for name, value in needed.items() if not value]
        if absent:
            raise BadSettings(
                tuple(f"{name} is not set; for a trial on this machine set AUDITBOT_LOCAL=1 instead" for name in absent)
            )


def read(given: Mapping[str, Any] | None = None) -> Settings:
    """Settings from the environment; `given` overrides, by variable name. Raises BadSettings with every fault."""
    try:
        return Settings(**dict(given or {}))
    except ValidationError as fault:
        said = [_sentence(error).split("\n") for error in fault.errors(include_input=False)]
        raise BadSettings(tuple(sentence for sentences in said for sentence in sentences)) from None


def _one_of(value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"should be {', '.join(filter(None, allowed[:-1]))} or {allowed[-1]}")
    return value


def _sentence(error: Mapping[str, Any]) -> str:
    name = str(error["loc"][0]) if error["loc"] else ""
    says = str(error["msg"]).removeprefix("Value error, ")
    return f"{name}: {says}" if name else says
