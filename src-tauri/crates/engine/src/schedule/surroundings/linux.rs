//! Linux: the kernel's own files (kernel docs, "sysfs-class-power"; proc(5), `/proc/net/route`).

use std::fs;
use std::path::Path;

use super::{Power, Seen};

/// A route that leads nowhere (`RTF_REJECT`).
const REJECTS: u32 = 0x200;

/// Looks at the files below `root`.
pub(super) fn look(root: &Path) -> Seen {
    Seen { power: power(root), is_metered: None, has_network: has_network(root) }
}

fn power(root: &Path) -> Power {
    let Ok(entries) = fs::read_dir(root.join("sys/class/power_supply")) else { return Power::Unknown };
    let mut left = Vec::new();
    let mut is_emptying = false;
    for supply in entries.flatten().map(|entry| entry.path()) {
        let said = |name: &str| fs::read_to_string(supply.join(name)).unwrap_or_default().trim().to_owned();
        match said("type").as_str() {
            // The battery of a mouse, too, is a battery.
            "Battery" if said("scope") != "Device" => {
                is_emptying |= said("status") == "Discharging";
                left.extend(said("capacity").parse::<u32>().ok());
            }
            "Mains" | "USB" | "Wireless" if said("online") == "1" => return Power::Mains,
            _ => {}
        }
    }
    match (is_emptying, u32::try_from(left.len())) {
        (true, Ok(count @ 1..)) => {
            let percent = left.iter().sum::<u32>() / count;
            Power::Battery { percent: u8::try_from(percent.min(100)).unwrap_or(100) }
        }
        // Neither does one empty that cannot be asked; a computer without one has a plug.
        _ => Power::Mains,
    }
}

/// Whether any interface but the own one leads anywhere.
fn has_network(root: &Path) -> Option<bool> {
    let four = fs::read_to_string(root.join("proc/net/route"));
    let six = fs::read_to_string(root.join("proc/net/ipv6_route"));
    if four.is_err() && six.is_err() {
        return None;
    }
    let leads = |interface: Option<&str>, flags: Option<&str>| {
        let flags = flags.and_then(|flags| u32::from_str_radix(flags, 16).ok()).unwrap_or(0);
        interface.is_some_and(|name| name != "lo") && flags & REJECTS == 0
    };
    let by_four = four.unwrap_or_default().lines().skip(1).any(|line| {
        let mut fields = line.split_whitespace();
        let interface = fields.next();
        leads(interface, fields.nth(2))
    });
    // Each interface has a route of its own in `fe80`, connected or not, and one for all its neighbours.
    let by_six = six.unwrap_or_default().lines().any(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let is_of_the_link = fields.first().is_some_and(|to| to.starts_with("fe80") || to.starts_with("ff"));
        !is_of_the_link && leads(fields.last().copied(), fields.get(8).copied())
    });
    Some(by_four || by_six)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn supply(root: &Path, name: &str, files: &[(&str, &str)]) {
        let folder = root.join("sys/class/power_supply").join(name);
        fs::create_dir_all(&folder).unwrap();
        for (file, text) in files {
            fs::write(folder.join(file), format!("{text}\n")).unwrap();
        }
    }

    #[test]
    fn a_battery_that_empties_is_told_from_one_that_is_charged_and_from_that_of_a_mouse() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        assert_eq!(power(root), Power::Unknown);
        supply(
            root,
            "mouse",
            &[("type", "Battery"), ("scope", "Device"), ("status", "Discharging"), ("capacity", "5")],
        );
        assert_eq!(power(root), Power::Mains);
        supply(root, "BAT0", &[("type", "Battery"), ("status", "Discharging"), ("capacity", "20")]);
        supply(root, "BAT1", &[("type", "Battery"), ("status", "Unknown"), ("capacity", "30")]);
        supply(root, "AC", &[("type", "Mains"), ("online", "0")]);
        assert_eq!(power(root), Power::Battery { percent: 25 });
        supply(root, "AC", &[("type", "Mains"), ("online", "1")]);
        assert_eq!(power(root), Power::Mains);
    }

    #[test]
    fn a_network_is_there_when_a_route_leads_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        assert_eq!(has_network(root), None);
        fs::create_dir_all(root.join("proc/net")).unwrap();
        let heading = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n";
        fs::write(root.join("proc/net/route"), heading).unwrap();
        let link = "fe800000000000000000000000000000 40 0 00 0 0 00000100 00000001 00000000 00000001 eth0\n";
        let own = "00000000000000000000000000000001 80 0 00 0 0 00000000 00000002 00000000 80200001 lo\n";
        let unreachable = "0 00 0 00 0 0 ffffffff 00000001 00000000 00200200 lo\n";
        fs::write(root.join("proc/net/ipv6_route"), format!("{link}{own}{unreachable}")).unwrap();
        assert_eq!(has_network(root), Some(false));
        let route = format!("{heading}eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\n");
        fs::write(root.join("proc/net/route"), route).unwrap();
        assert_eq!(has_network(root), Some(true));
    }
}
