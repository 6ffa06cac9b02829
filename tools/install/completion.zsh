#compdef deidfs deidfs-setup deidfs-check deidfs-control deidfs-filter deidfs-reidentify deidfs-journal deidfs-session deidfs-eval
# Options come from each program's --help.
_gnu_generic
