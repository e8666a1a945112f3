"""What errors of the surroundings mean: from an exception's class and words to cause and remedy.

Classes are named and not imported: whoever translates an error needs neither torch nor MLflow.
"""

import errno
from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    """A row: which errors it is about, and what a person reads.

    Attributes:
        kinds: dotted names of exception classes; their subclasses are meant too.
        cause: what happened. ``{reason}`` stands for the error's own words, ``{file}`` for the
            file it names; groups of ``said`` stand for what they matched.
        remedy: what a person does about it.
        said: regular expression that is found in the error's words; any words where empty.
        codes: the operating system's numbers of the error; any where empty.
    """

    kinds: tuple[str, ...]
    cause: str
    remedy: str
    said: str = ""
    codes: tuple[int, ...] = ()


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
_TORCH = ("RuntimeError",)
_MEMORY = "take a smaller batch size, image size or number of images"

CAUSES: tuple[Cause, ...] = (
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
    # Memory and devices.
    Cause(
        ("torch.OutOfMemoryError", "torch.cuda.OutOfMemoryError"),
        "The GPU's memory is full",
        f"{_MEMORY}, or free the GPU of other programs",
    ),
    Cause(
        _TORCH,
        "The GPU's memory is full",
        f"{_MEMORY}, or free the GPU of other programs",
        said=r"CUDA out of memory|CUBLAS_STATUS_ALLOC_FAILED|CUDNN_STATUS_ALLOC_FAILED",
    ),
    Cause(
        ("MemoryError",),
        "The machine's memory does not suffice",
        f"{_MEMORY}, or end other programs",
    ),
    Cause(
        _TORCH,
        "The machine's memory does not suffice",
        f"{_MEMORY}, or end other programs",
        said=r"can't allocate memory|not enough memory|bad_alloc|Cannot allocate memory"
        r"|MemoryError|Storage size calculation overflowed",
    ),
    Cause(
        ("torch.AcceleratorError", *_TORCH),
        "The GPU failed ({reason})",
        "start again; if it repeats, hide the GPU with CUDA_VISIBLE_DEVICES= or renew its driver",
        said=r"CUDA error|CUDA driver|cuDNN error|CUDNN_STATUS|CUBLAS_STATUS|No CUDA GPUs"
        r"|NVIDIA driver",
    ),
    # Processes that load images.
    Cause(
        _TORCH,
        "The shared memory (/dev/shm) is full, so a process that loads images failed",
        "train with --loaders 0 or a smaller --batch-size, or give docker run --shm-size=1g",
        said=r"shared memory|/torch_\d+|shm_open|\(shm\)|insufficient shared memory|Bus error",
    ),
    Cause(
        _TORCH,
        "A process that loads images gave no batch for {seconds} seconds",
        "see whether the images' disk answers, or train with --loaders 0",
        said=r"DataLoader timed out after (?P<seconds>\d+)",
    ),
    Cause(
        _TORCH,
        "A process that loads images was ended from outside, by lack of memory or by a person",
        "train again with --loaders 0 or fewer than before",
        said=r"DataLoader worker .*(exited unexpectedly|killed by signal)",
    ),
    Cause(
        (*_TORCH, "OSError"),
        "Too many files are open at once",
        "raise the limit with: ulimit -n 4096, or train with --loaders 0",
        said=r"Too many open files|received \d+ items of ancdata",
    ),
    # Files of others: images, tables, weights.
    Cause(
        ("PIL.UnidentifiedImageError", "PIL.Image.DecompressionBombError"),
        "An image cannot be read ({reason})",
        "remove it or save it anew",
    ),
    Cause(
        ("OSError", "SyntaxError", "ValueError"),
        "An image is damaged ({reason})",
        "remove it or save it anew",
        said=r"image file is truncated|broken data stream|cannot identify image|broken PNG file",
    ),
    Cause(
        ("safetensors._safetensors_rust.SafetensorError", "_pickle.UnpicklingError"),
        "A weights file is damaged ({reason})",
        "fetch it anew, or take another one",
    ),
    Cause(
        ("zipfile.BadZipFile", "zlib.error", "gzip.BadGzipFile", "lzma.LZMAError"),
        "A stored file is cut short or damaged ({reason})",
        "put back a copy of it, or make it anew",
    ),
    Cause(
        ("pyarrow.lib.ArrowException", "pandas.errors.ParserError", "pandas.errors.EmptyDataError"),
        "A stored table cannot be read or written ({reason})",
        "put back a copy of it, or make it anew",
    ),
    Cause(
        ("json.decoder.JSONDecodeError",),
        "A stored note is no JSON ({reason})",
        "put back a copy of it, or delete what it belongs to",
    ),
    Cause(
        ("ValueError", "EOFError"),
        "A stored array is cut short or damaged ({reason})",
        "put back a copy of it, or make it anew",
        said=r"allow_pickle|cannot reshape array|magic string|No data left in file|Ran out of input"
        r"|buffer size must be a multiple|EOF: reading array",
    ),
    Cause(
        ("UnicodeDecodeError",),
        "A text file is not UTF-8 ({reason})",
        "save it as UTF-8",
    ),
    Cause(
        ("UnicodeEncodeError",),
        "A name or text cannot be written ({reason})",
        "rename it in UTF-8, or set PYTHONUTF8=1",
    ),
    # The operating system, by its numbers.
    Cause(
        ("filelock._error.Timeout",),
        "Another process works on the same files",
        "wait for it to end, or end it",
    ),
    Cause(
        ("OSError",),
        "The disk is full, so {file} cannot be written",
        "make room and run the command again; complete epochs are kept",
        codes=(errno.ENOSPC, errno.EDQUOT),
    ),
    Cause(
        ("OSError",),
        "{file} lies on a disk that can only be read",
        "work on a copy, or set MLFLOW_TRACKING_URI and --work to where you may write",
        codes=(errno.EROFS,),
    ),
    Cause(
        ("OSError",),
        "You may not read or write {file}",
        "ask its owner for the permission, or name another place",
        codes=(errno.EACCES, errno.EPERM),
    ),
    Cause(
        ("OSError",),
        "The name {file} is longer than the file system allows",
        "take a name of at most 255 bytes",
        codes=(errno.ENAMETOOLONG,),
    ),
    Cause(
        ("OSError",),
        "Too many files are open at once",
        "raise the limit with: ulimit -n 4096",
        codes=(errno.EMFILE, errno.ENFILE),
    ),
    Cause(
        ("OSError",),
        "The disk of {file} does not answer as it should ({reason})",
        "check the disk or the network folder, and try again",
        codes=(errno.EIO, errno.ESTALE, errno.ENXIO, errno.ENODEV, errno.ENOTCONN, errno.EREMOTEIO),
    ),
    Cause(
        ("OSError",),
        "The machine's memory does not suffice",
        f"{_MEMORY}, or end other programs",
        codes=(errno.ENOMEM, errno.EAGAIN),
    ),
    Cause(
        ("OSError",),
        "{file} is larger than the file system or its limit allows",
        "raise the limit (ulimit -f), or name another place",
        codes=(errno.EFBIG,),
    ),
    Cause(
        ("OSError",),
        "The network address is taken or not this machine's ({reason})",
        "choose another --port or --host",
        codes=(errno.EADDRINUSE, errno.EADDRNOTAVAIL),
    ),
    Cause(
        ("OSError",),
        "{file} leads round in a circle of links",
        "correct the links",
        codes=(errno.ELOOP,),
    ),
    Cause(
        ("FileNotFoundError",),
        "{file} does not exist, or not any more",
        "check its name, or put it back",
    ),
    Cause(
        ("IsADirectoryError", "NotADirectoryError", "FileExistsError"),
        "{file} is a folder where a file is needed, or the other way round",
        "name another place, or move it away",
    ),
    Cause(
        ("socket.gaierror",),
        "A machine's name cannot be found ({reason})",
        "check the address and the network",
    ),
    Cause(
        ("ssl.SSLError", "urllib.error.URLError", "ConnectionError", "TimeoutError"),
        "A connection failed ({reason})",
        "check the address and the network, and try again",
    ),
    Cause(
        ("OSError",),
        "{file} cannot be read or written ({reason})",
        "check its name, its disk and your permissions",
    ),
    Cause(
        ("concurrent.futures.process.BrokenProcessPool", "ray.exceptions.RayError"),
        "A process that computes was ended from outside ({reason})",
        "start again; if it repeats, the machine lacks memory",
    ),
    Cause(
        ("ModuleNotFoundError",),
        "The package {package} is not installed",
        "install it with: pip install {package}",
        said=r"No module named '(?P<package>(?!saliencnn|pipelines|app\b)\w+)",
    ),
)
"""The first row that fits counts, so what is special comes before what is general."""
