"""Metric spatial understanding for robots, in plain language.

The folders follow the data: camera -> frame -> pointmap -> measure / vlm / moge -> answer -> ros.
``docs/architecture.md`` draws it.
"""

from pkgutil import extend_path

# The generated interfaces (hispatial_ros.msg, .srv, .action) share this import name but may be
# installed elsewhere, as when the tests run from a source tree.
__path__ = extend_path(__path__, __name__)
__version__ = "0.1.0"
