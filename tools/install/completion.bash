# bash completion for deidfs and its tools. Options come from each program's --help, so that they cannot grow old.
_deidfs() {
  local cur prev words cword split command=${COMP_WORDS[0]} help
  cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
  local IFS=$'\n'
  case $prev in
    --profile | -p)
      COMPREPLY=($(compgen -W $'safe-harbor\nsafe-harbor-labels\nstrict\nlimited-data-set\ndates-shifted\nsurrogates\npart2-strict' -- "$cur")); return ;;
    --config | -c)
      COMPREPLY=($(_deidfs_instances "$cur") $(compgen -f -- "$cur")); return ;;
    --color) COMPREPLY=($(compgen -W $'always\nauto\nnever' -- "$cur")); return ;;
    --state | --source | -s | --journal) COMPREPLY=($(compgen -d -- "$cur")); return ;;
    --purpose) [[ $command == *deidfs-session ]] && { COMPREPLY=($(compgen -W $'TREAT\nHPAYMT\nHOPERAT\nHRESCH\nPUBHLTH\nETREAT\nHLEGAL' -- "$cur")); return; } ;;
    --users | --user | -u | --owner | --create-user) COMPREPLY=($(compgen -u -- "$cur")); return ;;
    --groups | --group) COMPREPLY=($(compgen -g -- "$cur")); return ;;
    -o) COMPREPLY=($(compgen -W $'allow_other\nro\nnoauto\n_netdev\nnofail' -- "$cur")); return ;;
  esac
  help=$("$command" --help 2>/dev/null)
  if [[ $cur == -* ]]; then
    # A subcommand's own options, where there is one.
    [[ ${COMP_WORDS[1]-} == [a-z]* ]] && help+=$'\n'$("$command" "${COMP_WORDS[1]}" --help 2>/dev/null)
    COMPREPLY=($(compgen -W "$(grep -oE -- '--[a-z][a-z0-9-]+' <<<"$help" | sort -u)" -- "$cur")); return
  fi
  if [[ $COMP_CWORD -eq 1 && $command == *deidfs-@(journal|control|reidentify) ]]; then
    COMPREPLY=($(compgen -W "$(sed -nE 's/^  ([a-z][a-z-]*)  .*/\1/p' <<<"$help")" -- "$cur")); return
  fi
  if [[ $COMP_CWORD -eq 1 && $command == *deidfs ]]; then COMPREPLY=($(_deidfs_instances "$cur")); fi
  COMPREPLY+=($(compgen -f -- "$cur"))
}
_deidfs_instances() {
  local file
  for file in /etc/deidfs/*.conf; do
    [[ -e $file ]] || continue
    file=${file##*/}
    compgen -W "${file%.conf}" -- "$1"
  done
}
complete -o filenames -F _deidfs deidfs deidfs-setup deidfs-check deidfs-control deidfs-filter deidfs-reidentify deidfs-journal deidfs-session deidfs-eval
