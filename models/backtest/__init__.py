"""What each rule of alerting would have done on a shop's own past, without looking ahead."""
