"""What errors of the machine mean: memory, devices, processes, and the files of others."""

import errno

from saliencnn.common.cause import Cause

_TORCH = ("RuntimeError",)
_MEMORY = "take a smaller batch size, image size or number of images"

MACHINE_CAUSES: tuple[Cause, ...] = (
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
