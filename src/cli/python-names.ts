/** Names that a Python package cannot have. */
import { isAttribute, isKeyword } from '../targets/torch/python-text.ts';

/**
 * Modules that printed packages, PyTorch and PEFT import, with Python's own (3.10 to 3.14). A folder of the same name in
 * the working folder hides a module.
 */
const MODULES = new Set(
  `
  torch peft oftc_torch numpy transformers accelerate safetensors annotationlib compression
  abc aifc argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii bisect builtins
  bz2 cProfile calendar cgi cgitb chunk cmath cmd code codecs codeop collections colorsys compileall
  concurrent configparser contextlib contextvars copy copyreg crypt csv ctypes curses dataclasses datetime
  dbm decimal difflib dis distutils doctest email encodings ensurepip enum errno faulthandler fcntl
  filecmp fileinput fnmatch fractions ftplib functools gc genericpath getopt getpass gettext glob graphlib
  grp gzip hashlib heapq hmac html http imaplib imghdr imp importlib inspect io ipaddress itertools json
  keyword lib2to3 linecache locale logging lzma mailbox mailcap marshal math mimetypes mmap modulefinder
  msilib msvcrt multiprocessing netrc nis nntplib nt ntpath nturl2path numbers opcode operator optparse os
  ossaudiodev pathlib pdb pickle pickletools pipes pkgutil platform plistlib poplib posix posixpath pprint
  profile pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline
  reprlib resource rlcompleter runpy sched secrets select selectors shelve shlex shutil signal site smtpd
  smtplib sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat statistics
  string stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib
  tempfile termios textwrap threading time timeit tkinter token tokenize tomllib trace traceback
  tracemalloc tty turtle types typing unicodedata unittest urllib uu uuid venv warnings wave weakref
  webbrowser winreg winsound wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport zlib zoneinfo
  `
    .trim()
    .split(/\s+/),
);

/** The reason why Python cannot import a package of this name, with another name; undefined if it can. */
export function unimportable(name: string): string | undefined {
  const word = name.replaceAll(/\W/g, '_');
  const other = `such as -o ${isFree(word) ? word : `my_${word}`}`;
  if (isKeyword(name)) return `a keyword of Python, which no import takes: choose another name, ${other}`;
  if (!isAttribute(name)) return `no name that Python can import: use letters, digits and _, ${other}`;
  return MODULES.has(name)
    ? `also the name of a module that Python, PyTorch or PEFT imports, and hides it: choose another name, ${other}`
    : undefined;
}

const isFree = (name: string): boolean => isAttribute(name) && !MODULES.has(name);
