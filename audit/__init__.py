"""What an audit is: plain values and pure rules. No I/O, no clock, no third-party import."""
