"""The command line: ``python -m mnist_interp --help`` lists what it does."""

# A Python that is too old reads this file, and the package's own, before it can be told so: nothing newer stands here.
import sys

if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        "Python 3.11 or newer is needed and this is %s (%s): start the command with a newer one"  # noqa: UP031
        % (sys.version.split()[0], sys.executable)
    )

if __name__ == "__main__":
    from mnist_interp.commands import main

    sys.exit(main())
