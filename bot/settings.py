"""Settings, read from the environment once; every fault is listed at once and the service refuses to start."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


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
        raise BadSettings(tuple(_sentence(error) for error in fault.errors(include_input=False))) from None


def _sentence(error: Mapping[str, Any]) -> str:
    name = str(error["loc"][0]) if error["loc"] else ""
    says = str(error["msg"]).removeprefix("Value error, ")
    return f"{name}: {says}" if name else says
