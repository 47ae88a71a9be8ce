"""What comparing and diagnosing make of a faulty counterpart, and of correct networks; written line by line."""
