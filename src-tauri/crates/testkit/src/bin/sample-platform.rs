//! `sample-platform [PORT]`: the sample shop at a stand-in of a platform, until its input ends.
//!
//! It prints its address, and listens on the loopback alone.
#![expect(clippy::print_stdout, reason = "its address is what it prints")]

use std::io::Read as _;
use std::process::ExitCode;

use testkit::SamplePlatform;

fn main() -> ExitCode {
    let port = std::env::args().nth(1).map_or(Ok(0), |port| port.parse());
    let (Ok(port), Ok(runtime)) = (port, tokio::runtime::Runtime::new()) else {
        eprintln!("sample-platform [PORT]");
        return ExitCode::from(2);
    };
    let Some(platform) = runtime.block_on(SamplePlatform::start(port)) else { return ExitCode::FAILURE };
    println!("{}", platform.address());
    // Whatever ends its input, also an error, is the end of whoever started it.
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    drop(platform);
    ExitCode::SUCCESS
}
