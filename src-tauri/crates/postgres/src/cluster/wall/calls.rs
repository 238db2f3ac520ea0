//! The calls of the system that a walled server does without. Landlock judges files, signals and ports; by these
//! calls its processes would reach other programs' sockets and the network, change files that they cannot open,
//! or take what the account keeps in the kernel.
//!
//! A list of what is refused, not of what is allowed: extensions do what they like otherwise.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, Error, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, apply_filter,
};

/// "Operation not permitted".
const EPERM: u32 = 1;
/// Sockets with a path; the server's own is one.
const AF_UNIX: u64 = 1;
/// The only mode that is ever given: the server gives it to its socket.
const OWN_MODE: u64 = 0o700;
/// Not yet named by the library; these numbers are the same everywhere.
const FCHMODAT2: i64 = 452;
const SETXATTRAT: i64 = 463;
const REMOVEXATTRAT: i64 = 466;

/// Refused whatever the arguments are.
const NEVER: [i64; 20] = [
    // To sockets of others, by path or by address; and around this filter.
    libc::SYS_connect,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    libc::SYS_io_uring_setup,
    // Rights, owners, times and attributes of files by their path.
    FCHMODAT2,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    SETXATTRAT,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    REMOVEXATTRAT,
    // Passwords and keys that the kernel keeps for the account.
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    // A program without a file, which Landlock would let start.
    libc::SYS_memfd_create,
    // What else the kernel would do with memory and processes of others.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
];
/// The same by older names, which newer processors do not have.
#[cfg(target_arch = "x86_64")]
const OLDER: [i64; 5] =
    [libc::SYS_chown, libc::SYS_lchown, libc::SYS_utime, libc::SYS_utimes, libc::SYS_futimesat];
#[cfg(not(target_arch = "x86_64"))]
const OLDER: [i64; 0] = [];

/// Refused where the argument of this number and length is another than this.
const UNLESS: [(i64, u8, SeccompCmpArgLen, u64); 3] = [
    // To whoever is at the other end of a connection, and not to an address.
    (libc::SYS_sendto, 4, SeccompCmpArgLen::Qword, 0),
    (libc::SYS_fchmodat, 2, SeccompCmpArgLen::Dword, OWN_MODE),
    // Limits of its own processes, and not of others.
    (libc::SYS_prlimit64, 0, SeccompCmpArgLen::Dword, 0),
];
#[cfg(target_arch = "x86_64")]
const OLDER_UNLESS: [(i64, u8, SeccompCmpArgLen, u64); 1] =
    [(libc::SYS_chmod, 1, SeccompCmpArgLen::Dword, OWN_MODE)];
#[cfg(not(target_arch = "x86_64"))]
const OLDER_UNLESS: [(i64, u8, SeccompCmpArgLen, u64); 0] = [];
/// A server that listens on a port needs other sockets too; it can still connect none of them.
const SOCKETS_UNLESS: (i64, u8, SeccompCmpArgLen, u64) =
    (libc::SYS_socket, 0, SeccompCmpArgLen::Dword, AF_UNIX);

/// Refuses them to this thread and what it starts.
pub(super) fn deny(is_on_loopback: bool) -> Result<(), Error> {
    apply_filter(&program(is_on_loopback)?)
}

fn program(is_on_loopback: bool) -> Result<BpfProgram, Error> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        NEVER.into_iter().chain(OLDER).map(|call| (call, Vec::new())).collect();
    let sockets = (!is_on_loopback).then_some(SOCKETS_UNLESS);
    for (call, argument, length, allowed) in UNLESS.into_iter().chain(OLDER_UNLESS).chain(sockets) {
        let other = SeccompCondition::new(argument, length, SeccompCmpOp::Ne, allowed)?;
        rules.insert(call, vec![SeccompRule::new(vec![other])?]);
    }
    also_by_their_second_numbers(&mut rules);
    let filter = SeccompFilter::new(
        rules,
        SeccompAction::Allow,
        SeccompAction::Errno(EPERM),
        std::env::consts::ARCH.try_into()?,
    )?;
    Ok(filter.try_into()?)
}

/// The calls of x32, which a kernel may know beside the others. Source: Linux, `syscall_64.tbl`.
#[cfg(target_arch = "x86_64")]
fn also_by_their_second_numbers(rules: &mut BTreeMap<i64, Vec<SeccompRule>>) {
    const X32: i64 = 0x4000_0000;
    const SENDMSG: i64 = X32 + 518;
    const PTRACE: i64 = X32 + 521;
    const PROCESS_VM_READV: i64 = X32 + 539;
    const PROCESS_VM_WRITEV: i64 = X32 + 540;
    const SENDMMSG: i64 = X32 + 538;
    let second: Vec<_> = rules.iter().map(|(call, chain)| (X32 + call, chain.clone())).collect();
    rules.extend(second);
    rules.extend(
        [SENDMSG, PTRACE, PROCESS_VM_READV, PROCESS_VM_WRITEV, SENDMMSG].map(|call| (call, Vec::new())),
    );
}

#[cfg(not(target_arch = "x86_64"))]
fn also_by_their_second_numbers(_: &mut BTreeMap<i64, Vec<SeccompRule>>) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_fits_into_what_the_kernel_takes() {
        for is_on_loopback in [false, true] {
            assert!(program(is_on_loopback).unwrap().len() < 4096);
        }
    }
}
