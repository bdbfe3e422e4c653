#!/bin/sh
# The whole system of the tiny guest, as the first process: the installer, and with `installed` on the kernel's command
# line what it installs. It speaks on the screen and on the serial line alike, and listens to both.
export PATH=/bin
/bin/busybox --install -s /bin
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev

say() {
    echo "$*" >/dev/tty1
    echo "$*" >/dev/ttyS0
} 2>/dev/null

off() {
    sync
    say "ISOWRIGHT-OFF"
    poweroff -f
}

stay() { while :; do sleep 3600; done; }

# Kernel arguments: "name" or "name=value"; prints the value.
argument() {
    for word in $(cat /proc/cmdline); do
        case $word in
            "$1") return 0 ;;
            "$1="*) echo "${word#*=}" && return 0 ;;
        esac
    done
    return 1
}

# A line "name=value" of the answer file; nothing there is run.
answer() { sed -n "s/^$1=//p" "$answers" 2>/dev/null | head -n 1 | tr -cd 'A-Za-z0-9/._-'; }

while read -r name; do insmod "/modules/$name.ko" 2>/dev/null; done </modules/order

# The power button, that is how a cloud asks a server to stop.
for event in /sys/class/input/event*; do
    if [ "$(cat "$event/device/name" 2>/dev/null)" = "Power Button" ]; then
        (dd "if=/dev/input/${event##*/}" bs=24 count=1 of=/dev/null 2>/dev/null && off) &
    fi
done

disks() { ls /sys/block | grep -E '^(vd|sd|xvd|nvme)' | sort; }

# Drives answer a moment after their drivers are there: $1 looks again until it finds something, for ten seconds.
await() {
    tries=0
    until "$1"; do
        tries=$((tries + 1))
        [ $tries -lt 100 ] || return 1
        usleep 100000
    done
}

mkdir -p /cd /disk

# ------------------------------------------------------------------------------------------------ the installed system
find_installed() {
    for disk in $(disks); do
        for part in "/dev/${disk}1" "/dev/${disk}p1"; do
            [ -b "$part" ] && mount -t vfat -o ro "$part" /disk 2>/dev/null || continue
            [ -f /disk/guest/marker ] && return 0
            umount /disk
        done
    done
    return 1
}

if argument installed >/dev/null; then
    if ! await find_installed; then say "ISOWRIGHT-ERROR the disk that this was started from is not found"; stay; fi
    firmware=BIOS
    [ -d /sys/firmware/efi ] && firmware=UEFI
    say "ISOWRIGHT-MARKER $(cat /disk/guest/marker)"
    say "This is the installed system, started by $firmware."
    argument then_off >/dev/null && off
    stay
fi

# --------------------------------------------------------------------------------------------------------- the installer
find_cd() {
    for drive in /dev/sr0 /dev/sr1 /dev/sr2; do
        [ -b $drive ] && mount -t iso9660 -o ro $drive /cd 2>/dev/null || continue
        [ -f /cd/guest/installer ] && return 0
        umount /cd
    done
    return 1
}

two_disks() { [ "$(disks | wc -l)" -ge 2 ]; }

say "Isowright's test installer"
if ! await find_cd; then say "ISOWRIGHT-ERROR the installer's own disc is not found"; stay; fi
if ! await two_disks; then say "ISOWRIGHT-ERROR there is no data disk: $(disks | tr '\n' ' ')"; stay; fi

answers=/cd/$(argument answers)
target=$(disks | sed -n 2p)
if wanted=$(answer disk) && [ -n "$wanted" ] && [ "$wanted" != second ]; then
    target=${wanted#/dev/}
    if ! [ -b "/dev/$target" ]; then say "ISOWRIGHT-ERROR there is no disk /dev/$target"; stay; fi
fi

if ! argument auto >/dev/null; then
    mkfifo /typed
    exec 5<>/typed
    # Opened before the prompt: what is typed at once must find a listener.
    for terminal in /dev/tty1 /dev/ttyS0; do
        if exec 4<>$terminal; then while read -r line <&4; do echo "$line" >&5; done & fi
    done 2>/dev/null
    typed=
    while [ "$typed" != yes ]; do
        say "Install to the data disk /dev/$target? Type yes:"
        read -r typed <&5
    done
fi

marker=$(answer marker)
[ -n "$marker" ] || marker=$(argument marker)
[ -n "$marker" ] || marker=$(od -An -tx1 -N8 /dev/urandom | tr -d ' ')

failed() {
    say "ISOWRIGHT-ERROR $1"
    stay
}

say "ISOWRIGHT-INSTALL 10% partitioning /dev/$target"
dd if=/guest/start.img of="/dev/$target" bs=512 conv=notrunc 2>/dev/null || failed "the disk cannot be written"
blockdev --rereadpt "/dev/$target"
part=/dev/${target}1
await_part() { [ -b "$part" ] || { part=/dev/${target}p1 && [ -b "$part" ]; } || { part=/dev/${target}1 && false; }; }
await await_part || failed "the new partition does not show up"
say "ISOWRIGHT-INSTALL 30% making a file system"
dd if=/guest/partition.img "of=$part" bs=64k conv=notrunc 2>/dev/null
mount -t vfat "$part" /disk || failed "the new file system cannot be mounted"
say "ISOWRIGHT-INSTALL 50% copying the system"
mkdir -p /disk/EFI/BOOT /disk/boot/grub /disk/guest
cp /cd/guest/disk.efi /disk/EFI/BOOT/BOOTX64.EFI && cp /cd/boot/vmlinuz /cd/boot/initrd /disk/boot/ ||
    failed "the files cannot be copied"
say "ISOWRIGHT-INSTALL 90% making it bootable"
sed "s/@THEN@/$([ "$(answer boot)" = poweroff ] && echo then_off)/" /guest/disk.cfg >/disk/boot/grub/grub.cfg
echo "$marker" >/disk/guest/marker
umount /disk || failed "the file system cannot be closed"
say "ISOWRIGHT-INSTALL 100% installed with marker $marker"
if [ "$(answer end)" = stay ]; then stay; fi
off
