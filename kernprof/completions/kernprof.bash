# Made by tests/support/completions.py; changes belong there.

_kernprof() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} i
    COMPREPLY=()
    # From the program on nothing is kernprof's: files are what there is to offer.
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --clock | -p | --prof-mod | -o | --outfile | --format | -u | --unit | --top | --filter | --min-percent | --columns | -s | --setup | --config | -[!-]*[pous] | =) ((i++)) ;;
        -m | -c | -[!-]*[mc] | --) return ;;
        -?*) ;;
        *) return ;;
        esac
    done
    [[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
    [[ $cur == = ]] && cur=
    case $prev in
    --clock) COMPREPLY=($(compgen -W "wall cpu" -- "$cur")); return ;;
    -p | --prof-mod | -[!-]*[p]) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    -o | --outfile | -[!-]*[o]) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --format) return ;;
    -u | --unit | -[!-]*[u]) return ;;
    --top) return ;;
    --filter) return ;;
    --min-percent) return ;;
    --columns) return ;;
    -s | --setup | -[!-]*[s]) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --config) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    esac
    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "-l --line-by-line --no-line-by-line -b --builtin --no-builtin --clock -p --prof-mod --all --no-all --module-level --no-module-level --nested --no-nested --preimports --no-preimports --prof-imports --no-prof-imports -o --outfile --format -i --output-interval -v --verbose --view -q --quiet --live -u --unit -z --skip-zero --no-skip-zero --summarize --no-summarize --top --filter --min-percent --sort --columns --pager --no-pager -r --rich --no-rich --plain -s --setup --processes --no-processes --exec -m -c --config --no-config -h --help -V --version" -- "$cur"))
    fi
}
complete -o default -F _kernprof kernprof
