# Made by tests/support/completions.py; changes belong there.

_lineprof() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    local command=show words
    COMPREPLY=()
    [[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
    [[ $cur == = ]] && cur=
    case ${COMP_WORDS[1]} in
    show | diff | export | convert | html | watch | collect) ((COMP_CWORD > 1)) && command=${COMP_WORDS[1]} ;;
    esac
    case $command in
    show)
        case $prev in
        -u | --unit | -[!-]*[u]) return ;;
        --columns) return ;;
        --top) return ;;
        --min-percent) return ;;
        -c | --config | -[!-]*[c]) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        --filter) return ;;
        --process) return ;;
        --by) COMPREPLY=($(compgen -W "process host" -- "$cur")); return ;;
        esac
        words='-h --help -V --version -v --verbose -u --unit -z --skip-zero -t --sort -m --summarize --columns --top --min-percent -r --rich -c --config --no-config --plain --no-pager --raw --filter --process --by'
        ;;
    diff)
        case $prev in
        --after) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        --html) return ;;
        --json) return ;;
        --top) return ;;
        --fail-if) return ;;
        --filter) return ;;
        --process) return ;;
        --by) COMPREPLY=($(compgen -W "process host" -- "$cur")); return ;;
        esac
        words='-h --help --after --html --json --top --fail-if --allow-missing --plain --no-pager --raw --filter --process --by'
        ;;
    export)
        case $prev in
        -f | --format | -[!-]*[f]) COMPREPLY=($(compgen -W "pprof callgrind pstats speedscope collapsed json csv markdown" -- "$cur")); return ;;
        -o | --output | -[!-]*[o]) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        --top) return ;;
        --filter) return ;;
        --process) return ;;
        --by) COMPREPLY=($(compgen -W "process host" -- "$cur")); return ;;
        esac
        words='-h --help -f --format -o --output --top --raw --filter --process --by'
        ;;
    convert)
        case $prev in
        --to) COMPREPLY=($(compgen -W "line_profiler lineprof" -- "$cur")); return ;;
        -o | --output | -[!-]*[o]) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        esac
        words='-h --help --to -o --output'
        ;;
    html)
        case $prev in
        -o | --output | -[!-]*[o]) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        --filter) return ;;
        --process) return ;;
        --by) COMPREPLY=($(compgen -W "process host" -- "$cur")); return ;;
        esac
        words='-h --help -o --output --open --raw --filter --process --by'
        ;;
    watch)
        :
        words='-h --help --raw'
        ;;
    collect)
        case $prev in
        -o | --output | -[!-]*[o]) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        esac
        words='-h --help -o --output'
        ;;
    esac
    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$words" -- "$cur"))
    else
        COMPREPLY=($(compgen -f -X '!*.lprof' -- "$cur"))
        ((COMP_CWORD == 1)) && COMPREPLY+=($(compgen -W "show diff export convert html watch collect" -- "$cur"))
    fi
}
complete -o default -F _lineprof lineprof
