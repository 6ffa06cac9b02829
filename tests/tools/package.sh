#!/bin/bash
# The Debian package installs, mounts from fstab, survives `mount -a` twice, unmounts, is removed and purged, and leaves what is evidence.
# All of it in a mount name space of its own on an overlay of /, so that this machine's packages, /etc and /var stay as they are. TAP on standard
# output. Needs root, /dev/fuse and overlayfs; skips without.
set -u
source_dir=$1
number=0 failed=0
tap() { number=$((number + 1)); if [ "$1" = 0 ]; then echo "ok $number - package: $2"; else failed=1; echo "not ok $number - package: $2"; fi; }
skip() { echo "1..0 # SKIP $1"; exit 0; }
[ "$(id -u)" = 0 ] || skip 'needs root'
[ -e /dev/fuse ] || skip 'needs /dev/fuse'
command -v dpkg-deb >/dev/null && command -v dpkg-shlibdeps >/dev/null || skip 'needs dpkg-dev'

if [ "${2:-}" != inside ]; then
  work=$(mktemp -d)
  trap 'rm -rf --one-file-system "$work"' EXIT
  DEIDFS_DEB_BUILD=${DEIDFS_BUILD_DIR:-$source_dir}/package "$source_dir/tools/package-deb" "$work" >"$work/path" 2>"$work/log" || {
    tail -20 "$work/log" | sed 's/^/# /'; echo 'not ok 1 - package: it builds'; echo '1..1'; exit 1; }
  unshare --mount --propagation private "$0" "$source_dir" inside "$(cat "$work/path")"
  exit
fi

deb=$3
root=$(mktemp -d /tmp/deidfs-root.XXXXXX)
mount -t tmpfs tmpfs "$root" && mkdir -p "$root"/{upper,work,merged} && cp "$deb" "$root/upper/"
mount -t overlay overlay -o "lowerdir=/,upperdir=$root/upper,workdir=$root/work" "$root/merged" 2>/dev/null || { umount "$root"; rmdir "$root"; skip 'needs overlayfs'; }
for dir in proc sys dev; do mount --rbind /$dir "$root/merged/$dir"; done
mount -t tmpfs tmpfs "$root/merged/run"
rmdir "$root" 2>/dev/null
in_root() { chroot "$root/merged" "$@"; }
trap 'in_root umount -l /srv/package-view 2>/dev/null; umount -R -l "$root"; rmdir "$root" 2>/dev/null' EXIT

tap 0 'it builds'
in_root dpkg --purge deidfs >/dev/null 2>&1
in_root rm -rf /etc/deidfs /var/lib/deidfs /srv/package-source /srv/package-view
in_root dpkg -i "/$(basename "$deb")" >/dev/null 2>&1; tap $? 'it installs'
in_root deidfs --version | grep -q '^deidfs [0-9]'; tap $? 'programs run'
[ "$(in_root stat -c %a /var/lib/deidfs)" = 700 ]; tap $? 'the state folder is private'
in_root sh -c 'mkdir -p /srv/package-view && mkdir -m 700 /srv/package-source && printf "Patient: Smith, John\nMRN: 00482913\n" >/srv/package-source/note.txt'
in_root deidfs-setup --instance package --source /srv/package-source >/dev/null 2>&1; tap $? 'deidfs-setup makes an instance'
in_root deidfs-check --config package >/dev/null; tap $? 'deidfs-check finds no fault'
echo 'package /srv/package-view fuse.deidfs ro,nosuid,nodev,noexec,allow_other,_netdev,nofail 0 0' >"$root/merged/etc/fstab"
in_root mount -a -t fuse.deidfs; tap $? 'mount -a mounts the fstab line'
in_root mount -a -t fuse.deidfs
[ "$(in_root grep -c ' /srv/package-view fuse.deidfs ' /proc/self/mounts)" = 1 ]; tap $? 'a second mount -a does not stack another'
in_root cat /srv/package-view/note.txt >"$root/merged/tmp/view.txt" && ! grep -qE 'Smith|00482913' "$root/merged/tmp/view.txt"; tap $? 'the view shows no identifier'
in_root umount /srv/package-view; tap $? 'it unmounts'
for _ in $(seq 50); do in_root deidfs-journal verify --key /var/lib/deidfs/package/journal/log/log.vkey /var/lib/deidfs/package/journal >/dev/null 2>&1; code=$?; [ $code = 0 ] && break; sleep 0.1; done
[ "$code" = 0 ] || [ "$code" = 2 ]; tap $? 'the journal verifies'
in_root mount /srv/package-view
in_root dpkg --remove deidfs >/dev/null 2>&1; tap $? 'it is removed while a view is mounted'
! in_root grep -q ' /srv/package-view ' /proc/self/mounts; tap $? 'removal unmounted the view'
in_root dpkg --purge deidfs 2>&1 | grep -q 'left as it is'; tap $? 'purge says what it leaves'
[ -e "$root/merged/var/lib/deidfs/package/keys/journal.key" ]; tap $? 'keys, vault and journal are left'
[ -z "$(in_root sh -c 'find /usr/sbin /usr/bin /usr/share /usr/lib/systemd -name "*deidfs*"' 2>/dev/null)" ]; tap $? 'nothing else of it is left'
echo "1..$number"
exit $failed
