# Made by lineprof/completions/generate.py; changes belong there.

_kernprof() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} i
    COMPREPLY=()
    # From the program on nothing is kernprof's: files are what there is to offer.
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        -o | --outfile | -s | --setup | -u | --unit | -p | --prof-mod | --clock | --config | -[!-]*[osup] | =) ((i++)) ;;
        -m | -c | -[!-]*[mc] | --) return ;;
        -?*) ;;
        *) return ;;
        esac
    done
    [[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
    [[ $cur == = ]] && cur=
    case $prev in
    -o | --outfile | -[!-]*[o]) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    -s | --setup | -[!-]*[s]) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    -u | --unit | -[!-]*[u]) return ;;
    -p | --prof-mod | -[!-]*[p]) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --clock) COMPREPLY=($(compgen -W "wall cpu" -- "$cur")); return ;;
    --config) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    esac
    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "-h --help -V --version -l --line-by-line --no-line-by-line -b --builtin --no-builtin -o --outfile -v --verbose --view -q --quiet -s --setup -u --unit --live -r --rich --no-rich --plain -z --skip-zero --no-skip-zero --summarize --no-summarize -p --prof-mod --all --no-all --module-level --no-module-level --nested --no-nested --preimports --no-preimports --prof-imports --no-prof-imports -i --output-interval --clock --config --no-config -m -c" -- "$cur"))
    fi
}
complete -o default -F _kernprof kernprof
