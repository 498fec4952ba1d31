# Finds every CPython >= 3.11 of this machine that can build and has venv; to be sourced.
#
# Sets pythons (executables) and versions (3.13.0, 3.14.1-dbg), of the same length, and calls
# `skip TEXT` for one that lacks something. $PYTHONS: these instead of all.

# Prints "ok VERSION EXECUTABLE" or "no VERSION REASON".
probe='
import os, sys, sysconfig
version = ".".join(map(str, sys.version_info[:3])) + "-dbg" * hasattr(sys, "gettotalrefcount")
if sys.implementation.name != "cpython" or sys.version_info < (3, 11):
    print("old", version)
    raise SystemExit
missing = [name for name in ("venv", "ensurepip") if not __import__("importlib.util").util.find_spec(name)]
if not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")):
    missing.append("Python.h")
if missing:
    print("no", version, "lacks", ", ".join(missing))
else:
    print("ok", version, os.path.realpath(sys.executable))
'

candidates() {
    local name names
    read -ra names <<<"${PYTHONS:-}"
    if [ ${#names[@]} -eq 0 ]; then
        ls -d "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/python3 2>/dev/null || true
        names=(python3.{11..15}{,-dbg} python3 python)
    fi
    for name in "${names[@]}"; do
        type -aP "$name" || true
    done
}

pythons=()
versions=()
seen=" "
while read -r candidate; do
    # A shim of a version that is not selected fails: that version was found by its folder.
    answer=$("$candidate" -I -c "$probe" 2>/dev/null) || continue
    read -r verdict version rest <<<"$answer"
    case $verdict in
    ok)
        [[ $seen == *" $rest "* ]] && continue
        seen+="$rest "
        pythons+=("$rest")
        versions+=("$version")
        ;;
    no) [[ $seen == *" $version-no "* ]] || skip "Python $version, which $rest" ;&
    *) seen+="$version-no " ;;
    esac
done < <(candidates)

if [ ${#pythons[@]} -eq 0 ]; then
    echo "no CPython >= 3.11 with headers and venv was found" >&2
    exit 1
fi
echo "Pythons: ${versions[*]}"
