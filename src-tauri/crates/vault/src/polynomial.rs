//! The random irreducible polynomial in a repository's configuration.
//!
//! We do not chunk with it: restic's Rabin chunker does, when it writes into a repository that
//! we made, and it refuses a reducible one. Degree 53 and Ben-Or's test are restic/chunker's.

use crate::crypto::random_bytes;

const DEGREE: u32 = 53;

/// A random irreducible polynomial of degree 53 over GF(2), its coefficients as bits.
pub(crate) fn random_irreducible() -> u64 {
    loop {
        let random = u64::from_le_bytes(random_bytes());
        // The leading coefficient fixes the degree, and without a constant x would divide it.
        let candidate = random & ((1 << DEGREE) - 1) | 1 << DEGREE | 1;
        if is_irreducible(candidate) {
            return candidate;
        }
    }
}

/// Ben-Or: no common factor with x^(2^i) - x up to half the degree means no factor at all.
fn is_irreducible(polynomial: u64) -> bool {
    let mut power = 2_u64; // x
    (1..=degree(polynomial) / 2).all(|_| {
        power = multiply(power, power, polynomial);
        gcd(polynomial, power ^ 2) == 1
    })
}

fn degree(polynomial: u64) -> u32 {
    63_u32.saturating_sub(polynomial.leading_zeros())
}

fn multiply(a: u64, mut b: u64, modulus: u64) -> u64 {
    let top = 1 << degree(modulus);
    let (mut shifted, mut product) = (a, 0);
    while b != 0 {
        if b & 1 != 0 {
            product ^= shifted;
        }
        b >>= 1;
        shifted <<= 1;
        if shifted & top != 0 {
            shifted ^= modulus;
        }
    }
    product
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, remainder(a, b));
    }
    a
}

fn remainder(mut a: u64, b: u64) -> u64 {
    while a != 0 && degree(a) >= degree(b) {
        a ^= b << (degree(a) - degree(b));
        if b == 1 {
            return 0;
        }
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_that_restic_made_are_irreducible() {
        for known in [0x003b_24ee_cf2d_8d77, 0x0025_b468_838d_cb75, 0x003d_a335_8b4d_c173] {
            assert!(is_irreducible(known), "{known:x}");
        }
    }

    #[test]
    fn a_product_is_reducible() {
        // (x^2 + x + 1) * (x^3 + x + 1)
        assert!(!is_irreducible(0b11_0001));
        assert!(is_irreducible(0b1011));
    }

    #[test]
    fn a_random_one_has_the_degree_that_restic_expects() {
        assert_eq!(degree(random_irreducible()), DEGREE);
    }
}
