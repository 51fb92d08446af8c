"""The referral: a promise with a clock, from one circle to another."""
