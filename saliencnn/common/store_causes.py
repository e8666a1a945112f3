"""What errors of the store mean: MLflow, databases and servers."""

from saliencnn.common.cause import Cause

_DATABASE = (
    "sqlite3.Error",
    "sqlalchemy.exc.SQLAlchemyError",
    "mlflow.exceptions.MlflowException",
    "optuna.exceptions.StorageInternalError",
    "psycopg.Error",
)
_MLFLOW = ("mlflow.exceptions.MlflowException",)
_REQUEST = (
    "requests.exceptions.RequestException",
    "urllib3.exceptions.HTTPError",
    "mlflow.exceptions.MlflowException",
)

STORE_CAUSES: tuple[Cause, ...] = (
    # What MLflow's pages delete stays in its database and can be brought back.
    Cause(
        _MLFLOW,
        "Run {run} is deleted",
        "bring it back with: mlflow runs restore --run-id {run}",
        said=r"run (?P<run>\w+) must be in the 'active' state",
    ),
    Cause(
        _MLFLOW,
        "The store's experiment {experiment} is deleted",
        "bring it back with: mlflow experiments restore --experiment-id {experiment}",
        said=r"experiment (?P<experiment>\w+) must be in the 'active' state",
    ),
    Cause(
        _MLFLOW,
        "The store's experiment {experiment} is deleted",
        "bring it back with: mlflow experiments restore, with its id from MLflow's pages",
        said=r"Experiment '?(?P<experiment>[\w-]+)'? (already exists in|is in) deleted state",
    ),
    Cause(
        _MLFLOW,
        "The store has not what was asked for ({reason})",
        "it may have been deleted meanwhile; name another",
        said=r"RESOURCE_DOES_NOT_EXIST|not found|does not exist|No Run with id",
    ),
    # Databases, by their own words: MLflow, SQLAlchemy and Optuna pass them on.
    Cause(
        _DATABASE,
        "The disk of the store's database is full",
        "make room and run the command again",
        said=r"database or disk is full|No space left on device|could not extend file",
    ),
    Cause(
        _DATABASE,
        "The store's database cannot be written",
        "its file or folder is read-only for you; ask its owner or take a copy",
        said=r"attempt to write a readonly database|read-only transaction",
    ),
    Cause(
        _DATABASE,
        "The store's database is locked by another program",
        "end what writes into it for long, and run the command again",
        said=r"database (table )?is locked|deadlock detected|could not obtain lock",
    ),
    Cause(
        _DATABASE,
        "The store's database cannot be opened",
        "check that its folder exists and that you may read and write it",
        said=r"unable to open database file",
    ),
    Cause(
        _DATABASE,
        "The store's database is damaged or is no SQLite database ({reason})",
        "put back a copy, or let sqlite3's .recover save what can be read",
        said=r"is not a database|disk image is malformed|disk I/O error",
    ),
    Cause(
        _DATABASE,
        "The database has another layout than this MLflow or Optuna knows ({reason})",
        "upgrade it with: mlflow db upgrade, or use the version that wrote it",
        said=r"no such table|no such column|out-of-date database schema|relation .* does not exist"
        r"|Can't locate revision|UndefinedTable",
    ),
    Cause(
        _DATABASE,
        "The database refuses its user or password",
        "check the address that you gave it",
        said=r"password authentication failed|no password supplied|role .* does not exist",
    ),
    Cause(
        _DATABASE,
        "The database takes no more connections",
        "end dashboards and workers that nobody uses, or raise its limit",
        said=r"too many (clients|connections)|remaining connection slots",
    ),
    Cause(
        ("UnicodeEncodeError",),
        "A name holds bytes that are not UTF-8, which the store cannot keep ({reason})",
        "rename the file, folder or text",
        said=r"surrogates not allowed",
    ),
    Cause(
        _DATABASE,
        "A name holds bytes that are not UTF-8, which the store cannot keep",
        "rename the file, folder or text",
        said=r"surrogates not allowed",
    ),
    # Servers.
    Cause(
        _REQUEST,
        "The MLflow server refuses you (401 or 403)",
        "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD to what it knows",
        said=r"\b401\b|\b403\b|UNAUTHENTICATED|PERMISSION_DENIED|Unauthorized|Permission denied",
    ),
    Cause(
        _REQUEST,
        "The server is no MLflow server, or an older one, at this address ({reason})",
        "check MLFLOW_TRACKING_URI and the server's version",
        said=r"\b404\b|\b405\b|not a valid JSON|Expecting value|ENDPOINT_NOT_FOUND",
    ),
    Cause(
        _REQUEST,
        "The server refuses a file for its size (413)",
        "raise the limit of the server or of the proxy before it",
        said=r"\b413\b|Request Entity Too Large",
    ),
    Cause(
        _REQUEST,
        "The server's certificate is not trusted ({reason})",
        "set REQUESTS_CA_BUNDLE to your authority's certificate, or correct the address",
        said=r"SSL|CERTIFICATE_VERIFY_FAILED|certificate",
    ),
    Cause(
        _REQUEST,
        "The server's address cannot be used ({reason})",
        "correct MLFLOW_TRACKING_URI",
        said=r"Invalid URL|No (schema|host) supplied|No connection adapters|Failed to parse"
        r"|label (empty or )?too long|Invalid port|unsupported URI",
    ),
    Cause(
        _REQUEST,
        "The server did not answer in time",
        "see whether it is busy or its network is down, and try again",
        said=r"[Tt]imed out|[Tt]imeout|\b504\b|\b429\b",
    ),
    Cause(
        _REQUEST,
        "The server cannot be reached",
        "see whether it runs and MLFLOW_TRACKING_URI names it",
        said=r"refused|resolve|getaddrinfo|unreachable|Max retries|reset by peer|RemoteDisconnected"
        r"|Connection aborted|\b50[0-3]\b|closed the connection",
    ),
    Cause(
        _DATABASE,
        "The database cannot be reached ({reason})",
        "see whether it runs and the address names it",
        said=r"refused|translate host name|timeout expired|closed the connection|could not connect"
        r"|connection failed",
    ),
    Cause(
        _REQUEST,
        "The store refuses this ({reason})",
        "check what the run, tag or file is called, and see the server's log",
    ),
    Cause(
        (
            "sqlite3.DatabaseError",
            "sqlalchemy.exc.DBAPIError",
            "optuna.exceptions.StorageInternalError",
            "psycopg.Error",
        ),
        "The database refuses this ({reason})",
        "see whether it is the store's database, whole and of this version",
    ),
)
